"""The map of mean and variance from one layer to the next (Eqs. 3 to 5)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from ectype_snn.selu import ALPHA, SCALE


def moment_map(
    mean: Float[Tensor, "*shape"],
    variance: Float[Tensor, "*shape"],
    weight_sum: Float[Tensor, "*shape"],
    weight_square_sum: Float[Tensor, "*shape"],
    alpha: float = ALPHA,
    scale: float = SCALE,
) -> tuple[Float[Tensor, "*shape"], Float[Tensor, "*shape"]]:
    r"""Mean and variance of a unit whose net input is normal, from those of the units below.

    With $z \sim \mathcal{N}(m, v)$, $m = \mu \omega$ and $v = \nu \tau$,

    $$\tilde\mu = \mathbb{E}[\mathrm{selu}(z)], \qquad \tilde\nu = \mathbb{E}[\mathrm{selu}(z)^2] - \tilde\mu^2$$

    Args:
        mean: $\mu$, of the units below.
        variance: $\nu$, of the units below; above 0.
        weight_sum: $\omega$, the sum of the unit's weights.
        weight_square_sum: $\tau$, the sum of their squares; above 0.
        alpha: $\alpha$.
        scale: $\lambda$; above 0.

    Returns:
        $\tilde\mu$ and $\tilde\nu$.

    Raises:
        ValueError: scale is not above 0.

    Source: Eqs. 3, 4 and 5; appendix A1, Eqs. 9 to 13.
    """
    if not scale > 0:
        raise ValueError(f"scale must be above 0; received {scale}")
    m, v = mean * weight_sum, variance * weight_square_sum
    s = v.sqrt()
    ndtr, log_ndtr = torch.special.ndtr, torch.special.log_ndtr
    above, below = ndtr(m / s), ndtr(-m / s)
    density = torch.exp(-m.square() / (2 * v)) * s / math.sqrt(2 * math.pi)
    # Eq. 4, Eq. 5: e^(m + v/2) erfc(...) / 2 and e^(2 m + 2 v) erfc(...) / 2, in logarithms because the factors overflow
    once = torch.exp(m + v / 2 + log_ndtr(-(m + v) / s))
    twice = torch.exp(2 * (m + v) + log_ndtr(-(m + 2 * v) / s))
    # Eq. 4, Eq. 9, Eq. 11: the mean, the positive side and the exponential one
    new_mean = scale * (m * above + density + alpha * (once - below))
    # Eq. 5, Eq. 10, Eq. 13: the second moment
    positive = (m.square() + v) * above + m * density
    second = scale**2 * (positive + alpha**2 * (twice - 2 * once + below))
    # Eq. 3, Eq. 12: the variance
    return new_mean, second - new_mean.square()
