"""Linear evaluation: a linear classifier on the frozen encoder (section 2.3, appendix B.6)."""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from ectype_simclr.augmentation import crop_and_flip
from ectype_simclr.learning_rate import learning_rate
from ectype_simclr.presets import ClassifierSettings


@torch.no_grad()
def represent(encoder: nn.Module, images: Float[Tensor, "n 3 height width"]) -> Float[Tensor, "n features"]:
    """Give the representation h of images, with the running statistics of the encoder's normalisations.

    Args:
        encoder: left in the mode in which it is.
        images: intensities from 0 to 1.

    Returns:
        The representations, without a gradient.

    Source: section 2.3, the frozen base network.
    """
    training = encoder.training
    # Sec. 2.3: a linear classifier is trained on top of the frozen base network
    representations = encoder.eval()(images)
    encoder.train(training)
    return representations


class LinearEvaluation:
    """Steps of Nesterov's method on the cross entropy of a linear classifier; its accuracy on other images is the result.

    A batch is drawn anew at each step, from all images.

    Args:
        encoder: frozen.
        images: to learn from, intensities from 0 to 1.
        labels: their classes, from 0.
        settings: batch, rate and momentum.
        seed: of weights, batches and crops.

    Raises:
        ValueError: there are fewer images than in a batch, or not as many labels.

    Source: section 2.3, appendix B.6.
    """

    def __init__(
        self,
        encoder: nn.Module,
        images: Float[Tensor, "images 3 height width"],
        labels: Int[Tensor, "labels"],
        settings: ClassifierSettings,
        *,
        seed: int = 0,
    ) -> None:
        if len(labels) != len(images) or len(images) < settings.batch_size:
            raise ValueError(
                f"there must be as many labels as images, and at least batch_size={settings.batch_size}; "
                f"received {len(labels)} and {len(images)}"
            )
        self.encoder, self.images, self.labels, self.settings = encoder, images, labels, settings
        features = represent(encoder, images[:1]).shape[-1]
        self.generator = torch.Generator().manual_seed(seed)
        self.model = nn.Linear(features, int(labels.max()) + 1).to(images)
        with torch.no_grad():
            self.model.weight.normal_(std=0.01, generator=self.generator)
            self.model.bias.zero_()
        # App. B.5: the Nesterov momentum optimizer, without any regularization
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), settings.peak_rate, momentum=settings.momentum, nesterov=True
        )
        self.total = settings.epochs * (len(images) // settings.batch_size)
        self.done = 0

    def step(self) -> Float[Tensor, ""]:
        """Do one step.

        Returns:
            The loss of its batch, before the step.
        """
        rows = torch.randperm(len(self.images), generator=self.generator)[: self.settings.batch_size]
        # App. B.5: only random cropping with resizing and left-to-right flipping
        crops = [crop_and_flip(x, self.settings.size, generator=self.generator) for x in self.images[rows]]
        loss = F.cross_entropy(self.model(represent(self.encoder, torch.stack(crops))), self.labels[rows])
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.done, self.total, 0, self.settings.peak_rate)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.done += 1
        return loss.detach()

    @torch.no_grad()
    def accuracy(self, images: Float[Tensor, "n 3 height width"], labels: Int[Tensor, "n"]) -> float:
        """Give the share of images that are classified right, in per cent.

        Args:
            images: other ones, as large as those that were learned from.
            labels: their classes.

        Returns:
            The top-1 accuracy.
        """
        return 100 * (self.model(represent(self.encoder, images)).argmax(-1) == labels).double().mean().item()

    def state_dict(self) -> dict[str, Any]:
        """Give all that a later step depends on, beside encoder and images."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
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
        self.done = state["done"]

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
