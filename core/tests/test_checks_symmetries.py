"""Checks of declared symmetries and positions: each refuses a broken component and lets a correct one pass."""

import math

import pytest
import torch
from conformance import component, fires, normal, passes, rows, specimens, tanh, uncovered
from ectype.checks import positions, symmetries
from ectype.errors import CheckFailedError
from ectype.traits import (
    Causal,
    Homogeneous,
    IgnoresPadding,
    PermutationEquivariant,
    PermutationInvariant,
    ShiftInvariant,
    Symmetric,
    TranslationEquivariant,
)
from torch import nn


def layer(of, *traits, draw=rows, settings=()):
    return component("layer", of, draw, *settings, traits=traits)


def attention(x, mask):
    """Self-attention; the mask is True where a key may be seen."""
    weights = (x @ x.mT).masked_fill(~mask, -math.inf).softmax(-1)
    return weights @ x


def seeing_padding(x, mask):
    return (x @ x.mT).masked_fill(~mask, -1.0).softmax(-1) @ x


def inverted(x, mask):
    return attention(x, ~mask)


def masked(rng, batch=2, length=4):
    return normal(rng, batch, length, 3), torch.ones(batch, 1, length, dtype=torch.bool)


def causal_attention(x):
    return attention(x, torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril())


def one_ahead(x):
    return attention(x, torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril(1))


def before(x):
    return torch.cat((torch.zeros_like(x[:, :1]), x.cumsum(1)[:, :-1]), dim=1)


class Tokens(nn.Module):
    """Running sums of embedded tokens, from the left or of all."""

    def __init__(self, leaks=False, padding=0):
        super().__init__()
        self.embedding, self.leaks, self.padding = nn.Embedding(9, 4), leaks, padding

    def forward(self, tokens):
        x = self.embedding(tokens)
        return x + x.sum(1, keepdim=True) if self.leaks else x.cumsum(1)


class Pooled(Tokens):
    def forward(self, tokens):
        x = self.embedding(tokens)
        seen = (tokens != self.padding).unsqueeze(-1)
        return (x * seen).sum(1) / (1 if self.leaks else seen.sum(1).clamp(min=1))


class PooledAll(Tokens):
    def forward(self, tokens):
        return self.embedding(tokens).mean(1)


def tokens(rng, batch=2, length=4):
    return torch.randint(1, 9, (batch, length), generator=rng)


def circular(x):
    return x + 0.5 * x.roll(1, 1)


def with_border(x):
    return x + 0.5 * torch.cat((torch.zeros_like(x[:, :1]), x[:, :-1]), dim=1)


def pair(rng, batch=3):
    return normal(rng, batch, 4), normal(rng, batch, 4)


EQUIVARIANT, INVARIANT, SHIFTED = (
    PermutationEquivariant("length"),
    PermutationInvariant("length"),
    TranslationEquivariant("length"),
)

TABLE = [
    specimens(
        symmetries.permutation_equivariance,
        broken={
            "positions": (
                layer(lambda x: x * torch.arange(x.shape[1]).view(-1, 1), EQUIVARIANT),
                "permutation of length",
            ),
            "no such axis": (layer(lambda x: x.sum(1), EQUIVARIANT), "an output must have the axis length"),
            "shifted": (layer(with_border, EQUIVARIANT), "permutation of length"),
        },
        correct={
            "each": layer(tanh, EQUIVARIANT),
            "attention": layer(lambda x: (x @ x.mT).softmax(-1) @ x, EQUIVARIANT),
            "twice": layer(lambda x: x @ x.mT, EQUIVARIANT),
        },
    ),
    specimens(
        symmetries.permutation_invariance,
        broken={
            "first": (layer(lambda x: x[:, 0], INVARIANT), "must not change the outputs"),
            "weighted": (layer(lambda x: x.cumsum(1).sum(1), INVARIANT), "must not change the outputs"),
        },
        correct={"sum": layer(lambda x: x.sum(1), INVARIANT), "largest": layer(lambda x: x.amax(1), INVARIANT)},
    ),
    specimens(
        symmetries.translation_equivariance,
        broken={
            "border": (layer(with_border, SHIFTED), "a shift of length"),
            "positions": (layer(lambda x: x.cumsum(1), SHIFTED), "a shift of length"),
        },
        correct={"circular": layer(circular, SHIFTED)},
    ),
    specimens(
        symmetries.shift_invariance,
        broken={
            "none": (layer(tanh, ShiftInvariant()), "a constant added to input 0"),
            "wrong axis": (
                layer(lambda x: x.softmax(1), ShiftInvariant(0, ("length",))),
                "a constant added to input 0",
            ),
            "only for all": (
                layer(lambda x: x - x.mean(), ShiftInvariant(0, ("batch",))),
                "a constant added to input 0",
            ),
            "no such input": (layer(tanh, ShiftInvariant(1)), "input 1 must be a tensor of real numbers"),
        },
        correct={
            "softmax": layer(lambda x: x.softmax(-1), ShiftInvariant()),
            "each row": layer(lambda x: x.softmax(-1), ShiftInvariant(0, ("batch", "length"))),
        },
    ),
    specimens(
        symmetries.homogeneity,
        broken={
            "bias": (layer(lambda x: x + 1, Homogeneous(1)), "inputs times 0.5 must give outputs times 0.5"),
            "epsilon": (layer(lambda x: x / (x.norm() + 1e-5), Homogeneous(0)), "inputs times"),
            "square": (layer(lambda x: x * x, Homogeneous(1)), "inputs times"),
        },
        correct={
            "scale invariant": layer(lambda x: x / x.norm(), Homogeneous(0)),
            "nearly": layer(lambda x: x / (x.norm() + 1e-5), Homogeneous(0, tolerance=1e-4)),
            "square": layer(lambda x: x * x, Homogeneous(2)),
            "both inputs": layer(lambda x, y: x * y, Homogeneous(2, (0, 1)), draw=pair),
        },
    ),
    specimens(
        symmetries.exchange_symmetry,
        broken={
            "one side normalised": (
                layer(lambda x, y: x * y / y.norm(), Symmetric(), draw=pair),
                "exchanging the inputs",
            ),
            "no such input": (layer(tanh, Symmetric()), "inputs 0 and 1 must exist; received 1"),
        },
        correct={"distance": layer(lambda x, y: (x - y).norm(dim=-1), Symmetric(), draw=pair)},
    ),
    specimens(
        positions.causality,
        broken={
            "no mask": (
                layer(lambda x: x + x.sum(1, keepdim=True), Causal("length")),
                "must not depend on later inputs",
            ),
            "one ahead": (layer(one_ahead, Causal("length")), "the output at position 0 of length"),
            "not strictly": (layer(causal_attention, Causal("length", strict=True)), "must not depend on later inputs"),
            "tokens": (
                layer(Tokens, Causal("length"), draw=tokens, settings=[{"leaks": True}]),
                "must not depend on later",
            ),
            "nothing at all": (layer(lambda x: torch.zeros_like(x), Causal("length")), "received derivatives of zero"),
            "no such axis": (layer(lambda x: x.sum(1), Causal("length")), "must have the axis length once"),
        },
        correct={
            "attention": layer(causal_attention, Causal("length")),
            "strict": layer(before, Causal("length", strict=True)),
            "tokens": layer(Tokens, Causal("length"), draw=tokens),
        },
    ),
    specimens(
        positions.padding_ignored,
        broken={
            "finite mask": (layer(seeing_padding, IgnoresPadding("length", 1), draw=masked), "as good as absent"),
            "inverted": (layer(inverted, IgnoresPadding("length", 1), draw=masked), "as good as absent"),
            "the other value": (layer(attention, IgnoresPadding("length", 1, True), draw=masked), "as good as absent"),
            "counted": (layer(PooledAll, IgnoresPadding("length", 0, 0), draw=tokens), "as good as absent"),
            "no such axis": (layer(tanh, IgnoresPadding("length", 3)), "input 3 must have the axis length"),
        },
        correct={
            "mask": layer(attention, IgnoresPadding("length", 1), draw=masked),
            "tokens": layer(Pooled, IgnoresPadding("length", 0, 0), draw=tokens),
            "a setting": layer(Pooled, IgnoresPadding("length", 0, "padding"), draw=tokens, settings=[{"padding": 7}]),
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
    assert not uncovered(TABLE, symmetries, positions)
