"""Noisy trajectories of systems with one position and one momentum (section 3)."""

import math

import numpy as np
import torch

from ectype_hnn.dataset import LONGEST, Dataset, Observations
from ectype_hnn.rollout import rollout
from ectype_hnn.symplectic_gradient import Energy, symplectic_gradient


def oscillator_data(
    energy: Energy,
    seed: int,
    *,
    radii: tuple[float, float],
    observations: int,
    trajectories: int,
    noise: float,
    duration: float = 3.0,
) -> Dataset:
    """Observe trajectories that begin in random directions at random distances from the origin.

    Noise is added to the states and not to the time derivatives, which are those of the states without noise. Random
    numbers are drawn in the order of the official code from NumPy's legacy generator, so that a seed gives its data.

    Args:
        energy: of the system; its states are $(q, p)$.
        seed: of starts and noise.
        radii: bounds of the distance of the start from the origin of phase space, which is uniform between them.
        observations: number of observations of a trajectory, at equal distances in time.
        trajectories: number of trajectories; the first half trains, the second half tests.
        noise: standard deviation of the noise of each coordinate.
        duration: time from the first to the last observation, at most `LONGEST`.

    Returns:
        The data, in float64.

    Raises:
        ValueError: trajectories is not an even number of at least 2, observations is below 2, radii are not positive and
            in order, noise is negative, or duration is not positive or too long.

    Source: section 3; distances, duration and the order of draws: official code, `data.py` of tasks 1 and 2.
    """
    reasons = []
    if trajectories < 2 or trajectories % 2:
        reasons.append(f"trajectories must be an even number of at least 2; received {trajectories}")
    if observations < 2:
        reasons.append(f"observations must be at least 2; received {observations}")
    if not 0 < radii[0] <= radii[1]:
        reasons.append(f"radii must be positive and in order; received {radii}")
    if noise < 0:
        reasons.append(f"noise must not be negative; received {noise}")
    if not 0 < duration <= LONGEST:
        reasons.append(f"duration must be positive and at most {LONGEST:g}; received {duration}")
    if reasons:
        raise ValueError("; ".join(reasons))
    random = np.random.RandomState(seed)
    starts, noises = [], []
    for _ in range(trajectories):
        direction = random.rand(2) * 2 - 1
        # D3: the distance from the origin is uniform, not the energy
        distance = radii[0] + (radii[1] - radii[0]) * random.rand()
        starts.append(torch.from_numpy(direction * distance / math.hypot(*direction)))
        # Sec. 3: Gaussian noise for every data point
        noises.append(noise * torch.from_numpy(random.randn(2, observations).T))
    times = np.linspace(0, duration, observations)
    field = lambda state: symplectic_gradient(energy, state)  # noqa: E731
    path = rollout(field, torch.stack(starts), times, absolute=1e-8)
    clean = path.transpose(0, 1)  # trajectory time coordinate
    states = clean + torch.stack(noises)
    # Sec. 3: training and test sets of 25 trajectories each
    half = trajectories // 2
    train, test = (
        Observations(states[part].flatten(0, 1), field(clean[part]).flatten(0, 1))
        for part in (slice(None, half), slice(half, None))
    )
    return Dataset(train, test)
