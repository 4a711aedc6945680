"""Residual blocks and their shortcuts (sections 3.1 to 3.3, and 4.1)."""

from inspect import unwrap

import torch
from torch import nn

from ectype_resnet.claims import oracles
from ectype_resnet.claims.shared import at_random, multiply_adds, normal, on_meta, paper, parameters, refusal, whole
from ectype_resnet.initialization import zero_residuals
from ectype_resnet.residual_block import BasicBlock, BottleneckBlock, ResidualBlock
from ectype_resnet.shortcuts import PaddedShortcut, ProjectionShortcut, make_shortcut


def maps(rng, inputs, batch=2, rows=10, columns=13):
    return normal(rng, batch, inputs, rows, columns)


SHORTCUTS = [{"inputs": 2, "outputs": 5, "stride": 2}, {"inputs": 3, "outputs": 3, "stride": 3}]
paper.component("layer", of=PaddedShortcut, settings=SHORTCUTS)(maps)
paper.equation("Sec. 3.3", of=PaddedShortcut)(oracles.padded)
paper.component("layer", of=ProjectionShortcut, settings=[*SHORTCUTS, {"inputs": 4, "outputs": 2, "stride": 1}])(maps)
paper.equation("Sec. 3.3", of=ProjectionShortcut)(oracles.projection)

SIZES = [{"inputs": 3, "width": 3, "stride": 1}, {"inputs": 2, "width": 4, "stride": 2}]
BASIC = [{}, *({"shortcuts": option} for option in ("A", "C", "none"))]
BOTTLENECK = [{"strided": strided, **more} for strided in ("1x1", "3x3") for more in BASIC]
SQUARE = {"inputs": 4, "width": 1, "stride": 1}

paper.component("layer", of=BasicBlock, settings=[{**size, **more} for size in SIZES for more in BASIC])(maps)
paper.component(
    "layer", of=BottleneckBlock, settings=[{**size, **more} for size in (SQUARE, SIZES[1]) for more in BOTTLENECK]
)(maps)
paper.equation("Eq. 1", of=BasicBlock)(oracles.basic_block)
paper.equation("Eq. 2", of=BottleneckBlock)(oracles.bottleneck_block)


class Zeros(nn.Module):
    """The identity, subsampled by pooling, with zeros behind it, as in fb.resnet.torch."""

    def __init__(self, new, stride):
        super().__init__()
        self.pool, self.new = nn.AvgPool2d(1, stride), new

    def forward(self, x):
        x = self.pool(x)
        return torch.cat([x, x.new_zeros(len(x), self.new, *x.shape[2:])], dim=1)


def downsample(inputs, outputs, stride, shortcuts):
    """What torchvision calls the shortcut that is not the identity."""
    if shortcuts != "C" and inputs == outputs and stride == 1:
        return None
    if shortcuts == "A":
        return Zeros(outputs - inputs, stride)
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))


@paper.reference(of=PaddedShortcut)
def pooled_and_concatenated(inputs, outputs, stride):
    return Zeros(outputs - inputs, stride)


@paper.reference(of=ProjectionShortcut, needs="transformers", id="transformers")
def transformers_shortcut(inputs, outputs, stride):
    from transformers.models.resnet.modeling_resnet import ResNetShortCut

    return ResNetShortCut(inputs, outputs, stride)


@transformers_shortcut.weights
def _(ours):
    return {name.replace("norm.", "normalization."): ours[name] for name in ours}


@paper.reference(of=BasicBlock, needs="torchvision", id="torchvision")
def torchvision_basic(inputs, width, stride, shortcuts):
    from torchvision.models.resnet import BasicBlock as Theirs

    return None if shortcuts == "none" else Theirs(inputs, width, stride, downsample(inputs, width, stride, shortcuts))


@paper.reference(of=BottleneckBlock, needs="torchvision", id="torchvision")
def torchvision_bottleneck(inputs, width, stride, shortcuts, strided):
    from torchvision.models.resnet import Bottleneck as Theirs

    if shortcuts == "none" or (strided == "1x1" and stride > 1):
        return None
    return Theirs(inputs, width, stride, downsample(inputs, 4 * width, stride, shortcuts))


def of_torchvision(ours, prefix=""):
    """Names of a block's tensors in torchvision."""
    places = {"0": "conv1", "1": "bn1", "3": "conv2", "4": "bn2", "6": "conv3", "7": "bn3"}
    parts = {f"residual.{place}": name for place, name in places.items()}
    parts |= {"shortcut.convolution": "downsample.0", "shortcut.norm": "downsample.1"}
    return {
        f"{prefix}{theirs}.{kind}": ours[f"{prefix}{mine}.{kind}"]
        for mine, theirs in parts.items()
        for kind in ("weight", "bias", "running_mean", "running_var")
        if f"{prefix}{mine}.{kind}" in ours
    }


torchvision_basic.weights(of_torchvision)
torchvision_bottleneck.weights(of_torchvision)


@paper.reference(of=BottleneckBlock, needs="transformers", id="transformers")
def transformers_bottleneck(inputs, width, stride, shortcuts, strided):
    from transformers.models.resnet.modeling_resnet import ResNetBottleNeckLayer

    if shortcuts != "B":
        return None
    return ResNetBottleNeckLayer(inputs, 4 * width, stride, downsample_in_bottleneck=strided == "1x1")


@transformers_bottleneck.weights
def _(ours):
    return of_transformers(ours)


def of_transformers(ours, prefix="", theirs=""):
    """Names of a block's tensors in transformers."""
    parts = {
        f"residual.{3 * place + kind}": f"layer.{place}.{name}"
        for place in range(3)
        for kind, name in enumerate(("convolution", "normalization"))
    }
    parts |= {"shortcut.convolution": "shortcut.convolution", "shortcut.norm": "shortcut.normalization"}
    return {
        f"{theirs}{name}.{kind}": ours[f"{prefix}{mine}.{kind}"]
        for mine, name in parts.items()
        for kind in ("weight", "bias", "running_mean", "running_var")
        if f"{prefix}{mine}.{kind}" in ours
    }


# What sections 3.1 to 3.3 say


@paper.property("Sec. 3.1", "a block whose residual function is driven to zero is the identity on the maps it gets")
def zero_residual_is_the_identity(rng):
    x = normal(rng, 2, 4, 3, 5).abs()
    blocks = [at_random(rng, lambda: BasicBlock(4, 4)), at_random(rng, lambda: BottleneckBlock(4, 1))]
    for block in blocks:
        zero_residuals(block)
        block.residual[-1].bias.data.zero_()
    return [block(x) for block in blocks], [x, x]


@paper.property("Sec. 3.1", "the same holds of the layers without a shortcut", holds=False)
def zero_layers_are_zero(rng):
    x = normal(rng, 2, 4, 3, 5).abs()
    block = at_random(rng, lambda: BasicBlock(4, 4, shortcuts="none"))
    zero_residuals(block)
    block.residual[-1].bias.data.zero_()
    return block(x), x


@paper.property(
    "Sec. 3.1", "with residual functions of zero a network begins as its shortcuts: scales of zero, no others"
)
def zeroed_scales(rng):
    network = nn.Sequential(BasicBlock(2, 2), BottleneckBlock(2, 1), BasicBlock(4, 4, shortcuts="C"))
    zero_residuals(network)
    last = [network[0].residual[4], network[1].residual[7], network[2].residual[4]]
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    return all(bool((norm.weight == (0 if norm in last else 1)).all()) for norm in norms) and len(norms) == 9


@paper.property("Sec. 3.2", "the second nonlinearity is after the addition: what is negative in F(x) + x is zero")
def nonlinearity_after_the_addition(rng):
    x, block = normal(rng, 2, 3, 4, 4), at_random(rng, lambda: BasicBlock(3, 3))
    y = block.residual(x) + x
    return block(x), torch.where(y > 0, y, 0.0)


@paper.property("Sec. 3.2", "identity shortcuts introduce neither parameters nor multiply-adds", draws=5)
def shortcuts_are_free(rng):
    inputs, width, stride = whole(rng, 1, 5), whole(rng, 5, 9), whole(rng, 1, 2)
    counts = []
    for make in (BasicBlock, BottleneckBlock):
        for option in ("A", "none"):
            block = on_meta(lambda make=make, option=option: make(inputs, width, stride, option))
            counts.append((parameters(block), multiply_adds(block, inputs, 6, 6)))
    return counts[0] == counts[1] and counts[2] == counts[3]


@paper.property(
    "Sec. 4.1", "which blocks have projections: none (A), those that change dimensions (B), all (C)", draws=1
)
def kinds_of_shortcuts(rng):
    changes = [(4, 4, 1), (4, 8, 1), (4, 4, 2), (4, 8, 2)]
    found = {option: [type(make_shortcut(option, *change)) for change in changes] for option in ("A", "B", "C", "none")}
    return found == {
        "A": [nn.Identity] + [PaddedShortcut] * 3,
        "B": [nn.Identity] + [ProjectionShortcut] * 3,
        "C": [ProjectionShortcut] * 4,
        "none": [type(None)] * 4,
    }


@paper.property(
    "Fig. 5", "a bottleneck on 256 channels costs about as much as a basic block on 64, within a tenth", draws=1
)
def similar_cost(rng):
    basic, bottleneck = on_meta(lambda: BasicBlock(64, 64)), on_meta(lambda: BottleneckBlock(256, 64))
    return 0.9 < multiply_adds(bottleneck, 256, 56, 56) / multiply_adds(basic, 64, 56, 56) < 1.1


@paper.claim(
    "Sec. 4.1",
    "a projection in the place of the identity shortcut multiplies by two",
    printed={"time complexity": "2", "model size": "2"},
)
def projection_of_a_bottleneck(row):
    size = (lambda block: multiply_adds(block, 256, 56, 56)) if row == "time complexity" else parameters
    blocks = [on_meta(lambda option=option: BottleneckBlock(256, 64, shortcuts=option)) for option in ("C", "B")]
    return size(blocks[0]) / size(blocks[1])


@projection_of_a_bottleneck.derivation
def _(row):
    plain = [(256, 64), (9 * 64, 64), (64, 256)]
    weights = [
        sum(a * b + (0 if row == "time complexity" else 2 * b) for a, b in some)
        for some in ([*plain, (256, 256)], plain)
    ]
    return weights[0] / weights[1]


@paper.property("Sec. 3.2", "sizes that no block can have, and unknown options, are refused by value", draws=1)
def blocks_are_refused(rng):
    calls = {
        "inputs=0, width=2, stride=1": (lambda: BasicBlock(0, 2), lambda: BottleneckBlock(0, 2)),
        "inputs=2, width=0, stride=1": (lambda: BasicBlock(2, 0), lambda: BottleneckBlock(2, 0)),
        "inputs=2, width=2, stride=0": (lambda: BasicBlock(2, 2, 0), lambda: BottleneckBlock(2, 2, 0)),
        "received 'D'": (lambda: unwrap(make_shortcut)("D", 1, 1, 1),),
        "received '5x5'": (
            lambda: unwrap(BottleneckBlock.__init__)(object.__new__(BottleneckBlock), 2, 2, 1, "B", "5x5"),
        ),
        "inputs=3, outputs=2, stride=1": (lambda: PaddedShortcut(3, 2, 1),),
        "inputs=0, outputs=2, stride=1": (lambda: PaddedShortcut(0, 2, 1), lambda: ProjectionShortcut(0, 2, 1)),
        "inputs=2, outputs=2, stride=0": (lambda: PaddedShortcut(2, 2, 0), lambda: ProjectionShortcut(2, 2, 0)),
        "inputs=2, outputs=0, stride=1": (lambda: ProjectionShortcut(2, 0, 1),),
    }
    least = (PaddedShortcut, ProjectionShortcut, BasicBlock, BottleneckBlock)
    accepted = not any(refusal(lambda make=make: make(1, 1, 1)) for make in least)
    return accepted and all(text in refusal(call) for text, several in calls.items() for call in several)


@paper.property("Sec. 3.2", "F may have any number of layers: a block takes whatever it is given", draws=5)
def any_residual_function(rng):
    layers = nn.Sequential(nn.Conv2d(3, 3, 1)).double()
    x = normal(rng, 2, 3, 4, 4)
    return ResidualBlock(layers, nn.Identity())(x), (layers(x) + x).clamp(min=0)
