"""Checks of samplers and data: each refuses a broken component and lets a correct one pass."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from conformance import component, fires, normal, passes, specimens, uncovered
from ectype.checks import data, samplers
from ectype.errors import CheckFailedError, NotApplicableError
from ectype.traits import Digest, Disjoint, Moments
from torch import nn


def shape(rng, batch=5):
    return (batch,)


def sampler(of, *settings, draw=shape, traits=()):
    return component("sampler", of, draw, *settings, traits=traits)


def gaussian(batch, generator, mean=0.0, scale=1.0):
    return mean + scale * torch.randn(batch, 2, generator=generator, dtype=torch.float64)


def by_seed(batch, seed):
    return np.random.default_rng(seed).normal(size=(batch, 2))


def ignores_seed(batch, seed):
    return torch.randn(batch, generator=torch.Generator().manual_seed(0))


def from_global(batch, generator):
    return torch.randn(batch)


def partly_global(batch, seed):
    return np.random.default_rng(seed).normal(size=batch) + 0 * np.random.rand()


def advances_global(batch, generator):
    torch.rand(1)
    return torch.randn(batch, generator=generator)


class Noise(nn.Module):
    def __init__(self, scale=1.0):
        super().__init__()
        self.scale = scale

    def forward(self, x, generator):
        return x + self.scale * torch.randn(x.shape, generator=generator, dtype=x.dtype)


def drawn_generator(rng, batch=3):
    return normal(rng, batch), torch.Generator()


def moments(mean, variance, *settings, of=gaussian):
    return sampler(of, *settings, traits=[Moments(mean, variance)])


def generated(of, *settings, traits=()):
    return component("data", of, lambda rng: (), *settings, traits=traits)


def splits(seed, overlap=0):
    rows = np.random.default_rng(seed).normal(size=(8, 3))
    return {"train": rows[: 4 + overlap], "test": rows[4:]}


def splits_object(seed):
    made = splits(seed)
    return SimpleNamespace(**made)


def with_nan(seed):
    return np.random.default_rng(seed).normal(size=3) / np.array([1.0, np.nan, 1.0])


class DataSet:
    def __init__(self, seed):
        self.x = np.random.default_rng(seed).normal(size=(4, 2))


DIGEST = data.digest(splits(0))

TABLE = [
    specimens(
        samplers.seed_decides,
        broken={
            "global": (sampler(from_global), "must leave the global random generators alone"),
            "NumPy": (sampler(partly_global), "must leave the global random generators alone"),
            "advances": (sampler(advances_global), "must leave the global random generators alone"),
            "entropy": (
                sampler(lambda batch, seed: np.random.default_rng().normal(size=batch)),
                "must give the same numbers",
            ),
            "text": (sampler(lambda batch, seed: None), "it must give numbers; received NoneType"),
        },
        correct={
            "generator": sampler(gaussian),
            "seed": sampler(by_seed),
            "module": sampler(Noise, draw=lambda rng, batch=3: normal(rng, batch)),
            "drawn": sampler(lambda x, g: x + torch.randn(x.shape, generator=g), draw=drawn_generator),
            "data": generated(splits),
            "a set of data": generated(DataSet),
            "deterministic": sampler(lambda batch: torch.arange(batch)),
        },
    ),
    specimens(
        samplers.seeds_differ,
        broken={"ignored": (sampler(ignores_seed), "seeds 0 to 3 give the same")},
        correct={
            "generator": sampler(gaussian),
            "module": sampler(Noise, draw=lambda rng, batch=3: normal(rng, batch)),
            "drawn": sampler(lambda x, g: x + torch.randn(x.shape, generator=g), draw=drawn_generator),
            "a set of data": generated(DataSet),
        },
    ),
    specimens(
        samplers.moments,
        broken={
            "mean": (moments(0.2, 1.0), "the mean must be the declared one; received"),
            "deviation for variance": (moments(0.0, 2.0, {"scale": 2.0}), "the variance must be the declared one"),
            "in one setting": (moments(0.0, 1.0, {"mean": 0.0}, {"mean": 1.0}), "mean=1.0.*the mean must"),
            "no such axis": (
                moments(0.0, 1.0, of=lambda batch, seed: torch.zeros(3)),
                "must have the axis batch; received",
            ),
        },
        correct={
            "settings": moments(
                lambda *_, mean: mean,
                lambda *_, scale: scale**2,
                {"mean": 1.0, "scale": 3.0},
                {"mean": -2.0, "scale": 0.1},
            ),
            "of the inputs": component(
                "sampler",
                Noise,
                lambda rng, batch=3: normal(rng, batch),
                {"scale": 0.5},
                traits=[Moments(lambda x: x, lambda x, scale: scale**2)],
            ),
            "mean only": moments(0.0, None),
        },
    ),
    specimens(
        data.finite_data,
        broken={
            "NaN": (generated(with_nan), "data must be finite; received 1 that are not"),
            "nothing": (generated(lambda seed: []), "it must give numbers; received none"),
        },
        correct={"arrays": generated(splits), "a set of data": generated(DataSet)},
    ),
    specimens(
        data.data_digest,
        broken={
            "other": (generated(splits, traits=[Digest("0" * 64)]), f"must have the SHA-256 000.*; received {DIGEST}"),
            "none": (generated(splits, traits=[Digest("")]), rf"\(none declared\); received {DIGEST}"),
            "changed": (generated(splits, {"overlap": 1}, traits=[Digest(DIGEST)]), "must have the SHA-256"),
        },
        correct={"same": generated(splits, {}, {"overlap": 1}, traits=[Digest(DIGEST)])},
    ),
    specimens(
        data.disjoint_splits,
        broken={
            "one row": (generated(splits, {"overlap": 1}, traits=[Disjoint()]), "received one in train and test"),
            "no split": (generated(splits, traits=[Disjoint(("train", "valid"))]), "must have the split 'valid'"),
            "empty": (
                generated(lambda seed: {"train": np.zeros((0, 2)), "test": np.ones((1, 2))}, traits=[Disjoint()]),
                "must have rows",
            ),
        },
        correct={
            "by key": generated(splits, traits=[Disjoint()]),
            "by name": generated(splits_object, traits=[Disjoint()]),
            "by position": generated(lambda seed: tuple(splits(seed).values()), traits=[Disjoint((0, 1))]),
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
    assert not uncovered(TABLE, samplers, data)


def test_a_deterministic_sampler_has_no_seeds():
    with pytest.raises(NotApplicableError, match="it is deterministic"):
        samplers.seeds_differ.function(sampler(lambda batch: torch.arange(batch)))


def test_a_digest_depends_on_values_places_and_shapes():
    values = np.arange(6.0)
    digests = {
        data.digest(value)
        for value in ({"a": values}, {"b": values}, {"a": values.reshape(2, 3)}, {"a": values + 1e-16})
    }
    assert len(digests) == 4
    assert data.digest({"a": torch.arange(6)}) == data.digest({"a": values})
