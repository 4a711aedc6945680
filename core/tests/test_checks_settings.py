"""Checks of settings: each refuses a broken component and lets a correct one pass."""

from dataclasses import dataclass
from typing import Literal

import pytest
import torch
from beartype import beartype
from conformance import component, fires, normal, passes, rows, specimens, uncovered
from ectype.checks import settings
from ectype.checks.surroundings import random_state
from ectype.checks.surroundings import settings as process
from ectype.errors import CheckFailedError
from jaxtyping import jaxtyped
from torch import nn


class Linear(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        if width < 1:
            raise ValueError(f"width must be at least 1; received {width}")
        self.map = nn.Linear(4, width)

    def forward(self, x):
        return self.map(x)


@dataclass(frozen=True)
class Sizes:
    width: int = 3
    dropout: float = 0.1

    def __post_init__(self):
        if self.width < 1 or not 0 <= self.dropout < 1:
            raise ValueError(f"width must be at least 1, dropout in [0, 1); received {self.width}, {self.dropout}")


class BySizes(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.map = nn.Linear(4, sizes.width)

    def forward(self, x):
        return self.map(x)


def root(x, power):
    """A root.

    Raises:
        ValueError: power is not positive.
    """
    return x.abs() ** (1 / max(power, 1e-9))


def checked_root(x, power):
    """A root.

    Raises:
        ValueError: power is not positive.
    """
    if power <= 0:
        raise ValueError(f"power must be positive; received {power}")
    return x.abs() ** (1 / power)


def below(x, bound, limit):
    """Raise for a bound that is not below a limit.

    Raises:
        ValueError: bound is not below the limit.
    """
    if not bound < limit:
        raise ValueError(f"bound must be below {limit}; received {bound}")
    return x.clamp(max=bound)


@jaxtyped(typechecker=beartype)
def activation(x: torch.Tensor, kind: Literal["tanh", "relu"]):
    return x.tanh() if kind == "tanh" else x.relu()


def dropped(x, dropout):
    return x * (1 - dropout)


def vague(x, width):
    if width < 1:
        raise ValueError("width is not valid")
    return x[..., :width]


def layer(of, *values, draw=rows, traits=()):
    return component("layer", of, draw, *values, traits=traits)


TABLE = [
    specimens(
        settings.invalid_settings,
        broken={
            "another error": (
                layer(nn.Linear, {"in_features": 4, "out_features": 2}),
                "received RuntimeError: .*-4|received",
            ),
            "accepted against the docstring": (
                layer(root, {"power": 2.0}),
                "the docstring says under Raises that power is",
            ),
            "NaN": (
                layer(lambda x, eps: (x.square() + eps).sqrt(), {"eps": 1.0}),
                "eps=-1.0: must raise ValueError or work",
            ),
            "a probability": (layer(dropped, {"dropout": 0.5}), "dropout=-0.5: must raise ValueError; it is accepted"),
            "without the value": (
                layer(vague, {"width": 2}),
                "must say the received value; received width is not valid",
            ),
            "any choice": (layer(lambda x, kind: x, {"kind": "tanh"}), "kind='no-such-choice': must raise ValueError"),
            "divides by zero": (layer(lambda x, parts: x.sum() / (4 // parts), {"parts": 2}), "ZeroDivisionError"),
        },
        correct={
            "module": layer(Linear, {"width": 3}),
            "by a settings object": layer(BySizes, Sizes()),
            "by one in a mapping": layer(BySizes, {"sizes": Sizes()}),
            "docstring": layer(checked_root, {"power": 2.0}),
            "an annotation": layer(activation, {"kind": "tanh"}),
            "refuses what is large": layer(below, {"bound": 2.0, "limit": 100}),
            "anything is fine": layer(lambda x, shift: x + shift, {"shift": 1.0}),
            "the draw asks for it": layer(
                lambda x, width: x.unflatten(-1, (-1, width)) if width > 0 else Linear(width),
                {"width": 2},
                draw=lambda rng, width, batch=2: normal(rng, batch, 2 * width),
            ),
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
    assert not uncovered(TABLE, settings)
