"""Checks of procedures: each refuses a broken component and lets a correct one pass."""

import random
from types import SimpleNamespace

import pytest
import torch
from conformance import component, fires, normal, passes, specimens, uncovered
from ectype.checks import procedures
from ectype.errors import CheckFailedError
from ectype.traits import Overfits
from torch import nn


class Training:
    """A linear regression, in which the subclasses break one thing each."""

    maximize = False

    def __init__(self, x, y, seed=0):
        torch.manual_seed(seed)
        self.x, self.y, self.done = x.float(), y.float(), 0
        self.model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.1), nn.Linear(8, 1))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9, maximize=self.maximize)
        self.generator = torch.Generator().manual_seed(seed)

    def step(self):
        self.done += 1
        torch.manual_seed(int(torch.randint(1 << 30, (), generator=self.generator)))
        loss = (self.model(self.x).squeeze(-1) - self.y).square().mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def state(self):
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rng": self.generator.get_state(),
        }

    def save(self, path):
        torch.save(self.state(), path)

    def load(self, path):
        held = torch.load(path, weights_only=True)
        self.model.load_state_dict(held["model"])
        self.optimizer.load_state_dict(held["optimizer"])
        self.generator.set_state(held["rng"])


class Climbing(Training):
    maximize = True


class OtherWeights(Training):
    def __init__(self, x, y, seed=0):
        super().__init__(x, y, seed)
        self.model = nn.Linear(3, 1)

    def step(self):
        return super().step() * 0 + 1.0


class WithLoss(Training):
    def step(self):
        return SimpleNamespace(loss=super().step())


class ForgetsMoments(Training):
    def load(self, path):
        held = torch.load(path, weights_only=True)
        self.model.load_state_dict(held["model"])
        self.generator.set_state(held["rng"])


class ForgetsNoise(Training):
    def load(self, path):
        held = self.generator.get_state()
        super().load(path)
        self.generator.set_state(held)


class Seedless(Training):
    def __init__(self, x, y, seed=0):
        super().__init__(x, y, 0)


class Entropy(Training):
    def __init__(self, x, y, seed=0):
        super().__init__(x, y, random.SystemRandom().randrange(1 << 30))


def regression(rng):
    x = normal(rng, 6, 3)
    return x, x.sum(1)


def procedure(of, traits=()):
    return component("procedure", of, regression, traits=traits)


TABLE = [
    specimens(
        procedures.overfits,
        broken={
            "climbs": (procedure(Climbing), "the loss must come below 0.5 of its first value"),
            "other weights": (procedure(OtherWeights), "the loss must come below"),
            "too slow": (
                procedure(Training, [Overfits(steps=2, to=1e-3)]),
                "below 0.001 of its first value .* within 2 steps",
            ),
        },
        correct={"plain": procedure(Training), "with a loss": procedure(WithLoss)},
    ),
    specimens(
        procedures.seed_decides_weights,
        broken={
            "entropy": (procedure(Entropy), "the same seed must give the same losses and weights"),
            "no seed": (procedure(Seedless), "another seed must give other weights"),
        },
        correct={"plain": procedure(Training)},
    ),
    specimens(
        procedures.procedure_resumes,
        broken={
            "moments": (procedure(ForgetsMoments), "after a restart the losses must be"),
            "noise": (procedure(ForgetsNoise), "after a restart the losses must be"),
        },
        correct={"plain": procedure(Training)},
    ),
]


@fires(TABLE)
def test_fires(check, made, text):
    with pytest.raises(CheckFailedError, match=text):
        check.function(made)


@passes(TABLE)
def test_passes(check, made):
    check.function(made)


def test_every_check_is_tested():
    assert not uncovered(TABLE, procedures)
