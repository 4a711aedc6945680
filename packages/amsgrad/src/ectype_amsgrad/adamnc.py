"""AdamNC: Adam with decay rates that change (section 5.1)."""

from typing import Any, ClassVar

import torch
from ectype_adam import ElementwiseOptimizer
from torch import Tensor
from torch.optim.optimizer import ParamsT

from ectype_amsgrad.adaptive_step import Bounds, project
from ectype_amsgrad.uncorrected_adam import uncorrected_adam_update


def fading_beta1(step: int, beta1: float = 0.9, decay: float = 0.999) -> float:
    r"""Give the decay rate of the first moment, which falls.

    $$\beta_{1t} = \beta_1 \lambda^{t-1}$$

    Args:
        step: t, from 1.
        beta1: that of the first step, in [0, 1).
        decay: lambda, by which it falls, in (0, 1].

    Returns:
        The decay rate of step t.

    Raises:
        ValueError: step is below 1, beta1 outside [0, 1) or decay outside (0, 1].

    Source: section 5.1, Corollary 2.
    """
    if step < 1 or not 0 <= beta1 < 1 or not 0 < decay <= 1:
        raise ValueError(
            "step must be at least 1, beta1 in [0, 1) and decay in (0, 1]; "
            f"received step={step}, beta1={beta1}, decay={decay}"
        )
    # Cor. 2: beta_1t = beta_1 lambda^(t-1)
    return beta1 * decay ** (step - 1)


def rising_beta2(step: int) -> float:
    r"""Give the decay rate with which the second moment is the mean of all squared gradients.

    $$\beta_{2t} = 1 - 1 / t$$

    Args:
        step: t, from 1.

    Returns:
        The decay rate of step t.

    Raises:
        ValueError: step is below 1.

    Source: section 5.1, Corollary 2.
    """
    if step < 1:
        raise ValueError(f"step must be at least 1 (steps count from 1); received {step}")
    # Cor. 2: beta_2t = 1 - 1/t
    return 1 - 1 / step


class AdamNC(ElementwiseOptimizer):
    r"""Adam with increasing beta_2, for which v_t is the mean of all squared gradients.

    $$v_t = \sum_{j=1}^t g_j^2 / t$$

    Args:
        params: what is optimized.
        lr: the stepsize alpha; step t is alpha / sqrt(t) long only if a scheduler says so.
        beta1: decay rate of the first moment in the first step, in [0, 1).
        decay: the factor by which it falls each step, in (0, 1].
        bounds: lowest and highest value of every parameter; None for no constraint.

    Raises:
        ValueError: lr is negative, beta1 outside [0, 1), decay outside (0, 1], or the lower bound above the upper one.

    Source: section 5.1.
    """

    averages: ClassVar = ("m", "v")

    def __init__(
        self,
        params: ParamsT,
        lr: float = 1e-3,
        beta1: float = 0.9,
        decay: float = 0.999,
        bounds: Bounds | None = None,
    ) -> None:
        project(torch.zeros(()), bounds)
        fading_beta1(1, beta1, decay)
        super().__init__(params, {"lr": lr, "beta1": beta1, "decay": decay, "bounds": bounds})

    def update(
        self, theta: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, ...]:
        """Do a step of `uncorrected_adam_update` with the decay rates of Corollary 2."""
        # Sec. 5.1: the structure of Adam with decay rates that are not constant
        betas = fading_beta1(state["step"], group["beta1"], group["decay"]), rising_beta2(state["step"])
        averages = (state[name] for name in self.averages)
        return uncorrected_adam_update(theta, gradient, *averages, group["lr"], betas, bounds=group["bounds"])
