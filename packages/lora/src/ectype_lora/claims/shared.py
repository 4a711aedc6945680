"""What all declarations share: the paper, random tensors and modules, and models without memory."""

from functools import cache

import torch
from ectype import Paper

from ectype_lora.decoder import Decoder, DecoderSettings

paper = Paper("ectype_lora", equations=4, tables=18)

OFFICIAL = "microsoft/LoRA@c4593f0"
TINY = DecoderSettings(d_model=8, layers=2, heads=2, vocabulary=11, context=12)


def normal(rng, *shape):
    return torch.randn(*shape, generator=rng, dtype=torch.float64)


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
    return shaken(rng, fresh(rng, make))


def shaken(rng, module):
    """A module with noise on all its parameters."""
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


def on_meta(make):
    """A module without memory for its weights."""
    with torch.device("meta"):
        return make()


@cache
def decoder_on_meta(settings):
    return on_meta(lambda: Decoder(settings))


def count(parameters):
    return sum(parameter.numel() for parameter in parameters)


def trained(model):
    return count(parameter for parameter in model.parameters() if parameter.requires_grad)
