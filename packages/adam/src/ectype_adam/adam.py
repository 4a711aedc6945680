"""Adam (Algorithm 1)."""

from typing import Any, ClassVar

from jaxtyping import Float
from torch import Tensor
from torch.optim.optimizer import ParamsT

from ectype_adam.elementwise_optimizer import ElementwiseOptimizer
from ectype_adam.moving_average import bias_corrected, moving_average


def adam_update(
    theta: Float[Tensor, "*n"],
    gradient: Float[Tensor, "*n"],
    m: Float[Tensor, "*n"],
    v: Float[Tensor, "*n"],
    step: int,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n"], Float[Tensor, "*n"]]:
    r"""Do one step of Adam.

    $$\theta_t = \theta_{t-1} - \alpha \cdot \hat m_t / (\sqrt{\hat v_t} + \epsilon)$$

    Args:
        theta: parameters before the step.
        gradient: g_t, the gradient there.
        m: first moment estimate before the step.
        v: second raw moment estimate before the step.
        step: t, the number of this step, from 1.
        lr: the stepsize alpha.
        betas: decay rates of the two moment estimates, in [0, 1).
        eps: added to the root of the corrected second moment.

    Returns:
        Parameters, first and second moment estimate after the step.

    Raises:
        ValueError: step is below 1 or a decay rate outside [0, 1).

    Source: Algorithm 1.
    """
    beta1, beta2 = betas
    # Alg. 1: m_t <- beta_1 m_{t-1} + (1 - beta_1) g_t
    m = moving_average(m, gradient, beta1)
    # Alg. 1: v_t <- beta_2 v_{t-1} + (1 - beta_2) g_t^2
    v = moving_average(v, gradient * gradient, beta2)
    # Alg. 1: m_hat_t <- m_t / (1 - beta_1^t)
    m_hat = bias_corrected(m, beta1, step)
    # Alg. 1: v_hat_t <- v_t / (1 - beta_2^t)
    v_hat = bias_corrected(v, beta2, step)
    # Alg. 1: theta_t <- theta_{t-1} - alpha m_hat_t / (sqrt(v_hat_t) + epsilon)
    return theta.addcdiv(m_hat, v_hat.sqrt() + eps, value=-lr), m, v


class Adam(ElementwiseOptimizer):
    """Adam with the settings of the paper.

    Args:
        params: what is optimized.
        lr: the stepsize alpha.
        betas: decay rates of the first and the second moment estimate, in [0, 1).
        eps: added to the root of the corrected second moment; with 0, a coordinate must have a gradient at once.

    Raises:
        ValueError: lr or eps is negative, or one of betas outside [0, 1).

    Source: Algorithm 1.
    """

    averages: ClassVar = ("m", "v")

    def __init__(
        self, params: ParamsT, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def update(
        self, theta: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, ...]:
        """Do the step of `adam_update`; see there."""
        return adam_update(
            theta, gradient, state["m"], state["v"], state["step"], group["lr"], group["betas"], group["eps"]
        )
