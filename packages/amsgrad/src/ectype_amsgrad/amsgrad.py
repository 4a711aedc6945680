"""AMSGrad (Algorithm 2)."""

from typing import Any, ClassVar

import torch
from ectype_adam import ElementwiseOptimizer, moving_average
from jaxtyping import Float
from torch import Tensor
from torch.optim.optimizer import ParamsT

from ectype_amsgrad.adaptive_step import Bounds, adaptive_step, project


def amsgrad_update(
    x: Float[Tensor, "*n"],
    gradient: Float[Tensor, "*n"],
    m: Float[Tensor, "*n"],
    v: Float[Tensor, "*n"],
    v_hat: Float[Tensor, "*n"],
    step_size: float,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 0.0,
    bounds: Bounds | None = None,
) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n"], Float[Tensor, "*n"], Float[Tensor, "*n"]]:
    r"""Do one step of AMSGrad.

    $$\hat v_t = \max(\hat v_{t-1}, v_t), \qquad
    x_{t+1} = \Pi_{\mathcal{F}, \sqrt{\hat V_t}}(x_t - \alpha_t m_t / \sqrt{\hat v_t})$$

    Args:
        x: x_t.
        gradient: g_t.
        m: m_{t-1}; zeros before the first step.
        v: v_{t-1}; zeros before the first step.
        v_hat: the largest v so far; zeros before the first step.
        step_size: alpha_t.
        betas: beta_1t of this step, and beta_2.
        eps: added under the root (Eq. 3); Algorithm 2 has none.
        bounds: of the feasible set.

    Returns:
        x_{t+1}, m_t, v_t and the largest v.

    Raises:
        ValueError: eps is negative, or the lower bound above the upper one.

    Source: Algorithm 2.
    """
    # Alg. 2: m_t = beta_1t m_{t-1} + (1 - beta_1t) g_t
    m = moving_average(m, gradient, betas[0])
    # Alg. 2: v_t = beta_2 v_{t-1} + (1 - beta_2) g_t^2
    v = moving_average(v, gradient * gradient, betas[1])
    # Alg. 2: v_hat_t = max(v_hat_{t-1}, v_t)
    v_hat = torch.maximum(v_hat, v)
    # Alg. 2: x_{t+1} = projection of x_t - alpha_t m_t / sqrt(v_hat_t)
    return adaptive_step(x, m, v_hat, step_size, eps, bounds), m, v, v_hat


class AMSGrad(ElementwiseOptimizer):
    """AMSGrad; a scheduler of torch gives the stepsizes alpha_t.

    Args:
        params: what is optimized.
        lr: the stepsize.
        betas: decay rates of the two moving averages, in [0, 1).
        eps: added under the root (Eq. 3).
        bounds: lowest and highest value of every parameter; None for no constraint.

    Raises:
        ValueError: lr or eps is negative, one of betas outside [0, 1), or the lower bound above the upper one.

    Source: Algorithm 2.
    """

    averages: ClassVar = ("m", "v", "v_hat")

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 0.0,
        bounds: Bounds | None = None,
    ) -> None:
        project(torch.zeros(()), bounds)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "bounds": bounds})

    def update(
        self, theta: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, ...]:
        """Do the step of `amsgrad_update`; see there."""
        averages = (state[name] for name in self.averages)
        settings = (group["lr"], group["betas"], group["eps"], group["bounds"])
        return amsgrad_update(theta, gradient, *averages, *settings)
