"""A convex quadratic on which optimizers are run."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ectype.cases import Case, generator, tensors
from ectype.errors import NotApplicableError


class Descent:
    """An optimizer on a convex quadratic whose minimum is at zero, from the tensors of the component's draw.

    Args:
        case: the optimizer in one of its settings.
        inputs: where it starts.
        scale: factor of the objective.
        rotation: an orthogonal matrix applied to the coordinates, all tensors flattened into one vector.
        lr: a learning rate that differs from that of the setting.
    """

    def __init__(
        self,
        case: Case,
        inputs: tuple[Any, ...],
        *,
        scale: float = 1.0,
        rotation: Tensor | None = None,
        dtype: torch.dtype = torch.float64,
        lr: float | None = None,
    ) -> None:
        starts = [value.detach().to(dtype) for _, value in tensors(inputs) if value.is_floating_point()]
        if not starts:
            raise NotApplicableError(f"the draw of {case.component.id} must return tensors from which to start")
        flat = torch.cat([value.flatten() for value in starts])
        if rotation is not None:
            starts, flat = [rotation @ flat], rotation @ flat
        self.case, self.scale, self.rotation = case, scale, rotation
        self.curvature = 0.5 + 1.5 * torch.rand(flat.shape, generator=generator("quadratic"), dtype=torch.float64).to(
            dtype
        )
        self.parameters = [nn.Parameter(value.clone()) for value in starts]
        self.optimizer: Any = case.call(self.parameters, **({} if lr is None else {"lr": lr}))

    def loss(self) -> Tensor:
        """Return the objective, with gradients put into the parameters."""
        self.optimizer.zero_grad()
        with torch.enable_grad():
            x = torch.cat([value.flatten() for value in self.parameters])
            x = x if self.rotation is None else self.rotation.T @ x
            value = self.scale * 0.5 * (self.curvature * x * x).sum()
            torch.autograd.backward(value)
        return value.detach()

    def run(self, steps: int) -> list[Tensor]:
        """Do steps and return the parameters after them."""
        for _ in range(steps):
            self.loss()
            self.optimizer.step()
        return [value.detach().clone() for value in self.parameters]
