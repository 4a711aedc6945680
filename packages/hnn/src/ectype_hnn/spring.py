"""Task 1: the ideal mass-spring system (section 3)."""

from jaxtyping import Float
from torch import Tensor

from ectype_hnn.dataset import Dataset
from ectype_hnn.oscillator_data import oscillator_data


def spring_energy(
    state: Float[Tensor, "*batch 2"], stiffness: float = 2.0, mass: float = 0.5
) -> Float[Tensor, "*batch"]:
    r"""Give the energy of a mass on a spring.

    $$H = \frac{1}{2} k q^2 + \frac{p^2}{2 m}$$

    The paper states $k = m = 1$. The official code has $H = q^2 + p^2$, which is $k = 2$, $m = 1/2$: twice as fast.

    Args:
        state: $(q, p)$.
        stiffness: $k$, the spring constant.
        mass: $m$.

    Returns:
        The energy of each state.

    Raises:
        ValueError: stiffness or mass is not positive.

    Source: section 3, Eq. 4.
    """
    # D2: k = 2 and m = 1/2 unless given, as the official code
    if stiffness <= 0 or mass <= 0:
        raise ValueError(f"stiffness and mass must be positive; received stiffness={stiffness}, mass={mass}")
    position, momentum = state.unbind(-1)
    # Eq. 4: H = k q^2 / 2 + p^2 / 2 m
    return stiffness * position**2 / 2 + momentum**2 / (2 * mass)


def spring_data(seed: int, *, trajectories: int = 50, noise: float = 0.1) -> Dataset:
    """Observe springs that start at distances from 0.1 to 1, 30 times each.

    Args:
        seed: of starts and noise.
        trajectories: number of trajectories; half of them train, half of them test.
        noise: standard deviation of the noise of each coordinate.

    Returns:
        The data.

    Raises:
        ValueError: trajectories is not an even number of at least 2, or noise is negative.

    Source: section 3, task 1; distances: official code, `experiment-spring/data.py`.
    """
    # Sec. 3: each trajectory had 30 observations
    return oscillator_data(
        spring_energy, seed, radii=(0.1, 1.0), observations=30, trajectories=trajectories, noise=noise
    )
