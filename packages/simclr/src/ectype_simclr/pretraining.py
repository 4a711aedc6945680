"""SimCLR's main learning algorithm (Algorithm 1)."""

from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ectype_simclr.augmentation import augment
from ectype_simclr.lars import Lars, lars_groups
from ectype_simclr.learning_rate import learning_rate
from ectype_simclr.nt_xent_loss import nt_xent_loss
from ectype_simclr.presets import PretrainingSettings


class Pretraining:
    """Steps of LARS on the NT-Xent loss between two views of each image.

    Args:
        encoder: $f$, gives representations; what is kept.
        head: $g$, gives the embeddings that the loss compares; what is thrown away.
        images: to learn from, intensities from 0 to 1.
        settings: batch, rates, temperature and augmentation.
        seed: of batches and augmentations.

    Raises:
        ValueError: there are fewer images than in a batch.

    Source: Algorithm 1, section 2.3.
    """

    def __init__(
        self,
        encoder: nn.Module,
        head: nn.Module,
        images: Float[Tensor, "images 3 height width"],
        settings: PretrainingSettings,
        *,
        seed: int = 0,
    ) -> None:
        self.total, self.warmup = settings.steps(len(images))
        self.model = nn.Sequential(encoder, head)
        self.images = images
        self.settings = settings
        self.done = 0
        self.optimizer = Lars(lars_groups(self.model), lr=0.0, weight_decay=settings.weight_decay)
        self.generator = torch.Generator().manual_seed(seed)
        self.order = torch.empty(0, dtype=torch.long)

    def batch(self) -> Float[Tensor, "pairs 3 height width"]:
        """Take the next minibatch; each image comes once an epoch, in an order of its own."""
        if len(self.order) < self.settings.batch_size:
            self.order = torch.randperm(len(self.images), generator=self.generator)
        rows, self.order = self.order.split([self.settings.batch_size, len(self.order) - self.settings.batch_size])
        return self.images[rows]

    def view(self, images: Float[Tensor, "pairs 3 height width"]) -> Float[Tensor, "pairs 3 size size"]:
        """Draw an augmentation for each image, and apply it."""
        s = self.settings
        return torch.stack([augment(x, s.size, s.strength, s.blur, generator=self.generator) for x in images])

    def step(self) -> Float[Tensor, ""]:
        """Do one step.

        Returns:
            The loss of its batch, before the step.
        """
        images = self.batch()
        # Alg. 1: draw two augmentation functions; the representations and projections of both views in one pass
        first, second = self.model(torch.cat([self.view(images), self.view(images)])).chunk(2)
        loss = nt_xent_loss(first, second, self.settings.temperature)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.done, self.total, self.warmup, self.settings.peak_rate)
        # Alg. 1: update networks f and g to minimize L
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.done += 1
        return loss.detach()

    def state_dict(self) -> dict[str, Any]:
        """Give all that a later step depends on, beside the images."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "order": self.order,
            "done": self.done,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave.

        Args:
            state: what it gave.
        """
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        self.order, self.done = state["order"], state["done"]

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
