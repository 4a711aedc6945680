"""Slopes of the map of moments from one layer to the next, and when it contracts (Eq. 6, appendix A3.4.1)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from ectype_snn.moment_map import moment_map
from ectype_snn.selu import ALPHA, SCALE


def second_moment_jacobian(
    mean: Float[Tensor, "points"],
    variance: Float[Tensor, "points"],
    weight_sum: Float[Tensor, "points"],
    weight_square_sum: Float[Tensor, "points"],
) -> Float[Tensor, "points 2 2"]:
    r"""Slopes of mean and second moment of the next layer by mean and variance of this one.

    $$\begin{pmatrix}
    \partial \tilde\mu / \partial \mu & \partial \tilde\mu / \partial \nu \\
    \partial \tilde\xi / \partial \mu & \partial \tilde\xi / \partial \nu \end{pmatrix}$$

    The appendix calls it $\mathcal{J}$, which in Eq. 6 is the Jacobian of mean and variance.

    Args:
        mean: $\mu$.
        variance: $\nu$; above 0.
        weight_sum: $\omega$, the sum of a unit's weights.
        weight_square_sum: $\tau$, the sum of their squares; above 0.

    Returns:
        A matrix for each point.

    Source: appendix A3.4.1, Eqs. 56 and 62 to 65.
    """
    m, v = mean * weight_sum, variance * weight_square_sum
    s = v.sqrt()
    above = torch.special.ndtr(m / s)
    bell = torch.exp(-m.square() / (2 * v)) / math.sqrt(2 * math.pi)
    # Eq. 62: e^(m + v/2) erfc(...) / 2, and below with twice the exponent, in logarithms because the factors overflow
    once = torch.exp(m + v / 2 + torch.special.log_ndtr(-(m + v) / s))
    twice = torch.exp(2 * (m + v) + torch.special.log_ndtr(-(m + 2 * v) / s))
    # Eq. 62: mean by mean
    first = SCALE * weight_sum * (ALPHA * once + above)
    # Eq. 63: mean by variance
    second = SCALE * weight_square_sum / 2 * (ALPHA * once - (ALPHA - 1) * bell / s)
    # Eq. 64: second moment by mean
    third = 2 * SCALE**2 * weight_sum * (ALPHA**2 * (twice - once) + m * above + s * bell)
    # Eq. 65: second moment by variance
    fourth = SCALE**2 * weight_square_sum * (ALPHA**2 * (2 * twice - once) + above)
    # Eq. 56: all four
    return torch.stack((first, second, third, fourth), dim=-1).unflatten(-1, (2, 2))


def moment_jacobian(
    mean: Float[Tensor, "points"],
    variance: Float[Tensor, "points"],
    weight_sum: Float[Tensor, "points"],
    weight_square_sum: Float[Tensor, "points"],
) -> Float[Tensor, "points 2 2"]:
    r"""Slopes of mean and variance of the next layer by mean and variance of this one.

    $$\mathcal{H} = \begin{pmatrix} \mathcal{J}_{11} & \mathcal{J}_{12} \\
    \mathcal{J}_{21} - 2 \tilde\mu \mathcal{J}_{11} & \mathcal{J}_{22} - 2 \tilde\mu \mathcal{J}_{12} \end{pmatrix}$$

    Args:
        mean: $\mu$.
        variance: $\nu$; above 0.
        weight_sum: $\omega$, the sum of a unit's weights.
        weight_square_sum: $\tau$, the sum of their squares; above 0.

    Returns:
        A matrix for each point; where its largest singular value is below 1, the map is a contraction.

    Source: Eq. 6; appendix A3.4.1, Eq. 61.
    """
    of_second_moment = second_moment_jacobian(mean, variance, weight_sum, weight_square_sum)
    new_mean, _ = moment_map(mean, variance, weight_sum, weight_square_sum)
    # Eq. 6, Eq. 61: the variance is the second moment less the squared mean
    correction = 2 * new_mean.unsqueeze(-1) * of_second_moment[:, 0]
    return torch.stack((of_second_moment[:, 0], of_second_moment[:, 1] - correction), dim=1)


def largest_singular_value(matrix: Float[Tensor, "points 2 2"]) -> Float[Tensor, "points"]:
    r"""Spectral norm of matrices of two rows and two columns.

    $$s_1 = \frac{1}{2} \left(\sqrt{(a_{11} + a_{22})^2 + (a_{21} - a_{12})^2}
    + \sqrt{(a_{11} - a_{22})^2 + (a_{12} + a_{21})^2}\right)$$

    Args:
        matrix: one for each point.

    Returns:
        The largest singular value of each.

    Source: appendix A3.4.1, Eqs. 68 and 69.
    """
    (a11, a12), (a21, a22) = (row.unbind(dim=1) for row in matrix.unbind(dim=1))
    # Eq. 69: half the sum of two lengths
    return (torch.hypot(a11 + a22, a21 - a12) + torch.hypot(a11 - a22, a12 + a21)) / 2
