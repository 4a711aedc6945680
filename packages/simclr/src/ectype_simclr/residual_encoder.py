"""The base encoder: a ResNet without its classifier, in any width (sections 2.1 and 6)."""

from jaxtyping import Float
from torch import Tensor, nn


class Bottleneck(nn.Module):
    """A residual block of three convolutions, the middle one of stride `stride`; it gives four times `width` channels.

    Args:
        channels: of the input.
        width: channels inside.
        stride: 2 halves height and width.

    Source: section 2.1, which refers to He et al. 2016.
    """

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(channels, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, 4 * width, 1, bias=False),
            nn.BatchNorm2d(4 * width),
        )
        self.shortcut = nn.Sequential()
        if stride > 1 or channels != 4 * width:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )
        nn.init.zeros_(self.residual[-1].weight)  # official code, resnet.py: a block begins as the identity

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch out high wide"]:
        """Add what the convolutions give to the (projected) input."""
        return (self.residual(x) + self.shortcut(x)).relu()


class ResidualEncoder(nn.Module):
    r"""ResNet up to its average pooling; the defaults are those of ResNet-50, $h = f(\tilde x)$ with 2048 entries.

    Args:
        width: channels of the stem and of the first stage inside; 64, 128 and 256 are the widths 1x, 2x and 4x.
        blocks: of each stage; each stage after the first has twice the channels and half the height and width.
        stem: "large" for ImageNet, 7 x 7 of stride 2 and a max pooling; "small" for CIFAR-10, 3 x 3 of stride 1.

    Raises:
        ValueError: a number is below 1, or the stem is none of the two.

    Source: section 2.1; section 6 for the widths; appendix B.9 for the small stem.
    """

    def __init__(self, width: int = 64, blocks: tuple[int, ...] = (3, 4, 6, 3), stem: str = "large") -> None:
        super().__init__()
        if min(width, *blocks, len(blocks)) < 1:
            raise ValueError(f"width and blocks must be at least 1; received {width} and {blocks}")
        if stem not in ("large", "small"):
            raise ValueError(f"stem must be 'large' or 'small'; received {stem!r}")
        # App. B.9: a 3x3 convolution of stride 1 in the place of 7x7 of stride 2, and no max pooling
        large = stem == "large"
        kernel, stride = (7, 2) if large else (3, 1)
        convolution = nn.Conv2d(3, width, kernel, stride, padding=kernel // 2, bias=False)
        pooling = [nn.MaxPool2d(3, 2, padding=1)] if large else []
        self.stem = nn.Sequential(convolution, nn.BatchNorm2d(width), nn.ReLU(), *pooling)
        stages, channels = [], width
        for stage, count in enumerate(blocks):
            for block in range(count):
                inside = width * 2**stage
                stages.append(Bottleneck(channels, inside, stride=2 if stage and not block else 1))
                channels = 4 * inside
        self.blocks = nn.Sequential(*stages)
        self.features = channels

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch features"]:
        """Give the representation of each image."""
        # Sec. 2.1: h is the output after the average pooling layer
        return self.blocks(self.stem(images)).mean(dim=(-2, -1))
