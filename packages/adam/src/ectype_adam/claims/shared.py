"""What all declarations share: the paper, random tensors, an optimizer run on given gradients."""

import torch
from ectype import Paper

paper = Paper("ectype_adam", equations=12, tables=0)


def normal(rng, *shape):
    return torch.randn(*shape, generator=rng, dtype=torch.float64)


def positive(rng, *shape):
    return 0.05 + torch.rand(*shape, generator=rng, dtype=torch.float64)


def whole(rng, low, high):
    """A random whole number from low to high."""
    return int(torch.randint(low, high + 1, (), generator=rng))


def path(optimizer, start, gradients, **settings):
    """Where an optimizer comes to after each of the given gradients."""
    theta = start.clone()
    made = optimizer([theta], **settings)
    places = []
    for gradient in gradients:
        theta.grad = gradient.clone()
        made.step()
        places.append(theta.detach().clone())
    return torch.stack(places)


def refusal(make):
    """The text of the error with which something is refused, or nothing."""
    try:
        make()
    except ValueError as error:
        return str(error)
    return ""
