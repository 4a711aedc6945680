"""Adam as the paper has it: no correction of bias, and a projection (section 2)."""

from ectype_adam import moving_average
from jaxtyping import Float
from torch import Tensor

from ectype_amsgrad.adaptive_step import Bounds, adaptive_step


def uncorrected_adam_update(
    x: Float[Tensor, "*n"],
    gradient: Float[Tensor, "*n"],
    m: Float[Tensor, "*n"],
    v: Float[Tensor, "*n"],
    step_size: float,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 0.0,
    bounds: Bounds | None = None,
) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n"], Float[Tensor, "*n"]]:
    r"""Do one step of Adam without the correction of bias.

    $$m_{t,i} = \beta_1 m_{t-1,i} + (1 - \beta_1) g_{t,i}, \qquad v_{t,i} = \beta_2 v_{t-1,i} + (1 - \beta_2) g_{t,i}^2$$

    Args:
        x: x_t.
        gradient: g_t.
        m: m_{t-1}; zeros before the first step.
        v: v_{t-1}; zeros before the first step.
        step_size: alpha_t.
        betas: beta_1 and beta_2 of this step; with beta_1 = 0 it is RMSProp.
        eps: added under the root.
        bounds: of the feasible set.

    Returns:
        x_{t+1}, m_t and v_t.

    Raises:
        ValueError: eps is negative, or the lower bound above the upper one.

    Source: section 2, Eq. 1, Algorithm 1.
    """
    # Eq. 1: m_t = beta_1 m_{t-1} + (1 - beta_1) g_t, v_t = beta_2 v_{t-1} + (1 - beta_2) g_t^2
    m = moving_average(m, gradient, betas[0])
    v = moving_average(v, gradient * gradient, betas[1])
    return adaptive_step(x, m, v, step_size, eps, bounds), m, v
