"""Scaled exponential linear units (Eq. 2) and their two constants (Eq. 14)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn


def fixed_point_parameters(variance: float = 1.0) -> tuple[float, float]:
    r"""Constants with which a layer of normalized weights keeps mean 0 and a variance.

    With $v$ the variance and $s = \sqrt{v}$, solving Eqs. 4 and 5 for $\tilde\mu = 0$, $\tilde\nu = v$ gives

    $$\alpha = -\frac{\sqrt{2 / \pi}\, s}{\operatorname{erfc}(s / \sqrt{2})\, e^{v / 2} - 1}, \qquad
    \lambda = \sqrt{2 v} \left[v + \alpha^2 \left(1 - 2 e^{v / 2} \operatorname{erfc}\frac{s}{\sqrt{2}}
    + e^{2 v} \operatorname{erfc}(\sqrt{2}\, s)\right)\right]^{-1/2}$$

    Args:
        variance: $v$, above 0; 1 gives $\alpha_{01}$ and $\lambda_{01}$ of Eq. 14.

    Returns:
        $\alpha$ and $\lambda$.

    Raises:
        ValueError: variance is not above 0.

    Source: appendix A1, Eq. 14; other variances: appendix A5.
    """
    if not variance > 0:
        raise ValueError(f"variance must be above 0; received {variance}")
    deviation = math.sqrt(variance)
    once = math.exp(variance / 2) * math.erfc(deviation / math.sqrt(2))
    twice = math.exp(2 * variance) * math.erfc(math.sqrt(2) * deviation)
    # Eq. 14, App. A5: the mean of the next layer is 0
    alpha = -math.sqrt(2 / math.pi) * deviation / (once - 1)
    # Eq. 14, App. A5: its second moment is the variance
    scale = math.sqrt(2 * variance / (variance + alpha**2 * (1 - 2 * once + twice)))
    return alpha, scale


# Eq. 14: the fixed point (0, 1)
ALPHA, SCALE = fixed_point_parameters()


def selu(x: Float[Tensor, "*shape"], alpha: float = ALPHA, scale: float = SCALE) -> Float[Tensor, "*shape"]:
    r"""Scaled exponential linear unit.

    $$\mathrm{selu}(x) = \lambda \begin{cases} x & x > 0 \\ \alpha e^x - \alpha & x \le 0 \end{cases}$$

    Args:
        x: net inputs.
        alpha: $\alpha$, minus the value at minus infinity before it is scaled.
        scale: $\lambda$, the slope of the positive side; above 0.

    Returns:
        Activations.

    Raises:
        ValueError: scale is not above 0.

    Source: Eq. 2; appendix A1, Eq. 7.
    """
    if not scale > 0:
        raise ValueError(f"scale must be above 0; received {scale}")
    # Eq. 2, Eq. 7: one of the two terms is zero, and the exponential cannot overflow
    return scale * (torch.relu(x) + alpha * torch.expm1(x.clamp(max=0)))


class SELU(nn.Module):
    """Scaled exponential linear unit with the constants of the fixed point (0, 1).

    Source: Eq. 2.
    """

    def forward(self, x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Return activations."""
        return selu(x)
