"""The training procedure (sections 3.1 and 4.1): a model that is fitted to observed time derivatives."""

from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ectype_hnn.dataset import Observations
from ectype_hnn.derivative_loss import derivative_loss
from ectype_hnn.presets import FitSettings


class Fit:
    """Steps of Adam on the loss of Eq. 3.

    Args:
        model: gives the time derivatives of states.
        observations: what it is fitted to; of the type of the model's weights.
        settings: rate, batch and weight decay.
        seed: of the batches.

    Raises:
        ValueError: there are fewer observations than rows in a batch.

    Source: sections 3.1 and 4.1.
    """

    def __init__(self, model: nn.Module, observations: Observations, settings: FitSettings, *, seed: int = 0) -> None:
        rows = len(observations.states)
        if rows < (settings.batch or 1):
            raise ValueError(
                f"a batch must have at most as many rows as there are; received {settings.batch} of {rows}"
            )
        self.model = model
        self.observations = observations
        self.settings = settings
        # Sec. 3.1: a learning rate of 1e-3 and the Adam optimizer
        self.optimizer = torch.optim.Adam(
            model.parameters(), lr=settings.rate, weight_decay=settings.weight_decay, fused=True
        )
        self.generator = torch.Generator().manual_seed(seed)

    def step(self) -> Float[Tensor, ""]:
        """Do one step.

        Returns:
            The loss of its batch, before the step.
        """
        states, derivatives = self.observations
        if self.settings.batch is not None:
            rows = torch.randperm(len(states), generator=self.generator)[: self.settings.batch]
            states, derivatives = states[rows], derivatives[rows]
        loss = derivative_loss(self.model(states), derivatives)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def state_dict(self) -> dict[str, Any]:
        """Give all that a later step depends on, beside the observations."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave.

        Args:
            state: what it gave.
        """
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])

    def save(self, path: Path) -> None:
        """Write the state to a file.

        Args:
            path: the file.
        """
        torch.save(self.state_dict(), path)

    def load(self, path: Path) -> None:
        """Go on from a file that `save` wrote.

        Args:
            path: the file.
        """
        self.load_state_dict(torch.load(path))
