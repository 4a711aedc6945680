"""How far a change of the gains moves the outcomes (supplement, "Learning the magnitude of incoming weights")."""

import torch
from jaxtyping import Float
from torch import Tensor

from ectype_layernorm.layer_norm import EPSILON, layer_statistics
from ectype_layernorm.linear_models import check_dispersion


def batch_gain_length(
    step: Float[Tensor, "units"], covariance: Float[Tensor, "cases units units"], dispersion: float = 1.0
) -> Float[Tensor, ""]:
    r"""Squared length of a step of the gains under batch normalization, as printed.

    $$ds^2 = \frac{1}{2} \delta_g^\top \mathbb{E}_x\left[\frac{\mathrm{Cov}[y \mid x]}{\phi^2}\right] \delta_g$$

    It is that of Eq. 13 where the covariance is the same for all cases and outcomes are independent.

    Args:
        step: $\delta_g$.
        covariance: $\mathrm{Cov}[y \mid x]$ of each case.
        dispersion: $\phi$; above 0.

    Returns:
        $ds^2$, in nats.

    Raises:
        ValueError: dispersion is not above 0.

    Source: supplement, Eq. 32.
    """
    check_dispersion(dispersion)
    # Eq. 32: neither inputs nor weights appear
    return torch.einsum("i,cij,j->c", step, covariance, step).mean() / (2 * dispersion**2)


def layer_gain_length(
    step: Float[Tensor, "units"],
    summed: Float[Tensor, "cases units"],
    covariance: Float[Tensor, "cases units units"],
    dispersion: float = 1.0,
    eps: float = EPSILON,
) -> Float[Tensor, ""]:
    r"""Squared length of a step of the gains under layer normalization.

    $$ds^2 = \frac{1}{2} \delta_g^\top \frac{1}{\phi^2} \mathbb{E}_x\left[\mathrm{Cov}(y_i, y_j \mid x)
    \frac{(a_i - \mu)(a_j - \mu)}{\sigma^2}\right]_{ij} \delta_g$$

    Args:
        step: $\delta_g$.
        summed: $a$, one case a row.
        covariance: $\mathrm{Cov}[y \mid x]$ of each case.
        dispersion: $\phi$; above 0.
        eps: added to the variance; 0 is the paper's formula.

    Returns:
        $ds^2$, in nats.

    Raises:
        ValueError: dispersion is not above 0, or eps is negative.

    Source: supplement, Eq. 33.
    """
    check_dispersion(dispersion)
    mean, deviation = layer_statistics(summed, eps)
    # Eq. 33: the step times the normalized summed inputs is what moves
    moved = step * (summed - mean) / deviation
    return torch.einsum("ci,cij,cj->c", moved, covariance, moved).mean() / (2 * dispersion**2)


def weight_gain_length(
    step: Float[Tensor, "units"],
    summed: Float[Tensor, "cases units"],
    weight: Float[Tensor, "units inputs"],
    covariance: Float[Tensor, "cases units units"],
    dispersion: float = 1.0,
) -> Float[Tensor, ""]:
    r"""Squared length of a step of the gains under weight normalization.

    $$ds^2 = \frac{1}{2} \delta_g^\top \frac{1}{\phi^2} \mathbb{E}_x\left[\mathrm{Cov}(y_i, y_j \mid x)
    \frac{a_i a_j}{\lVert w_i \rVert_2 \lVert w_j \rVert_2}\right]_{ij} \delta_g$$

    Args:
        step: $\delta_g$.
        summed: $a = W x$, one case a row.
        weight: $W$, with a weight vector in each row; none may be zero.
        covariance: $\mathrm{Cov}[y \mid x]$ of each case.
        dispersion: $\phi$; above 0.

    Returns:
        $ds^2$, in nats.

    Raises:
        ValueError: dispersion is not above 0.

    Source: supplement, Eq. 34.
    """
    # Eq. 34: the total of what Eq. 35 has for each pair
    return magnitude_lengths(step, summed, weight, covariance, dispersion).sum()


def magnitude_lengths(
    step: Float[Tensor, "units"],
    summed: Float[Tensor, "cases units"],
    weight: Float[Tensor, "units inputs"],
    covariance: Float[Tensor, "cases units units"],
    dispersion: float = 1.0,
) -> Float[Tensor, "units units"]:
    r"""What each pair of units adds to the squared length of a step of the lengths of weight vectors, without normalization.

    $$\frac{\delta_{gi} \delta_{gj}}{2 \phi^2} \mathbb{E}_x\left[\mathrm{Cov}(y_i, y_j \mid x)
    \frac{a_i a_j}{\lVert w_i \rVert_2 \lVert w_j \rVert_2}\right]$$

    Args:
        step: $\delta_g$, by how much each weight vector grows.
        summed: $a = W x$, one case a row.
        weight: $W$, with a weight vector in each row; none may be zero.
        covariance: $\mathrm{Cov}[y \mid x]$ of each case.
        dispersion: $\phi$; above 0.

    Returns:
        One number a pair, in nats; their total is $ds^2$.

    Raises:
        ValueError: dispersion is not above 0.

    Source: supplement, Eq. 35.
    """
    check_dispersion(dispersion)
    # Eq. 35: the step lies along w / |w|
    moved = step * summed / weight.norm(dim=-1)
    return torch.einsum("ci,cij,cj->ij", moved, covariance, moved) / (2 * dispersion**2 * len(summed))
