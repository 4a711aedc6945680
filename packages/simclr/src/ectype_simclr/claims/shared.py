"""What all declarations share: the paper, random tensors and modules."""

from importlib import import_module

import torch
from ectype import Paper

paper = Paper("ectype_simclr", equations=1, tables=14)


def normal(rng, *shape):
    return torch.randn(*shape, generator=rng, dtype=torch.float64)


def uniform(rng, *shape):
    return torch.rand(*shape, generator=rng, dtype=torch.float64)


def integer(rng, low, high):
    return int(torch.randint(low, high + 1, (), generator=rng))


def seeded(rng, make):
    """What a function makes that draws from torch's global generator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(integer(rng, 0, 2**31 - 1))
        return make()


def at_random(rng, make):
    """A module in double precision with noise on all parameters, so that none is at a special value."""
    module = seeded(rng, make).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.2 * normal(rng, *parameter.shape)
    return module


def refusal(make):
    """The text of the error with which something is refused, or nothing."""
    try:
        make()
    except ValueError as error:
        return str(error)
    return ""


def module(name):
    """A module of the package, also where the package re-exports a function of the same name."""
    return import_module(f"ectype_simclr.{name}")


def parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


def means(values, expected):
    """Whether the mean of each column, over rows, is the expected one within four standard errors."""
    values = values.double()
    return (values.mean(0) - torch.tensor(expected)).abs() <= 4 * values.std(0) / len(values) ** 0.5
