"""What all declarations share: the paper, and random tensors, masks and modules."""

import torch
from ectype import Paper
from torch.utils.flop_counter import FlopCounterMode

from ectype_transformer.transformer import TransformerSettings

paper = Paper("ectype_transformer", equations=3, tables=4)


def normal(rng, *shape):
    return torch.randn(*shape, generator=rng, dtype=torch.float64)


def some_of(rng, *shape):
    """A random mask in which every query has a key."""
    mask = torch.rand(*shape, generator=rng) < 0.6
    mask[..., 0] |= ~mask.any(dim=-1)
    return mask


def until(length):
    """The causal mask."""
    return torch.ones(length, length, dtype=torch.bool).tril()


def ends(rng, batch, length):
    """A mask that hides the ends of sequences of random lengths."""
    lengths = torch.randint(1, length + 1, (batch, 1), generator=rng)
    return (torch.arange(length) < lengths).unsqueeze(-2)


def seeded(rng, make):
    """What a function makes that draws from torch's global generator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (), generator=rng)))
        return make()


def fresh(rng, make):
    """A module as it is initialised, in double precision and evaluation mode."""
    return seeded(rng, make).double().eval()


def at_random(rng, make):
    """The same with noise on all parameters, so that none is zero or one."""
    module = fresh(rng, make)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.2 * normal(rng, *parameter.shape)
    return module


def elsewhere():
    """A context in which tensors are made on another device, unless the code that makes them names one."""
    return torch.device("meta")


def refusal(make):
    """The text of the error with which something is refused, or nothing."""
    try:
        make()
    except ValueError as error:
        return str(error)
    return ""


def multiply_adds(run):
    """Multiply-adds that torch counts while something runs."""
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops() // 2


TINY = TransformerSettings(vocabulary=11, d_model=8, heads=2, layers=2, d_ff=12)
