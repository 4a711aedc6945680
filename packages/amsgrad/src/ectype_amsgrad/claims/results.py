"""The stochastic problem of section 5: Adam over seeds, AMSGrad as its control."""

import tempfile
from pathlib import Path

import torch
from ectype.experiments import Run

from ectype_amsgrad import synthetic
from ectype_amsgrad.claims.shared import adam, amsgrad, paper, refusal
from ectype_amsgrad.online_problem import random_slopes

runs = paper.experiment(
    synthetic.train_synthetic,
    variants={"adam": {"method": "adam"}, "amsgrad": {"method": "amsgrad"}},
    minutes=0.2,
    novel=("adam", "amsgrad"),
)

paper.empirical(
    "Sec. 5",
    "the iterate of Adam in the stochastic problem",
    printed="1",
    of=runs["adam"],
    metric="last point",
    seeds=8,
    sd=0.1,
    sd_from="a pilot of eight runs on streams of another generator, more than doubled",
    margin=0.5,
    because="the printed digit",
    control=runs["amsgrad"],
    headline=True,
    id="stochastic-adam",
)
paper.order(
    "Fig. 1",
    "in the stochastic problem Adam ends farther from the best point -1 than AMSGrad",
    of=[runs["adam"], runs["amsgrad"]],
    metric="last point",
    seeds=8,
    paired=True,
    headline=True,
    id="stochastic-order",
)


@paper.property(
    "Sec. 5", "a run plays the problem of its seed and gives the last point and the average regret", draws=2
)
def runs_play_the_problem(rng):
    ours, expected = [], []
    for method, points in (("adam", adam), ("amsgrad", amsgrad)):
        with tempfile.TemporaryDirectory() as folder, Run(Path(folder), seed=3) as run:
            metrics = synthetic.train_synthetic(run, method, rounds=200)
            lines = run.curves()
        slopes = random_slopes(200, generator=torch.Generator().manual_seed(3))
        played = points(slopes, 0.5, (0.9, 0.99))
        lost = slopes * (played + 1)
        ours += [*metrics.values(), lines[-1]["point"], lines[-1]["regret"], len(lines)]
        expected += [played[-1], lost.mean(), played[198], lost[:199].mean(), 100]
    return ours, [float(value) for value in expected]


@paper.property("Sec. 5", "a method that is none of them is refused; a run has 50,000 functions", draws=1)
def unknown_methods_are_refused(rng):
    with tempfile.TemporaryDirectory() as folder, Run(Path(folder), seed=0) as run:
        text = refusal(lambda: synthetic.train_synthetic(run, "sgd"))
    return "adam, amsgrad; received sgd" in text and synthetic.ROUNDS == 50_000
