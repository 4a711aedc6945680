"""Hamilton's equations (section 2): the vector field that keeps a scalar function constant."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Energy = Callable[[Tensor], Tensor]
"""A scalar function of states: `*batch coordinates` to `*batch`."""

Field = Callable[[Tensor], Tensor]
"""A vector field: `*batch coordinates` to `*batch coordinates`."""


def symplectic_matrix(coordinates: int) -> Float[Tensor, "{coordinates} {coordinates}"]:
    r"""Matrix that turns a gradient into a symplectic gradient.

    $$\begin{pmatrix} 0 & I \\ -I & 0 \end{pmatrix}$$

    Args:
        coordinates: length of a state $(q, p)$.

    Returns:
        The matrix.

    Raises:
        ValueError: coordinates is not an even number of at least 2.

    Source: section 2, Eq. 2 as a matrix.
    """
    if coordinates < 2 or coordinates % 2:
        raise ValueError(f"coordinates must be q and p, an even number of at least 2; received {coordinates}")
    # Eq. 2: the upper half takes the derivatives by p, the lower half minus those by q
    identity = torch.eye(coordinates)
    return torch.cat([identity[coordinates // 2 :], -identity[: coordinates // 2]])


def symplectic_gradient(energy: Energy, state: Float[Tensor, "*batch coordinates"]) -> Tensor:
    r"""Time derivatives of states under an energy; itself differentiable, as training needs it.

    $$\frac{dq}{dt} = \frac{\partial H}{\partial p}, \qquad \frac{dp}{dt} = -\frac{\partial H}{\partial q}$$

    Args:
        energy: $H$, of each state by itself.
        state: $(q, p)$, the positions first.

    Returns:
        $(dq/dt, dp/dt)$, of the shape of the states.

    Source: section 2, Eq. 2.
    """
    gradient = torch.func.grad(lambda states: energy(states).sum())(state)
    by_q, by_p = gradient.chunk(2, dim=-1)
    # Eq. 2: dq/dt = dH/dp, dp/dt = -dH/dq
    return torch.cat([by_p, -by_q], dim=-1)
