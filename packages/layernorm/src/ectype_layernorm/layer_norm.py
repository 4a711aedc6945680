"""Layer normalization (section 3)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

EPSILON = 1e-5
"""What is added to a variance before its root; the paper has none, the authors' Theano code has this one."""


def check_constant(eps: float) -> None:
    """Refuse a constant under the root that cannot be meant.

    Args:
        eps: what is added to a variance.

    Raises:
        ValueError: eps is negative.
    """
    if eps < 0:
        raise ValueError(f"eps must be at least 0; received {eps}")


def layer_statistics(
    summed: Float[Tensor, "*batch units"], eps: float = EPSILON
) -> tuple[Float[Tensor, "*batch 1"], Float[Tensor, "*batch 1"]]:
    r"""Mean and standard deviation of the summed inputs of all units of a layer, for each case.

    $$\mu = \frac{1}{H} \sum_{i=1}^H a_i, \qquad \sigma = \sqrt{\frac{1}{H} \sum_{i=1}^H (a_i - \mu)^2}$$

    Args:
        summed: $a$, the summed inputs of the $H$ units.
        eps: added to the variance; 0 is the paper's formula.

    Returns:
        $\mu$ and $\sigma$, which all units of a case share.

    Raises:
        ValueError: eps is negative.

    Source: section 3, Eq. 3.
    """
    check_constant(eps)
    # Eq. 3: the mean over the units
    mean = summed.mean(dim=-1, keepdim=True)
    # Eq. 3: the variance is the mean of squares, without the correction for a sample
    # D1: the constant of the authors' code under the root
    return mean, ((summed - mean).square().mean(dim=-1, keepdim=True) + eps).sqrt()


def layer_norm(
    summed: Float[Tensor, "*batch units"],
    gain: Float[Tensor, "units"],
    bias: Float[Tensor, "units"],
    eps: float = EPSILON,
) -> Float[Tensor, "*batch units"]:
    r"""Summed inputs re-centred and re-scaled over the units of their layer.

    $$\mathrm{LN}(z; \alpha, \beta) = \frac{z - \mu}{\sigma} \odot \alpha + \beta$$

    Args:
        summed: $z$, the summed inputs of a layer.
        gain: $\alpha$, one number a unit.
        bias: $\beta$, one number a unit.
        eps: added to the variance; 0 is the paper's formula.

    Returns:
        The normalized summed inputs.

    Raises:
        ValueError: eps is negative.

    Source: section 3, Eq. 3; supplement, Eqs. 15 and 16.
    """
    check_constant(eps)
    # Eq. 16: deviations from the mean of the elements of z
    centred = summed - summed.mean(dim=-1, keepdim=True)
    # Eq. 16: sigma, with the constant of D1 under the root
    deviation = (centred.square().mean(dim=-1, keepdim=True) + eps).sqrt()
    # Eq. 15: (z - mu) / sigma * alpha + beta
    return centred / deviation * gain + bias


class LayerNorm(nn.Module):
    """Layer normalization with gains that begin at one and biases that begin at zero.

    Args:
        units: $H$, the size of the last axis.
        eps: added to the variance; 0 is the paper's formula.

    Raises:
        ValueError: units is below 1 or eps is negative.

    Source: section 3, Eq. 3; initialisation: section 6.
    """

    def __init__(self, units: int, eps: float = EPSILON) -> None:
        super().__init__()
        if units < 1:
            raise ValueError(f"units must be at least 1; received units={units}")
        check_constant(eps)
        self.eps = eps
        # Sec. 6: the adaptive gains are set to 1 and the biases to 0
        self.gain = nn.Parameter(torch.ones(units))
        self.bias = nn.Parameter(torch.zeros(units))

    def forward(self, summed: Float[Tensor, "*batch units"]) -> Float[Tensor, "*batch units"]:
        """Normalize each case."""
        return layer_norm(summed, self.gain, self.bias, self.eps)
