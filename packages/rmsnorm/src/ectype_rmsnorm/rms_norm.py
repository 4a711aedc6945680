"""Root mean square layer normalization (section 4)."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

EPSILON = 1e-8
"""What is added to a mean square before its root; the paper has none, the authors' TensorFlow code has this one."""


def root_mean_square(summed: Float[Tensor, "*batch units"], eps: float = EPSILON) -> Float[Tensor, "*batch 1"]:
    r"""Root mean square of the summed inputs of a layer, for each case.

    $$\mathrm{RMS}(a) = \sqrt{\frac{1}{n} \sum_{i=1}^n a_i^2}$$

    Args:
        summed: $a$, the summed inputs of the $n$ units.
        eps: added to the mean square; 0 is the paper's formula.

    Returns:
        The root mean square, which all units of a case share.

    Raises:
        ValueError: eps is negative.

    Source: section 4, Eq. 4.
    """
    if eps < 0:
        raise ValueError(f"eps must be at least 0; received {eps}")
    # Eq. 4, Eq. 6: the mean of squares, not of squared deviations from a mean; linear in a positive scale
    # D1: the constant of the authors' TensorFlow code under the root
    return (summed.square().mean(dim=-1, keepdim=True) + eps).sqrt()


def rms_norm(
    summed: Float[Tensor, "*batch units"], gain: Float[Tensor, "units"], eps: float = EPSILON
) -> Float[Tensor, "*batch units"]:
    r"""Summed inputs divided by their root mean square.

    $$\bar a_i = \frac{a_i}{\mathrm{RMS}(a)} g_i$$

    Args:
        summed: $a$, the summed inputs of a layer.
        gain: $g$, one number a unit.
        eps: added to the mean square; 0 is the paper's formula.

    Returns:
        The normalized summed inputs.

    Raises:
        ValueError: eps is negative.

    Source: section 4, Eq. 4.
    """
    # Eq. 4, Sec. 4: a / RMS(a) g
    return summed / root_mean_square(summed, eps) * gain


class RMSNorm(nn.Module):
    """Root mean square layer normalization with gains that begin at one, and no bias.

    Args:
        units: $n$, the size of the last axis.
        eps: added to the mean square; 0 is the paper's formula.

    Raises:
        ValueError: units is below 1 or eps is negative.

    Source: section 4, Eq. 4; initialisation: section 3.
    """

    def __init__(self, units: int, eps: float = EPSILON) -> None:
        super().__init__()
        if units < 1 or eps < 0:
            raise ValueError(f"units must be at least 1 and eps at least 0; received units={units}, eps={eps}")
        self.eps = eps
        # Sec. 3: the gain is set to 1 at the beginning
        self.gain = nn.Parameter(torch.ones(units))

    def forward(self, summed: Float[Tensor, "*batch units"]) -> Float[Tensor, "*batch units"]:
        """Normalize each case."""
        return rms_norm(summed, self.gain, self.eps)


def rms_norm_layer(
    inputs: Float[Tensor, "*batch inputs"],
    weight: Float[Tensor, "units inputs"],
    gain: Float[Tensor, "units"],
    bias: Float[Tensor, "units"],
    activation: Callable[[Tensor], Tensor] = torch.relu,
    eps: float = EPSILON,
) -> Float[Tensor, "*batch units"]:
    r"""A layer with root mean square layer normalization; the scales of case and weights do not matter.

    $$y = f\left(\frac{W x}{\mathrm{RMS}(a)} \odot g + b\right), \qquad
    f\left(\frac{\delta W x}{\delta\, \mathrm{RMS}(a)} \odot g + b\right) = y$$

    Args:
        inputs: $x$.
        weight: $W$, with a weight vector in each row.
        gain: $g$.
        bias: $b$.
        activation: $f$.
        eps: added to the mean square; with another number than 0 the invariance holds nearly.

    Returns:
        $y$.

    Raises:
        ValueError: eps is negative.

    Source: section 4.1, Eqs. 5 and 7.
    """
    # Eq. 5, Eq. 7, Sec. 4.1: f(W x / RMS(a) g + b)
    return activation(rms_norm(inputs @ weight.T, gain, eps) + bias)
