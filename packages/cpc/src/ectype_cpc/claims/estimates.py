"""Estimates of a known mutual information (section 2.3): orders, since the paper prints no such numbers.

The benchmark, 20 correlated pairs of coordinates with 2 to 10 nats and 64 samples, is that of Poole et al. 2019, *On
Variational Bounds of Mutual Information*, which shows its results as curves.
"""

import math
import tempfile
from inspect import signature
from pathlib import Path

import torch
import torch.nn.functional as F
from ectype.experiments import Run
from torch.distributions import Normal

from ectype_cpc import estimation
from ectype_cpc.claims.shared import normal, paper, refusal
from ectype_cpc.critic import LogBilinearCritic
from ectype_cpc.info_nce import mine_estimate
from ectype_cpc.information import correlated_gaussians

INFORMATION = (2, 4, 6, 8, 10)
SAMPLES = (1024, 256, 64, 16, 4)
CRITICS = ("trained", "bilinear", "untrained")

optimal = {f"{nats} nats": {"information": float(nats)} for nats in INFORMATION}
known = {f"{nats} nats, known": {"information": float(nats), "critic": "closed form"} for nats in INFORMATION}
larger = {f"6 nats, N {n}": {"information": 6.0, "samples": n} for n in SAMPLES if n != 64}
critics = {f"4 nats, {critic}": {"information": 4.0, "critic": critic} for critic in CRITICS}
runs = paper.experiment(
    estimation.estimate_information,
    variants=optimal | known | larger | critics,
    minutes=dict.fromkeys((*optimal, *known, *larger), 0.05) | dict.fromkeys(critics, 0.4),
    novel=(*optimal, *larger, "4 nats, trained", "4 nats, bilinear"),
    id="information",
)


def order(id, text, *variants):
    """An order of estimates, each the mean over five seeds."""
    paper.order(
        "Sec. 2.3",
        text,
        of=[runs[name] for name in variants],
        metric="estimate",
        seeds=5,
        paired=True,
        data="correlated Gaussians",
        id=id,
    )


for nats in INFORMATION:
    order(
        f"bound-{nats}-nats",
        f"I > log N - L_N: Gaussians of {nats} nats, density ratios, N 64",
        f"{nats} nats, known",
        f"{nats} nats",
    )
order(
    "more-samples",
    "the bound becomes tighter as N becomes larger: I > N 1024 > 256 > 64 > 16 > 4, Gaussians of 6 nats",
    "6 nats, known",
    *(f"6 nats, N {n}" if n != 64 else "6 nats" for n in SAMPLES),
)
order(
    "more-information",
    "more information gives larger estimates, also above log N: Gaussians of 10 > 8 > 6 > 4 > 2 nats, N 64",
    *(f"{nats} nats" for nats in reversed(INFORMATION)),
)
order(
    "critics",
    "critics: I > density ratio > trained encoders > bilinear alone > untrained, Gaussians of 4 nats, N 64",
    "4 nats, known",
    "4 nats",
    *(f"4 nats, {critic}" for critic in CRITICS),
)


# What the experiment does

NATS, MANY = 2.0, 128


def measured(**arguments):
    """Metrics and curve of one run with seed 3."""
    state = torch.get_rng_state()
    with tempfile.TemporaryDirectory() as folder, Run(Path(folder), seed=3) as run:
        found = estimation.estimate_information(run, NATS, MANY, **arguments), run.curves()
    torch.set_rng_state(state)
    return found


def by_hand(scores, parameters=(), updates=0):
    """The same, step by step: estimates of the bound and of MINE, and the last bound in training."""
    generator, correlation = torch.Generator().manual_seed(3), math.sqrt(1 - math.exp(-2 * NATS / 20))
    adam, positives = torch.optim.Adam(parameters, lr=5e-4) if updates else None, torch.arange(MANY)

    def pairs():
        return correlated_gaussians(MANY, 20, correlation, generator=generator)

    for _ in range(updates):
        loss = F.cross_entropy(scores(*(part.float() for part in pairs())), positives)
        adam.zero_grad()
        loss.backward()
        adam.step()
    with torch.no_grad():
        found = [scores(*pairs()) for _ in range(65_536 // MANY)]
    bound = math.log(MANY) - sum(float(F.cross_entropy(each, positives)) for each in found) / len(found)
    mine = sum(float(mine_estimate(each, positives)) for each in found) / len(found)
    return {"estimate": bound, "mine": mine, "slack": NATS - bound, "room": math.log(MANY) - bound}, updates and loss


def agree(ours, theirs, tolerance):
    return ours.keys() == theirs.keys() and all(abs(ours[name] - theirs[name]) < tolerance for name in ours)


@paper.property(
    "Sec. 2.3", "estimates are means over 65,536 pairs; the density ratio is that of normal densities", draws=1
)
def estimates_by_hand(rng):
    correlation = math.sqrt(1 - math.exp(-2 * NATS / 20))

    def ratios(x, c):
        given = Normal(correlation * c.unsqueeze(1), math.sqrt(1 - correlation**2)).log_prob(x)
        return (given - Normal(0.0, 1.0).log_prob(x)).sum(dim=-1)

    (found, curve), (expected, _) = measured(), by_hand(ratios)
    return agree(found, expected, 1e-9) and curve == []


@paper.property("Sec. 2.3", "critics are trained by Adam's steps on fresh pairs, and evaluated on others", draws=1)
def training_by_hand(rng):
    torch.manual_seed(3)
    critic = LogBilinearCritic(20, 20)
    found, curve = measured(critic="bilinear", updates=100)
    expected, last = by_hand(lambda x, c: critic(x.to(critic.prediction.weight), c.float()), critic.parameters(), 100)
    logged = [(line["step"], round(line["estimate"], 4)) for line in curve]
    return agree(found, expected, 1e-4) and logged == [(100, round(math.log(MANY) - float(last), 4))]


@paper.property("Sec. 2.3", "encoders are trained with their critic, or not at all", draws=1)
def encoders_by_hand(rng):
    found = []
    for critic, updates in (("untrained", 0), ("trained", 3)):
        torch.manual_seed(3)
        model = estimation.Encoded()
        expected, _ = by_hand(lambda x, c, model=model: model(x.float(), c.float()), model.parameters(), updates)
        found.append(agree(measured(critic=critic, updates=updates or 7)[0], expected, 1e-4))
    return all(found)


@paper.property(
    "Sec. 2.2", "encoders have two hidden layers of 256 ReLU units and 32 outputs, one for each side", draws=3
)
def encoders(rng):
    torch.manual_seed(int(torch.randint(2**31, (), generator=rng)))
    model, x, c = estimation.Encoded().double(), normal(rng, 3, 20), normal(rng, 2, 20)
    weights = dict(model.state_dict())
    latents = []
    for side, rows in (("samples", x), ("contexts", c)):
        for layer in (0, 2, 4):
            rows = rows @ weights[f"{side}.{layer}.weight"].T + weights[f"{side}.{layer}.bias"]
            rows = rows.clamp(min=0) if layer < 4 else rows
        latents.append(rows)
    shapes = [weights[f"samples.{layer}.weight"].shape for layer in (0, 2, 4)]
    assert shapes == [(256, 20), (256, 256), (32, 256)]
    return model(x, c), latents[1] @ weights["critic.prediction.weight"].T @ latents[0].T


@paper.property(
    "Sec. 2.3", "what is known is told as it is, 4000 updates are the default, other critics are refused", draws=1
)
def known_information(rng):
    defaults = {name: p.default for name, p in signature(estimation.estimate_information).parameters.items()}
    found, _ = measured(critic="closed form")
    told = {"estimate": NATS, "slack": 0.0, "room": math.log(MANY) - NATS, "mine": NATS}
    refused = "received 'best'" in refusal(lambda: measured(critic="best"))
    chosen = defaults["samples"], defaults["critic"], defaults["updates"]
    return found == told and refused and chosen == (64, "optimal", 4000)
