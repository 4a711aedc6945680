"""Checks of graphs (deep): each refuses a broken component and lets a correct one pass."""

import jaxtyping
import pytest
import torch
from beartype import beartype
from conformance import component, fires, passes, rows, specimens, uncovered
from ectype.checks import graphs
from ectype.errors import CheckFailedError
from jaxtyping import Float, jaxtyped
from torch import Tensor, nn


def layer(of, *settings):
    return component("layer", of, rows, *settings)


class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.map = nn.Linear(4, 4)

    def forward(self, x):
        return self.map(x)


def branches(x):
    return x + 1 if float(x.sum()) > 0 else x


def untraceable(x):
    return x + len(str(x.tolist()))


@jaxtyped(typechecker=beartype)
def typed(x: Float[Tensor, "batch length width"]) -> Float[Tensor, "batch length width"]:
    return x.tanh()


def differs(x):
    return x + 1 if torch.compiler.is_compiling() else x


CORRECT = {"function": layer(typed), "module": layer(Linear)}

TABLE = [
    specimens(
        graphs.compiles,
        broken={
            "a branch on data": (layer(branches), "compiled: must not raise"),
            "another formula": (layer(differs), "compiled it must give the same"),
        },
        correct=CORRECT,
    ),
    specimens(
        graphs.exports,
        broken={
            "a branch on data": (layer(branches), "exported: must not raise"),
            "a value that becomes a constant": (layer(untraceable), "exported it must give the same"),
            "another formula": (layer(differs), "exported it must give the same"),
        },
        correct=CORRECT,
    ),
]


@fires(TABLE)
def test_fires(check, made, text):
    with pytest.raises(CheckFailedError, match=text):
        check.function(made)
    assert not jaxtyping.config.jaxtyping_disable


@passes(TABLE)
def test_passes(check, made):
    check.function(made)
    assert not jaxtyping.config.jaxtyping_disable


def test_every_check_is_tested_and_deep():
    assert not uncovered(TABLE, graphs)
    assert graphs.compiles.deep
    assert graphs.exports.deep
