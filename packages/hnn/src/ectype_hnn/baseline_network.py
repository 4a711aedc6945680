"""The baseline (section 3.1): a network that gives the time derivatives directly."""

from jaxtyping import Float
from torch import Tensor, nn

from ectype_hnn.tanh_network import TanhNetwork


class BaselineNetwork(nn.Module):
    """Time derivatives of states, straight from a network of the same layers.

    Args:
        coordinates: length of a state.
        width: hidden units in each of the two hidden layers.

    Raises:
        ValueError: a size is below 1.

    Source: section 3.1.
    """

    def __init__(self, coordinates: int, width: int = 200) -> None:
        super().__init__()
        # Sec. 3.1: given a vector input (q, p) output the vector (dq/dt, dp/dt) directly
        self.network = TanhNetwork(coordinates, coordinates, width)

    def forward(self, state: Float[Tensor, "*batch coordinates"]) -> Float[Tensor, "*batch coordinates"]:
        """Give the time derivatives of each state."""
        return self.network(state)
