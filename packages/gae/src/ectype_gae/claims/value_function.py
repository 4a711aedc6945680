"""Fitting the value function (section 5), and the networks (section 6.2.1)."""

import inspect

import torch
from ectype.traits import LowerBound, Reduced

from ectype_gae.claims import oracles
from ectype_gae.claims.shared import normal, paper, refusal, whole
from ectype_gae.robot_networks import robot_network
from ectype_gae.value_fit import conjugate_gradient, trust_region_step, value_divergence, value_loss


def pair(rng, batch=6):
    return normal(rng, batch), normal(rng, batch)


def triple(rng, batch=6):
    return *pair(rng, batch), normal(rng, batch)


paper.component(
    "loss", of=value_loss, traits=[LowerBound(0.0, lambda values, targets: (targets, targets)), Reduced("batch", "sum")]
)(pair)
paper.equation("Eq. 28", of=value_loss)(oracles.value_loss)


@paper.reference(of=value_loss, id="torch")
def _(values, targets):
    return torch.nn.functional.mse_loss(values, targets, reduction="sum")


paper.component(
    "loss",
    of=value_divergence,
    traits=[LowerBound(0.0, lambda values, old, targets: (old, old, targets)), Reduced("batch")],
    expected_failures={"zero-inputs": "a value function without error has no variance; the region has no size then"},
)(triple)
paper.equation("Eq. 29", of=value_divergence)(oracles.value_divergence)


@paper.reference(of=value_divergence, id="torch")
def _(values, old_values, targets):
    deviation = (old_values - targets).square().mean().sqrt()
    normals = [torch.distributions.Normal(mean, deviation) for mean in (old_values, values)]
    return torch.distributions.kl_divergence(*normals).mean()


def problem(rng, n=9, d=4):
    """A gradient and a Jacobian; there are more states than parameters, so that H can be inverted."""
    return normal(rng, d), normal(rng, n + d, d)


paper.component(
    "layer",
    of=trust_region_step,
    settings=[{"epsilon": 0.1}, {"epsilon": 2.0, "iterations": 20}],
    expected_failures={"gradients-match-differences": "a step is a constant: no gradient flows through it"},
)(problem)
paper.equation("Eq. 30", of=trust_region_step, tolerance=1e-7, because="iterations in the place of an inverse")(
    oracles.trust_region_step
)


@paper.property(
    "Sec. 5",
    "as many iterations as there are unknowns solve the system",
    tolerance=1e-7,
    because="rounding in the iterations",
)
def system_is_solved(rng):
    d = whole(rng, 1, 6)
    root = normal(rng, 2 * d, d)
    matrix, right = root.T @ root, normal(rng, d)
    return conjugate_gradient(lambda v: matrix @ v, right, d), torch.linalg.solve(matrix, right)


@paper.property("Sec. 5", "fewer come nearer in the norm of the matrix with each", draws=5)
def iterations_come_nearer(rng):
    root, right = normal(rng, 12, 6), normal(rng, 6)
    matrix = root.T @ root
    solution = torch.linalg.solve(matrix, right)
    found = [conjugate_gradient(lambda v: matrix @ v, right, k) - solution for k in range(1, 6)]
    errors = torch.stack([error @ matrix @ error for error in found])
    return errors[1:] <= errors[:-1]


@paper.property(
    "Sec. 5", "the step has the stated length and goes down, and no step of that length goes down farther", draws=5
)
def step_is_the_best(rng):
    gradient, jacobian = problem(rng)
    h = jacobian.T @ jacobian / len(jacobian)
    step = trust_region_step(gradient, jacobian, 0.3)
    others = normal(rng, 500, 4)
    others *= (0.6 / ((others @ h) * others).sum(-1, keepdim=True)).sqrt()
    return torch.cat([(0.5 * step @ h @ step - 0.3).abs()[None] < 1e-9, gradient @ step <= others @ gradient])


@paper.property("Sec. 5", "a gradient of zero asks for no iteration; no gradient flows through the solution", draws=1)
def nothing_to_solve(rng):
    zero = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    solution = conjugate_gradient(lambda v: v * torch.nan, zero)
    return bool((solution == 0).all()) and not solution.requires_grad


@paper.property("Sec. 5", "what cannot be meant is refused by value; ten iterations by default", draws=1)
def impossible_fits_are_refused(rng):
    gradient, jacobian = problem(rng)
    calls = [
        (lambda: trust_region_step(gradient, jacobian, 0.0), "epsilon=0.0"),
        (lambda: trust_region_step(gradient, jacobian, 0.1, 0), "iterations=0"),
        (lambda: robot_network(0, 3), "observation=0"),
        (lambda: robot_network(3, 0), "outputs=0"),
    ]
    given = [inspect.signature(f).parameters["iterations"].default for f in (conjugate_gradient, trust_region_step)]
    return all(text in refusal(call) for call, text in calls) and given == [10, 10]


# The networks of the robot tasks

ROBOTS = {"biped": (33, 10), "quadruped": (29, 8)}


@paper.property("Sec. 6.2.1", "three hidden layers of 100, 50 and 25 tanh units, the last layer linear", draws=1)
def layers_of_the_network(rng):
    network = robot_network(33, 10)
    kinds = [type(layer).__name__ for layer in network]
    sizes = [layer.out_features for layer in network if isinstance(layer, torch.nn.Linear)]
    return kinds == ["Linear", "Tanh"] * 3 + ["Linear"] and sizes == [100, 50, 25, 10] and network[0].in_features == 33


def parameters(observation, outputs):
    return sum(p.numel() for p in robot_network(observation, outputs).parameters())


@paper.property("Sec. 1", "policies and value functions have over 10^4 parameters each", holds=False, draws=1)
def size_of_the_networks(rng):
    sizes = [parameters(n, outputs) for n, actuators in ROBOTS.values() for outputs in (actuators, 1)]
    return any(size > 10**4 for size in sizes)


@paper.claim("Sec. 1", "parameters of the largest network, the policy of the biped", printed="1e4")
def parameters_of_the_policy():
    return parameters(*ROBOTS["biped"])


@paper.claim("Sec. 6.3.2", "days of real time behind a gait", printed="5.8", unit="days")
def days_of_real_time():
    seconds, steps, batches = 0.01, 50_000, 1000
    return seconds * steps * batches / (3600 * 24)
