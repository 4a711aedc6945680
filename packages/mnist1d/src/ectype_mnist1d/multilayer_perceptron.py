"""Multilayer perceptron (section 4)."""

from jaxtyping import Float
from torch import Tensor, nn


class MultilayerPerceptron(nn.Module):
    r"""Two hidden layers, the second with a residual connection, and a linear map.

    $$h = \mathrm{relu}(W_1 x + b_1), \qquad y = W_3\,(h + \mathrm{relu}(W_2 h + b_2)) + b_3$$

    Args:
        features: width of the input.
        classes: number of classes.
        hidden: width of both hidden layers.

    Raises:
        ValueError: a size is below 1.

    Source: section 4; the official code adds the residual connection, the paper does not mention it.
    """

    def __init__(self, features: int = 40, classes: int = 10, hidden: int = 100) -> None:
        super().__init__()
        if min(features, classes, hidden) < 1:
            raise ValueError(f"sizes must be at least 1; received {features=}, {classes=}, {hidden=}")
        self.first = nn.Linear(features, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, classes)

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch classes"]:
        """Return logits."""
        # Sec. 4: an MLP
        hidden = self.first(x).relu()
        return self.last(hidden + self.second(hidden).relu())
