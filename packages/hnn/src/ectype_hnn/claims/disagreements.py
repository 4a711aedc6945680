"""Where the paper says one thing and its official code, or another sentence of the paper, says another."""

import math
from functools import cache

import numpy as np
import torch
from torch import nn

from ectype_hnn.claims.shared import paper
from ectype_hnn.derivative_loss import derivative_loss
from ectype_hnn.energy_error import box_starts, energy_error, notebook_energy, stretched_horizons
from ectype_hnn.hamiltonian_network import HamiltonianNetwork
from ectype_hnn.pendulum import pendulum_data, pendulum_energy
from ectype_hnn.rollout import rollout
from ectype_hnn.spring import spring_data, spring_energy
from ectype_hnn.symplectic_gradient import symplectic_gradient
from ectype_hnn.two_body import nearly_circular_starts, two_body_energy

CODE = "greydanus/hamiltonian-nn@bcc3622"


def field(energy):
    return lambda state: symplectic_gradient(energy, state)


def significant(value, digits=3):
    return float(f"{float(value):.{digits}g}")


# The loss (Eq. 3)

loss = paper.disagreement(
    "loss",
    "Eq. 3 is the sum of two norms, printed with the index 2 and no square; the official code has the mean of squares "
    "over states and coordinates. The published losses are such means.",
    at="Eq. 3",
    follow="official code",
    departure="D1",
)


@loss.reading("paper", source="Eq. 3")
def _(predicted, observed):
    by_p, by_q = (predicted - observed).chunk(2, dim=-1)
    return (by_p.norm(dim=-1) + by_q.norm(dim=-1)).mean()


@loss.reading("sum of squares", source="Eq. 3 with both norms squared")
def _(predicted, observed):
    return (predicted - observed).square().sum(dim=-1).mean()


@loss.reading("official code", source=f"{CODE}, utils.py, L2_loss")
def _(predicted, observed):
    return derivative_loss(predicted, observed)


@loss.measure("loss of the true field on the test data of task 1, seed 0; published for an HNN: 0.0359")
def _(reading):
    test = spring_data(0).test
    return significant(reading(field(spring_energy)(test.states), test.derivatives))


# Constants (Eq. 4 and 5)

constants = paper.disagreement(
    "constants",
    "The paper sets k = m = 1 (task 1) and m = l = 1, g = 3 (task 2). The energies of the official code, q^2 + p^2 and "
    "3 (1 - cos q) + p^2, are those of Eq. 4 and Eq. 5 with k = 2 and m = 1/2. Noise of 0.1 on the states puts a floor "
    "under the losses, which tells the two apart.",
    at="Eq. 4, Eq. 5",
    follow="official code",
    departure="D2",
)


@constants.reading("paper", source="Sec. 3")
def _():
    return lambda x: spring_energy(x, stiffness=1.0, mass=1.0), lambda x: pendulum_energy(x, mass=1.0)


@constants.reading("official code", source=f"{CODE}, hamiltonian_fn in data.py of tasks 1 and 2")
def _():
    return spring_energy, pendulum_energy


@constants.measure("loss of the true field of task 1 under the noise; published for an HNN: 0.0369")
def _(reading):
    return noise_floor(reading()[0], spring_data(0))


@constants.measure("loss of the true field of task 2 under the noise; published for an HNN: 0.0328")
def _(reading):
    return noise_floor(reading()[1], pendulum_data(0))


@constants.measure("period of the spring")
def _(reading):
    rates = symplectic_gradient(reading()[0], torch.eye(2).double())
    return significant(2 * math.pi / math.sqrt(-rates[0, 1] * rates[1, 0]))


def noise_floor(energy, data, noise=0.1):
    """Loss of a true field whose states are those of the data, as if without noise, plus new noise."""
    noises = noise * torch.randn(data.train.states.shape, generator=torch.Generator().manual_seed(0)).double()
    true = field(energy)
    return significant(derivative_loss(true(data.train.states + noises), true(data.train.states)), 2)


# Noise (section 3)

noise = paper.disagreement(
    "noise",
    'Gaussian noise "with standard deviation sigma^2 = 0.1": the number is either. The official code has a standard '
    "deviation of 0.1, and a variance of 0.1 would put the losses ten times higher.",
    at="Sec. 3",
    follow="paper",
)


@noise.reading("paper", source="Sec. 3, by its words: a standard deviation of 0.1")
def _():
    return 0.1


@noise.reading("variance", source="Sec. 3, by its symbol: a variance of 0.1")
def _():
    return math.sqrt(0.1)


@noise.measure("loss of the true field on the test data of task 1, seed 0; published for an HNN: 0.0359")
def _(reading):
    test = spring_data(0, noise=reading()).test
    return significant(derivative_loss(field(spring_energy)(test.states), test.derivatives), 2)


# Starts (section 3)

starts = paper.disagreement(
    "starts of tasks 1 and 2",
    "The paper samples starts by energy, uniform in [0.2, 1] and in the range [1.3, 2.3]; the official code draws the "
    "distance from the origin, from 0.1 to 1 and from 1.3 to 2.3.",
    at="Sec. 3",
    follow="official code",
    departure="D3",
)


@starts.reading("paper", source="Sec. 3, tasks 1 and 2")
def _():
    return [0.2, 1.0], [1.3, 2.3]


@starts.reading("official code", source=f"{CODE}, get_trajectory in data.py of tasks 1 and 2")
def _():
    angles = torch.linspace(0, 2 * math.pi, 1000, dtype=torch.float64)
    directions = torch.stack([angles.cos(), angles.sin()], dim=-1)
    nearest, farthest = (pendulum_energy(radius * directions) for radius in (1.3, 2.3))
    return [0.1**2, 1.0**2], [float(nearest.min()), float(farthest.max())]


@starts.measure("lowest energy of a start of task 1")
def _(reading):
    return significant(reading()[0][0])


@starts.measure("lowest energy of a start of task 2")
def _(reading):
    return significant(reading()[1][0])


@starts.measure("highest energy of a start of task 2")
def _(reading):
    return significant(reading()[1][1])


# The network (section 2)

outputs = paper.disagreement(
    "outputs of the network",
    "The paper's network outputs a single scalar. The official one has two outputs, of which the first, a potential of a "
    "conservative field, is computed and not used.",
    at="Sec. 2",
    follow="paper",
)


@outputs.reading("paper", source="Sec. 2")
def _(network):
    return network


@outputs.reading("official code", source=f"{CODE}, hnn.py and train.py of each task")
def _(network):
    network.third = nn.Linear(network.third.in_features, 2, bias=False)
    return network


@outputs.measure("parameters of the model of tasks 1 and 2")
def _(reading):
    return sum(parameter.numel() for parameter in reading(HamiltonianNetwork(2).network).parameters())


# Two bodies (Eq. 6, section 4.1)

gravitation = paper.disagreement(
    "energy of two bodies",
    "Eq. 6 prints the potential as + g m1 m2 / |q1 - q2|^2 and both kinetic energies over twice the reduced mass. As "
    "printed the bodies repel each other. The official code has Newton's potential and each body's own mass.",
    at="Eq. 6",
    follow="official code",
    departure="D4",
)


@gravitation.reading("paper", source="Eq. 6, total momentum zero")
def _(state):
    places, momenta = state[..., :4].unflatten(-1, (2, 2)), state[..., 4:]
    distance = (places[..., 0] - places[..., 1]).square().sum(-1)
    return momenta.square().sum(-1) / (2 * 0.5) + 1 / distance


@gravitation.reading("official code", source=f"{CODE}, experiment-2body/data.py")
def _(state):
    return two_body_energy(state)


CIRCLE = torch.tensor([0.5, -0.5, 0, 0, 0, 0, 0.5**0.5, -(0.5**0.5)]).double()


@gravitation.measure("force that pulls a body towards the other at distance 1")
def _(reading):
    return significant(-symplectic_gradient(reading, CIRCLE)[4])


@gravitation.measure("energy of a circular orbit at distance 1")
def _(reading):
    return significant(reading(CIRCLE))


places = paper.disagreement(
    "distance of the bodies",
    "The paper draws the distance of the bodies from [0.5, 1.5]; the official code draws both coordinates of the first "
    "body from there, and puts the other opposite.",
    at="Sec. 4.1",
    follow="official code",
    departure="D5",
)


@places.reading("paper", source="Sec. 4.1")
def _():
    return np.linspace(0.5, 1.5, 1001)


@places.reading("official code", source=f"{CODE}, experiment-2body/data.py, random_config")
def _():
    states = nearly_circular_starts(1000, seed=0)
    return torch.hypot(states[:, 0] - states[:, 1], states[:, 2] - states[:, 3]).numpy()


@places.measure("median distance")
def _(reading):
    return significant(np.median(reading()))


@places.measure("median period of the orbit")
def _(reading):
    return significant(np.median([2 * math.pi * (r / 2) * math.sqrt(2 * r) for r in reading()]))


orbits = paper.disagreement(
    "number of orbits",
    "Section 4.1 begins with 1000 trajectories and ends with 200 of 50 observations each. The official code has 1000.",
    at="Sec. 4.1",
    follow="paper",
)


@orbits.reading("paper", source="Sec. 4.1, first sentence")
def _():
    return 1000


@orbits.reading("later sentence", source="Sec. 4.1, second paragraph")
def _():
    return 200


@orbits.measure("rows of training data")
def _(reading):
    return round(0.8 * 50 * reading())


# The energy metric (section 3.1)

spring_horizon = paper.disagreement(
    "energy of the spring",
    "The paper integrates from random test points. The notebook behind the published numbers starts in a box instead, and "
    "multiplies its list of times by 1.09 in place, once more for each of the 15 trajectories, so that the horizon that it "
    "states, 20, has become 79 at the end.",
    at="Sec. 3.1",
    follow="paper",
)


@spring_horizon.reading("paper", source="Sec. 3.1; the horizon from the notebook")
def _():
    return [20.0] * 15


@spring_horizon.reading("box", source=f"{CODE}, analyze-spring.ipynb, the horizon as stated")
def _():
    return [20.0] * 15


@spring_horizon.reading("notebook", source=f"{CODE}, analyze-spring.ipynb, integrate_models as it runs")
def _():
    return list(stretched_horizons())


@spring_horizon.measure("horizon of the last trajectory")
def _(reading):
    return significant(reading()[-1])


@spring_horizon.measure("energy error of a field that loses 1 % of its energy in a unit of time, starts in the box")
def _(reading):
    energies = spring_energy(box_starts(seed=0))
    lost = [
        float(energy) ** 2 * np.mean([(1 - 0.99**t) ** 2 for t in np.linspace(0, horizon, 100)])
        for energy, horizon in zip(energies, reading(), strict=True)
    ]
    return significant(np.mean(lost))


pendulum_measure = paper.disagreement(
    "energy of the pendulum",
    "The paper compares true and predicted total energies from random test points. The notebook behind the published "
    "numbers compares q^2 + p^2, which the pendulum does not conserve, so that a small lag counts and a state that never "
    "moves is nearly as good as the published HNN; and it starts in a box inside the states that were trained on.",
    at="Sec. 3.1",
    follow="paper",
)


TIMES = np.linspace(0, 20, 100)


@cache
def swings(starts):
    """True paths of the pendulum, and those of one that runs 1 % too slow: the same at 0.99 of the time."""
    times, at = np.unique([TIMES, 0.99 * TIMES], return_inverse=True)
    path = rollout(field(pendulum_energy), starts(), times, relative=1e-7, absolute=1e-7)
    return path[at.reshape(2, -1)]  # 2 times batch coordinates


def from_test_data():
    data = pendulum_data(0).test.states
    return data[:: len(data) // 15][:15]


def from_box():
    return box_starts(seed=0)


@pendulum_measure.reading("paper", source="Sec. 3.1")
def _():
    return pendulum_energy, swings(from_test_data)


@pendulum_measure.reading("box", source=f"{CODE}, analyze-pend.ipynb, with the pendulum's own energy")
def _():
    return pendulum_energy, swings(from_box)


@pendulum_measure.reading("notebook", source=f"{CODE}, analyze-pend.ipynb, energy_loss")
def _():
    return notebook_energy, swings(from_box)


@pendulum_measure.measure("energy error of the true field when it runs 1 % too slow")
def _(reading):
    energy, (path, slow) = reading()
    error = float(energy_error(energy, path, slow))
    return significant(error, 2) if energy is notebook_energy else round(error, 9)


@pendulum_measure.measure("energy error of a state that never moves; published for an HNN: 0.0249")
def _(reading):
    energy, (path, _) = reading()
    return round(float(energy_error(energy, path, path[:1].expand_as(path))), 4)


tolerance = paper.disagreement(
    "tolerance of the integration",
    "The paper sets the error tolerance to 1e-9. In scipy that is the relative one; the absolute one stays at 1e-6 in the "
    "official code and decides for states of size 1.",
    at="Sec. 3.1",
    follow="paper",
)


@tolerance.reading("paper", source=f"Sec. 3.1, as the argument rtol, the way the official code ({CODE}) does")
def _():
    return 1e-6


@tolerance.reading("both", source="Sec. 3.1, if it holds for the absolute tolerance too")
def _():
    return 1e-9


@tolerance.measure("largest drift of the spring's energy along the true field from (1, 0) up to t = 20")
def _(reading):
    path = rollout(field(spring_energy), torch.tensor([1.0, 0.0]).double(), TIMES, absolute=reading())
    return significant((spring_energy(path) - 1).abs().max(), 1)


spread = paper.disagreement(
    "plus-minus of the losses",
    "The published plus-minus divides the deviation of all squared differences by the root of the number of rows, not of "
    "differences: it is too wide by the root of the number of coordinates. It spans samples, not seeds.",
    at="Tab. 1",
    follow="official code",
)


@spread.reading("standard error", source="deviation over the root of the number of values averaged")
def _(squares):
    return squares.std() / math.sqrt(squares.numel())


@spread.reading("official code", source=f"{CODE}, train.py of each task")
def _(squares):
    return squares.std() / math.sqrt(len(squares))


@spread.measure("plus-minus of the loss of the true field on the test data of task 1, seed 0; published: 0.0018")
def _(reading):
    test = spring_data(0).test
    return significant(reading((field(spring_energy)(test.states) - test.derivatives).square()), 2)
