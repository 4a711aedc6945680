"""Checks of losses: each refuses a broken loss and lets a correct one pass."""

import pytest
import torch
from conformance import component, fires, normal, passes, specimens, uncovered
from ectype.checks import losses
from ectype.errors import CheckFailedError, NotApplicableError
from ectype.traits import LowerBound, Reduced
from torch import nn
from torch.nn import functional as F


def pairs(rng, batch=4):
    return normal(rng, batch), normal(rng, batch)


def labelled(rng, batch=4, classes=3):
    return normal(rng, batch, classes), torch.randint(0, classes, (batch,), generator=rng)


def binary(rng, batch=4):
    return normal(rng, batch), torch.randint(0, 2, (batch,), generator=rng).double()


def loss(of, *settings, draw=pairs, traits=()):
    return component("loss", of, draw, *settings, traits=traits)


def squared(x, y):
    if x.shape != y.shape:
        raise ValueError(f"predictions and targets must have one shape; received {x.shape} and {y.shape}")
    return (x - y).square().mean()


def reduced(x, y, reduction="mean"):
    each = (x - y).square()
    if reduction == "none":
        return each
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction must be none, mean or sum; received {reduction!r}")
    return each.mean() if reduction == "mean" else each.sum()


class ReducedBadly(nn.Module):
    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction

    def forward(self, x, y):
        each = (x - y).square()
        return each if self.reduction == "none" else each.sum()


def entropy(logits, targets):
    return F.cross_entropy(logits, targets)


def clamped(logits, targets):
    log_p = logits.log_softmax(-1)
    return -log_p.gather(-1, targets.long().clamp(max=logits.shape[-1] - 1).unsqueeze(-1)).mean()


def by_value(x, y):
    return (x - y).square().mean() if y.is_floating_point() else (x + y).square().mean()


class SilentError(Exception):
    pass


def silent(x, y):
    if x.shape != y.shape:
        raise SilentError
    return squared(x, y)


CORRECT = {"squares": loss(squared), "entropy": loss(entropy, draw=labelled)}

TABLE = [
    specimens(
        losses.reduction,
        broken={
            "broadcast": (loss(lambda x, y: (x.unsqueeze(-1) - y).square()), "one number, or one an item; received"),
            "over items": (
                loss(lambda x, y: x.mT @ x, draw=lambda rng, batch=4: (normal(rng, batch, 3),) * 2),
                "received",
            ),
            "sum for mean": (
                loss(ReducedBadly, {"reduction": "sum"}),
                "reduction 'mean' must be the mean of reduction 'none'",
            ),
        },
        correct={
            **CORRECT,
            "one an item": loss(lambda x, y: (x - y).abs()),
            "choices": loss(reduced, {"reduction": "sum"}),
        },
    ),
    specimens(
        losses.repeated_items,
        broken={
            "sum for mean": (loss(lambda x, y: (x - y).square().sum(), traits=[Reduced("batch")]), "a mean by 1"),
            "mean for sum": (loss(squared, traits=[Reduced("batch", "sum")]), "a sum by 2"),
            "unbiased": (
                loss(lambda x, y: (x - y).square().sum() / (len(x) - 1), traits=[Reduced("batch")]),
                "a mean by 1",
            ),
        },
        correct={
            "mean": loss(squared, traits=[Reduced("batch")]),
            "sum": loss(reduced, {"reduction": "sum"}, traits=[Reduced("batch", "sum")]),
        },
    ),
    specimens(
        losses.lower_bound,
        broken={
            "below": (
                loss(lambda x, y: squared(x, y) - 100, traits=[LowerBound()]),
                "it must be at least 0.0; received",
            ),
            "not attained": (
                loss(lambda x, y: squared(x, y) + 1, traits=[LowerBound(0, lambda x, y: (y, y))]),
                "must attain 0.0; received 1 more",
            ),
            "in a setting": (
                loss(
                    lambda x, y, least: squared(x, y) + 1,
                    {"least": 1.0},
                    {"least": 90.0},
                    traits=[LowerBound(lambda x, y, least: least)],
                ),
                "least=90.0",
            ),
        },
        correct={
            "attained": loss(squared, traits=[LowerBound(0.0, lambda x, y: (y, y))]),
            "of the inputs": loss(squared, traits=[LowerBound(lambda x, y: (x.mean() - y.mean()).square())]),
        },
    ),
    specimens(
        losses.wrong_targets,
        broken={
            "broadcast": (loss(lambda x, y: (x - y).square().mean()), "a target with one item along batch must raise"),
            "any class": (loss(clamped, draw=labelled), "a target of .* must raise|must raise; received"),
            "another formula": (
                loss(
                    lambda x, y: by_value(*torch.broadcast_tensors(x, y)) if x.shape == y.shape else squared(x, y),
                    draw=binary,
                ),
                "a target of int64 must raise or give the same",
            ),
            "no words": (loss(silent), "the error must say what is wrong"),
        },
        correct={**CORRECT, "binary": loss(lambda x, y: F.binary_cross_entropy_with_logits(x, y), draw=binary)},
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
    assert not uncovered(TABLE, losses)


def test_without_a_target_targets_do_not_apply():
    with pytest.raises(NotApplicableError, match="it has no target"):
        losses.wrong_targets.function(loss(lambda x: x.mean(), draw=lambda rng, batch=3: normal(rng, batch)))


def test_the_distance_to_the_bound_is_measured():
    made = loss(lambda x, y: x.sum() * 0 + 3.5, traits=[LowerBound(3.0)])
    assert losses.lower_bound.function(made) == {"smallest distance": 0.5}
