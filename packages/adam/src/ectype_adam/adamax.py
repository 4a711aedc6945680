"""AdaMax (Algorithm 2)."""

from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor
from torch.optim.optimizer import ParamsT

from ectype_adam.discounted_norm import infinity_norm
from ectype_adam.elementwise_optimizer import ElementwiseOptimizer
from ectype_adam.moving_average import bias_corrected, moving_average


def adamax_update(
    theta: Float[Tensor, "*n"],
    gradient: Float[Tensor, "*n"],
    m: Float[Tensor, "*n"],
    u: Float[Tensor, "*n"],
    step: int,
    lr: float = 2e-3,
    betas: tuple[float, float] = (0.9, 0.999),
) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n"], Float[Tensor, "*n"]]:
    r"""Do one step of AdaMax.

    $$\theta_t = \theta_{t-1} - (\alpha / (1 - \beta_1^t)) \cdot m_t / u_t$$

    Args:
        theta: parameters before the step.
        gradient: g_t, the gradient there.
        m: first moment estimate before the step.
        u: exponentially weighted infinity norm before the step.
        step: t, the number of this step, from 1.
        lr: the stepsize alpha.
        betas: decay rates of the first moment and of the norm, in [0, 1).

    Returns:
        Parameters, first moment estimate and norm after the step.

    Raises:
        ValueError: step is below 1 or the first decay rate outside [0, 1).

    Source: Algorithm 2.
    """
    beta1, beta2 = betas
    # Alg. 2: m_t <- beta_1 m_{t-1} + (1 - beta_1) g_t
    m = moving_average(m, gradient, beta1)
    # Alg. 2: u_t <- max(beta_2 u_{t-1}, |g_t|)
    u = infinity_norm(u, gradient, beta2)
    # D1: where u_t is zero, so is m_t; the coordinate stays
    divisor = u.clamp_min(torch.finfo(u.dtype).tiny)
    # Alg. 2: theta_t <- theta_{t-1} - (alpha / (1 - beta_1^t)) m_t / u_t
    return theta.addcdiv(bias_corrected(m, beta1, step), divisor, value=-lr), m, u


class AdaMax(ElementwiseOptimizer):
    """AdaMax with the settings of the paper.

    Args:
        params: what is optimized.
        lr: the stepsize alpha.
        betas: decay rates of the first moment estimate and of the infinity norm, in [0, 1).

    Raises:
        ValueError: lr is negative, or one of betas outside [0, 1).

    Source: Algorithm 2.
    """

    averages: ClassVar = ("m", "u")

    def __init__(self, params: ParamsT, lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999)) -> None:
        super().__init__(params, {"lr": lr, "betas": betas})

    def update(
        self, theta: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, ...]:
        """Do the step of `adamax_update`; see there."""
        return adamax_update(theta, gradient, state["m"], state["u"], state["step"], group["lr"], group["betas"])
