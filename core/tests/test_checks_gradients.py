"""Checks of gradients: each refuses a broken component and lets a correct one pass."""

import pytest
import torch
from conformance import component, fires, normal, passes, rows, specimens, tanh, uncovered
from ectype.checks import gradients
from ectype.checks.surroundings import random_state
from ectype.checks.surroundings import settings as process
from ectype.errors import CheckFailedError
from torch import nn


class Linear(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        if width < 1:
            raise ValueError(f"width must be at least 1; received {width}")
        self.map = nn.Linear(4, width)

    def forward(self, x):
        return self.map(x)


class Unused(Linear):
    def __init__(self):
        super().__init__()
        self.idle = nn.Parameter(torch.zeros(3))


class Detached(Linear):
    def forward(self, x):
        return x + self.map(x).detach()


class Multiplied(Linear):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return self.map(x) + 0 * self.gain


class Infinite(Linear):
    def forward(self, x):
        return (self.map(x) * 0).abs().sqrt()


class WrongBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.sin()

    @staticmethod
    def backward(ctx, gradient):
        return gradient


class Residual(Linear):
    def forward(self, x):
        y = self.map(x)
        y += x
        return y


def labels(rng, batch=3):
    return normal(rng, batch, 4), torch.randint(0, 2, (batch,), generator=rng).double()


def layer(of, *values, draw=rows, traits=()):
    return component("layer", of, draw, *values, traits=traits)


FUNCTION = layer(tanh)

MODULE = layer(Linear)

TABLE = [
    specimens(
        gradients.parameter_gradients,
        broken={
            "not connected": (layer(Unused), "received idle: none"),
            "detached": (layer(Detached), "received map.weight: none, map.bias: none"),
            "times zero": (layer(Multiplied), "received gain: zero everywhere"),
            "root of zero": (layer(Infinite), "must be finite"),
        },
        correct={"module": MODULE, "two settings": layer(Linear, {"width": 1}, {"width": 4})},
    ),
    specimens(
        gradients.gradients_match_differences,
        broken={
            "a detached term": (layer(lambda x: x.sin() + x.square().detach()), "the quotient of differences"),
            "everything detached": (layer(lambda x: x.sin().detach()), "received 0"),
            "a backward pass": (layer(lambda x: WrongBackward.apply(x)), "the quotient of differences"),
            "rounded on the way": (layer(lambda x: (x.sin() * 1e5).round() / 1e5), "the quotient of differences"),
            "a detached parameter": (layer(Detached), "the quotient of differences"),
        },
        correct={
            "function": FUNCTION,
            "module": MODULE,
            "a kink": layer(lambda x: x.relu()),
            "in place": layer(Residual),
            "labels are no numbers": layer(lambda x, y: x.sum(1) * y.detach(), draw=labels),
            "constant": layer(lambda x: (x > 0).to(x)),
        },
    ),
]


@fires(TABLE)
def test_fires(check, made, text):
    before = process()
    with pytest.raises(CheckFailedError, match=text):
        check.function(made)
    assert process() == before


@passes(TABLE)
def test_passes(check, made):
    before = random_state()
    check.function(made)
    assert random_state() == before


def test_every_check_is_tested():
    assert not uncovered(TABLE, gradients)
