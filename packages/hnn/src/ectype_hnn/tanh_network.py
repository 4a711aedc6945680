"""The fully-connected network that both models are made of (section 3.1)."""

from jaxtyping import Float
from torch import Tensor, nn


class TanhNetwork(nn.Module):
    r"""Three linear maps with a hyperbolic tangent between them.

    $$W_3 \tanh(W_2 \tanh(W_1 x + b_1) + b_2)$$

    The last map has no bias and all weights begin orthogonal, as in the official code; the paper says neither.

    Args:
        inputs: length of an input.
        outputs: length of an output.
        width: number of hidden units in each of the two hidden layers.

    Raises:
        ValueError: a size is below 1.

    Source: section 3.1.
    """

    def __init__(self, inputs: int, outputs: int, width: int = 200) -> None:
        super().__init__()
        if min(inputs, outputs, width) < 1:
            raise ValueError(
                "inputs, outputs and width must be at least 1; "
                f"received inputs={inputs}, outputs={outputs}, width={width}"
            )
        # Sec. 3.1: three layers, 200 hidden units and tanh activations
        self.first = nn.Linear(inputs, width)
        self.second = nn.Linear(width, width)
        self.third = nn.Linear(width, outputs, bias=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights from torch's global generator; biases as `torch.nn.Linear` draws them."""
        for layer in (self.first, self.second, self.third):
            layer.reset_parameters()
            nn.init.orthogonal_(layer.weight)

    def forward(self, state: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch outputs"]:
        """Apply the three layers to each state."""
        return self.third(self.second(self.first(state).tanh()).tanh())
