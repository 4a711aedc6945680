"""What all declarations share: the paper, random tensors, the frozen data set."""

import hashlib
import random
from contextlib import contextmanager
from functools import cache

import numpy as np
import torch
from ectype import Paper

from ectype_mnist1d.dataset import make_dataset

paper = Paper("ectype_mnist1d", equations=0, tables=2)

REPOSITORY = "greydanus/mnist1d@7878d960"
"""The last commit of the official code, of October 2024."""

FROZEN = {
    "x": "ed862d5b9bc29e915ea51b5af0f513eade390d377b8aba9825cd81cea62a48a1",
    "y": "9fda8484d29200d2a282c5c4b5c4c159ee8fee4d6bf1392d19c7f4b9e07d3fdb",
    "x_test": "d579060ed6e7bf831e2e3f86169a78838b3c1def9369d3ecacd09d2b66e82b36",
    "y_test": "f7e087b94fc4c06d786a0b7a0d5ff486d484b365f7bb1d52814805ca24b5ec55",
    "t": "37c41a9e57b1b47dedae942443e3890c68a4900ebfc590a57c4215e276581c65",
}
"""Digests of the arrays in the authors' `mnist1d_data.pkl`, the same file content since the first commit, rounded to five
decimals: what lies behind depends on the machine's arithmetic (the authors' own package differs in the sixteenth digit)."""


def digest(values):
    """SHA-256 of numbers rounded to five decimals, as 32-bit integers."""
    rounded = np.round(np.asarray(values, dtype=np.float64) * 1e5).astype("<i4")
    return hashlib.sha256(rounded.tobytes()).hexdigest()


@cache
def frozen():
    """The default data set; not to be changed."""
    return make_dataset()


def normal(rng, *shape):
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def whole(rng, low, high, *shape):
    """Random whole numbers from low to high."""
    return torch.randint(low, high + 1, shape, generator=rng)


def at_random(rng, make):
    """A module in double precision and evaluation mode with noise on all parameters, so that none is zero or one."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(whole(rng, 0, 2**31 - 1)))
        module = make().double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.2 * normal(rng, *parameter.shape)
    return module


@contextmanager
def generators_preserved():
    """Put the global generators of Python, NumPy and torch back afterwards."""
    python, legacy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)


def refusal(make):
    """The text of the error with which something is refused, or nothing."""
    try:
        make()
    except ValueError as error:
        return str(error)
    return ""
