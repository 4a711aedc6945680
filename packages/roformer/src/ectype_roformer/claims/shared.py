"""What all declarations share: the paper, and random tensors and modules."""

import torch
from ectype import Paper

paper = Paper("ectype_roformer", equations=37, tables=5)


def normal(rng, *shape):
    return torch.randn(*shape, generator=rng, dtype=torch.float64)


def whole(rng, low, high, *shape):
    """Whole numbers from low to high - 1."""
    return torch.randint(low, high, shape, generator=rng)


def angles_of(positions, width, base=10_000.0):
    """Angles written out: one number a position and plane."""
    frequencies = [base ** (-2 * i / width) for i in range(width // 2)]
    return positions.double().unsqueeze(-1) * torch.tensor(frequencies, dtype=torch.float64)


def at_random(rng, make):
    """A module in double precision with noise on all parameters, so that none is at a special value."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (), generator=rng)))
        module = make().double()
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
