"""Task 2: the ideal pendulum (section 3)."""

from jaxtyping import Float
from torch import Tensor

from ectype_hnn.dataset import Dataset
from ectype_hnn.oscillator_data import oscillator_data


def pendulum_energy(
    state: Float[Tensor, "*batch 2"], mass: float = 0.5, gravity: float = 3.0, length: float = 1.0
) -> Float[Tensor, "*batch"]:
    r"""Give the energy of a pendulum without friction.

    $$H = 2 m g l (1 - \cos q) + \frac{l^2 p^2}{2 m}$$

    The paper states $m = l = 1$ and $g = 3$. The official code has $H = 3 (1 - \cos q) + p^2$, which is $m = 1/2$. Both
    oscillate alike, but a momentum is twice as large in the paper's constants.

    Args:
        state: $(q, p)$, $q$ as an angle in radians from the lowest point.
        mass: $m$.
        gravity: $g$.
        length: $l$.

    Returns:
        The energy of each state.

    Raises:
        ValueError: a constant is not positive.

    Source: section 3, Eq. 5.
    """
    # D2: m = 1/2 unless given, as the official code
    if min(mass, gravity, length) <= 0:
        raise ValueError(
            f"mass, gravity and length must be positive; received mass={mass}, gravity={gravity}, length={length}"
        )
    angle, momentum = state.unbind(-1)
    # Eq. 5: H = 2 m g l (1 - cos q) + l^2 p^2 / 2 m
    return 2 * mass * gravity * length * (1 - angle.cos()) + length**2 * momentum**2 / (2 * mass)


def pendulum_data(seed: int, *, trajectories: int = 50, noise: float = 0.1) -> Dataset:
    """Observe pendulums that start at distances from 1.3 to 2.3, 45 times each.

    Args:
        seed: of starts and noise.
        trajectories: number of trajectories; half of them train, half of them test.
        noise: standard deviation of the noise of each coordinate.

    Returns:
        The data.

    Raises:
        ValueError: trajectories is not an even number of at least 2, or noise is negative.

    Source: section 3, task 2; observations: official code, `experiment-pend/data.py`.
    """
    return oscillator_data(
        pendulum_energy, seed, radii=(1.3, 2.3), observations=45, trajectories=trajectories, noise=noise
    )
