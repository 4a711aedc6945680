"""Where paper, official code and libraries differ."""

from dataclasses import replace
from functools import cache

import torch
from torch import nn

from ectype_resnet import presets
from ectype_resnet.claims.shared import CAFFE, LUA, cifar, imagenet, multiply_adds, normal, paper, parameters
from ectype_resnet.imagenet_network import ImageNetNetwork

VISION = "torchvision.models.resnet"

strides = paper.disagreement(
    "stride of a bottleneck",
    "Table 1 lets conv3_1, conv4_1 and conv5_1 halve the map, and does not say which of a bottleneck's three convolutions "
    "does. In the official networks it is the first, 1 x 1; in later libraries the second, 3 x 3, which costs more. "
    "The multiply-adds of Table 1 are those of the first.",
    at="Tab. 1",
    follow="paper",
    id="stride",
)


@strides.reading("paper", source=f"Tab. 1 and {CAFFE} prototxt/ResNet-50-deploy.prototxt l. 521-533")
def _():
    return "1x1"


@strides.reading("3 x 3", source=f"{VISION}.Bottleneck; {LUA} models/resnet.lua l. 76")
def _():
    return "3x3"


@cache
def cost(depth, strided):
    return multiply_adds(imagenet(replace(presets.IMAGENET[depth], strided=strided)), 3, 224, 224) / 1e9


for depth in (50, 101, 152):

    @strides.measure(f"10^9 multiply-adds of the {depth}-layer network")
    def _(reading, depth=depth):
        return cost(depth, reading())


TABLE_1 = {18: 18, 34: 36, 50: 38, 101: 76, 152: 113}


@strides.measure("columns of 5 of Table 1 that come out by rounding")
def _(reading):
    return sum(round(10 * cost(depth, reading())) == tenths for depth, tenths in TABLE_1.items())


@strides.measure("columns of 5 of Table 1 that come out by cutting off")
def _(reading):
    return sum(int(10 * cost(depth, reading())) == tenths for depth, tenths in TABLE_1.items())


counted = paper.disagreement(
    "what is counted of VGG",
    "The 15.3 billion multiply-adds of VGG-16 are those of its convolutions alone, the 19.6 billion of VGG-19 those of its "
    "convolutions and linear layers.",
    at="Sec. 4.1, Sec. 3.3",
    follow="paper",
    id="vgg",
)


@counted.reading("paper", source="Sec. 4.1: the nets, with all layers")
def _():
    return True


@counted.reading("convolutions", source="all layers but the three linear ones")
def _():
    return False


@counted.measure("networks of 2 whose multiply-adds come out by rounding")
def _(reading):
    from ectype_resnet.claims.oracles import vgg_multiply_adds

    layers = {153: (2, 2, 3, 3, 3), 196: (2, 2, 4, 4, 4)}
    return sum(round(vgg_multiply_adds(counts, reading()) / 1e8) == tenths for tenths, counts in layers.items())


options = paper.disagreement(
    "shortcuts of networks of basic blocks",
    "The 18- and 34-layer networks are first compared with option A, and the CIFAR-10 networks have it in all cases. Later "
    "code has option B unless told otherwise. With it 34 layers no longer round to the 3.6 of Table 1, and two of "
    "the sizes of Table 6 come out by cutting off only.",
    at="Sec. 4.1, Sec. 4.2, Tab. 1, Tab. 6",
    follow="paper",
    id="option",
)


@options.reading("paper", source="Sec. 4.1, 4.2: option A")
def _():
    return "A"


@options.reading("option B", source=f"{VISION}.ResNet; {LUA} models/resnet.lua l. 23")
def _():
    return "B"


@options.measure("10^9 multiply-adds of the 34-layer network")
def _(reading):
    return multiply_adds(imagenet(replace(presets.IMAGENET[34], shortcuts=reading())), 3, 224, 224) / 1e9


@options.measure("parameters of the 34-layer network")
def _(reading):
    return f"{parameters(imagenet(replace(presets.IMAGENET[34], shortcuts=reading()))):,}"


@options.measure("parameters of the CIFAR-10 network of 20 layers")
def _(reading):
    return f"{parameters(cifar(3, reading())):,}"


@options.measure("rows of 6 of Table 6 that come out by rounding")
def _(reading):
    printed = {3: (27, 4), 5: (46, 4), 7: (66, 4), 9: (85, 4), 18: (17, 5), 200: (194, 5)}
    return sum(round(parameters(cifar(n, reading())) / 10**power) == digits for n, (digits, power) in printed.items())


initial = paper.disagreement(
    "variance of initial weights",
    "The paper initializes as He et al. 2015, who derive 2 / n with n inputs of a unit for the forward pass, and say that n "
    "outputs serve as well. Later code takes the outputs. They differ where the number of channels changes.",
    at="Sec. 3.4",
    follow="paper",
    id="initialization",
)


@initial.reading("paper", source="Sec. 3.4, reference 13: inputs")
def _(layer):
    return layer.weight[0].numel()


@initial.reading("outputs", source=f"{VISION}.ResNet; {LUA} models/resnet.lua ConvInit")
def _(layer):
    return layer.weight[:, 0].numel()


@initial.measure("standard deviation of conv1")
def _(reading):
    return (2 / reading(imagenet(presets.IMAGENET[34]).convolution)) ** 0.5


@initial.measure("standard deviation of the first 1 x 1 convolution of conv3_1, 50 layers")
def _(reading):
    return (2 / reading(imagenet(presets.IMAGENET[50]).stages[1][0].residual[0])) ** 0.5


@initial.measure("layers of 53 whose deviation is another than with the other reading, 50 layers")
def _(reading):
    convolutions = [layer for layer in imagenet(presets.IMAGENET[50]).modules() if isinstance(layer, nn.Conv2d)]
    assert len(convolutions) == 53
    return sum(layer.weight[0].numel() != layer.weight[:, 0].numel() for layer in convolutions)


pooling = paper.disagreement(
    "edges of max pooling",
    "From 112 x 112 to 56 x 56 places, windows of 3 x 3 with a stride of 2 must reach over an edge. In the official "
    "networks they begin at the first place and reach over the lower and right edge; in later libraries the map is padded "
    "by one on all sides.",
    at="Tab. 1",
    follow="torchvision",
    departure="D1",
    id="pooling",
)


@pooling.reading("official code", source=f"{CAFFE} prototxt/ResNet-50-deploy.prototxt l. 48-58; Caffe rounds sizes up")
def _():
    return nn.MaxPool2d(3, 2, ceil_mode=True)


@pooling.reading("torchvision", source=f"{VISION}.ResNet; {LUA} models/resnet.lua l. 127")
def _():
    return ImageNetNetwork(presets.IMAGENET[18]).pool


@pooling.measure("rows of the map that is left of 112")
def _(reading):
    return reading()(torch.zeros(1, 1, 112, 112)).shape[-1]


@pooling.measure("places of 112 x 112 that the upper left value depends on")
def _(reading):
    x = torch.zeros(1, 1, 112, 112)
    pool, seen = reading(), 0
    for i in range(4):
        for j in range(4):
            x[0, 0, i, j] = 1.0
            seen += int(pool(x)[0, 0, 0, 0])
            x[0, 0, i, j] = 0.0
    return seen


@pooling.measure("part of the pooled values that differ between the readings, white noise")
def _(reading):
    x = normal(torch.Generator().manual_seed(0), 4, 8, 112, 112)
    both = reading()(x), nn.MaxPool2d(3, 2, ceil_mode=True)(x)
    return float((both[0] != both[1]).double().mean())


bias = paper.disagreement(
    "bias of the first convolution",
    "The official network of 50 layers has biases in conv1, those of 101 and 152 layers have none. Batch normalization "
    "follows, so that they change nothing that is learned.",
    at="Sec. 3.4",
    follow="paper",
    id="bias",
)


@bias.reading("paper", source=f"{CAFFE} prototxt/ResNet-101-deploy.prototxt l. 10-19, and ResNet-152")
def _():
    return imagenet(presets.IMAGENET[50])


@bias.reading("official 50 layers", source=f"{CAFFE} prototxt/ResNet-50-deploy.prototxt l. 9-18")
def _():
    network = imagenet(presets.IMAGENET[50])
    network.convolution = nn.Conv2d(3, 64, 7, 2, padding=3, device="meta")
    return network


@bias.measure("parameters of the 50-layer network")
def _(reading):
    return f"{parameters(reading()):,}"
