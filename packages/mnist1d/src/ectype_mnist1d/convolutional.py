"""Convolutional network (section 4)."""

from jaxtyping import Float
from torch import Tensor, nn


class ConvolutionalNetwork(nn.Module):
    """Three convolutions with ReLU that each halve the length, then a linear map of all that is left.

    Kernels of 5, 3 and 3 points, stride 2, one zero at both ends.

    Args:
        length: points of a sample.
        classes: number of classes.
        channels: of all three convolutions.

    Raises:
        ValueError: the length is below 3, so that the first kernel does not fit, or another size is below 1.

    Source: section 4; sizes are the official code's.
    """

    def __init__(self, length: int = 40, classes: int = 10, channels: int = 25) -> None:
        super().__init__()
        if length < 3 or min(classes, channels) < 1:
            raise ValueError(
                "a sample must have at least 3 points, and other sizes must be at least 1; "
                f"received {length=}, {classes=}, {channels=}"
            )
        self.first = nn.Conv1d(1, channels, 5, stride=2, padding=1)
        self.second = nn.Conv1d(channels, channels, 3, stride=2, padding=1)
        self.third = nn.Conv1d(channels, channels, 3, stride=2, padding=1)
        left = (((length - 1) // 2 + 1) // 2 + 1) // 2
        self.linear = nn.Linear(channels * left, classes)

    def features(self, x: Float[Tensor, "batch length"]) -> Float[Tensor, "batch channels left"]:
        """Return what the convolutions make of samples, one vector for about every 8 points."""
        # Sec. 4: a CNN
        x = self.first(x.unsqueeze(1)).relu()
        x = self.second(x).relu()
        return self.third(x).relu()

    def forward(self, x: Float[Tensor, "batch length"]) -> Float[Tensor, "batch classes"]:
        """Return logits."""
        return self.linear(self.features(x).flatten(1))
