"""Theory, networks and loss (sections 2 and 3.1)."""

import itertools
from inspect import unwrap
from unittest.mock import patch

import numpy as np
import torch
from ectype.traits import Homogeneous, LowerBound, Reduced
from torch import nn

from ectype_hnn.baseline_network import BaselineNetwork
from ectype_hnn.claims import oracles
from ectype_hnn.claims.shared import Linear, Quartic, at_random, normal, paper, refusal
from ectype_hnn.derivative_loss import derivative_loss
from ectype_hnn.energy_error import energy_error
from ectype_hnn.hamiltonian_network import HamiltonianNetwork
from ectype_hnn.rollout import EVALUATIONS, rollout, runge_kutta_step
from ectype_hnn.symplectic_gradient import symplectic_gradient, symplectic_matrix
from ectype_hnn.tanh_network import TanhNetwork

# Hamilton's equations (Eq. 2)

paper.component("layer", of=symplectic_matrix)(lambda rng, pairs=2: 2 * pairs)
paper.equation("Eq. 2", of=symplectic_matrix)(oracles.symplectic_matrix)


@paper.component("layer", of=symplectic_gradient)
def energy_and_states(rng, batch=3, pairs=2):
    return Quartic(rng, 2 * pairs), normal(rng, batch, 2 * pairs)


@energy_and_states.limit("one state, one pair")
def _(rng):
    return Quartic(rng, 2), normal(rng, 2)


paper.equation("Eq. 2", of=symplectic_gradient)(oracles.symplectic_gradient)


@paper.property("Eq. 2", "the symplectic matrix squares to minus the identity, and its transpose is its inverse")
def square_of_the_matrix(rng):
    pairs = int(torch.randint(1, 6, (), generator=rng))
    matrix, identity = symplectic_matrix(2 * pairs).double(), torch.eye(2 * pairs).double()
    return [matrix @ matrix, matrix @ matrix.T], [-identity, identity]


@paper.property("Eq. 2", "the symplectic gradient is the symplectic matrix times the gradient")
def matrix_times_gradient(rng):
    energy, states = energy_and_states.draw(rng)
    states = states.requires_grad_()
    (gradient,) = torch.autograd.grad(energy(states).sum(), states)
    return symplectic_gradient(energy, states), gradient @ symplectic_matrix(4).double().T


@paper.property(
    "Sec. 2", "moving along the symplectic gradient keeps the energy exactly constant: their product is zero"
)
def no_change_along_the_field(rng):
    network, states = hamiltonian(rng), normal(rng, 7, 4)
    slope = torch.func.grad(lambda x: network.energy(x).sum())(states)
    return 1 + (slope * network(states)).sum(-1), torch.ones(7)


@paper.property("Sec. 2", "the gradient itself changes it as fast as anything: as the square of its length")
def change_along_the_gradient(rng):
    energy, states = energy_and_states.draw(rng)
    gradient = torch.func.grad(lambda x: energy(x).sum())(states)
    _, change = torch.func.jvp(energy, (states,), (gradient,))
    return change, symplectic_gradient(energy, states).square().sum(-1)


def divergence(field, states):
    return torch.stack([torch.func.jacrev(field)(state).trace() for state in states])


@paper.property("Sec. 6", "Liouville: the field of a Hamiltonian network has no divergence, so volumes are kept")
def no_divergence(rng):
    network = hamiltonian(rng)
    return 1 + divergence(network, normal(rng, 3, 4)), torch.ones(3)


@paper.property("Sec. 6", "the field of the baseline has no divergence", holds=False)
def divergence_of_the_baseline(rng):
    network = at_random(rng, lambda: BaselineNetwork(4, 8))
    return 1 + divergence(network, normal(rng, 3, 4)), torch.ones(3)


@paper.property("Sec. 3.2", "energy is relative: a constant added to it leaves the dynamics as they are")
def energy_is_relative(rng):
    energy, states = energy_and_states.draw(rng)
    return symplectic_gradient(lambda x: energy(x) + 5.0, states), symplectic_gradient(energy, states)


# Trajectories (Eq. 1)


@paper.component(
    "layer",
    of=rollout,
    settings=[{"relative": 1e-11, "absolute": 1e-11}],
    expected_failures={
        "gradients-match-differences": "scipy integrates without gradients; the metric needs none",
        "types-kept": "trajectories are integrated in float64 whatever the states are, as scipy does",
        "compiles": "scipy integrates, which torch.compile does not trace",
    },
)
def field_start_and_times(rng, batch=2, coordinates=3, times=4):
    moments = torch.rand(times, generator=rng, dtype=torch.float64).sort().values
    return Linear(rng, coordinates), normal(rng, batch, coordinates), [0.0, *moments.tolist()]


paper.equation("Eq. 1", of=rollout, tolerance=1e-9, because="an integrator against the matrix exponential")(
    oracles.rollout
)


@paper.component("layer", of=runge_kutta_step, settings=[{"time_step": 0.1}, {"time_step": -0.7}])
def field_and_states(rng, batch=2, coordinates=3):
    return Linear(rng, coordinates), normal(rng, batch, coordinates)


paper.equation("Sec. 3.1", of=runge_kutta_step)(oracles.runge_kutta_step)


@paper.property(
    "Sec. 3.1", "the default tolerances are relative 1e-9, the paper's, and absolute 1e-6, scipy's", draws=2
)
def default_tolerances(rng):
    start, times = normal(rng, 4), np.linspace(0, 20, 5)
    ours = rollout(lambda x: symplectic_gradient(lambda y: y.square().sum(-1), x), start, times)
    theirs = oracles.solve_ivp(
        lambda _, x: [2 * x[2], 2 * x[3], -2 * x[0], -2 * x[1]],
        (0, 20),
        start.numpy(),
        t_eval=times,
        rtol=1e-9,
    )
    return ours, theirs.y.T


@paper.property("Sec. 3.1", "an integration that does not reach the end is an error", draws=1)
def infinite_field(rng):
    try:
        rollout(lambda x: x**2, torch.ones(1).double(), [0.0, 2.0])
    except ArithmeticError as error:
        return "t = 2.0" in str(error)
    return False


@paper.property("Sec. 3.1", "tolerances that are not positive are refused by value", draws=1)
def tolerances_are_refused(rng):
    calls = [({name: wrong}, f"{name}={wrong}") for name in ("relative", "absolute") for wrong in (0.0, -1.0)]
    start = torch.ones(2).double()
    return all(
        text in refusal(lambda given=given: rollout(lambda x: x, start, [0.0, 1.0], **given)) for given, text in calls
    )


@paper.property("Sec. 3.1", "a start that has a gradient is integrated as any other", draws=1)
def start_with_a_gradient(rng):
    field, start, times = field_start_and_times.draw(rng)
    return rollout(field, start.clone().requires_grad_(), times), rollout(field, start, times)


@paper.property("Sec. 3.1", "an integration that takes more evaluations than the limit, 50,000, is given up", draws=1)
def endless_integration(rng):
    seen, few = [], 200

    def fast(x):
        seen.append(1)
        assert len(seen) <= few
        return 1000 * x.flip(-1) * torch.tensor([1.0, -1.0]).double()

    with patch.dict(unwrap(rollout).__globals__, EVALUATIONS=few):
        try:
            rollout(fast, torch.ones(2).double(), [0.0, 1000.0])
        except ArithmeticError as error:
            return "t = 1000.0 in 200 evaluations" in str(error) and len(seen) == few and EVALUATIONS == 50_000
    return False


def at_steps(network, start, steps, duration=1.0):
    state = start
    for _ in range(steps):
        state = runge_kutta_step(network, state, duration / steps)
    return state


@paper.property(
    "Sec. 3.1", "fourth order: halving the step divides the error of a trajectory by 16, as a fitted slope", draws=2
)
def order_of_the_error(rng):
    network, start = hamiltonian(rng), normal(rng, 20, 4)
    end = at_steps(network, start, 128)
    steps = [8, 16, 32]
    errors = [float((at_steps(network, start, count) - end).norm()) for count in steps]
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    return bool(-4.3 < slope < -3.7)


@paper.property("Sec. 2", "the learned energy drifts with the fourth power of the step, or faster to zero", draws=2)
def order_of_the_drift(rng):
    network, start = hamiltonian(rng), normal(rng, 20, 4)
    before = network.energy(start)
    steps = [16, 32, 64]
    drifts = [float((network.energy(at_steps(network, start, count)) - before).norm().detach()) for count in steps]
    return bool(np.polyfit(np.log(steps), np.log(drifts), 1)[0] < -3.7)


@paper.property(
    "Sec. 6",
    "trajectories of a Hamiltonian network are reversible: along the negative field they lead back to the start",
    draws=2,
    tolerance=1e-7,
    because="two integrations at a tolerance of 1e-10",
)
def reversible(rng):
    network, start = hamiltonian(rng), normal(rng, 3, 4)
    tight = {"relative": 1e-10, "absolute": 1e-10}
    end = rollout(network, start, [0.0, 5.0], **tight)[-1]
    return rollout(lambda x: -network(x), end, [0.0, 5.0], **tight)[-1], start


@paper.property(
    "Sec. 2",
    "the learned energy is the same all along a trajectory",
    draws=2,
    tolerance=1e-7,
    because="an integration at a tolerance of 1e-10",
)
def conserved(rng):
    network, start = hamiltonian(rng), normal(rng, 3, 4)
    path = rollout(network, start, np.linspace(0, 10, 5), relative=1e-10, absolute=1e-10)
    return network.energy(path), network.energy(start).expand(5, 3)


# Networks


def states(rng, coordinates, batch=3):
    return normal(rng, batch, coordinates)


SIZES = [{"coordinates": 2, "width": 5}, {"coordinates": 4, "width": 3}]

paper.component(
    "model", of=TanhNetwork, settings=[{"inputs": 3, "outputs": 2, "width": 5}, {"inputs": 1, "outputs": 1, "width": 1}]
)(lambda rng, inputs, batch=3: normal(rng, batch, inputs))
paper.equation("Sec. 3.1", of=TanhNetwork)(oracles.tanh_network)
paper.component("model", of=BaselineNetwork, settings=SIZES)(states)
paper.equation("Sec. 3.1", of=BaselineNetwork)(oracles.baseline_network)
paper.component(
    "model",
    of=HamiltonianNetwork,
    settings=SIZES,
    expected_failures={"exports": "torch.export does not trace torch.func.grad, which gives the gradient of H"},
)(states)
paper.equation("Sec. 2", of=HamiltonianNetwork)(oracles.hamiltonian_network)


def hamiltonian(rng):
    return at_random(rng, lambda: HamiltonianNetwork(4, 8))


@paper.property("Sec. 2", "one scalar for each state, on which the network is trained")
def one_scalar(rng):
    network, x = hamiltonian(rng), normal(rng, 2, 3, 4)
    weights = {name.removeprefix("network."): value.numpy() for name, value in network.state_dict().items()}
    return network.energy(x), oracles.tanh_network(x.numpy(), weights)[..., 0]


@paper.property("Sec. 3.1", "weights begin orthogonal, as in the official code, and biases as those of torch", draws=5)
def orthogonal_weights(rng):
    torch.manual_seed(int(torch.randint(2**31, (), generator=rng)))
    network = TanhNetwork(4, 3, 6)
    products = [network.first.weight.T @ network.first.weight, network.second.weight @ network.second.weight.T]
    products.append(network.third.weight @ network.third.weight.T)
    return [product.round(decimals=5) for product in products], [torch.eye(size) for size in (4, 6, 3)]


@paper.property(
    "Sec. 3.1", "drawing new weights changes every parameter, and biases stay within 1 / sqrt(inputs)", draws=2
)
def new_weights(rng):
    network = TanhNetwork(4, 3, 6)
    before = [parameter.clone() for parameter in network.parameters()]
    network.reset_parameters()
    changed = [not torch.equal(new, old) for new, old in zip(network.parameters(), before, strict=True)]
    return all(changed) and bool(network.first.bias.abs().max() <= 0.5) and network.third.bias is None


def hidden(network):
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
    return len(layers), {layer.out_features for layer in layers[:-1]}


@paper.claim("Sec. 3.1", "size of all models", printed={"layers": "3", "hidden units": "200"})
def size_of_models(row):
    sizes = [hidden(network) for network in (HamiltonianNetwork(8), BaselineNetwork(8), TanhNetwork(8, 1))]
    assert sizes[0] == sizes[1] == sizes[2]
    layers, units = sizes[0]
    return layers if row == "layers" else units.pop()


@paper.property("Sec. 2", "sizes that no network can have are refused by value", draws=1)
def sizes_are_refused(rng):
    found = [
        (refusal(lambda made=made, size=size: made(size)), f"received {size}")
        for made, size in itertools.product((symplectic_matrix, HamiltonianNetwork), (-2, 0, 1, 3))
    ]
    for sizes in itertools.product((0, 1), repeat=3):
        if 0 in sizes:
            found.append(
                (
                    refusal(lambda sizes=sizes: TanhNetwork(*sizes)),
                    "received inputs={}, outputs={}, width={}".format(*sizes),
                )
            )
    return all(text in message for message, text in found)


# The loss (Eq. 3)


@paper.component(
    "loss",
    of=derivative_loss,
    traits=[
        LowerBound(0.0, lambda predicted, observed: (observed, observed)),
        Reduced("batch"),
        Homogeneous(2, (0, 1)),
    ],
)
def two_fields(rng, batch=4, coordinates=2):
    return normal(rng, batch, coordinates), normal(rng, batch, coordinates)


paper.equation("Eq. 3", of=derivative_loss)(oracles.derivative_loss)


@paper.property(
    "Sec. 3.1", "derivatives or trajectories of two shapes are refused, also where nobody checks annotations", draws=1
)
def shapes_are_refused(rng):
    one, three = torch.ones(1, 2), torch.ones(3, 2)
    calls = [
        lambda: unwrap(derivative_loss)(three, one),
        lambda: unwrap(energy_error)(lambda x: x.sum(-1), three, one),
    ]
    return all("received (3, 2) and (1, 2)" in refusal(call) for call in calls)


@paper.reference(of=derivative_loss, id="torch")
def _(predicted, observed):
    return nn.functional.mse_loss(predicted, observed)
