"""What all declarations share: the paper, and random tensors and modules."""

import torch
from ectype import Paper

paper = Paper("ectype_layernorm", equations=35, tables=3)

REPOSITORY = "ryankiros/layer-norm@7a9a1bf7"
"""The last commit of the authors' code, of July 2016."""


def normal(rng, *shape):
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def positive(rng, *shape):
    """Random numbers from 0.5 to 2."""
    return 0.5 + 1.5 * torch.rand(shape, generator=rng, dtype=torch.float64)


def seeded(rng, make):
    """What a function makes that draws from torch's global generator, in double precision."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (), generator=rng)))
        return make().double().eval()


def at_random(rng, make):
    """A module with noise on all parameters, so that none is zero or one."""
    module = seeded(rng, make)
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
