"""Checks of declared costs, initial values and inverses: each refuses a broken component and lets a correct one pass."""

import math

import pytest
import torch
from conformance import component, fires, normal, passes, rows, specimens, tanh, uncovered
from ectype.checks import costs, inverses
from ectype.errors import CheckFailedError
from ectype.traits import (
    Cost,
    Initial,
    Invertible,
    LogDeterminant,
)
from torch import nn


def layer(of, *traits, draw=rows, settings=()):
    return component("layer", of, draw, *settings, traits=traits)


class Started(nn.Module):
    def __init__(self, width=8, gain=1.0, shift=0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, 4) * gain / width**0.5 + shift)
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return x @ self.weight.T + self.bias


class Affine(nn.Module):
    """An affine flow: exp(s) * x + t with the logarithm of its determinant."""

    def __init__(self, sign=1.0, shift=0.0):
        super().__init__()
        self.sign, self.shift = sign, shift
        self.scale, self.offset = nn.Parameter(torch.zeros(4)), nn.Parameter(torch.zeros(4))

    def forward(self, x):
        return self.scale.exp() * x + self.offset, self.sign * self.scale.sum().expand(len(x))

    def inverse(self, y):
        return (y - self.offset) / self.scale.exp() + self.shift


def vectors(rng, batch=3):
    return normal(rng, batch, 4)


def scaled(x, generator, factor=2.0):
    return factor * x + torch.randn(x.shape, generator=generator, dtype=x.dtype)


DETERMINANT = LogDeterminant()

TABLE = [
    specimens(
        costs.cost_order,
        broken={
            "quadratic": (layer(lambda x: x @ x.mT @ x, Cost("length", 1)), "must be of order 1 in length; received"),
            "linear": (layer(lambda x: x @ x.new_ones(4, 4), Cost("length", 2)), "must be of order 2"),
            "constant": (layer(lambda x: x.sum(1) @ x.new_ones(4, 4), Cost("length", 1)), "must be of order 1"),
            "nothing": (layer(tanh, Cost("length", 1)), "some operation must be counted; received none"),
        },
        correct={
            "quadratic": layer(lambda x: x @ x.mT @ x, Cost("length", 2), Cost("batch", 1)),
            "linear": layer(lambda x: x @ x.new_ones(4, 4), Cost("length", 1)),
            "constant": layer(lambda x: x.sum(1) @ x.new_ones(4, 4), Cost("length", 0)),
        },
    ),
    specimens(
        costs.initial_statistics,
        broken={
            "deviation": (layer(Started, Initial("weight", 0.3)), "the variance of weight must be 0.09"),
            "mean": (layer(Started, Initial("weight", 8**-0.5, mean=0.1)), "the mean of weight must be 0.1"),
            "not constant": (layer(Started, Initial("weight", 0)), "weight must start at 0"),
            "no such parameter": (
                layer(Started, Initial("gain", 1)),
                "a parameter must be called gain; received weight, bias",
            ),
        },
        correct={
            "by a setting": layer(
                Started,
                Initial("weight", lambda width: width**-0.5),
                Initial("b*", 0),
                settings=[{"width": 8}, {"width": 2}],
            ),
        },
    ),
    specimens(
        inverses.invertibility,
        broken={
            "off": (layer(Affine, Invertible(), draw=vectors, settings=[{"shift": 0.1}]), "must give back the input"),
            "no inverse": (layer(tanh, Invertible(lambda y: y.tan()), draw=vectors), "must"),
        },
        correct={
            "method": layer(Affine, Invertible(), draw=vectors),
            "function": layer(tanh, Invertible(lambda y: y.atanh()), draw=vectors),
            "sampler": component(
                "sampler",
                lambda x, factor: factor * x,
                vectors,
                {"factor": 3.0},
                traits=[Invertible(lambda y, factor: y / factor)],
            ),
        },
    ),
    specimens(
        inverses.log_determinant,
        broken={
            "sign": (layer(Affine, DETERMINANT, draw=vectors, settings=[{"sign": -1.0}]), "that of the Jacobian"),
            "no such output": (
                layer(tanh, DETERMINANT, draw=vectors),
                "output 1 must be the log-determinants; received None",
            ),
            "not square": (
                layer(lambda x: (x[:, :2], x.sum(1)), DETERMINANT, draw=vectors),
                "the Jacobian must be square",
            ),
        },
        correct={
            "flow": layer(Affine, DETERMINANT, draw=vectors),
            "one number": layer(
                lambda x: (2 * x, torch.tensor(4 * math.log(2), dtype=x.dtype)), DETERMINANT, draw=vectors
            ),
            "sampler": component(
                "sampler",
                lambda x, generator: (scaled(x, generator), x.new_full((len(x),), 4 * math.log(2))),
                vectors,
                traits=[DETERMINANT],
            ),
        },
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
    assert not uncovered(TABLE, costs, inverses)


def test_operations_are_those_of_the_formula():
    found = costs.cost_order.function(layer(lambda x: x @ x.mT, Cost("length", 2)))
    # 2 x batch x length^2 x width operations at lengths 4, 5, 6, 7.
    assert found == {"length": [2 * 2 * n * n * 4 for n in (4, 5, 6, 7)]}
