"""What all declarations share: the paper, random tensors, optimizers on given gradients, the two synthetic plays."""

import torch
from ectype import Paper

from ectype_amsgrad.amsgrad import amsgrad_update
from ectype_amsgrad.online_problem import play
from ectype_amsgrad.uncorrected_adam import uncorrected_adam_update

# The equations of the main text; those of the appendices could not be read.
paper = Paper("ectype_amsgrad", equations=3, tables=0)


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


def adam(slopes, lr, betas, **more):
    """The points that Adam chooses in an online problem."""
    return play(uncorrected_adam_update, slopes, lr, betas, averages=2, **more)


def amsgrad(slopes, lr, betas, **more):
    """The points that AMSGrad chooses in an online problem."""
    return play(amsgrad_update, slopes, lr, betas, averages=3, **more)


def refusal(make):
    """The text of the error with which something is refused, or nothing."""
    try:
        make()
    except ValueError as error:
        return str(error)
    return ""
