"""Logistic regression (section 4)."""

from jaxtyping import Float
from torch import Tensor, nn


class LogisticRegression(nn.Module):
    r"""One linear map; its loss is the cross entropy of $\mathrm{softmax}(W x + b)$.

    Args:
        features: width of the input.
        classes: number of classes.

    Raises:
        ValueError: a size is below 1.

    Source: section 4; initialisation is torch's, as in the official code.
    """

    def __init__(self, features: int = 40, classes: int = 10) -> None:
        super().__init__()
        if min(features, classes) < 1:
            raise ValueError(f"sizes must be at least 1; received {features=}, {classes=}")
        self.linear = nn.Linear(features, classes)

    def forward(self, x: Float[Tensor, "*batch features"]) -> Float[Tensor, "*batch classes"]:
        """Return logits."""
        # Sec. 4: logistic regression
        return self.linear(x)
