"""Adam in another order of computation (end of section 2)."""

from typing import Any, ClassVar

from jaxtyping import Float
from torch import Tensor
from torch.optim.optimizer import ParamsT

from ectype_adam.elementwise_optimizer import ElementwiseOptimizer
from ectype_adam.moving_average import moving_average


def corrected_stepsize(step: int, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999)) -> float:
    r"""Put both bias corrections into the stepsize.

    $$\alpha_t = \alpha \cdot \sqrt{1 - \beta_2^t} / (1 - \beta_1^t)$$

    Args:
        step: t, from 1.
        lr: the stepsize alpha.
        betas: decay rates of the moment estimates, in [0, 1).

    Returns:
        The stepsize for moment estimates that are not corrected.

    Raises:
        ValueError: step is below 1 or a decay rate outside [0, 1).

    Source: section 2.
    """
    if step < 1 or not all(0 <= beta < 1 for beta in betas):
        raise ValueError(f"step must be at least 1 and betas in [0, 1); received step={step}, betas={betas}")
    beta1, beta2 = betas
    # Sec. 2: alpha_t = alpha sqrt(1 - beta_2^t) / (1 - beta_1^t)
    return lr * (1 - beta2**step) ** 0.5 / (1 - beta1**step)


def efficient_adam_update(
    theta: Float[Tensor, "*n"],
    gradient: Float[Tensor, "*n"],
    m: Float[Tensor, "*n"],
    v: Float[Tensor, "*n"],
    step: int,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps_hat: float = 1e-8,
) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n"], Float[Tensor, "*n"]]:
    r"""Do one step of Adam with three passes over the parameters fewer.

    $$\theta_t = \theta_{t-1} - \alpha_t \cdot m_t / (\sqrt{v_t} + \hat\epsilon)$$

    The step of Algorithm 1 with $\hat\epsilon = \epsilon \sqrt{1 - \beta_2^t}$: with a constant $\hat\epsilon$ early steps on
    small gradients are shorter.

    Args:
        theta: parameters before the step.
        gradient: g_t, the gradient there.
        m: first moment estimate before the step.
        v: second raw moment estimate before the step.
        step: t, the number of this step, from 1.
        lr: the stepsize alpha.
        betas: decay rates of the two moment estimates, in [0, 1).
        eps_hat: added to the root of the second moment that is not corrected.

    Returns:
        Parameters, first and second moment estimate after the step.

    Raises:
        ValueError: step is below 1 or a decay rate outside [0, 1).

    Source: section 2.
    """
    m = moving_average(m, gradient, betas[0])
    v = moving_average(v, gradient * gradient, betas[1])
    # Sec. 2: theta_t <- theta_{t-1} - alpha_t m_t / (sqrt(v_t) + epsilon_hat)
    return theta.addcdiv(m, v.sqrt() + eps_hat, value=-corrected_stepsize(step, lr, betas)), m, v


class EfficientAdam(ElementwiseOptimizer):
    """Adam in the order of computation at the end of section 2, with epsilon hat; that of TensorFlow and Keras.

    Args:
        params: what is optimized.
        lr: the stepsize alpha.
        betas: decay rates of the first and the second moment estimate, in [0, 1).
        eps: epsilon hat, added to the root of the second moment that is not corrected.

    Raises:
        ValueError: lr or eps is negative, or one of betas outside [0, 1).

    Source: section 2.
    """

    averages: ClassVar = ("m", "v")

    def __init__(
        self, params: ParamsT, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def update(
        self, theta: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, ...]:
        """Do the step of `efficient_adam_update`; see there."""
        return efficient_adam_update(
            theta, gradient, state["m"], state["v"], state["step"], group["lr"], group["betas"], group["eps"]
        )
