"""What optimizers have in common whose update takes each coordinate by itself (Algorithm 1, Algorithm 2)."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor


class ElementwiseOptimizer(torch.optim.Optimizer, ABC):
    """The loop over parameters around an update rule; a subclass names its averages and gives the rule.

    State of a parameter: `step`, the number of its last step, and a tensor of its shape for each average.

    Raises:
        ValueError: in a group, lr or eps is negative or betas are outside [0, 1); in a step, a gradient is sparse or
            complex.

    Source: Algorithm 1, Algorithm 2.
    """

    averages: ClassVar[tuple[str, ...]]
    """Names of what is kept for each parameter; zero before the first step."""

    @abstractmethod
    def update(
        self, theta: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, ...]:
        """Give the new parameter and the new averages, in the order of their names.

        Args:
            theta: the parameter before the step.
            gradient: the gradient at it.
            state: `step`, the number of this step from 1, and the averages before it.
            group: the settings.

        Returns:
            The parameter after the step, then the averages.
        """

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with settings of their own.

        Args:
            param_group: `params`, and what differs from the defaults.

        Raises:
            ValueError: a setting cannot be meant.
        """
        super().add_param_group(param_group)
        check_settings(self.param_groups[-1])

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """Do one step on every parameter that has a gradient.

        Args:
            closure: evaluates the objective anew, gradients included.

        Returns:
            What the closure returned, if there is one.

        Raises:
            ValueError: a gradient is sparse or complex.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for theta in group["params"]:
                if theta.grad is None:
                    continue
                check_gradient(theta.grad)
                state = self.state[theta]
                if not state:
                    # Alg. 1: m_0 <- 0, v_0 <- 0, t <- 0
                    state |= {"step": 0} | {name: torch.zeros_like(theta) for name in self.averages}
                # Alg. 1: t <- t + 1
                state["step"] += 1
                updated, *averages = self.update(theta, theta.grad, state, group)
                theta.copy_(updated)
                state |= dict(zip(self.averages, averages, strict=True))
        return loss


def check_settings(group: dict[str, Any]) -> None:
    """Refuse settings that cannot be meant.

    Args:
        group: settings by name; those that are there must be: `lr` and `eps` at least 0, each of `betas` in [0, 1).

    Raises:
        ValueError: naming all that are wrong.
    """
    problems = [
        f"{name} must be at least 0; received {group[name]}" for name in ("lr", "eps") if group.get(name, 0) < 0
    ]
    if not all(0 <= beta < 1 for beta in group.get("betas", ())):
        problems.append(f"betas must be in [0, 1); received {group['betas']}")
    if problems:
        raise ValueError(". ".join(problems))


def check_gradient(gradient: Tensor) -> None:
    """Refuse a gradient for which the square is not an element-wise square of real numbers.

    Args:
        gradient: of a parameter.

    Raises:
        ValueError: it is sparse or complex.
    """
    if gradient.layout != torch.strided or gradient.is_complex():
        raise ValueError(
            f"a gradient must be dense and real; received {gradient.layout}, {gradient.dtype}. "
            "Make it dense, or optimize real and imaginary part as two parameters"
        )
