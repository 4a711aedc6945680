"""What the paper prints about depth, cost and size: Tables 1 and 6."""

from dataclasses import replace
from functools import cache

import torch
from torch import nn

from ectype_resnet import presets
from ectype_resnet.claims import oracles
from ectype_resnet.claims.readings import counted, strides
from ectype_resnet.claims.shared import cifar, imagenet, multiply_adds, paper, parameters, whole

IMAGE = (3, 224, 224)


@cache
def cost(settings):
    return multiply_adds(imagenet(settings), *IMAGE) / 1e9


def by_formula(settings):
    fields = {name: getattr(settings, name) for name in ("block", "blocks", "shortcuts", "strided", "width")}
    return oracles.network_multiply_adds(*oracles.layers_of(**fields)) / 1e9


FLOPS = {"18": "1.8", "34": "3.6", "50": "3.8", "101": "7.6", "152": "11.3"}


@paper.claim("Tab. 1", "multiply-adds, layers", printed=FLOPS, unit="10^9", under=strides, headline=True)
def multiply_adds_of(row, reading):
    return cost(replace(presets.IMAGENET[int(row)], strided=reading()))


@multiply_adds_of.derivation
def _(row, reading):
    return by_formula(replace(presets.IMAGENET[int(row)], strided=reading()))


@paper.claim("Fig. 3", "multiply-adds, plain network of 34 layers", printed="3.6", unit="10^9")
def multiply_adds_of_plain_34():
    return cost(presets.PLAIN[34])


@multiply_adds_of_plain_34.derivation
def _():
    return by_formula(presets.PLAIN[34])


class Vgg(nn.Sequential):
    """VGG-16 or VGG-19, with which the paper compares; without nonlinearities."""

    def __init__(self, layers):
        super().__init__()
        channels = 3
        for count, outputs in zip(layers, (64, 128, 256, 512, 512), strict=True):
            for _ in range(count):
                self.append(nn.Conv2d(channels, outputs, 3, padding=1))
                channels = outputs
            self.append(nn.MaxPool2d(2))
        self.append(nn.Flatten())
        for inputs, outputs in ((512 * 7 * 7, 4096), (4096, 4096), (4096, 1000)):
            self.append(nn.Linear(inputs, outputs))


VGG = {"16": (2, 2, 3, 3, 3), "19": (2, 2, 4, 4, 4)}


@cache
def cost_of_vgg(row, linear):
    with torch.device("meta"):
        network = Vgg(VGG[row])
    return multiply_adds(network if linear else nn.Sequential(*list(network)[:-4]), *IMAGE) / 1e9


@paper.claim("Sec. 4.1", "multiply-adds, VGG layers", printed={"16": "15.3", "19": "19.6"}, unit="10^9", under=counted)
def multiply_adds_of_vgg(row, reading):
    return cost_of_vgg(row, reading())


@multiply_adds_of_vgg.derivation
def _(row, reading):
    return oracles.vgg_multiply_adds(VGG[row], reading()) / 1e9


@paper.claim(
    "Sec. 3.3", "multiply-adds of the 34-layer baseline in per cent of those of VGG-19", printed="18", unit="%"
)
def part_of_vgg():
    return 100 * cost(presets.PLAIN[34]) / cost_of_vgg("19", True)


@part_of_vgg.derivation
def _():
    return 100 * by_formula(presets.PLAIN[34]) / (oracles.vgg_multiply_adds(VGG["19"], True) / 1e9)


@paper.property("Sec. 4.1", "the 152-layer ResNet still has lower complexity than VGG-16 and VGG-19", draws=1)
def less_than_vgg(rng):
    return cost(presets.IMAGENET[152]) < min(cost_of_vgg(row, linear) for row in VGG for linear in (False, True))


# Depth


def weighted_layers(network):
    """Convolutions and linear maps on the way; those of shortcuts are not counted."""
    return sum(
        isinstance(module, (nn.Conv2d, nn.Linear)) and "shortcut" not in name
        for name, module in network.named_modules()
    )


@paper.claim("Tab. 1", "weighted layers of the network called", printed={depth: depth for depth in FLOPS})
def layers_of_imagenet(row):
    return weighted_layers(imagenet(presets.IMAGENET[int(row)]))


@layers_of_imagenet.derivation
def _(row):
    settings = presets.IMAGENET[int(row)]
    return 2 + sum(settings.blocks) * {"basic": 2, "bottleneck": 3}[settings.block]


@paper.claim(
    "Tab. 6", "weighted layers of the network called", printed={str(depth): str(depth) for depth in presets.CIFAR}
)
def layers_of_cifar(row):
    return weighted_layers(cifar(presets.CIFAR[int(row)]))


@layers_of_cifar.derivation
def _(row):
    return 6 * {20: 3, 32: 5, 44: 7, 56: 9, 110: 18, 1202: 200}[int(row)] + 2


@paper.property("Sec. 4.2", "6n + 2 layers, and 3n shortcuts that have no parameters", draws=5)
def layers_and_shortcuts(rng):
    n = whole(rng, 1, 20)
    shortcuts = [block.shortcut for stage in cifar(n).stages for block in stage]
    plain = cifar(n, "none")
    same = parameters(plain) == parameters(cifar(n)) == oracles.cifar_parameters(n)
    return (
        weighted_layers(plain) == 6 * n + 2 and len(shortcuts) == 3 * n and same and not any(map(parameters, shortcuts))
    )


@paper.claim("App. A", "convolutions of ResNet-101 whose stride on the image is at most 16", printed="91")
def shared_convolutions():
    network = imagenet(presets.IMAGENET[101])
    return weighted_layers(network) - weighted_layers(network.stages[3]) - weighted_layers(network.linear)


@shared_convolutions.derivation
def _():
    return 1 + 3 * (3 + 4 + 23)


def projections(option):
    network = imagenet(replace(presets.IMAGENET[34], shortcuts=option))
    return sum("shortcut" in name and isinstance(module, nn.Conv2d) for name, module in network.named_modules())


@paper.claim("Sec. 4.1", "projection shortcuts that option C has and option B has not, 34 layers", printed="13")
def extra_projections():
    return projections("C") - projections("B")


@extra_projections.derivation
def _():
    return (3 + 4 + 6 + 3) - 3


@paper.claim("Sec. 1", "depth of the 152-layer network in that of VGG-19", printed="8")
def times_deeper():
    return weighted_layers(imagenet(presets.IMAGENET[152])) / weighted_layers(Vgg(VGG["19"]).to("meta"))


@times_deeper.derivation
def _():
    return 152 / 19


# Maps


def map_sizes(network, image):
    """Rows of the maps after conv1 and after each stage."""
    sizes, x = [], torch.zeros(1, 3, image, image, device="meta")
    for part in (network.convolution, *network.stages):
        part.register_forward_hook(lambda _, __, out: sizes.append(out.shape[-1]))
    network.eval()(x)
    return sizes


MAPS = {"conv1": "112", "conv2_x": "56", "conv3_x": "28", "conv4_x": "14", "conv5_x": "7"}


@paper.claim("Tab. 1", "rows of the output maps", printed=MAPS)
def rows_of_maps(row):
    sizes = {tuple(map_sizes(imagenet(settings), 224)) for settings in presets.IMAGENET.values()}
    assert len(sizes) == 1
    return sizes.pop()[[*MAPS].index(row)]


@rows_of_maps.derivation
def _(row):
    return 224 // 2 ** (1 + [*MAPS].index(row))


SMALL = {"first": "32", "second": "16", "third": "8"}


@paper.claim("Sec. 4.2", "rows of the maps of a stage of the CIFAR-10 networks", printed=SMALL)
def rows_of_small_maps(row):
    return map_sizes(cifar(3), 32)[1 + [*SMALL].index(row)]


@paper.claim(
    "Sec. 4.2", "filters of a stage of the CIFAR-10 networks", printed={"first": "16", "second": "32", "third": "64"}
)
def filters(row):
    filters = {
        layer.out_channels for layer in cifar(3).stages[[*SMALL].index(row)].modules() if isinstance(layer, nn.Conv2d)
    }
    return filters.pop() if len(filters) == 1 else None


@paper.property("Sec. 3.3", "twice the filters on half the map preserve the time complexity of a layer", draws=1)
def equal_cost_of_layers(rng):
    costs = []
    for stage in range(4):
        layer = imagenet(presets.IMAGENET[34]).stages[stage][1].residual[0]
        costs.append(multiply_adds(layer, 64 * 2**stage, 56 // 2**stage, 56 // 2**stage))
    return len(set(costs)) == 1


# Parameters


SIZES = {"20": "0.27", "32": "0.46", "44": "0.66", "56": "0.85", "110": "1.7", "1202": "19.4"}


@paper.claim("Tab. 6", "parameters, layers", printed=SIZES, unit="million", headline=True)
def parameters_of_cifar(row):
    return parameters(cifar(presets.CIFAR[int(row)])) / 1e6


@parameters_of_cifar.derivation
def _(row):
    return oracles.cifar_parameters(presets.CIFAR[int(row)]) / 1e6


@paper.property("Tab. 1", "every network has as many parameters as its table says, at any width", draws=3)
def parameters_of_imagenet(rng):
    found = []
    for settings in (*presets.IMAGENET.values(), *presets.PLAIN.values()):
        wide = replace(settings, width=whole(rng, 1, 200), classes=whole(rng, 1, 50))
        expected = oracles.layers_of(wide.block, wide.blocks, wide.shortcuts, width=wide.width, classes=wide.classes)
        found.append(parameters(imagenet(wide)) == oracles.network_parameters(*expected))
    return all(found)


@paper.property("Tab. 1", "the presets are the columns of the table, with the options of section 4.1", draws=1)
def columns_of_the_table(rng):
    basic, bottleneck = ("basic", "A"), ("bottleneck", "B")
    table = {18: (*basic, 2, 2, 2, 2), 34: (*basic, 3, 4, 6, 3), 50: (*bottleneck, 3, 4, 6, 3)}
    table |= {101: (*bottleneck, 3, 4, 23, 3), 152: (*bottleneck, 3, 8, 36, 3)}
    ours = {depth: (s.block, s.shortcuts, *s.blocks) for depth, s in presets.IMAGENET.items()}
    plain = {depth: (s.block, s.shortcuts, *s.blocks) for depth, s in presets.PLAIN.items()}
    expected = {depth: ("basic", "none", *table[depth][2:]) for depth in (18, 34)}
    others = {(s.strided, s.width, s.classes) for s in (*presets.IMAGENET.values(), *presets.PLAIN.values())}
    return ours == table and plain == expected and others == {("1x1", 64, 1000)}
