"""Averages of the parameters over time (section 7.2)."""

from collections.abc import Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from ectype_adam.moving_average import bias_corrected, moving_average


def polyak_average(average: Float[Tensor, "*n"], theta: Float[Tensor, "*n"], step: int) -> Float[Tensor, "*n"]:
    r"""Take one more iterate into the plain mean of all of them.

    $$\bar\theta_t = \frac{1}{t} \sum_{k=1}^t \theta_k$$

    Args:
        average: the mean of the iterates before; anything at the first step.
        theta: the iterate of this step.
        step: t, from 1.

    Returns:
        The mean of t iterates.

    Raises:
        ValueError: step is below 1.

    Source: section 7.2.
    """
    if step < 1:
        raise ValueError(f"step must be at least 1 (steps count from 1); received {step}")
    # Sec. 7.2: theta_bar_t = 1/t sum_k theta_k
    return average + (theta - average) / step


class TemporalAverage:
    r"""An exponential moving average over the iterates of an optimizer.

    $$\bar\theta_t = \beta_2 \bar\theta_{t-1} + (1 - \beta_2) \theta_t, \qquad \hat\theta_t = \bar\theta_t / (1 - \beta_2^t)$$

    Args:
        parameters: what is averaged; call `update` after each step of their optimizer.
        decay: beta_2, in [0, 1).

    Raises:
        ValueError: decay is outside [0, 1).

    Source: section 7.2.
    """

    def __init__(self, parameters: Iterable[Tensor], decay: float = 0.999) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"decay must be in [0, 1); received decay={decay}")
        self.parameters, self.decay, self.step = list(parameters), decay, 0
        # Sec. 7.2: theta_bar_0 = 0
        self.averages = [torch.zeros_like(theta) for theta in self.parameters]

    @torch.no_grad()
    def update(self) -> None:
        """Take the parameters as they are now into the average."""
        self.step += 1
        # Sec. 7.2: theta_bar_t <- beta_2 theta_bar_{t-1} + (1 - beta_2) theta_t
        pairs = zip(self.averages, self.parameters, strict=True)
        self.averages = [moving_average(average, theta, self.decay) for average, theta in pairs]

    def corrected(self) -> list[Tensor]:
        """Give the averages without the bias of their start.

        Returns:
            One tensor for each parameter.

        Raises:
            ValueError: there was no `update` yet.
        """
        # Sec. 7.2: theta_hat_t = theta_bar_t / (1 - beta_2^t)
        return [bias_corrected(average, self.decay, self.step) for average in self.averages]

    def state_dict(self) -> dict[str, Any]:
        """Give all that a later update depends on, beside the parameters."""
        return {"step": self.step, "averages": self.averages}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave.

        Args:
            state: what it gave.
        """
        self.step, self.averages = state["step"], list(state["averages"])
