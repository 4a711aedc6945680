"""What all adaptive methods of the paper share: averages, a step, a projection (Algorithm 1)."""

import torch
from ectype_adam import weighted_average
from jaxtyping import Float
from torch import Tensor

Bounds = tuple[float, float]
"""Lowest and highest value of every coordinate of the feasible set, which is a box."""


def project(point: Float[Tensor, "*n"], bounds: Bounds | None = None) -> Float[Tensor, "*n"]:
    r"""Give the nearest feasible point, in any norm that weights coordinates.

    $$\Pi_{\mathcal{F}, A}(y) = \arg\min_{x \in \mathcal{F}} \| A^{1/2} (x - y) \|$$

    The feasible set is a box and A is diagonal, so that each coordinate is projected by itself and A does not matter.

    Args:
        point: y.
        bounds: of the box; None for all of space.

    Returns:
        The projection.

    Raises:
        ValueError: the lower bound is above the upper one.

    Source: section 2.
    """
    if bounds is None:
        return point
    low, high = bounds
    if not low <= high:
        raise ValueError(f"the lower bound must not be above the upper one; received bounds={bounds}")
    # Sec. 2: argmin over F of the weighted distance
    return point.clamp(low, high)


def adaptive_step(
    x: Float[Tensor, "*n"],
    m: Float[Tensor, "*n"],
    v: Float[Tensor, "*n"],
    step_size: float,
    eps: float = 0.0,
    bounds: Bounds | None = None,
) -> Float[Tensor, "*n"]:
    r"""Do the step of an adaptive method, given what it averages.

    $$\hat x_{t+1} = x_t - \alpha_t m_t / \sqrt{V_t + \epsilon I}, \qquad x_{t+1} = \Pi_{\mathcal{F}, \sqrt{V_t}}(\hat x_{t+1})$$

    Args:
        x: x_t.
        m: m_t, the average of gradients.
        v: the diagonal of V_t, the average of squared gradients.
        step_size: alpha_t.
        eps: added under the root (Eq. 3); Algorithm 1 has none.
        bounds: of the feasible set.

    Returns:
        x_{t+1}.

    Raises:
        ValueError: eps is negative, or the lower bound above the upper one.

    Source: Algorithm 1, Eq. 3.
    """
    if eps < 0:
        raise ValueError(f"eps must be at least 0; received eps={eps}")
    # Eq. 3: sqrt(V_t + epsilon I) in the denominator
    root = (v + eps).sqrt() if eps else v.sqrt()
    # D1: where v is zero, so is m; the coordinate stays
    root = root.clamp_min(torch.finfo(root.dtype).tiny)
    # Alg. 1: x_hat_{t+1} = x_t - alpha_t m_t / sqrt(V_t)
    # Alg. 1: x_{t+1} = projection of x_hat_{t+1} on F
    return project(x.addcdiv(m, root, value=-step_size), bounds)


def sgd_averages(gradients: Float[Tensor, "t *n"]) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n"]]:
    r"""The averages of stochastic gradient descent: none.

    $$\phi_t = g_t, \qquad \psi_t = \mathbb{I}$$

    Args:
        gradients: g_1 ... g_t.

    Returns:
        m_t and v_t.

    Source: section 2, (SGD).
    """
    # Sec. 2: phi_t = g_t, psi_t = I
    return gradients[-1], torch.ones_like(gradients[-1])


def adagrad_averages(gradients: Float[Tensor, "t *n"]) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n"]]:
    r"""The averages of AdaGrad.

    $$\phi_t = g_t, \qquad \psi_t = \mathrm{diag}\left( \sum_{i=1}^t g_i^2 \right) / t$$

    Args:
        gradients: g_1 ... g_t.

    Returns:
        m_t and v_t.

    Source: section 2, (ADAGRAD).
    """
    # Sec. 2: psi_t = diag(sum_i g_i^2) / t
    return gradients[-1], gradients.square().mean(0)


def adam_averages(
    gradients: Float[Tensor, "t *n"], betas: tuple[float, float] = (0.9, 0.999)
) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n"]]:
    r"""The averages of Adam, without the correction of their bias.

    $$\phi_t = (1 - \beta_1) \sum_{i=1}^t \beta_1^{t-i} g_i, \qquad
    \psi_t = (1 - \beta_2) \, \mathrm{diag}\left( \sum_{i=1}^t \beta_2^{t-i} g_i^2 \right)$$

    Args:
        gradients: g_1 ... g_t.
        betas: beta_1 and beta_2.

    Returns:
        m_t and v_t.

    Source: section 2, (ADAM).
    """
    # Sec. 2: phi_t and psi_t of Adam
    return weighted_average(gradients, betas[0]), weighted_average(gradients.square(), betas[1])
