"""Partial root mean square layer normalization (section 5)."""

import math
from fractions import Fraction

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ectype_rmsnorm.rms_norm import EPSILON, root_mean_square

# Sec. 6.1: p is 6.25% for all following experiments
PART = 0.0625
"""The part of the summed inputs that the paper uses in all experiments but CIFAR-10 (section 6.1)."""


def partial_count(units: int, part: float = PART) -> int:
    r"""Number of summed inputs from which the root mean square is estimated.

    $$k = \lceil n p \rceil$$

    Args:
        units: $n$, at least 1.
        part: $p$, above 0 and at most 1, taken as the decimal that it is written as: 0.1 of 70 is 7 and not 8.

    Returns:
        $k$.

    Raises:
        ValueError: units is below 1, or part is not above 0 and at most 1.

    Source: section 5.
    """
    if units < 1 or not 0 < part <= 1:
        raise ValueError(
            f"units must be at least 1 and part above 0 and at most 1; received units={units}, part={part}"
        )
    # Sec. 5: k = ceil(n p)
    return math.ceil(units * Fraction(str(part)))


def partial_rms_norm(
    summed: Float[Tensor, "*batch units"], gain: Float[Tensor, "units"], count: int, eps: float = EPSILON
) -> Float[Tensor, "*batch units"]:
    r"""Summed inputs divided by the root mean square of the first few of them.

    $$\bar a_i = \frac{a_i}{\overline{\mathrm{RMS}}(a)} g_i, \qquad
    \overline{\mathrm{RMS}}(a) = \sqrt{\frac{1}{k} \sum_{i=1}^k a_i^2}$$

    Args:
        summed: $a$, the summed inputs of a layer.
        gain: $g$, one number a unit.
        count: $k$, from 1 to the number of units.
        eps: added to the mean square; 0 is the paper's formula.

    Returns:
        The normalized summed inputs.

    Raises:
        ValueError: count is below 1 or above the number of units, or eps is negative.

    Source: section 5.
    """
    units = summed.shape[-1]
    if not 1 <= count <= units:
        raise ValueError(f"count must be from 1 to the number of units, {units}; received {count}")
    # Sec. 5: the statistic of the first k elements normalizes all n
    return summed / root_mean_square(summed[..., :count], eps) * gain


class PartialRMSNorm(nn.Module):
    """Partial root mean square layer normalization with gains that begin at one, and no bias.

    Args:
        units: $n$, the size of the last axis.
        part: $p$, above 0 and at most 1; 1 is the norm that is not partial.
        eps: added to the mean square; 0 is the paper's formula.

    Raises:
        ValueError: units is below 1, part is not above 0 and at most 1, or eps is negative.

    Source: section 5.
    """

    def __init__(self, units: int, part: float = PART, eps: float = EPSILON) -> None:
        super().__init__()
        if eps < 0:
            raise ValueError(f"eps must be at least 0; received {eps}")
        self.count = partial_count(units, part)
        self.eps = eps
        # Sec. 3: the gain is set to 1 at the beginning
        self.gain = nn.Parameter(torch.ones(units))

    def forward(self, summed: Float[Tensor, "*batch units"]) -> Float[Tensor, "*batch units"]:
        """Normalize each case."""
        return partial_rms_norm(summed, self.gain, self.count, self.eps)
