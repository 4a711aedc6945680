"""What all declarations share: the paper, and random distributions and models."""

import itertools

import torch
from ectype import Paper

from ectype_speculative_decoding.ngram_model import NgramModel

paper = Paper("ectype_speculative_decoding", equations=1, tables=5)

TRANSFORMERS = "transformers.generation.utils"


def normal(rng, *shape):
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def uniform(rng, *shape):
    return torch.rand(shape, generator=rng, dtype=torch.float64)


def whole(rng, low, high):
    """A random whole number from low to high."""
    return int(torch.randint(low, high + 1, (), generator=rng))


def distributions(rng, *shape):
    """Random distributions in the last axis, none of them even."""
    return (1.5 * normal(rng, *shape)).softmax(dim=-1)


def sparse(rng, *shape):
    """The same with zeros; each has at least two tokens."""
    p = distributions(rng, *shape)
    kept = uniform(rng, *shape).argsort(dim=-1) < max(2, shape[-1] - 2)
    p = p * kept
    return p / p.sum(dim=-1, keepdim=True)


def bigram(rng, vocabulary=3):
    return NgramModel(distributions(rng, vocabulary, vocabulary))


def sequences(vocabulary, length):
    return list(itertools.product(range(vocabulary), repeat=length))


def refusal(make):
    """The text of the error with which something is refused, or nothing."""
    try:
        make()
    except ValueError as error:
        return str(error)
    return ""
