"""Checks of purity: each refuses a broken component and lets a correct one pass."""

import random

import numpy as np
import pytest
import torch
from conformance import component, fires, passes, rows, specimens, tanh, uncovered
from ectype.checks import exercise, purity
from ectype.checks.surroundings import random_state
from ectype.checks.surroundings import settings as process
from ectype.declarations import KINDS
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


class Residual(Linear):
    def forward(self, x):
        y = self.map(x)
        y += x
        return y


def in_place(x):
    return x.mul_(2)


def in_place_and_back(x):
    x += 1
    y = x.tanh()
    x -= 1
    return y


def in_python_order(x):
    return torch.as_strided(x, x.shape, torch.empty(x.shape).stride()) * 1.0


class Clock:
    calls = 0


def unrepeatable(x):
    Clock.calls += 1
    return x * Clock.calls


def sets_default_type(x):
    torch.set_default_dtype(torch.float64)
    return x.tanh()


def switches_gradients_off(x):
    torch.set_grad_enabled(False)
    return x.tanh()


def sets_threads(x):
    torch.set_num_threads(torch.get_num_threads() + 1)
    return x.tanh()


def seeds_torch(x):
    torch.manual_seed(0)
    return x.tanh()


def seeds_numpy(x):
    np.random.seed(0)
    return x.tanh()


class SeedsWhenBuilt(Linear):
    def __init__(self):
        random.seed(0)
        super().__init__()


def layer(of, *values, draw=rows, traits=()):
    return component("layer", of, draw, *values, traits=traits)


FUNCTION = layer(tanh)

MODULE = layer(Linear)

TABLE = [
    specimens(
        purity.inputs_not_modified,
        broken={
            "in place": (layer(in_place), r"input\[0\] must not be modified"),
            "and back": (layer(in_place_and_back), r"input\[0\] must not be modified"),
        },
        correct={"function": FUNCTION, "module": MODULE, "its own": layer(Residual)},
    ),
    specimens(
        purity.strided_inputs,
        broken={
            "view": (layer(lambda x: x.view(-1)), "inputs that are not contiguous: must not raise"),
            "memory order": (layer(in_python_order), "must give the same"),
        },
        correct={"function": FUNCTION, "module": MODULE, "flatten": layer(lambda x: x.flatten())},
    ),
    specimens(
        purity.repeatable,
        broken={"counts calls": (layer(unrepeatable), "the same seed must give the same bits")},
        correct={"function": FUNCTION, "module": MODULE, "dropout": layer(nn.Dropout)},
    ),
    specimens(
        purity.process_unchanged,
        broken={
            "default type": (layer(sets_default_type), "default dtype: torch.float32 to torch.float64"),
            "gradients": (layer(switches_gradients_off), "grad mode: True to False"),
            "threads": (layer(sets_threads), "number of threads"),
        },
        correct={"function": FUNCTION, "module": MODULE},
    ),
    specimens(
        purity.never_reseeds,
        broken={
            "torch": (layer(seeds_torch), "the global generator of torch must not be seeded"),
            "NumPy": (layer(seeds_numpy), "of NumPy"),
            "when built": (layer(SeedsWhenBuilt), "of Python"),
        },
        correct={"function": FUNCTION, "module": MODULE, "dropout": layer(nn.Dropout)},
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
    assert not uncovered(TABLE, purity)


def test_every_kind_can_be_exercised():
    assert set(KINDS) == purity.process_unchanged.kinds
    assert exercise.exercise.__doc__
