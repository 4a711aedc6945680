"""Task 4: two bodies that attract each other (section 4)."""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ectype_hnn.dataset import LONGEST, Dataset, Observations
from ectype_hnn.rollout import rollout
from ectype_hnn.symplectic_gradient import symplectic_gradient


def two_body_energy(
    state: Float[Tensor, "*batch 8"], masses: tuple[float, float] = (1.0, 1.0), gravity: float = 1.0
) -> Float[Tensor, "*batch"]:
    r"""Give the energy of two bodies in a plane.

    $$H = \frac{|p_1|^2}{2 m_1} + \frac{|p_2|^2}{2 m_2} - \frac{g\, m_1 m_2}{|q_1 - q_2|}$$

    Args:
        state: $(q_{1x}, q_{2x}, q_{1y}, q_{2y}, p_{1x}, p_{2x}, p_{1y}, p_{2y})$.
        masses: $m_1$ and $m_2$.
        gravity: $g$.

    Returns:
        The energy of each state.

    Raises:
        ValueError: a mass or gravity is not positive.

    Source: section 4, Eq. 6, and the official code where that differs.
    """
    if min(*masses, gravity) <= 0:
        raise ValueError(f"masses and gravity must be positive; received masses={masses}, gravity={gravity}")
    q1x, q2x, q1y, q2y, p1x, p2x, p1y, p2y = state.unbind(-1)
    kinetic = (p1x**2 + p1y**2) / (2 * masses[0]) + (p2x**2 + p2y**2) / (2 * masses[1])
    distance = ((q1x - q2x) ** 2 + (q1y - q2y) ** 2).sqrt()
    # D4: Newton's potential with its sign, and each kinetic energy over its own mass, as the official code
    # Eq. 6: kinetic energies and the potential
    return kinetic - gravity * masses[0] * masses[1] / distance


def nearly_circular_starts(count: int, *, seed: int, noise: float = 0.05) -> Float[Tensor, "{count} 8"]:
    r"""Draw pairs of bodies opposite each other, on orbits that are circles but for noise in the speed.

    Bodies at distance $r$ from their common centre circle it at the speed $1 / (2 \sqrt{r})$.

    Args:
        count: number of orbits.
        seed: of positions and noise, drawn in the order of the official code.
        noise: standard deviation of the factor on the speed.

    Returns:
        The states, in float64; the total momentum and the centre of mass are zero.

    Raises:
        ValueError: count is below 1 or noise is negative.

    Source: section 4.1; positions and the order of draws: official code, `experiment-2body/data.py`.
    """
    if count < 1 or noise < 0:
        raise ValueError(f"count must be at least 1 and noise not negative; received count={count}, noise={noise}")
    random = np.random.RandomState(seed)
    starts = []
    for _ in range(count):
        # D5: both coordinates of the first body are uniform between 0.5 and 1.5, not the distance of the bodies
        x, y = random.rand(2) + 0.5
        # Sec. 4.1: velocities of a perfectly circular orbit, then Gaussian noise
        factor = (1 + noise * random.randn()) / (2 * math.hypot(x, y) ** 1.5)
        momentum_x, momentum_y = -y * factor, x * factor
        # Sec. 4.1: center of mass zero, total momentum zero
        starts.append([x, -x, y, -y, momentum_x, -momentum_x, momentum_y, -momentum_y])
    return torch.from_numpy(np.array(starts))


def two_body_data(
    seed: int, *, trajectories: int = 1000, observations: int = 50, duration: float = 20.0, noise: float = 0.05
) -> Dataset:
    """Observe nearly circular orbits.

    Args:
        seed: of the orbits.
        trajectories: number of orbits; the first fifth tests.
        observations: number of observations of an orbit, at equal distances in time.
        duration: time from the first to the last observation, at most `LONGEST`.
        noise: standard deviation of the factor on the speed.

    Returns:
        The data, in float64.

    Raises:
        ValueError: trajectories is not a multiple of 5, observations is below 2, duration is not positive or too long, or
            noise is negative.

    Source: section 4.1; duration and split: official code, `experiment-2body/data.py`.
    """
    reasons = []
    if trajectories < 5 or trajectories % 5:
        reasons.append(f"trajectories must be a multiple of 5; received {trajectories}")
    if observations < 2:
        reasons.append(f"observations must be at least 2; received {observations}")
    if not 0 < duration <= LONGEST:
        reasons.append(f"duration must be positive and at most {LONGEST:g}; received {duration}")
    if reasons:
        raise ValueError("; ".join(reasons))
    # Sec. 4.1: 1000 near-circular, two-body trajectories of 50 observations each
    starts = nearly_circular_starts(trajectories, seed=seed, noise=noise)
    field = lambda state: symplectic_gradient(two_body_energy, state)  # noqa: E731
    times = np.linspace(0, duration, observations)
    path = rollout(field, starts, times, absolute=1e-8).transpose(0, 1)  # orbit time coordinate
    # Sec. 4.1: an 80/20% train/test set split over trajectories
    tested = trajectories // 5
    train, test = (
        Observations(path[part].flatten(0, 1), field(path[part]).flatten(0, 1))
        for part in (slice(tested, None), slice(None, tested))
    )
    return Dataset(train, test)
