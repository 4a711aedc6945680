"""The formulas of the paper once more, written as plainly as possible: what the components are checked against.

NumPy in float64 and plain floats. No code of the components is used here, and they use nothing of this.
"""

import math

import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import expm

# Theory (section 2)


def symplectic_matrix(coordinates):
    """Eq. 2 as a matrix: q from p, p from minus q."""
    half = coordinates // 2
    sign = {half: 1.0, -half: -1.0}
    return np.array([[sign.get(j - i, 0.0) for j in range(coordinates)] for i in range(coordinates)])


def symplectic_gradient(energy, state):
    """Eq. 2 for a quartic energy, state after state and derivative after derivative."""
    fourth, second = energy.fourth.numpy(), energy.second.numpy()
    pairs = state.shape[-1] // 2
    result = np.zeros_like(state)
    for at in np.ndindex(state.shape[:-1]):
        x = state[at]
        slope = [
            4 * fourth[i] * x[i] ** 3 + sum((second[i, j] + second[j, i]) * x[j] for j in range(2 * pairs))
            for i in range(2 * pairs)
        ]
        for i in range(pairs):
            result[at][i], result[at][pairs + i] = slope[pairs + i], -slope[i]
    return result


def rollout(field, start, times):
    """Eq. 1 for a linear field: the matrix exponential."""
    return np.stack([start @ expm((time - times[0]) * field.matrix.numpy()).T for time in times])


def runge_kutta_step(field, state, time_step):
    """For a linear field any method of order four with four stages is the Taylor series up to the fourth power."""
    step = time_step * field.matrix.numpy()
    powers = [np.linalg.matrix_power(step, n) / math.factorial(n) for n in range(5)]
    return state @ sum(powers).T


def derivative_loss(predicted, observed):
    """The mean of squared differences, one at a time."""
    pairs = list(zip(predicted.flatten(), observed.flatten(), strict=True))
    return sum((a - b) ** 2 for a, b in pairs) / len(pairs)


# Networks (sections 2 and 3.1)


def tanh_network(state, weights):
    """Three layers, unit after unit."""
    result = np.zeros((*state.shape[:-1], len(weights["third.weight"])))
    for at in np.ndindex(state.shape[:-1]):
        one = np.tanh(
            [row @ state[at] + b for row, b in zip(weights["first.weight"], weights["first.bias"], strict=True)]
        )
        two = np.tanh([row @ one + b for row, b in zip(weights["second.weight"], weights["second.bias"], strict=True)])
        result[at] = [row @ two for row in weights["third.weight"]]
    return result


def baseline_network(state, weights):
    """The network itself."""
    return tanh_network(state, {name.removeprefix("network."): value for name, value in weights.items()})


def hamiltonian_network(state, weights):
    """Eq. 2 for three layers: the chain rule for one state and one coordinate at a time."""
    first, second, third = (weights[f"network.{name}.weight"] for name in ("first", "second", "third"))
    pairs = state.shape[-1] // 2
    result = np.zeros_like(state)
    for at in np.ndindex(state.shape[:-1]):
        one = np.tanh(first @ state[at] + weights["network.first.bias"])
        two = np.tanh(second @ one + weights["network.second.bias"])
        slope = [
            sum(
                third[0, k] * (1 - two[k] ** 2) * second[k, j] * (1 - one[j] ** 2) * first[j, i]
                for j in range(len(one))
                for k in range(len(two))
            )
            for i in range(2 * pairs)
        ]
        result[at] = slope[pairs:] + [-value for value in slope[:pairs]]
    return result


# Systems (sections 3 and 4)


def spring_energy(state, stiffness, mass):
    """Eq. 4."""
    return _each(state, lambda q, p: 0.5 * stiffness * q * q + p * p / (2 * mass))


def pendulum_energy(state, mass, gravity, length):
    """Eq. 5."""
    return _each(state, lambda q, p: 2 * mass * gravity * length * (1 - math.cos(q)) + (length * p) ** 2 / (2 * mass))


def two_body_energy(state, masses, gravity):
    """Eq. 6 with Newton's potential: kinetic energies body by body."""

    def energy(*x):
        places, momenta = ((x[0], x[2]), (x[1], x[3])), ((x[4], x[6]), (x[5], x[7]))
        kinetic = sum((a * a + b * b) / 2 / m for (a, b), m in zip(momenta, masses, strict=True))
        return kinetic - gravity * math.prod(masses) / math.dist(*places)

    return _each(state, energy)


def _each(state, energy):
    return np.array([energy(*x) for x in state.reshape(-1, state.shape[-1])]).reshape(state.shape[:-1])


def spring_field(q, p):
    """Eq. 2 of q^2 + p^2."""
    return [2 * p, -2 * q]


def pendulum_field(q, p):
    """Eq. 2 of 3 (1 - cos q) + p^2."""
    return [2 * p, -3 * math.sin(q)]


def two_body_field(x1, x2, y1, y2, *momenta):
    """Eq. 2 of two unit masses: each falls towards the other with the inverse square of their distance."""
    cube = math.hypot(x2 - x1, y2 - y1) ** 3
    pull = (x2 - x1) / cube, (y2 - y1) / cube
    return [*momenta, pull[0], -pull[0], pull[1], -pull[1]]


# Data (sections 3 and 4.1), trajectory after trajectory, in the order of the official code's draws


def oscillators(field, seed, radii, count, trajectories, noise):
    """Noisy states and clean derivatives of each trajectory, of all of them."""
    random, states, derivatives = np.random.RandomState(seed), [], []
    for _ in range(trajectories):
        start = random.rand(2) * 2.0 - 1
        radius = random.rand() * (radii[1] - radii[0]) + radii[0]
        path = _integrate(field, start / np.sqrt((start**2).sum()) * radius, np.linspace(0, 3, count))
        derivatives += [field(*x) for x in path]
        q, p = path.T
        q = q + random.randn(count) * noise
        p = p + random.randn(count) * noise
        states += list(zip(q, p, strict=True))
    return np.array(states), np.array(derivatives)


def circular_starts(count, seed, noise):
    """Positions in a square, and speeds around the origin."""
    random, starts = np.random.RandomState(seed), []
    for _ in range(count):
        place = random.rand(2) * (1.5 - 0.5) + 0.5
        radius = np.linalg.norm(place)
        speed = 0.5 / math.sqrt(radius) * (1 + noise * random.randn())
        direction = np.array([-place[1], place[0]]) / radius
        q, p = np.outer(place, [1, -1]), np.outer(speed * direction, [1, -1])
        starts.append(np.concatenate([q.flatten(), p.flatten()]))
    return np.array(starts)


def orbits(seed, count, trajectories, duration, noise):
    """States and derivatives of all orbits, in the order in which they are drawn."""
    states = [
        state
        for start in circular_starts(trajectories, seed, noise)
        for state in _integrate(two_body_field, start, np.linspace(0, duration, count))
    ]
    return np.array(states), np.array([two_body_field(*x) for x in states])


def _integrate(field, start, times):
    solution = solve_ivp(lambda _, x: field(*x), (times[0], times[-1]), start, t_eval=times, rtol=1e-10, atol=1e-10)
    return solution.y.T


# The energy metric (section 3.1)


def energy_error(energy, true, predicted):
    """Mean of squared differences of a quartic energy, state after state."""
    fourth, second = energy.fourth.numpy(), energy.second.numpy()

    def of(x):
        return sum(
            fourth[i] * x[i] ** 4 + sum(second[i, j] * x[i] * x[j] for j in range(len(x))) for i in range(len(x))
        )

    rows = true.shape[-1]
    pairs = list(zip(true.reshape(-1, rows), predicted.reshape(-1, rows), strict=True))
    return sum((of(b) - of(a)) ** 2 for a, b in pairs) / len(pairs)


def box_starts(count, seed):
    """Each coordinate between 0.2 and 1 in size, with either sign."""
    random = np.random.RandomState(seed)
    return np.array([[math.copysign(0.2 + abs(u), u) for u in random.rand(2) * 1.6 - 0.8] for _ in range(count)])


def stretched_horizons(horizon, count):
    """The notebook's list of times, which a function that it is given to changes in place."""
    span, seen = [0, horizon], []

    def integrate_models(times):
        times[1] *= 1 + 0.9 * 0.1
        seen.append(times[1])

    for _ in range(1 + count):
        integrate_models(span)
    return seen[1:]
