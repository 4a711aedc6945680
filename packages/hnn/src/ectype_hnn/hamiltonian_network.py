"""The Hamiltonian neural network (section 2): a learned energy, and dynamics that conserve it."""

from jaxtyping import Float
from torch import Tensor, nn

from ectype_hnn.symplectic_gradient import symplectic_gradient
from ectype_hnn.tanh_network import TanhNetwork


class HamiltonianNetwork(nn.Module):
    r"""Time derivatives of states, as the symplectic gradient of a learned scalar $H_\theta$.

    $$\frac{dq}{dt} = \frac{\partial H_\theta}{\partial p}, \qquad
    \frac{dp}{dt} = -\frac{\partial H_\theta}{\partial q}$$

    $H_\theta$ stays constant along the field whatever the weights are. It is learned up to a constant.

    Args:
        coordinates: length of a state $(q, p)$.
        width: hidden units in each of the two hidden layers of $H_\theta$.

    Raises:
        ValueError: coordinates is not an even number of at least 2, or width is below 1.

    Source: section 2, Eq. 2; the network: section 3.1.
    """

    def __init__(self, coordinates: int, width: int = 200) -> None:
        super().__init__()
        if coordinates < 2 or coordinates % 2:
            raise ValueError(f"coordinates must be q and p, an even number of at least 2; received {coordinates}")
        # Sec. 2: it consumes coordinates and outputs a single scalar
        self.network = TanhNetwork(coordinates, 1, width)

    def energy(self, state: Float[Tensor, "*batch coordinates"]) -> Float[Tensor, "*batch"]:
        r"""Give $H_\theta$ of each state, the quantity that is conserved."""
        return self.network(state).squeeze(-1)

    def forward(self, state: Float[Tensor, "*batch coordinates"]) -> Float[Tensor, "*batch coordinates"]:
        """Give the time derivatives of each state."""
        # Sec. 2: an in-graph gradient of the output with respect to the input coordinates
        return symplectic_gradient(self.energy, state)
