"""The energy metric (section 3.1): how far predicted trajectories are from the true energy."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from ectype_hnn.symplectic_gradient import Energy

STRETCH = 1.09
"""Factor on time in the official notebook of task 1, once for each trajectory."""


def energy_error(
    energy: Energy,
    true: Float[Tensor, "*times_and_batch coordinates"],
    predicted: Float[Tensor, "*times_and_batch coordinates"],
) -> Float[Tensor, ""]:
    r"""Mean squared difference between the energies of true and predicted states.

    $$\frac{1}{N} \sum_i (H(\hat{x}_i) - H(x_i))^2$$

    Args:
        energy: $H$.
        true: states along true trajectories.
        predicted: states at the same places along predicted trajectories.

    Returns:
        The mean over times and trajectories.

    Raises:
        ValueError: the shapes differ.

    Source: section 3.1.
    """
    if true.shape != predicted.shape:
        raise ValueError(
            "true and predicted trajectories must have one shape; "
            f"received {tuple(true.shape)} and {tuple(predicted.shape)}"
        )
    # Sec. 3.1: mean squared error between the true and predicted total energies
    return (energy(predicted) - energy(true)).square().mean()


def notebook_energy(state: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch"]:
    """Give $q^2 + p^2$, which the notebooks of tasks 1 and 2 compare; the pendulum does not conserve it.

    Args:
        state: $(q, p)$.

    Returns:
        The value of each state.

    Source: official code, `energy_loss` in `analyze-spring.ipynb` and `analyze-pend.ipynb`.
    """
    return state.square().sum(-1)


def box_starts(count: int = 15, *, seed: int) -> Float[Tensor, "{count} 2"]:
    """Draw starts of which both coordinates are uniform in size between 0.2 and 1, with either sign.

    Args:
        count: number of starts.
        seed: of the starts.

    Returns:
        The starts, in float64.

    Raises:
        ValueError: count is below 1.

    Source: official code, the energy loops of `analyze-spring.ipynb` and `analyze-pend.ipynb`.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1; received {count}")
    corners = torch.from_numpy(np.random.RandomState(seed).rand(count, 2)) * 1.6 - 0.8
    return corners.sign() * (0.2 + corners.abs())


def stretched_horizons(horizon: float = 20.0, count: int = 15) -> Sequence[float]:
    """Give the times up to which the notebook of task 1 integrates a model, trajectory after trajectory.

    The notebook multiplies its list of times by 1.09 in place, once when it draws a figure, and again for each
    trajectory; so the horizon grows from one to the next.

    Args:
        horizon: the time that the notebook states.
        count: number of trajectories.

    Returns:
        One horizon for each trajectory.

    Raises:
        ValueError: horizon is not positive or count is below 1.

    Source: official code, `integrate_models` in `analyze-spring.ipynb`.
    """
    if horizon <= 0 or count < 1:
        raise ValueError(f"horizon must be positive and count at least 1; received horizon={horizon}, count={count}")
    return [horizon * STRETCH ** (trajectory + 2) for trajectory in range(count)]
