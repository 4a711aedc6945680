"""The regret of AMSGrad (section 4)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def amsgrad_regret_bound(
    gradients: Float[Tensor, "t d"],
    v_hat: Float[Tensor, "t d"],
    beta1: Float[Tensor, "t"],
    beta2: float,
    lr: float,
    diameter: float,
) -> Float[Tensor, ""]:
    r"""What the regret of AMSGrad is at most, with stepsizes alpha / sqrt(t).

    $$\frac{D_\infty^2 \sqrt{T}}{\alpha (1 - \beta_1)} \sum_{i=1}^d \hat v_{T,i}^{1/2} +
    \frac{D_\infty^2}{2 (1 - \beta_1)} \sum_{t=1}^T \sum_{i=1}^d \frac{\beta_{1t} \hat v_{t,i}^{1/2}}{\alpha_t} +
    \frac{\alpha \sqrt{1 + \log T}}{(1 - \beta_1)^2 (1 - \gamma) \sqrt{1 - \beta_2}} \sum_{i=1}^d \| g_{1:T,i} \|_2,
    \qquad \gamma = \beta_1 / \sqrt{\beta_2}$$

    Args:
        gradients: g_1 ... g_T.
        v_hat: the largest second moment at each step.
        beta1: beta_1t at each step, none above the first.
        beta2: decay rate of the second moment, in (0, 1).
        lr: alpha, above 0.
        diameter: D_infinity, the longest side of the feasible set.

    Returns:
        The bound.

    Raises:
        ValueError: lr is not above 0, beta2 outside (0, 1), or beta_1 / sqrt(beta_2) not below 1.

    Source: Theorem 4.
    """
    first = beta1[0]
    if not lr > 0 or not 0 < beta2 < 1 or not first < math.sqrt(beta2):
        raise ValueError(
            "lr must be above 0, beta2 in (0, 1) and beta_1 below sqrt(beta_2); "
            f"received lr={lr}, beta2={beta2}, beta_1={float(first)}"
        )
    rounds = len(gradients)
    steps = torch.arange(1, rounds + 1, dtype=v_hat.dtype, device=v_hat.device)
    # Thm. 4: gamma = beta_1 / sqrt(beta_2) < 1, alpha_t = alpha / sqrt(t)
    gamma = first / math.sqrt(beta2)
    # Thm. 4: the three terms of the bound, in their order
    distance = diameter**2 * math.sqrt(rounds) / (lr * (1 - first)) * v_hat[-1].sqrt().sum()
    momentum = diameter**2 / (2 * (1 - first)) * ((beta1 * steps.sqrt() / lr)[:, None] * v_hat.sqrt()).sum()
    scale = lr * math.sqrt(1 + math.log(rounds)) / ((1 - first) ** 2 * (1 - gamma) * math.sqrt(1 - beta2))
    return distance + momentum + scale * gradients.norm(dim=0).sum()
