"""Checks of numbers: each refuses a broken component and lets a correct one pass."""

import pytest
import torch
from conformance import component, fires, passes, rows, specimens, tanh, uncovered
from ectype.checks import numerics
from ectype.checks.surroundings import random_state
from ectype.checks.surroundings import settings as process
from ectype.errors import CheckFailedError, NotApplicableError
from torch import nn


class Linear(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        if width < 1:
            raise ValueError(f"width must be at least 1; received {width}")
        self.map = nn.Linear(4, width)

    def forward(self, x):
        return self.map(x)


def layer(of, *values, draw=rows, traits=()):
    return component("layer", of, draw, *values, traits=traits)


FUNCTION = layer(tanh)

MODULE = layer(Linear)

ACCELERATED = [
    specimens(
        numerics.device_parity,
        broken={"a tensor made on the CPU": (layer(lambda x: x + torch.ones(4, device="cpu")), "meta: must not raise")},
        correct={"function": FUNCTION, "module": MODULE},
    )
]

TABLE = [
    specimens(
        numerics.types_kept,
        broken={
            "a constant of another type": (
                layer(lambda x: x + torch.zeros(4)),
                "torch.bfloat16 must give torch.bfloat16",
            ),
            "float32": (layer(lambda x: x.float()), "torch.float64 must give torch.float64; received torch.float32"),
            "NaN": (layer(lambda x: x * (1.0 if x.dtype != torch.bfloat16 else float("nan"))), "must not give NaN"),
        },
        correct={"function": FUNCTION, "module": MODULE, "a mask": layer(lambda x: (x, x > 0))},
    ),
    specimens(
        numerics.autocast,
        broken={
            "the type of something else": (layer(lambda x: (x @ x.mT).view(torch.int32).float()), "autocast"),
            "overflow": (layer(lambda x: ((x @ x.mT) * 0 + 256) + 1 - 256), "nearly the same"),
        },
        correct={"function": FUNCTION, "module": MODULE},
    ),
    specimens(
        numerics.large_inputs,
        broken={
            "exponential": (layer(lambda x: x.exp() / (1 + x.exp())), "outputs must stay finite"),
            "its gradient": (
                layer(lambda x: torch.where(x > 50, x, x.clamp(max=1e9).exp().log1p())),
                "the gradient of",
            ),
        },
        correct={"function": FUNCTION, "module": MODULE, "stable": layer(lambda x: nn.functional.softplus(x))},
    ),
    specimens(
        numerics.zero_inputs,
        broken={
            "a norm": (layer(lambda x: x / x.square().sum(-1, keepdim=True)), "outputs must stay finite; received nan"),
            "a root": (layer(lambda x: x.square().sum(-1).sqrt()), "the gradient of input"),
        },
        correct={
            "function": FUNCTION,
            "module": MODULE,
            "minus infinity as always": layer(lambda x: (x * 0 - 1).log().isnan()),
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
    assert not uncovered(TABLE + ACCELERATED, numerics)


@fires(ACCELERATED)
def test_device_parity_fires(check, made, text, monkeypatch):
    monkeypatch.setattr(numerics, "accelerator", lambda: torch.device("meta"))
    with pytest.raises(CheckFailedError, match=text):
        check.function(made)


@passes(ACCELERATED)
def test_device_parity_passes(check, made, monkeypatch):
    monkeypatch.setattr(numerics, "accelerator", lambda: torch.device("cpu"))
    check.function(made)


def test_without_an_accelerator_parity_does_not_apply(monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: False)
    with pytest.raises(NotApplicableError, match="no accelerator"):
        numerics.device_parity.function(FUNCTION)
