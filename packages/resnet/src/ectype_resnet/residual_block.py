"""Building blocks (section 3.2, section 4.1, figures 2 and 5)."""

from typing import ClassVar, Literal

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from ectype_resnet.shortcuts import Option, make_shortcut

Strided = Literal["1x1", "3x3"]
"""Which convolution of a bottleneck halves the map: the first, as in the official networks, or the second."""


class ResidualBlock(nn.Module):
    r"""A few layers that learn what is to be added to their input.

    $$y = \mathcal{F}(x, \{W_i\}) + x, \qquad y = \mathcal{F}(x, \{W_i\}) + W_s x$$

    and then $\sigma(y)$, a ReLU.

    Args:
        residual: the layers, F.
        shortcut: the identity or W_s; None for a plain network, where y = F(x).

    Source: section 3.2, Eqs. 1 and 2, figure 2.
    """

    def __init__(self, residual: nn.Sequential, shortcut: nn.Module | None) -> None:
        super().__init__()
        self.residual = residual
        self.shortcut = shortcut

    def forward(
        self, x: Float[Tensor, "batch inputs height width"]
    ) -> Float[Tensor, "batch outputs height_out width_out"]:
        """Apply the block.

        Args:
            x: a feature map.

        Returns:
            Another, which is not negative.
        """
        y = self.residual(x)
        if self.shortcut is not None:
            # Eq. 1: y = F(x, {W_i}) + x, where the shortcut is the identity
            # Eq. 2: y = F(x, {W_i}) + W_s x, where it is a projection
            y = y + self.shortcut(x)
        # Sec. 3.2: the second nonlinearity comes after the addition
        return F.relu(y)


class BasicBlock(ResidualBlock):
    r"""Two 3 x 3 convolutions: $\mathcal{F} = W_2\,\sigma(W_1 x)$, each convolution with batch normalization.

    Args:
        inputs: channels that come in.
        width: channels of both convolutions, and of the output.
        stride: step of the first convolution.
        shortcuts: which shortcuts are projections.

    Raises:
        ValueError: a size is not positive, or there is no such option.

    Source: figures 2 and 5 (left), Table 1.
    """

    expansion: ClassVar[int] = 1
    """Channels of the output for each of the width."""

    def __init__(self, inputs: int, width: int, stride: int = 1, shortcuts: Option = "B") -> None:
        _check(inputs, width, stride)
        # Sec. 3.4: batch normalization right after each convolution and before activation
        residual = nn.Sequential(
            nn.Conv2d(inputs, width, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
        )
        super().__init__(residual, make_shortcut(shortcuts, inputs, width, stride))


class BottleneckBlock(ResidualBlock):
    """Three convolutions: 1 x 1 that reduces, 3 x 3, and 1 x 1 that restores four times as many channels.

    Args:
        inputs: channels that come in.
        width: channels of the first two convolutions; the output has four times as many.
        stride: step of the block.
        shortcuts: which shortcuts are projections.
        strided: which convolution takes the step.

    Raises:
        ValueError: a size is not positive, or there is no such option.

    Source: section 4.1, figure 5 (right), Table 1.
    """

    expansion: ClassVar[int] = 4
    """Channels of the output for each of the width."""

    def __init__(
        self, inputs: int, width: int, stride: int = 1, shortcuts: Option = "B", strided: Strided = "1x1"
    ) -> None:
        _check(inputs, width, stride)
        if strided not in ("1x1", "3x3"):
            raise ValueError(f"strided must be '1x1' or '3x3'; received {strided!r}")
        # Tab. 1: down-sampling is performed by conv3_1, conv4_1 and conv5_1, of which the first layer has the stride
        first, second = (stride, 1) if strided == "1x1" else (1, stride)
        outputs = self.expansion * width
        residual = nn.Sequential(
            nn.Conv2d(inputs, width, 1, first, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, second, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        super().__init__(residual, make_shortcut(shortcuts, inputs, outputs, stride))


def _check(inputs: int, width: int, stride: int) -> None:
    if min(inputs, width, stride) < 1:
        raise ValueError(
            f"sizes of a block must be at least 1; received inputs={inputs}, width={width}, stride={stride}"
        )
