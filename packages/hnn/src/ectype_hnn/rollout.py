"""Trajectories along a vector field (section 2)."""

from collections.abc import Sequence
from itertools import count

import numpy as np
import torch
from jaxtyping import Float
from scipy.integrate import solve_ivp
from torch import Tensor

from ectype_hnn.symplectic_gradient import Field

EVALUATIONS = 50_000
"""Evaluations of a field after which an integration is given up; those of the experiments take a tenth of it."""


def rollout(
    field: Field,
    start: Float[Tensor, "*batch coordinates"],
    times: Sequence[float] | np.ndarray,
    *,
    relative: float = 1e-9,
    absolute: float = 1e-6,
) -> Float[Tensor, "times *batch coordinates"]:
    r"""Integrate states along a field, all states of the batch as one system of equations.

    $$(q_1, p_1) = (q_0, p_0) + \int_{t_0}^{t_1} S(q, p)\, dt$$

    The integrator is `scipy.integrate.solve_ivp` with its default method, an embedded Runge-Kutta pair of orders 5 and 4
    that chooses its own steps. Its default absolute tolerance of 1e-6 is the one that counts for states of size 1.

    Args:
        field: $S$, computed in float64.
        start: states at the first time, in float64.
        times: increasing times at which the states are wanted, the start first.
        relative: tolerance relative to the states; the paper's 1e-9 unless given.
        absolute: tolerance in the unit of the states.

    Returns:
        The states at all times; no gradients.

    Raises:
        ValueError: a tolerance is not positive.
        ArithmeticError: the integrator did not reach the last time, or not within `EVALUATIONS` evaluations of the field.

    Source: Eq. 1; integrator and tolerance: section 3.1.
    """
    if min(relative, absolute) <= 0:
        raise ValueError(f"tolerances must be positive; received relative={relative}, absolute={absolute}")
    shape = start.shape
    evaluations = count()

    def derivative(time: float, flat: np.ndarray) -> np.ndarray:
        if next(evaluations) >= EVALUATIONS:
            raise ArithmeticError(
                f"the integration must reach t = {times[-1]} in {EVALUATIONS} evaluations; received t = {time:.5g} then. "
                "The field grows too fast, or the tolerances are too small"
            )
        with torch.no_grad():
            return np.ravel(field(torch.from_numpy(flat).view(shape)))

    # Eq. 1: the initial state plus the integral of S(q, p)
    # Sec. 3.1: a Runge-Kutta integrator of scipy.integrate.solve_ivp
    solution = solve_ivp(
        derivative,
        (times[0], times[-1]),
        np.ravel(start.detach()),
        t_eval=times,
        rtol=relative,
        atol=absolute,
    )
    if not solution.success:
        raise ArithmeticError(f"the integration must reach t = {times[-1]}; received: {solution.message}")
    return torch.from_numpy(solution.y.T).view(-1, *shape)  # times *batch coordinates


def runge_kutta_step(
    field: Field, state: Float[Tensor, "*batch coordinates"], time_step: float
) -> Float[Tensor, "*batch coordinates"]:
    r"""Do one step of the classical Runge-Kutta method, of order four.

    Args:
        field: the time derivatives of a state.
        state: where the step begins.
        time_step: $h$, the length of the step in units of time.

    Returns:
        The states after the step.

    Source: section 3.1 (the method by name), reference 24.
    """
    first = field(state)
    second = field(state + time_step / 2 * first)
    third = field(state + time_step / 2 * second)
    fourth = field(state + time_step * third)
    # Sec. 3.1: fourth-order Runge-Kutta
    return state + time_step / 6 * (first + 2 * second + 2 * third + fourth)
