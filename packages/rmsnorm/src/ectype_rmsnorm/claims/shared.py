"""What all declarations share: the paper, and random tensors."""

import torch
from ectype import Paper

paper = Paper("ectype_rmsnorm", equations=10, tables=10)

REPOSITORY = "bzhangGo/rmsnorm@2e726f1a"
"""The last commit of the authors' code."""


def normal(rng, *shape):
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def positive(rng, *shape):
    """Random numbers from 0.5 to 2."""
    return 0.5 + 1.5 * torch.rand(shape, generator=rng, dtype=torch.float64)


def refusal(make):
    """The text of the error with which something is refused, or nothing."""
    try:
        make()
    except ValueError as error:
        return str(error)
    return ""
