"""The training procedure (sections 3.1 and 4.1)."""

from dataclasses import replace

import torch
from ectype.traits import Overfits

from ectype_hnn.claims.shared import at_random, normal, paper, refusal
from ectype_hnn.dataset import Observations
from ectype_hnn.fit import Fit
from ectype_hnn.hamiltonian_network import HamiltonianNetwork
from ectype_hnn.presets import PENDULUM, SPRING, TWO_BODY, FitSettings


def network_and_observations(rng, rows=10):
    network = at_random(rng, lambda: HamiltonianNetwork(2, 16)).float()
    states = normal(rng, rows, 2).float()
    return network, Observations(states, torch.stack([2 * states[:, 1], -2 * states[:, 0]], dim=-1))


@paper.component(
    "procedure", of=Fit, settings=[{"settings": FitSettings(rate=1e-2, batch=8)}], traits=[Overfits(steps=300)]
)
def a_network_and_a_spring(rng):
    return network_and_observations(rng)


@paper.property(
    "Sec. 3.1", "a step is Adam's on the mean squared error of all rows, with weight decay in the gradient", draws=3
)
def steps_are_adams(rng):
    network, observations = network_and_observations(rng)
    network, observations = network.double(), Observations(*(part.double() for part in observations))
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    moments = {name: (torch.zeros_like(value), torch.zeros_like(value)) for name, value in weights.items()}
    fit = Fit(network, observations, FitSettings(rate=3e-3, weight_decay=0.1))
    other = HamiltonianNetwork(2, 16).double()
    for number in range(1, 4):
        other.load_state_dict(weights)
        loss = ((other(observations.states) - observations.derivatives) ** 2).sum() / observations.states.numel()
        gradients = torch.autograd.grad(loss, list(other.parameters()))
        for (name, _), gradient in zip(other.named_parameters(), gradients, strict=True):
            slope = gradient + 0.1 * weights[name]
            first, second = moments[name]
            moments[name] = first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
            step = (first / (1 - 0.9**number)) / ((second / (1 - 0.999**number)).sqrt() + 1e-8)
            weights[name] = weights[name] - 3e-3 * step
        fit.step()
    return [*network.state_dict().values()], [*weights.values()]


@paper.property("Sec. 4.1", "a batch is of so many different rows, others at each step, and those of its seed", draws=3)
def batches(rng):
    _, observations = network_and_observations(rng)
    seen = []

    class Seen(HamiltonianNetwork):
        def forward(self, state):
            seen.append(state)
            return super().forward(state)

    for seed in (3, 3, 4):
        spy = Seen(2, 4)
        fit = Fit(spy, observations, FitSettings(batch=6), seed=seed)
        fit.step()
        fit.step()
    whole = {tuple(row) for row in observations.states.tolist()}
    sets = [{tuple(row) for row in batch.tolist()} for batch in seen]
    return (
        all(len(batch) == 6 and batch <= whole for batch in sets)
        and sets[0] == sets[2]
        and sets[1] == sets[3]
        and (sets[0], sets[1]) != (sets[4], sets[5])
    )


@paper.property("Sec. 3.1", "a step returns the loss before it, of the batch, without a gradient", draws=2)
def loss_of_a_step(rng):
    network, observations = network_and_observations(rng)
    before = (network(observations.states) - observations.derivatives).square().mean().detach()
    loss = Fit(network, observations, SPRING).step()
    return [loss, float(loss.requires_grad)], [before, 0.0]


@paper.property("Sec. 3.1", "settings that cannot be meant are refused by value, all reasons at once", draws=1)
def settings_are_refused(rng):
    network, observations = network_and_observations(rng)
    wrong = {
        "steps must be at least 0; received -1": {"steps": -1},
        "batch must be at least 1; received 0": {"batch": 0},
        "weight_decay must be at least 0; received -0.1": {"weight_decay": -0.1},
        "rate must be positive; received 0.0": {"rate": 0.0},
        "steps must be at least 0; received -2; rate must be positive; received -1.0": {"steps": -2, "rate": -1.0},
    }
    refused = [text in refusal(lambda given=given: FitSettings(**given)) for text, given in wrong.items()]
    few = refusal(lambda: Fit(network, observations, replace(TWO_BODY, batch=11)))
    fitting = refusal(lambda: Fit(network, observations, replace(TWO_BODY, batch=10)))
    one = refusal(lambda: Fit(network, Observations(*(part[:1] for part in observations)), SPRING))
    none = refusal(lambda: Fit(network, Observations(*(part[:0] for part in observations)), SPRING))
    least = refusal(lambda: FitSettings(steps=0, batch=1))
    return all(refused) and "received 11 of 10" in few and not fitting and not one and "of 0" in none and not least


@paper.claim(
    "Sec. 3.1",
    "training of tasks 1 and 2",
    printed={"gradient steps": "2000", "learning rate of task 1": "1e-3", "learning rate of task 2": "1e-3"},
)
def training_of_oscillators(row):
    return {
        "gradient steps": SPRING.steps,
        "learning rate of task 1": SPRING.rate,
        "learning rate of task 2": PENDULUM.rate,
    }[row]


@paper.claim("Sec. 4.1", "training of task 4", printed={"gradient steps": "10000", "batch size": "200"})
def training_of_two_bodies(row):
    return {"gradient steps": TWO_BODY.steps, "batch size": TWO_BODY.batch}[row]


@paper.claim("App. A", "weight decay of the first tasks", printed={"task 1": "1e-4", "task 2": "1e-4"})
def weight_decay(row):
    return (SPRING if row == "task 1" else PENDULUM).weight_decay


@paper.property("App. B", "no weight decay on task 4, and the rate of section 3", draws=1)
def rate_of_two_bodies(rng):
    return [TWO_BODY.weight_decay, TWO_BODY.rate], [0.0, 1e-3]
