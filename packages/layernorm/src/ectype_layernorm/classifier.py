"""Classifiers of permutation invariant MNIST (section 6.6)."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor, nn

from ectype_layernorm.layer_norm import LayerNorm


class Classifier(nn.Module):
    """Two fully connected layers whose summed inputs are normalized, and a third that gives logits and is not.

    A layer in front of a norm has no bias, because the norm has one. The paper leaves the activation and the
    initialisation of the weights open: ReLU, which section 3 has in mind, and torch's default.

    Args:
        inputs: pixels of an image.
        hidden: units of each of the two layers.
        classes: number of classes.
        norm: makes the norm of a layer from its number of units; `nn.Identity` for the baseline.

    Raises:
        ValueError: a size is below 1.

    Source: section 6.6; sizes: Figure 6.
    """

    def __init__(
        self, inputs: int = 784, hidden: int = 1000, classes: int = 10, norm: Callable[[int], nn.Module] = LayerNorm
    ) -> None:
        super().__init__()
        if min(inputs, hidden, classes) < 1:
            raise ValueError(f"sizes must be at least 1; received {inputs=}, {hidden=}, {classes=}")
        biased = norm is nn.Identity
        # Sec. 6.6: layer normalization of the fully connected hidden layers, not of the last softmax layer
        self.layers = nn.Sequential(
            nn.Linear(inputs, hidden, bias=biased),
            norm(hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden, bias=biased),
            norm(hidden),
            nn.ReLU(),
            nn.Linear(hidden, classes),
        )

    def forward(self, images: Float[Tensor, "batch inputs"]) -> Float[Tensor, "batch classes"]:
        """Return logits."""
        return self.layers(images)


def batch_norm_classifier(inputs: int = 784, hidden: int = 1000, classes: int = 10) -> nn.Sequential:
    """Classifier with batch normalization of all layers, the last one too.

    Args:
        inputs: pixels of an image.
        hidden: units of each of the two layers.
        classes: number of classes.

    Returns:
        Images to logits.

    Raises:
        ValueError: a size is below 1.

    Source: section 6.6.
    """
    # Sec. 6.6: batch normalization is applied to all layers
    return nn.Sequential(Classifier(inputs, hidden, classes, nn.BatchNorm1d), nn.BatchNorm1d(classes))
