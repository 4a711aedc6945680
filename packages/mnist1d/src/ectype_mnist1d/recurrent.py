"""Recurrent network (section 4)."""

from jaxtyping import Float
from torch import Tensor, nn


class RecurrentNetwork(nn.Module):
    """Gated recurrent units that read a sample in both directions, then a linear map of all their states.

    Args:
        length: points of a sample.
        classes: number of classes.
        hidden: units in each direction.

    Raises:
        ValueError: a size is below 1.

    Source: section 4; sizes are the official code's.
    """

    def __init__(self, length: int = 40, classes: int = 10, hidden: int = 6) -> None:
        super().__init__()
        if min(length, classes, hidden) < 1:
            raise ValueError(f"sizes must be at least 1; received {length=}, {classes=}, {hidden=}")
        self.gru = nn.GRU(1, hidden, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(2 * hidden * length, classes)

    def states(self, x: Float[Tensor, "batch length"]) -> Float[Tensor, "batch length both"]:
        """Return the states at every point, those of the forward direction first."""
        # Sec. 4: a GRU
        return self.gru(x.unsqueeze(-1))[0]

    def forward(self, x: Float[Tensor, "batch length"]) -> Float[Tensor, "batch classes"]:
        """Return logits."""
        return self.linear(self.states(x).flatten(1))
