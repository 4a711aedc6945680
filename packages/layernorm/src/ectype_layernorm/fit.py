"""Training of a classifier (section 6.6)."""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

BATCH = 128
"""Images in a batch (Figure 6, left; it is 4 on the right)."""
RATE = 1e-3
"""Rate of Adam; the paper has none, and Adam's own paper has this one."""


class Fit:
    """Steps of Adam on the cross entropy of batches; each pass over the images is in an order of its own.

    Args:
        model: gives logits.
        images: one image a row.
        labels: their classes.
        batch: images in a batch; what is left at the end of a pass is skipped.
        rate: of Adam.
        seed: of the orders.

    Raises:
        ValueError: batch is below 1 or above the number of images, or rate is not above 0.

    Source: section 6.6.
    """

    def __init__(
        self,
        model: nn.Module,
        images: Float[Tensor, "rows inputs"],
        labels: Int[Tensor, "rows"],
        batch: int = BATCH,
        rate: float = RATE,
        *,
        seed: int = 0,
    ) -> None:
        if not 1 <= batch <= len(images) or not rate > 0:
            raise ValueError(
                f"batch must be from 1 to the number of images, {len(images)}, and rate above 0; "
                f"received batch={batch}, rate={rate}"
            )
        self.model = model
        self.images = images
        self.labels = labels
        self.batch = batch
        self.seed = seed
        self.steps = 0
        # Sec. 6.6: the Adam optimizer
        self.optimizer = torch.optim.Adam(model.parameters(), lr=rate)

    def rows(self) -> Int[Tensor, "batch"]:
        """Give the rows of the next batch, which depend on the seed and the number of steps alone."""
        epoch, place = divmod(self.steps, len(self.images) // self.batch)
        order = torch.randperm(len(self.images), generator=torch.Generator().manual_seed(self.seed + 1_000_003 * epoch))
        return order[place * self.batch : (place + 1) * self.batch]

    def step(self) -> Float[Tensor, ""]:
        """Do one step.

        Returns:
            The loss of its batch before the step, in nats.
        """
        rows = self.rows()
        loss = F.cross_entropy(self.model(self.images[rows]), self.labels[rows])
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.steps += 1
        return loss.detach()

    def state_dict(self) -> dict[str, Any]:
        """Give all that a later step depends on, beside the images."""
        return {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "steps": self.steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave.

        Args:
            state: what it gave.
        """
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps = state["steps"]

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
