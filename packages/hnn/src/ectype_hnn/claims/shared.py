"""What all declarations share: the paper, random tensors and modules, and energies whose gradient is known."""

import torch
from ectype import Paper

paper = Paper("ectype_hnn", equations=7, tables=2)


def normal(rng, *shape):
    return torch.randn(*shape, generator=rng, dtype=torch.float64)


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


class Quartic:
    """A random energy, sum of a_i x_i^4 and b_ij x_i x_j, that anybody can differentiate."""

    def __init__(self, rng, coordinates):
        self.fourth, self.second = normal(rng, coordinates), normal(rng, coordinates, coordinates)

    def __call__(self, x):
        fourth, second = self.fourth.to(x), self.second.to(x)
        return (fourth * x**4).sum(-1) + ((x @ second) * x).sum(-1)


class Linear:
    """A random linear field, x -> A x, whose trajectories are known."""

    def __init__(self, rng, coordinates):
        self.matrix = normal(rng, coordinates, coordinates) / coordinates

    def __call__(self, x):
        return x @ self.matrix.to(x).T
