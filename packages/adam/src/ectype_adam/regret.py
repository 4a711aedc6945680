"""Regret, and the bound that the paper gives for it (section 4)."""

import math

from jaxtyping import Float
from torch import Tensor

from ectype_adam.elementwise_optimizer import check_settings


def regret(losses: Float[Tensor, "t"], best: Float[Tensor, "t"]) -> Float[Tensor, ""]:
    r"""What was lost against the best fixed point.

    $$R(T) = \sum_{t=1}^T [f_t(\theta_t) - f_t(\theta^*)]$$

    Args:
        losses: f_t at the point that was chosen before f_t was known.
        best: f_t at the point with the smallest sum.

    Returns:
        The regret.

    Source: section 4, Eq. 5.
    """
    # Sec. 4: theta* is the point of the feasible set with the smallest sum of losses
    # Eq. 5: R(T) = sum_t [f_t(theta_t) - f_t(theta*)]
    return (losses - best).sum()


def regret_bound(
    gradients: Float[Tensor, "t d"],
    v_hat: Float[Tensor, "d"],
    diameter: float,
    side: float,
    largest: float,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    decay: float = 0.9,
) -> Float[Tensor, ""]:
    r"""The bound on the regret of Adam that the paper states; it is wrong (Reddi, Kale and Kumar 2018).

    $$\frac{D^2}{2 \alpha (1 - \beta_1)} \sum_{i=1}^d \sqrt{T \hat v_{T,i}} +
    \frac{\alpha (1 + \beta_1) G_\infty}{(1 - \beta_1) \sqrt{1 - \beta_2} (1 - \gamma)^2} \sum_{i=1}^d \|g_{1:T,i}\|_2 +
    \sum_{i=1}^d \frac{D_\infty^2 G_\infty \sqrt{1 - \beta_2}}{2 \alpha (1 - \beta_1) (1 - \lambda)^2},
    \qquad \gamma = \beta_1^2 / \sqrt{\beta_2}$$

    Args:
        gradients: g_1 ... g_T, by coordinate.
        v_hat: corrected second moment estimate at T.
        diameter: D: no two iterates are farther apart.
        side: D_infinity: in no coordinate are two iterates farther apart.
        largest: G_infinity: no coordinate of a gradient is larger.
        lr: alpha; the step at t is alpha / sqrt(t).
        betas: decay rates, with beta_1^2 < sqrt(beta_2); the first one is beta_1 lambda^(t-1) at t.
        decay: lambda, in (0, 1).

    Returns:
        What the theorem says that the regret is at most.

    Raises:
        ValueError: lr is not above 0, betas are outside [0, 1) or beta_1^2 is not below sqrt(beta_2), or decay is
            outside (0, 1).

    Source: Theorem 4.1.
    """
    check_settings({"betas": betas})
    beta1, beta2 = betas
    gamma = beta1**2 / math.sqrt(beta2) if beta2 else math.inf
    if not gamma < 1 or not 0 < decay < 1 or not lr > 0:
        raise ValueError(
            "lr must be above 0, beta_1^2 / sqrt(beta_2) below 1 and decay in (0, 1); "
            f"received lr={lr}, betas={betas}, decay={decay}"
        )
    rounds, coordinates = gradients.shape
    root = math.sqrt(1 - beta2)
    # Thm. 4.1: the three terms of the bound, in their order
    distance = diameter**2 / (2 * lr * (1 - beta1)) * (rounds * v_hat).sqrt().sum()
    steps = lr * (1 + beta1) * largest / ((1 - beta1) * root * (1 - gamma) ** 2) * gradients.norm(dim=0).sum()
    momentum = coordinates * side**2 * largest * root / (2 * lr * (1 - beta1) * (1 - decay) ** 2)
    return distance + steps + momentum
