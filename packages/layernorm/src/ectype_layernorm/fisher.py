"""Riemannian metric of generalized linear models, with and without normalization (sections 5.2.1 and 5.2.2)."""

import torch
from jaxtyping import Float
from torch import Tensor

from ectype_layernorm.linear_models import check_dispersion


def squared_length(
    fisher: Float[Tensor, "parameters parameters"], step: Float[Tensor, "parameters"]
) -> Float[Tensor, ""]:
    r"""How far a small step of the parameters moves the outcomes of a model, as a Kullback-Leibler divergence.

    $$ds^2 = D_{KL}\left[P(y \mid x; \theta) \,\|\, P(y \mid x; \theta + \delta)\right]
    \approx \frac{1}{2} \delta^\top F(\theta) \delta$$

    Args:
        fisher: $F$.
        step: $\delta$.

    Returns:
        $ds^2$, in nats.

    Source: section 5.2.1, Eq. 8.
    """
    # Eq. 8: delta^T F delta / 2
    return step @ fisher @ step / 2


def fisher_information(
    scores: Float[Tensor, "outcomes parameters"], probabilities: Float[Tensor, "outcomes"]
) -> Float[Tensor, "parameters parameters"]:
    r"""Fisher information matrix of any model with finitely many outcomes, from its definition.

    $$F(\theta) = \mathbb{E}\left[\frac{\partial \log P}{\partial \theta} \frac{\partial \log P}{\partial \theta}^\top\right]$$

    Args:
        scores: gradient of the log-likelihood of each outcome.
        probabilities: of the outcomes.

    Returns:
        $F$.

    Source: section 5.2.1, Eq. 9.
    """
    # Eq. 9: the expected outer product of the score with itself
    return torch.einsum("o,op,oq->pq", probabilities, scores, scores)


def linear_model_fisher(
    inputs: Float[Tensor, "cases inputs"], covariance: Float[Tensor, "cases units units"], dispersion: float = 1.0
) -> Float[Tensor, "parameters parameters"]:
    r"""Fisher information matrix of generalized linear models in their weight vectors and biases.

    $$F(\theta) = \mathbb{E}_x\left[\frac{\mathrm{Cov}[y \mid x]}{\phi^2} \otimes
    \begin{bmatrix} x x^\top & x \\ x^\top & 1 \end{bmatrix}\right]$$

    Args:
        inputs: $x$, one case a row.
        covariance: $\mathrm{Cov}[y \mid x]$ of each case.
        dispersion: $\phi$; above 0.

    Returns:
        $F$ for $\theta = (w_1, b_1, \dots, w_H, b_H)$.

    Raises:
        ValueError: dispersion is not above 0.

    Source: section 5.2.2, Eq. 12.
    """
    check_dispersion(dispersion)
    cases, width = inputs.shape
    features = torch.cat((inputs, inputs.new_ones(cases, 1)), dim=1)
    # Eq. 12: the features with a one behind them give the matrix in brackets
    blocks = torch.einsum("cij,cp,cq->ipjq", covariance, features, features) / (cases * dispersion**2)
    size = covariance.shape[1] * (width + 1)
    return blocks.reshape(size, size)


def normalized_fisher(
    normalized: Float[Tensor, "cases units"],
    deviation: Float[Tensor, "#cases #units"],
    directions: Float[Tensor, "cases units inputs"],
    gain: Float[Tensor, "units"],
    covariance: Float[Tensor, "cases units units"],
    dispersion: float = 1.0,
) -> Float[Tensor, "parameters parameters"]:
    r"""Fisher information matrix of normalized linear models in their weight vectors, biases and gains, as printed.

    $$\bar F_{ij} = \mathbb{E}_x\left[\frac{\mathrm{Cov}[y_i, y_j \mid x]}{\phi^2} \begin{bmatrix}
    \frac{g_i g_j}{\sigma_i \sigma_j} \chi_i \chi_j^\top & \chi_i \frac{g_i}{\sigma_i} &
    \chi_i \frac{g_i (a_j - \mu_j)}{\sigma_i \sigma_j} \\
    \chi_j^\top \frac{g_j}{\sigma_j} & 1 & \frac{a_j - \mu_j}{\sigma_j} \\
    \chi_j^\top \frac{g_j (a_i - \mu_i)}{\sigma_i \sigma_j} & \frac{a_i - \mu_i}{\sigma_i} &
    \frac{(a_i - \mu_i)(a_j - \mu_j)}{\sigma_i \sigma_j} \end{bmatrix}\right]$$

    It takes for granted that a weight vector moves no other unit, which under layer normalization it does.

    Args:
        normalized: $(a - \mu) / \sigma$.
        deviation: $\sigma$.
        directions: $\chi$, of `batch_directions`, `layer_directions` or `weight_directions`.
        gain: $g$.
        covariance: $\mathrm{Cov}[y \mid x]$ of each case.
        dispersion: $\phi$; above 0.

    Returns:
        $\bar F$ for $\theta = (w_1, b_1, g_1, \dots, w_H, b_H, g_H)$.

    Raises:
        ValueError: dispersion is not above 0.

    Source: section 5.2.2, Eq. 13.
    """
    check_dispersion(dispersion)
    cases, units, width = directions.shape
    # Eq. 13: what one unit's summed input changes by along its weights, its bias and its gain
    slopes = torch.cat(
        (
            (gain / deviation).unsqueeze(-1) * directions,
            torch.ones_like(normalized).unsqueeze(-1),
            normalized.unsqueeze(-1),
        ),
        dim=-1,
    )
    # Eq. 13: each block is the expected outer product of two units' slopes times their covariance
    blocks = torch.einsum("cij,cip,cjq->ipjq", covariance, slopes, slopes) / (cases * dispersion**2)
    size = units * (width + 2)
    return blocks.reshape(size, size)
