"""The position-wise feed-forward network (section 3.3)."""

from jaxtyping import Float
from torch import Tensor, nn


class PositionWiseFeedForward(nn.Module):
    r"""Two linear maps with a ReLU between them, the same at every position.

    $$\mathrm{FFN}(x) = \max(0, x W_1 + b_1) W_2 + b_2$$

    `inner` holds $W_1, b_1$ and `outer` $W_2, b_2$. The paper leaves the initialisation open: Xavier uniform and
    zero biases, as in tensor2tensor.

    Args:
        d_model: width of input and output.
        d_ff: width of the inner layer.

    Raises:
        ValueError: a width is below 1.

    Source: section 3.3, Eq. 2.
    """

    def __init__(self, d_model: int, d_ff: int) -> None:
        super().__init__()
        if min(d_model, d_ff) < 1:
            raise ValueError(f"d_model and d_ff must be at least 1; received d_model={d_model}, d_ff={d_ff}")
        self.inner = nn.Linear(d_model, d_ff)
        self.outer = nn.Linear(d_ff, d_model)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights from torch's global generator."""
        for linear in (self.inner, self.outer):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Transform every position by itself."""
        # Eq. 2: FFN(x) = max(0, x W_1 + b_1) W_2 + b_2
        return self.outer(self.inner(x).relu())
