"""What all declarations share: the paper, random tensors, the domains of the theorems."""

import torch
from ectype import Paper

paper = Paper("ectype_snn", equations=336, tables=27)

# Intervals of mean, variance, sum of weights and sum of their squares

OMEGA = ((-0.1, 0.1), (0.8, 1.5), (-0.1, 0.1), (0.95, 1.1))
"""Theorem 1."""
HIGH = ((-1.0, 1.0), (3.0, 16.0), (-0.1, 0.1), (0.8, 1.25))
"""Theorem 2."""
LOW = (
    ((-0.1, 0.1), (0.02, 0.16), (-0.1, 0.1), (0.8, 1.25)),
    ((-0.1, 0.1), (0.02, 0.24), (-0.1, 0.1), (0.9, 1.25)),
)
"""Theorem 3, in the main text."""


def normal(rng, *shape):
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def inside(rng, domain, count):
    """Points of a domain: random ones, and its corners."""
    shares = torch.rand(count, 4, generator=rng, dtype=torch.float64)
    corners = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 4)
    low, high = torch.tensor(domain, dtype=torch.float64).T
    return (low + torch.cat((shares, corners)) * (high - low)).unbind(dim=1)


def seeded(rng, make):
    """What a function makes that draws from torch's global generator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (), generator=rng)))
        return make()


def refusal(make):
    """The text of the error with which something is refused, or nothing."""
    try:
        make()
    except ValueError as error:
        return str(error)
    return ""
