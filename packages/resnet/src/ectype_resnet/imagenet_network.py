"""Networks for ImageNet (section 3.3, Table 1)."""

from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float
from torch import Tensor, nn

from ectype_resnet.initialization import initialize
from ectype_resnet.residual_block import BasicBlock, BottleneckBlock, ResidualBlock, Strided
from ectype_resnet.shortcuts import Option
from ectype_resnet.stages import make_stages


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageNetSettings:
    """A column of Table 1, or a variant of one.

    Raises:
        ValueError: something is not a size or none of its choices.

    Source: Table 1.
    """

    block: Literal["basic", "bottleneck"]
    """Kind of the blocks (figure 5)."""
    blocks: tuple[int, int, int, int]
    """How many blocks conv2_x to conv5_x have (Table 1)."""
    shortcuts: Option
    """Which shortcuts are projections (section 4.1)."""
    strided: Strided = "1x1"
    """Which convolution of a bottleneck halves the map (Table 1)."""
    width: int = 64
    """Channels of conv1; all others are multiples of it (Table 1)."""
    classes: int = 1000
    """Classes that are told apart (Table 1)."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        reasons = []
        if self.block not in ("basic", "bottleneck"):
            reasons.append(f"block must be 'basic' or 'bottleneck'; received {self.block!r}")
        if len(self.blocks) != 4 or min(self.blocks) < 1:
            reasons.append(f"blocks must be four numbers of at least 1; received {self.blocks}")
        if self.shortcuts not in ("A", "B", "C", "none"):
            reasons.append(f"shortcuts must be 'A', 'B', 'C' or 'none'; received {self.shortcuts!r}")
        if self.strided not in ("1x1", "3x3"):
            reasons.append(f"strided must be '1x1' or '3x3'; received {self.strided!r}")
        if self.width < 1 or self.classes < 1:
            reasons.append(f"width and classes must be at least 1; received width={self.width}, classes={self.classes}")
        if reasons:
            raise ValueError("; ".join(reasons))


class ImageNetNetwork(nn.Module):
    """ResNet or plain network on large images; logits of classes.

    Args:
        settings: kind and number of blocks, shortcuts, width, classes.

    Source: section 3.3, figure 3, Table 1.
    """

    def __init__(self, settings: ImageNetSettings) -> None:
        super().__init__()
        self.settings = settings
        block = BasicBlock if settings.block == "basic" else BottleneckBlock
        # Tab. 1: conv1 is 7 x 7 with a stride of 2, then 3 x 3 max pooling with a stride of 2
        self.convolution = nn.Conv2d(3, settings.width, 7, 2, padding=3, bias=False)
        self.norm = nn.BatchNorm2d(settings.width)
        self.relu = nn.ReLU()
        # D1: padded by one on all sides
        self.pool = nn.MaxPool2d(3, 2, padding=1)
        self.stages = make_stages(self._block, settings.blocks, settings.width, block.expansion)
        self.linear = nn.Linear(block.expansion * settings.width * 8, settings.classes)
        initialize(self)

    def _block(self, inputs: int, width: int, stride: int) -> ResidualBlock:
        settings = self.settings
        if settings.block == "basic":
            return BasicBlock(inputs, width, stride, settings.shortcuts)
        return BottleneckBlock(inputs, width, stride, settings.shortcuts, settings.strided)

    def features(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch channels"]:
        """Give what the linear layer classifies.

        Args:
            images: of any size; the paper's have 224 x 224 pixels.

        Returns:
            The last maps, each averaged over all places.
        """
        x = self.pool(self.relu(self.norm(self.convolution(images))))
        # Sec. 3.3: the network ends with a global average pooling layer
        return self.stages(x).mean(dim=(2, 3))

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch classes"]:
        """Classify.

        Args:
            images: of any size; the paper's have 224 x 224 pixels, less their mean.

        Returns:
            Logits; the softmax is left to the loss.
        """
        return self.linear(self.features(images))
