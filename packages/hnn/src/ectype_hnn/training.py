"""The experiments of Table 1: tasks 1, 2 and 4, for the Hamiltonian network, the baseline and rivals that learn less."""

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import numpy as np
import torch
from ectype.experiments import Run
from torch import Tensor, nn

from ectype_hnn import presets
from ectype_hnn.baseline_network import BaselineNetwork
from ectype_hnn.dataset import Dataset, Observations
from ectype_hnn.derivative_loss import derivative_loss
from ectype_hnn.energy_error import box_starts, energy_error, notebook_energy, stretched_horizons
from ectype_hnn.fit import Fit
from ectype_hnn.hamiltonian_network import HamiltonianNetwork
from ectype_hnn.pendulum import pendulum_data, pendulum_energy
from ectype_hnn.presets import FitSettings
from ectype_hnn.rollout import rollout
from ectype_hnn.spring import spring_data, spring_energy
from ectype_hnn.symplectic_gradient import Energy, Field, symplectic_gradient
from ectype_hnn.two_body import nearly_circular_starts, two_body_data, two_body_energy

MODELS = ("hnn", "baseline", "linear", "true", "still", "untrained")
"""The two models of the paper, then rivals: a linear field, the true one, none at all, an HNN before training."""

HORIZON = 20.0
"""Time up to which trajectories of tasks 1 and 2 are integrated (the notebooks' `t_span`)."""


def train_spring(run: Run, model: str, steps: int = presets.SPRING.steps) -> dict[str, float]:
    """Task 1, the ideal mass-spring system.

    Args:
        run: seeds the data, the weights and the starts of the energy metric.
        model: one of `MODELS`.
        steps: of the optimizer.

    Returns:
        `train loss`, `test loss`, and `energy` with its variants: the mean squared error of the energy over 15
        trajectories from random test states, its `log10 energy`; `energy from the box` from the notebook's starts;
        `energy of the notebook` from those over the notebook's growing horizons.

    Raises:
        ValueError: the model is not one of them.

    Source: section 3, Table 1 row 1.
    """
    data = spring_data(run.seed)
    field = field_of(run, model, spring_energy, data, replace(presets.SPRING, steps=steps))
    true, box = true_field(spring_energy), box_starts(seed=run.seed)
    fixed = torch.full((15, 1), HORIZON, dtype=torch.float64)
    growing = torch.tensor(stretched_horizons(HORIZON), dtype=torch.float64).unsqueeze(-1)

    def error(start: Tensor, horizons: Tensor) -> float:
        paths = (unit_time_rollout(each, start, horizons) for each in (true, field))
        return float(energy_error(spring_energy, *paths))

    from_test = error(observed_starts(data, run.seed), fixed)
    return losses(field, data) | {
        "energy": from_test,
        "log10 energy": magnitude(from_test),
        "energy from the box": error(box, fixed),
        "energy of the notebook": error(box, growing),
    }


def train_pendulum(run: Run, model: str, steps: int = presets.PENDULUM.steps) -> dict[str, float]:
    """Task 2, the ideal pendulum.

    Args:
        run: seeds the data, the weights and the starts of the energy metric.
        model: one of `MODELS`.
        steps: of the optimizer.

    Returns:
        `train loss`, `test loss`, and `energy` with its variants: the mean squared error of the pendulum's energy over
        15 trajectories from random test states, its `log10 energy`; `energy from the box` from the notebook's starts;
        `energy of the notebook` from those, of $q^2 + p^2$.

    Raises:
        ValueError: the model is not one of them.

    Source: section 3, Table 1 row 2.
    """
    data = pendulum_data(run.seed)
    field = field_of(run, model, pendulum_energy, data, replace(presets.PENDULUM, steps=steps))
    true, times = true_field(pendulum_energy), np.linspace(0, HORIZON, 100)
    from_test, from_box = (
        [rollout(each, start, times) for each in (true, field)]
        for start in (observed_starts(data, run.seed), box_starts(seed=run.seed))
    )
    error = float(energy_error(pendulum_energy, *from_test))
    return losses(field, data) | {
        "energy": error,
        "log10 energy": magnitude(error),
        "energy from the box": float(energy_error(pendulum_energy, *from_box)),
        "energy of the notebook": float(energy_error(notebook_energy, *from_box)),
    }


def train_two_body(run: Run, model: str, steps: int = presets.TWO_BODY.steps) -> dict[str, float]:
    """Task 4, the two-body problem.

    Args:
        run: seeds the data and the weights; the orbits of the energy metric are the authors' 15.
        model: one of `MODELS`.
        steps: of the optimizer.

    Returns:
        `train loss`, `test loss`, `energy` (mean squared error over 15 orbits up to t = 25, at 500 times) and
        `log10 energy`.

    Raises:
        ValueError: the model is not one of them.

    Source: section 4, Table 1 row 4.
    """
    data = two_body_data(run.seed)
    field = field_of(run, model, two_body_energy, data, replace(presets.TWO_BODY, steps=steps))
    starts = torch.cat([nearly_circular_starts(1, seed=orbit) for orbit in range(15)])
    times = np.linspace(0, 25, 500)
    paths = [rollout(each, starts, times) for each in (true_field(two_body_energy), field)]
    error = float(energy_error(two_body_energy, *paths))
    return losses(field, data) | {"energy": error, "log10 energy": magnitude(error)}


def field_of(run: Run, model: str, energy: Energy, data: Dataset, settings: FitSettings) -> Field:
    """Give a model's vector field in float64, trained in float32 where it is one that is trained.

    Args:
        run: seeds weights and batches.
        model: one of `MODELS`.
        energy: of the system, for the true field.
        data: what it is trained on.
        settings: how it is trained.

    Returns:
        The field.

    Raises:
        ValueError: the model is not one of them.
    """
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}; received {model}")
    run.uses(states=data.train.states, derivatives=data.train.derivatives)
    coordinates = data.train.states.shape[-1]
    others: dict[str, Callable[[], Field]] = {
        "linear": lambda: linear_field(data.train),
        "true": lambda: true_field(energy),
        "still": lambda: torch.zeros_like,
    }
    if model in others:
        return others[model]()
    network = (BaselineNetwork if model == "baseline" else HamiltonianNetwork)(coordinates)
    if model != "untrained":
        train(run, network, data, settings)
    return deepcopy(network).double()


def train(run: Run, network: nn.Module, data: Dataset, settings: FitSettings) -> None:
    """Train a network in float32, and log both losses at about a hundred steps.

    Args:
        run: counts the steps, keeps checkpoints, seeds the batches.
        network: is changed in place.
        data: what it is trained and tested on.
        settings: how.
    """
    seen, unseen = (Observations(part.states.float(), part.derivatives.float()) for part in data)
    fit = Fit(network, seen, settings, seed=run.seed)
    for step in run.steps(settings.steps, fit=fit):
        loss = fit.step()
        if step % max(1, settings.steps // 100) == 0:
            with torch.no_grad():
                test = derivative_loss(network(unseen.states), unseen.derivatives)
            run.log(step, train_loss=float(loss), test_loss=float(test))


def losses(field: Field, data: Dataset) -> dict[str, float]:
    """Give the loss of a field on all training and on all test rows.

    Args:
        field: a vector field in float64.
        data: the rows.

    Returns:
        `train loss` and `test loss`.
    """
    with torch.no_grad():
        train_loss, test_loss = (float(derivative_loss(field(part.states), part.derivatives)) for part in data)
    return {"train loss": train_loss, "test loss": test_loss}


def magnitude(error: float) -> float:
    """Give the decimal logarithm of an error, at least -12, the precision of the integrations.

    Args:
        error: not negative.

    Returns:
        The logarithm.
    """
    return math.log10(max(error, 1e-12))


def true_field(energy: Energy) -> Field:
    """Give the vector field of an energy.

    Args:
        energy: of the system.

    Returns:
        Its symplectic gradient.
    """
    return lambda state: symplectic_gradient(energy, state)


def linear_field(data: Observations) -> Field:
    """Fit an affine field to observations by least squares.

    Args:
        data: the observations.

    Returns:
        The field.
    """
    columns = torch.cat([data.states, torch.ones(len(data.states), 1, dtype=data.states.dtype)], dim=-1)
    weights = torch.linalg.lstsq(columns, data.derivatives).solution
    return lambda state: state @ weights[:-1] + weights[-1]


def observed_starts(data: Dataset, seed: int, count: int = 15) -> Tensor:
    """Draw states of the test set, as they were observed.

    Args:
        data: of the run.
        seed: of the draw.
        count: number of states.

    Returns:
        The states, count x coordinates.
    """
    rows = np.random.RandomState(seed).choice(len(data.test.states), count, replace=False)
    # Sec. 3.1: starting from a random test point
    return data.test.states[torch.from_numpy(rows)]


def unit_time_rollout(field: Field, start: Tensor, horizons: Tensor, points: int = 100) -> Tensor:
    """Integrate each state of a batch over a time of its own.

    Args:
        field: the field.
        start: batch x coordinates.
        horizons: the times, batch x 1.
        points: number of states at equal distances in time.

    Returns:
        Points x batch x coordinates.
    """
    return rollout(lambda state: horizons * field(state), start, np.linspace(0, 1, points))
