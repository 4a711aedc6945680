"""A small paper with experiments: a line fitted by gradient descent, whose published slope is 2."""

from throwaway import CLAIMS, HEADER

TRAINING = '''"""Fits a line."""

import os
import signal
import time

import torch
from ectype.experiments import Run

STEPS = 300


def train_line(run: Run, noise: float = 0.05, slope: float = 2.0, pause: float = 0.0) -> dict[str, float]:
    """Fit a line through noisy points."""
    x = torch.linspace(-1, 1, 64)
    y = slope * x + noise * torch.randn(64)
    run.uses(x=x, y=y)
    net = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Dropout(0.01))
    adam = torch.optim.Adam(net.parameters(), lr=0.05)
    for step in run.steps(STEPS, model=net, optimizer=adam):
        loss = (net(x[:, None])[:, 0] - y).square().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        time.sleep(pause)
        if step % 10 == 0:
            run.log(step, loss=loss.item())
        if os.environ.get("KILL_AT") == str(step):
            os.kill(os.getpid(), signal.SIGKILL)
    return {"slope": net[0].weight.item(), "loss": loss.item() if "loss" in dir() else 0.0}
'''

DECLARED = """
from PACKAGE import training

line = paper.experiment(
    training.train_line,
    variants={"noisy": {"noise": 0.05}, "flat": {"slope": 0.5}, "steep": {"slope": 3.0}},
    minutes=0.02,
    novel="noisy",
)
paper.empirical(
    "Tab. 2",
    "slope",
    of=line["noisy"],
    metric="slope",
    printed="2.0",
    seeds=4,
    margin=0.05,
    because="the digits printed",
    control=line["flat"],
    data="line",
    headline=True,
)
paper.order("Sec. 5", "steep > noisy > flat", of=[line["steep"], line["noisy"], line["flat"]], metric="slope", seeds=3)
"""


def add(workspace, slug="line", *, training=TRAINING, declared=DECLARED, **files):
    """Add the paper to a workspace and return its folder."""
    line = "- Dataset: line (slope) - not run vs 2.0 [not run]\n"
    header = HEADER.replace('[not attempted]\n"""', f'[not attempted]\n{line}"""')
    texts = {"__init__": header, "training": training, "claims": CLAIMS + declared, **files}
    return workspace.paper(slug, **texts)
