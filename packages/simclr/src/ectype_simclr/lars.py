"""LARS, layer-wise adaptive rate scaling (section 2.2)."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


class Lars(Optimizer):
    r"""Momentum whose rate is set, for each tensor of weights, by the ratio of its norm to that of its gradient.

    $$g \leftarrow g + \lambda w, \qquad v \leftarrow \mu v + \eta \frac{\epsilon \|w\|}{\|g\|} g, \qquad w \leftarrow w - v$$

    Where a norm is zero the ratio is 1. A group with `trust=None` has no ratio: it is plain momentum.

    Args:
        params: tensors, or groups with settings of their own.
        lr: $\eta$.
        momentum: $\mu$.
        weight_decay: $\lambda$.
        trust: $\epsilon$, or None.

    Raises:
        ValueError: a number is out of range.

    Source: section 2.2, which refers to You et al. 2017; momentum and trust as in the official code, `lars_optimizer.py`.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        trust: float | None = 1e-3,
    ) -> None:
        if lr < 0 or not 0 <= momentum < 1 or weight_decay < 0 or (trust is not None and trust <= 0):
            raise ValueError(
                "lr and weight_decay must be at least 0, momentum in [0, 1), trust positive or None; "
                f"received lr={lr}, weight_decay={weight_decay}, momentum={momentum}, trust={trust}"
            )
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "trust": trust})

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """Do one step.

        Args:
            closure: evaluates the loss and its gradients; None where they are there already.

        Returns:
            What the closure returns.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weights in group["params"]:
                if weights.grad is not None:
                    self._move(weights, group)
        return loss

    def _move(self, weights: Tensor, group: dict[str, Any]) -> None:
        gradient = weights.grad + group["weight_decay"] * weights
        rate = group["lr"]
        if group["trust"] is not None:
            # Sec. 2.2: the rate of a layer is scaled by the norm of its weights over that of its gradient
            size, slope = weights.norm(), gradient.norm()
            rate = rate * torch.where((size > 0) & (slope > 0), group["trust"] * size / slope, 1.0)
        state = self.state[weights]
        velocity = state.setdefault("velocity", torch.zeros_like(weights))
        velocity.mul_(group["momentum"]).add_(rate * gradient)
        weights.sub_(velocity)


def lars_groups(model: nn.Module) -> list[dict[str, Any]]:
    """Split parameters into those that decay and have a rate of their own, and those that do not.

    Args:
        model: whose parameters.

    Returns:
        A group of matrices and kernels, and one of biases and parameters of normalisations.

    Source: official code, `model_util.py`: `exclude_from_weight_decay`.
    """
    parameters = list(model.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1]},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0, "trust": None},
    ]
