"""Shortcut connections (sections 3.2, 3.3 and 4.1)."""

from typing import Literal

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

Option = Literal["A", "B", "C", "none"]
"""Which shortcuts are projections: none (A), those between unequal dimensions (B), all (C); or there are no shortcuts."""


class PaddedShortcut(nn.Module):
    """Option A: the identity, subsampled, with zeros for the channels that are new. It has no parameters.

    Args:
        inputs: channels that come in.
        outputs: channels that go out, at least as many.
        stride: step in both directions of the map.

    Raises:
        ValueError: there would be fewer channels than before, or a size is not positive.

    Source: section 3.3, option (A).
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        if not 1 <= inputs <= outputs or stride < 1:
            raise ValueError(
                "a padded shortcut must have 1 <= inputs <= outputs and stride >= 1; "
                f"received inputs={inputs}, outputs={outputs}, stride={stride}"
            )
        self.new, self.stride = outputs - inputs, stride

    def forward(
        self, x: Float[Tensor, "batch inputs height width"]
    ) -> Float[Tensor, "batch outputs height_out width_out"]:
        """Subsample and pad.

        Args:
            x: a feature map.

        Returns:
            Every `stride`-th place of it, with channels of zeros behind its own.
        """
        # Sec. 3.3: identity mapping with a stride of 2 and extra zero entries
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new))


class ProjectionShortcut(nn.Module):
    r"""Options B and C: the linear projection $W_s x$ of Eq. 2, a 1 x 1 convolution with batch normalization.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        stride: step in both directions of the map.

    Raises:
        ValueError: a size is not positive.

    Source: section 3.3, option (B).
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        if min(inputs, outputs, stride) < 1:
            raise ValueError(
                "a projection must have sizes of at least 1; "
                f"received inputs={inputs}, outputs={outputs}, stride={stride}"
            )
        # Sec. 3.3: done by 1 x 1 convolutions
        self.convolution = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
        # Sec. 3.4: batch normalization right after each convolution
        self.norm = nn.BatchNorm2d(outputs)

    def forward(
        self, x: Float[Tensor, "batch inputs height width"]
    ) -> Float[Tensor, "batch outputs height_out width_out"]:
        """Project.

        Args:
            x: a feature map.

        Returns:
            Its projection, normalized.
        """
        return self.norm(self.convolution(x))


def make_shortcut(option: Option, inputs: int, outputs: int, stride: int) -> nn.Module | None:
    """Make the shortcut of one block.

    Args:
        option: which shortcuts are projections.
        inputs: channels that come in.
        outputs: channels that go out.
        stride: step of the block.

    Returns:
        The shortcut; None in a plain network.

    Raises:
        ValueError: there is no such option.

    Source: sections 3.3 and 4.1, Table 3.
    """
    if option not in ("A", "B", "C", "none"):
        raise ValueError(f"shortcuts must be 'A', 'B', 'C' or 'none'; received {option!r}")
    if option == "none":
        return None
    # Sec. 4.1: (C) all shortcuts are projections; (A) and (B) are the identity where dimensions are equal
    if option != "C" and inputs == outputs and stride == 1:
        return nn.Identity()
    return (PaddedShortcut if option == "A" else ProjectionShortcut)(inputs, outputs, stride)
