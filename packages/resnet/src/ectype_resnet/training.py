"""The training procedure on small images (section 4.2)."""

from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from ectype_resnet.augmentation import random_crop_and_flip
from ectype_resnet.presets import CifarTraining
from ectype_resnet.schedule import learning_rate


class Step(NamedTuple):
    """What a step of training was."""

    number: int
    """Steps so far, this one included."""
    rate: float
    """Its learning rate."""
    loss: Float[Tensor, ""]
    """Mean cross entropy of its batch, before the step."""
    error: float
    """Part of its batch that was classified wrongly, before the step."""


class Training:
    """Stochastic gradient descent with momentum on augmented images.

    Args:
        model: gives logits; on the device where it is to be trained.
        images: the training set.
        labels: its classes.
        settings: rate, batch, momentum, weight decay, warm-up.
        seed: of the order of the images and their augmentation.

    Raises:
        ValueError: there are fewer images than in a batch, or not one class for each.

    Source: section 4.2.
    """

    def __init__(
        self,
        model: nn.Module,
        images: Float[Tensor, "count channels height width"],
        labels: Int[Tensor, "labels"],
        settings: CifarTraining,
        *,
        seed: int = 0,
    ) -> None:
        if not settings.batch <= len(images) == len(labels):
            raise ValueError(
                f"there must be at least {settings.batch} images and as many classes; "
                f"received {len(images)} and {len(labels)}"
            )
        self.model, self.settings = model, settings
        # Sec. 4.2: with the per-pixel mean subtracted
        self.mean = images.mean(dim=0)
        self._images, self._labels = images - self.mean, labels
        # Sec. 4.2: a weight decay of 0.0001 and momentum of 0.9
        self._optimizer = torch.optim.SGD(
            model.parameters(), momentum=settings.momentum, weight_decay=settings.weight_decay
        )
        self._generator = torch.Generator().manual_seed(seed)
        self._order = torch.arange(0)
        self.done, self.warming = 0, settings.warm_up_rate is not None

    def step(self) -> Step:
        """Do one step.

        Returns:
            Its number, rate, loss and error.
        """
        settings = self.settings
        if len(self._order) < settings.batch:  # the end of an epoch; what does not fill a batch is left out
            self._order = torch.randperm(len(self._images), generator=self._generator)
        rows, self._order = self._order[: settings.batch], self._order[settings.batch :]
        device = next(self.model.parameters()).device
        images = random_crop_and_flip(self._images[rows], generator=self._generator).to(device)
        labels = self._labels[rows].to(device)
        self.done += 1
        warm_up = settings.warm_up_rate if self.warming else None
        rate = learning_rate(self.done, settings.rate, settings.drops) if warm_up is None else warm_up
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self.model.train()
        logits = self.model(images)
        loss = F.cross_entropy(logits, labels)
        self._optimizer.zero_grad()
        loss.backward()
        self._optimizer.step()
        error = float((logits.argmax(dim=1) != labels).double().mean())
        # Sec. 4.2: 0.01 until the training error is below 80 %, then back to 0.1
        self.warming = self.warming and error >= settings.warm_up_error
        return Step(self.done, rate, loss.detach(), error)

    @torch.no_grad()
    def error(
        self, images: Float[Tensor, "count channels height width"], labels: Int[Tensor, "count"], batch: int = 1000
    ) -> float:
        """Classify images, each in a single view, and count the wrong ones.

        Args:
            images: as they are; the mean of the training set is subtracted here.
            labels: their classes.
            batch: how many to classify at a time.

        Returns:
            The part that is classified wrongly.

        Raises:
            ValueError: there are no images.

        Source: section 4.2.
        """
        if not len(images):
            raise ValueError("there must be at least one image; received 0")
        device, wrong = next(self.model.parameters()).device, 0
        self.model.eval()
        for some, true in zip(images.split(batch), labels.split(batch), strict=True):
            logits = self.model((some - self.mean).to(device))
            wrong += int((logits.argmax(dim=1) != true.to(device)).sum())
        return wrong / len(images)

    def state_dict(self) -> dict[str, Any]:
        """Give all that a later step depends on, beside the images."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "generator": self._generator.get_state(),
            "order": self._order,
            "done": self.done,
            "warming": self.warming,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave.

        Args:
            state: what it gave.
        """
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._generator.set_state(state["generator"])
        self._order = state["order"]
        self.done, self.warming = state["done"], state["warming"]

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
