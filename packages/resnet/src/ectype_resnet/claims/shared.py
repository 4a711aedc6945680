"""What all declarations share: the paper, random tensors and modules, and how operations are counted."""

import torch
from ectype import Paper
from torch.utils.flop_counter import FlopCounterMode

from ectype_resnet.cifar_network import CifarNetwork
from ectype_resnet.imagenet_network import ImageNetNetwork, ImageNetSettings

paper = Paper("ectype_resnet", equations=2, tables=14)

CAFFE = "KaimingHe/deep-residual-networks@a7026cb6"
"""The last commit of the official code, of July 2016: networks without training code."""

LUA = "facebookarchive/fb.resnet.torch@2fedffcb"
"""A re-implementation with training code, which the official repository recommends."""

TINY = {
    "A": ImageNetSettings(block="basic", blocks=(1, 2, 1, 1), shortcuts="A", width=2, classes=3),
    "B": ImageNetSettings(block="basic", blocks=(1, 2, 1, 1), shortcuts="B", width=2, classes=3),
    "none": ImageNetSettings(block="basic", blocks=(2, 1, 1, 1), shortcuts="none", width=2, classes=3),
    "1x1": ImageNetSettings(block="bottleneck", blocks=(1, 1, 2, 1), shortcuts="B", width=2, classes=3),
    "3x3": ImageNetSettings(block="bottleneck", blocks=(2, 1, 1, 1), shortcuts="B", strided="3x3", width=2, classes=3),
    "C": ImageNetSettings(block="bottleneck", blocks=(2, 1, 1, 1), shortcuts="C", width=1, classes=2),
}


def normal(rng, *shape):
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def whole(rng, low, high):
    """A random whole number from low to high."""
    return int(torch.randint(low, high + 1, (), generator=rng))


def seeded(rng, make):
    """What a function makes that draws from torch's global generator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(whole(rng, 0, 2**31 - 1))
        return make()


def at_random(rng, make):
    """A module in double precision and evaluation mode with noise on all parameters, so that none is zero or one."""
    module = seeded(rng, make).double().eval()
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


def unchecked(kind, values):
    """Make a dataclass of values that its annotations would refuse, where they are checked."""
    made = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    made.__post_init__()


def on_meta(make):
    """A module without memory for its weights."""
    with torch.device("meta"):
        return make()


def imagenet(settings):
    return on_meta(lambda: ImageNetNetwork(settings))


def cifar(n, shortcuts="A"):
    return on_meta(lambda: CifarNetwork(n, shortcuts))


def parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


def multiply_adds(module, *shape):
    """Multiply-adds that torch counts for one input: half of its operations."""
    with FlopCounterMode(display=False) as counter:
        module.eval()(torch.zeros(1, *shape, device="meta"))
    return counter.get_total_flops() // 2
