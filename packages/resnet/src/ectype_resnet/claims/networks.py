"""Networks for ImageNet and CIFAR-10 (sections 3.3, 3.4 and 4.2)."""

from dataclasses import asdict, replace

import torch
from ectype import Sample
from torch import nn

from ectype_resnet.cifar_network import CifarNetwork
from ectype_resnet.claims import oracles
from ectype_resnet.claims.blocks import downsample, of_torchvision, of_transformers
from ectype_resnet.claims.shared import TINY, at_random, normal, paper, refusal, seeded, unchecked
from ectype_resnet.imagenet_network import ImageNetNetwork, ImageNetSettings
from ectype_resnet.initialization import initialize, zero_residuals
from ectype_resnet.residual_block import ResidualBlock
from ectype_resnet.ten_crops import ten_crops


@paper.component("model", of=ImageNetNetwork, settings=[*TINY.values()])
def images(rng, batch=2, rows=33, columns=37):
    return normal(rng, batch, 3, rows, columns)


paper.equation("Tab. 1", of=ImageNetNetwork)(oracles.imagenet_network)

CIFAR = [{"n": 1}, {"n": 2, "shortcuts": "B", "width": 2, "classes": 3}, {"n": 1, "shortcuts": "C", "width": 3}]
CIFAR.append({"n": 1, "shortcuts": "none", "width": 2})


@paper.component("model", of=CifarNetwork, settings=CIFAR)
def small_images(rng, batch=2, rows=9, columns=10):
    return normal(rng, batch, 3, rows, columns)


paper.equation("Sec. 4.2", of=CifarNetwork)(oracles.cifar_network)


# The same networks by others


@paper.reference(of=ImageNetNetwork, needs="torchvision", id="torchvision")
def of_vision(settings):
    from torchvision.models import resnet

    if settings.shortcuts != "B" or (settings.block == "bottleneck" and settings.strided == "1x1"):
        return None
    block = resnet.BasicBlock if settings.block == "basic" else resnet.Bottleneck
    network = resnet.ResNet(block, [*settings.blocks], num_classes=settings.classes)
    narrow(network, settings.width)
    return network


def narrow(network, width):
    """Torchvision's widths cannot be set: every number of channels becomes the same part of it."""
    for module in [*network.modules()]:
        for name, part in [*module.named_children()]:
            if isinstance(part, nn.Conv2d):
                inputs = part.in_channels if part.in_channels == 3 else part.in_channels * width // 64
                other = nn.Conv2d(
                    inputs, part.out_channels * width // 64, part.kernel_size, part.stride, part.padding, bias=False
                )
                setattr(module, name, other)
            elif isinstance(part, nn.BatchNorm2d):
                setattr(module, name, nn.BatchNorm2d(part.num_features * width // 64))
            elif isinstance(part, nn.Linear):
                setattr(module, name, nn.Linear(part.in_features * width // 64, part.out_features))


def stem(ours, convolution, norm):
    names = {"convolution": convolution, "norm": norm}
    kinds = ("weight", "bias", "running_mean", "running_var")
    return {
        f"{theirs}.{kind}": ours[f"{mine}.{kind}"]
        for mine, theirs in names.items()
        for kind in kinds
        if f"{mine}.{kind}" in ours
    }


def places(ours):
    """Stage and place of every block."""
    return sorted({tuple(map(int, name.split(".")[1:3])) for name in ours if name.startswith("stages.")})


@of_vision.weights
def _(ours):
    names = stem(ours, "conv1", "bn1") | {f"fc.{kind}": ours[f"linear.{kind}"] for kind in ("weight", "bias")}
    for stage, place in places(ours):
        mine, theirs = f"stages.{stage}.{place}.", f"layer{stage + 1}.{place}."
        block = of_torchvision(ours, mine)
        names |= {theirs + name.removeprefix(mine): value for name, value in block.items()}
    return names


@paper.reference(of=ImageNetNetwork, needs="transformers", id="transformers")
def of_hugging_face(settings):
    from transformers import ResNetConfig, ResNetForImageClassification

    if settings.shortcuts != "B":
        return None
    expansion = 1 if settings.block == "basic" else 4
    config = ResNetConfig(
        embedding_size=settings.width,
        hidden_sizes=[expansion * settings.width * 2**stage for stage in range(4)],
        depths=[*settings.blocks],
        layer_type=settings.block,
        downsample_in_bottleneck=settings.strided == "1x1",
        num_labels=settings.classes,
    )
    return ResNetForImageClassification(config)


@of_hugging_face.weights
def _(ours):
    embedder = "resnet.embedder.embedder."
    names = stem(ours, f"{embedder}convolution", f"{embedder}normalization")
    names |= {f"classifier.1.{kind}": ours[f"linear.{kind}"] for kind in ("weight", "bias")}
    for stage, place in places(ours):
        names |= of_transformers(ours, f"stages.{stage}.{place}.", f"resnet.encoder.stages.{stage}.layers.{place}.")
    return names


@of_hugging_face.call
def _(reference, images):
    return reference(images).logits


class Composed(nn.Module):
    """The network for small images out of torchvision's blocks."""

    def __init__(self, n, shortcuts, width, classes):
        from torchvision.models.resnet import BasicBlock

        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.stages, channels = nn.Sequential(), width
        for outputs, stride in ((width, 1), (2 * width, 2), (4 * width, 2)):
            first = BasicBlock(channels, outputs, stride, downsample(channels, outputs, stride, shortcuts))
            rest = [BasicBlock(outputs, outputs, 1, downsample(outputs, outputs, 1, shortcuts)) for _ in range(n - 1)]
            self.stages.append(nn.Sequential(first, *rest))
            channels = outputs
        self.pool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(channels, classes)

    def forward(self, x):
        return self.fc(self.pool(self.stages(self.bn1(self.conv1(x)).relu())).flatten(1))


@paper.reference(of=CifarNetwork, needs="torchvision")
def torchvision_blocks(n, shortcuts, width, classes):
    return None if shortcuts == "none" else Composed(n, shortcuts, width, classes)


@torchvision_blocks.weights
def _(ours):
    names = stem(ours, "conv1", "bn1") | {f"fc.{kind}": ours[f"linear.{kind}"] for kind in ("weight", "bias")}
    for stage, place in places(ours):
        names |= of_torchvision(ours, f"stages.{stage}.{place}.")
    return names


# What sections 3.3 and 3.4 say


@paper.property("Sec. 3.3", "logits are linear in the features, which are averages over all places", draws=5)
def features_are_averages(rng):
    found = []
    for network in (at_random(rng, lambda: ImageNetNetwork(TINY["B"])), at_random(rng, lambda: CifarNetwork(1))):
        x, last = normal(rng, 2, 3, 40, 40), []
        network.stages.register_forward_hook(lambda _, __, out, last=last: last.append(out))
        features = network.features(x)
        found += [(features, last[0].flatten(2).mean(-1)), (network(x), network.linear(features))]
    return [left for left, _ in found], [right for _, right in found]


def spread(rng, make):
    """Squares of all weights of convolutions and linear maps, each over the variance that it should have."""
    network = seeded(rng, make)
    squares = []
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            inputs = module.weight[0].numel()
            squares.append(module.weight.detach().double().flatten() ** 2 * inputs / 2)
    return torch.cat(squares)


@paper.property("Sec. 3.4", "weights as in He et al. 2015: variance 2 / n with n inputs of a unit", draws=2)
def variance_of_weights(rng):
    network = ImageNetSettings(block="bottleneck", blocks=(1, 1, 1, 1), shortcuts="B", width=8)
    return Sample(torch.cat([spread(rng, lambda: ImageNetNetwork(network)), spread(rng, lambda: CifarNetwork(2))]), 1.0)


@paper.property("Sec. 3.4", "biases begin at zero, and batch normalization with scale one and shift zero", draws=1)
def other_parameters(rng):
    networks = [ImageNetNetwork(TINY["1x1"]), CifarNetwork(1, "B")]
    found = [bool((network.linear.bias == 0).all()) for network in networks]
    for network in networks:
        norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
        found += [bool((norm.weight == 1).all() and (norm.bias == 0).all()) for norm in norms]
    return all(found)


@paper.property("Sec. 3.4", "drawing anew changes every weight, and leaves a layer without biases as it is", draws=1)
def drawn_anew(rng):
    module = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Linear(4, 5, bias=False))
    before = [module[0].weight.clone(), module[1].weight.clone()]
    initialize(module)
    changed = all((new.weight != old).all() for new, old in zip(module, before, strict=True))
    return bool(changed and (module[0].bias == 0).all())


@paper.property("Sec. 3.4", "batch normalization right after each convolution and before activation", draws=1)
def order_of_layers(rng):
    convolution, norm, relu = nn.Conv2d, nn.BatchNorm2d, nn.ReLU
    orders = [[convolution, norm, relu, convolution, norm], [convolution, norm, relu] * 2 + [convolution, norm]]
    for kind, order in zip(("basic", "bottleneck"), orders, strict=True):
        network = ImageNetNetwork(replace(TINY["B"], block=kind))
        blocks = [module for module in network.modules() if isinstance(module, ResidualBlock)]
        if any([type(layer) for layer in block.residual] != order for block in blocks):
            return False
    return all(module.bias is None for module in network.modules() if isinstance(module, convolution))


@paper.property("Sec. 3.1", "a deeper network contains a shallower one: with added blocks of zero it computes the same")
def deeper_contains_shallower(rng):
    shallow, deep = at_random(rng, lambda: CifarNetwork(1)), at_random(rng, lambda: CifarNetwork(3))
    deep.load_state_dict(shallow.state_dict(), strict=False)
    for stage in deep.stages:
        for block in stage[1:]:
            zero_residuals(block)
            block.residual[-1].bias.data.zero_()
    x = normal(rng, 2, 3, 12, 12)
    return deep(x), shallow(x)


@paper.property("Tab. 1", "settings that no network can have are refused by value", draws=1)
def settings_are_refused(rng):
    wrong = {
        "received 'wide'": {"block": "wide"},
        "received (1, 1, 1)": {"blocks": (1, 1, 1)},
        "received (1, 0, 1, 1)": {"blocks": (1, 0, 1, 1)},
        "received 'D'": {"shortcuts": "D"},
        "received '5x5'": {"strided": "5x5"},
        "width=0, classes=3": {"width": 0},
        "width=2, classes=0": {"classes": 0},
    }
    right = asdict(TINY["A"])
    found = [
        text in refusal(lambda change=change: unchecked(ImageNetSettings, right | change))
        for text, change in wrong.items()
    ]
    small = {"n=0": {"n": 0}, "width=0": {"width": 0}, "classes=0": {"classes": 0}}
    found += [
        text in refusal(lambda change=change: CifarNetwork(**({"n": 1} | change))) for text, change in small.items()
    ]
    several = refusal(lambda: unchecked(ImageNetSettings, right | {"block": "wide", "width": 0}))
    least = refusal(lambda: (replace(TINY["A"], width=1, classes=1), CifarNetwork(1, width=1, classes=1)))
    return all(found) and several.count("; received") == 2 and not least


# Ten crops


@paper.component("layer", of=ten_crops, settings=[{"size": 3}, {"size": 2}])
def to_crop(rng, batch=2, channels=3, rows=6, columns=7):
    return normal(rng, batch, channels, rows, columns)


to_crop.limit("of the size of the image")(lambda rng, size: normal(rng, 1, 2, size, size))
paper.equation("Sec. 3.4", of=ten_crops)(oracles.ten_crops)


@paper.reference(of=ten_crops, needs="torchvision", id="torchvision")
def _(images, size):
    from torchvision.transforms.functional import ten_crop

    return torch.stack(ten_crop(images, size), dim=1)


@paper.property(
    "Sec. 3.4", "a crop that does not fit is refused by value, and is of 224 pixels if none is given", draws=1
)
def crops_are_refused(rng):
    image = normal(rng, 1, 1, 5, 4)
    texts = {0: "size=0 for 5 x 4", 5: "size=5 for 5 x 4", 224: "size=224 for 5 x 4"}
    found = [text in refusal(lambda size=size: ten_crops(image, size)) for size, text in texts.items()]
    return all([*found, texts[224] in refusal(lambda: ten_crops(image))]) and ten_crops(image, 1).shape[-1] == 1
