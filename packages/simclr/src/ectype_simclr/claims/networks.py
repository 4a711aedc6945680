"""Encoder and projection head (sections 2.1, 4.2 and B.9)."""

import torch
from torch import nn

from ectype_simclr.claims import oracles
from ectype_simclr.claims.shared import normal, paper, parameters, refusal, uniform
from ectype_simclr.projection_head import ProjectionHead
from ectype_simclr.residual_encoder import ResidualEncoder

# The projection head


@paper.component(
    "layer", of=ProjectionHead, settings=[{"features": 6, "hidden": 5, "latent": 3}, {"features": 4, "latent": 2}]
)
def representations(rng, features, batch=3):
    return normal(rng, batch, features)


paper.equation("Sec. 2.1", of=ProjectionHead)(oracles.projection)


@paper.reference(of=ProjectionHead, needs="torchvision")
def torchvision_mlp(features, latent, hidden=None):
    from torchvision.ops import MLP

    return MLP(features, [hidden or features, latent], bias=False)


@torchvision_mlp.weights
def names_of_the_head(ours):
    return {"0.weight": ours["inner.weight"], "3.weight": ours["outer.weight"]}


@paper.property("Sec. 2.1", "the head commutes with scaling by a positive number: it has no bias")
def head_is_homogeneous(rng):
    head, h = ProjectionHead(6, 5, 3).double(), normal(rng, 4, 6)
    return head(3 * h), 3 * head(h)


@paper.property("Sec. 4.2", "the head is linear", holds=False)
def head_is_not_linear(rng):
    head, h = ProjectionHead(6, 5, 3).double(), normal(rng, 4, 6)
    return head(-h), -head(h)


@paper.property("Sec. 2.1", "sizes that cannot be meant are refused by value", draws=1)
def networks_are_refused(rng):
    texts = {
        "received 0, 0 and 128": lambda: ProjectionHead(0),
        "received 2, 0 and 128": lambda: ProjectionHead(2, 0),
        "received 2, 2 and 0": lambda: ProjectionHead(2, 2, 0),
        "received 0 and (1,)": lambda: ResidualEncoder(0, (1,)),
        "received 2 and (1, 0)": lambda: ResidualEncoder(2, (1, 0)),
        "received 2 and ()": lambda: ResidualEncoder(2, ()),
        "stem must be 'large' or 'small'; received 'huge'": lambda: ResidualEncoder(2, (1,), "huge"),
    }
    allowed = [refusal(lambda: ProjectionHead(1, 1, 1)), refusal(lambda: ResidualEncoder(1, (1,)))]
    return all(text in refusal(make) for text, make in texts.items()) and not any(allowed)


# The encoder


@paper.component(
    "model",
    of=ResidualEncoder,
    settings=[{"width": 2, "blocks": (1, 2), "stem": "small"}, {"width": 3, "blocks": (1, 1), "stem": "large"}],
)
def images(rng, batch=2, high=8, wide=8):
    return uniform(rng, batch, 3, high, wide)


class Bottlenecks(nn.Module):
    """Bottleneck blocks of torchvision in any width."""

    def __init__(self, width, blocks, stem):
        from torchvision.models.resnet import Bottleneck

        super().__init__()
        kernel = 7 if stem == "large" else 3
        self.conv1 = nn.Conv2d(3, width, kernel, stride=kernel // 3, padding=(kernel - 1) // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.pool = nn.MaxPool2d(3, 2, 1) if stem == "large" else nn.Identity()
        made, channels = [], width
        for stage, count in enumerate(blocks):
            planes = width << stage
            for block in range(count):
                stride = 2 if stage > 0 and block == 0 else 1
                shortcut = None
                if block == 0:
                    shortcut = nn.Sequential(
                        nn.Conv2d(channels, 4 * planes, 1, stride, bias=False), nn.BatchNorm2d(4 * planes)
                    )
                made.append(Bottleneck(channels, planes, stride, shortcut))
                channels = 4 * planes
        self.layers = nn.Sequential(*made)
        self.average = nn.AdaptiveAvgPool2d(1)

    def forward(self, x):
        x = self.pool(self.bn1(self.conv1(x)).relu())
        return self.average(self.layers(x)).flatten(1)


@paper.reference(of=ResidualEncoder, needs="torchvision")
def torchvision_bottlenecks(width, blocks, stem):
    return Bottlenecks(width, blocks, stem)


@torchvision_bottlenecks.weights
def names_of_the_encoder(ours):
    inside = {"0": "conv1", "1": "bn1", "3": "conv2", "4": "bn2", "6": "conv3", "7": "bn3"}
    theirs = {}
    for name in ours:
        part, *path = name.split(".")
        if part == "stem":
            theirs[f"{('conv1', 'bn1')[int(path[0])]}.{path[1]}"] = ours[name]
        else:
            block, branch, place, what = path
            where = inside[place] if branch == "residual" else f"downsample.{place}"
            theirs[f"layers.{block}.{where}.{what}"] = ours[name]
    return theirs


def on_meta(**settings):
    with torch.device("meta"):
        return ResidualEncoder(**settings)


@paper.property("Sec. 4.2", "the representation of a ResNet-50 has 2048 entries, and widths multiply them", draws=1)
def entries_of_the_representation(rng):
    images = torch.empty(2, 3, 224, 224, device="meta")
    found = [on_meta(width=64 * by)(images).shape[-1] for by in (1, 2, 4)]
    return [*found, on_meta().features], [2048, 4096, 8192, 2048]


@paper.property("App. B.9", "the small stem keeps height and width, the large one divides them by four", draws=1)
def stems(rng):
    images = torch.empty(2, 3, 32, 32, device="meta")
    shapes = [list(on_meta(width=8, stem=stem).stem(images).shape) for stem in ("small", "large")]
    return shapes, [[2, 8, 32, 32], [2, 8, 8, 8]]


@paper.property("Sec. 2.1", "each block begins as the identity, cut at zero: its last scale is zero", draws=3)
def blocks_begin_as_identity(rng):
    encoder = ResidualEncoder(2, (2,), "small").double().eval()
    x = normal(rng, 2, 8, 5, 5)
    return encoder.blocks[1](x), x.relu()


@paper.claim(
    "Tab. 6",
    "parameters of the encoder",
    printed={"ResNet-50": "24", "ResNet-50 (2x)": "94", "ResNet-50 (4x)": "375"},
    unit="M",
)
def encoder_parameters(row):
    width = {"ResNet-50": 64, "ResNet-50 (2x)": 128, "ResNet-50 (4x)": 256}[row]
    return parameters(on_meta(width=width)) / 1e6


@encoder_parameters.derivation
def counted_by_hand(row):
    """Kernels and two numbers a normalised channel, stage by stage."""
    width = {"ResNet-50": 64, "ResNet-50 (2x)": 128, "ResNet-50 (4x)": 256}[row]
    total, channels = 3 * 49 * width + 2 * width, width
    for stage, count in enumerate((3, 4, 6, 3)):
        n = width * 2**stage
        total += channels * 4 * n + 8 * n
        for _ in range(count):
            total += channels * n + 9 * n * n + 4 * n * n + 2 * (n + n + 4 * n)
            channels = 4 * n
    return total / 1e6


@paper.claim("Sec. 2.3", "dimensions of the latent space", printed="128")
def latent_dimensions():
    return ProjectionHead(2048)(torch.zeros(1, 2048)).shape[-1]


@paper.claim("Sec. 2.3", "layers of the projection head", printed="2")
def layers_of_the_head():
    return sum(isinstance(module, nn.Linear) for module in ProjectionHead(8).modules())


@paper.claim("Fig. 8", "entries of the representation before projection", printed="2048")
def entries_before_projection():
    return on_meta().features
