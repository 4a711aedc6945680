"""The systems, their data, and the energy metric (sections 3 and 4)."""

from functools import partial

import numpy as np
import torch
from ectype.traits import Disjoint, Homogeneous, LowerBound, Moments, Reduced

from ectype_hnn.claims import oracles
from ectype_hnn.claims.shared import Quartic, normal, paper, refusal
from ectype_hnn.energy_error import box_starts, energy_error, notebook_energy, stretched_horizons
from ectype_hnn.oscillator_data import oscillator_data
from ectype_hnn.pendulum import pendulum_data, pendulum_energy
from ectype_hnn.spring import spring_data, spring_energy
from ectype_hnn.symplectic_gradient import symplectic_gradient
from ectype_hnn.two_body import nearly_circular_starts, two_body_data, two_body_energy

# Energies (Eq. 4 to 6)

paper.component(
    "layer",
    of=spring_energy,
    settings=[{}, {"stiffness": 1.0, "mass": 1.0}, {"stiffness": 3.0, "mass": 0.7}],
    traits=[Homogeneous(2)],
)(lambda rng, batch=3: normal(rng, batch, 2))
paper.equation("Eq. 4", of=spring_energy)(oracles.spring_energy)

paper.component(
    "layer",
    of=pendulum_energy,
    settings=[{}, {"mass": 1.0, "gravity": 3.0, "length": 1.0}, {"mass": 0.7, "gravity": 2.0, "length": 1.3}],
)(lambda rng, batch=3: 2 * normal(rng, batch, 2))
paper.equation("Eq. 5", of=pendulum_energy)(oracles.pendulum_energy)

paper.component(
    "layer",
    of=two_body_energy,
    settings=[{}, {"masses": (0.7, 2.0), "gravity": 1.5}],
    expected_failures={
        "zero-inputs": "two bodies at one place have no energy: the potential is infinite there",
    },
)(lambda rng, batch=3: normal(rng, batch, 8))
paper.equation("Eq. 6", of=two_body_energy)(oracles.two_body_energy)


def by_rows(field, states):
    return [field(*row) for row in states.tolist()]


@paper.property("Eq. 4", "the true field of the spring, from its energy, is (2 p, -2 q)")
def field_of_the_spring(rng):
    x = normal(rng, 5, 2)
    return symplectic_gradient(spring_energy, x), np.array(by_rows(oracles.spring_field, x))


@paper.property("Eq. 5", "the true field of the pendulum, from its energy, is (2 p, -3 sin q)")
def field_of_the_pendulum(rng):
    x = 2 * normal(rng, 5, 2)
    return symplectic_gradient(pendulum_energy, x), np.array(by_rows(oracles.pendulum_field, x))


@paper.property("Eq. 6", "the true field of two bodies, from their energy, is Newton's law of gravitation")
def field_of_two_bodies(rng):
    x = normal(rng, 5, 8)
    return symplectic_gradient(two_body_energy, x), np.array(by_rows(oracles.two_body_field, x))


@paper.property("Sec. 3", "constants that are not positive are refused by value", draws=1)
def constants_are_refused(rng):
    pair, eight = torch.ones(1, 2), torch.arange(8.0)
    calls = []
    for wrong in (0.0, -1.0):
        calls += [
            (lambda w=wrong: spring_energy(pair, w), f"stiffness={wrong}"),
            (lambda w=wrong: spring_energy(pair, 1.0, w), f"mass={wrong}"),
            (lambda w=wrong: pendulum_energy(pair, w), f"mass={wrong}"),
            (lambda w=wrong: pendulum_energy(pair, 1.0, w), f"gravity={wrong}"),
            (lambda w=wrong: pendulum_energy(pair, 1.0, 1.0, w), f"length={wrong}"),
            (lambda w=wrong: two_body_energy(eight, (w, 1.0)), f"({wrong}, 1.0)"),
            (lambda w=wrong: two_body_energy(eight, (1.0, w)), f"(1.0, {wrong})"),
            (lambda w=wrong: two_body_energy(eight, (1.0, 1.0), w), f"gravity={wrong}"),
        ]
    return all(text in refusal(call) for call, text in calls)


# Data

FEW = [{"trajectories": 2}]
for of in (spring_data, pendulum_data):
    paper.component("data", of=of, settings=FEW, traits=[Disjoint()])(lambda rng: ())

paper.component(
    "data",
    of=two_body_data,
    settings=[{"trajectories": 5, "observations": 3, "duration": 2.0}],
    traits=[Disjoint()],
)(lambda rng: ())


def bowl(state):
    """An energy that keeps every state near the origin."""
    return (state**4).sum(-1) + (state**2).sum(-1)


paper.component(
    "data",
    of=oscillator_data,
    settings=[{"radii": (0.5, 0.6), "observations": 3, "trajectories": 2, "noise": 0.1, "duration": 1.0}],
    traits=[Disjoint()],
)(lambda rng: bowl)

paper.component(
    "sampler",
    of=nearly_circular_starts,
    settings=[{}, {"noise": 0.0}, {"noise": 0.2}],
)(lambda rng, batch=3: batch)


def rows(data, part):
    return torch.cat([data.train[part], data.test[part]])


EXACT = "integrations at a tolerance of 1e-8, one by one and all at once"


@paper.property(
    "Sec. 3",
    "data of task 1 are those of the official procedure, trajectory by trajectory",
    draws=2,
    tolerance=1e-6,
    because=EXACT,
)
def data_of_the_spring(rng):
    seed = int(torch.randint(1000, (), generator=rng))
    data = spring_data(seed, trajectories=4)
    other = oracles.oscillators(oracles.spring_field, seed, (0.1, 1.0), 30, 4, 0.1)
    return [rows(data, 0), rows(data, 1)], list(other)


@paper.property(
    "Sec. 3",
    "data of task 2 are those of the official procedure, trajectory by trajectory",
    draws=2,
    tolerance=1e-6,
    because=EXACT,
)
def data_of_the_pendulum(rng):
    seed = int(torch.randint(1000, (), generator=rng))
    data = pendulum_data(seed, trajectories=4)
    other = oracles.oscillators(oracles.pendulum_field, seed, (1.3, 2.3), 45, 4, 0.1)
    return [rows(data, 0), rows(data, 1)], list(other)


@paper.property(
    "Sec. 4.1",
    "data of task 4 are those of the official procedure, orbit by orbit",
    draws=2,
    tolerance=1e-6,
    because=EXACT,
)
def data_of_two_bodies(rng):
    seed = int(torch.randint(1000, (), generator=rng))
    data = two_body_data(seed, trajectories=5)
    other = oracles.orbits(seed, 50, 5, 20, 0.05)
    tested_last = [torch.cat([data.test[part], data.train[part]]) for part in (0, 1)]
    return tested_last, list(other)


@paper.property("Sec. 4.1", "starts of task 4 are those of the official procedure", draws=3)
def starts_of_two_bodies(rng):
    seed = int(torch.randint(1000, (), generator=rng))
    return (
        [nearly_circular_starts(4, seed=seed), nearly_circular_starts(3, seed=seed, noise=0.2)],
        [oracles.circular_starts(4, seed, 0.05), oracles.circular_starts(3, seed, 0.2)],
    )


@paper.property("Sec. 4.1", "centre of mass and total momentum are zero")
def at_rest(rng):
    starts = nearly_circular_starts(5, seed=int(torch.randint(1000, (), generator=rng)))
    return 1 + starts.unflatten(-1, (4, 2)).sum(-1), torch.ones(5, 4)


@paper.property(
    "Sec. 4.1",
    "without noise the orbits are circles: the distance of the bodies does not change",
    draws=2,
    tolerance=1e-6,
    because="integrations at a tolerance of 1e-8",
)
def circles(rng):
    data = two_body_data(int(torch.randint(1000, (), generator=rng)), trajectories=5, observations=6, noise=0.0)
    x1, x2, y1, y2 = data.train.states[:, :4].unflatten(0, (4, 6)).unbind(-1)
    distance = torch.hypot(x1 - x2, y1 - y2)
    return distance, distance[:, :1].expand(4, 6)


@paper.property(
    "Sec. 4.1",
    "the energy is the same all along an orbit",
    draws=2,
    tolerance=1e-6,
    because="integrations at a tolerance of 1e-8",
)
def energy_along_orbits(rng):
    data = two_body_data(int(torch.randint(1000, (), generator=rng)), trajectories=5)
    energies = two_body_energy(data.train.states).unflatten(0, (4, 50))
    return energies, energies[:, :1].expand(4, 50)


@paper.property("Sec. 3", "what cannot be observed is refused by value", draws=1)
def data_are_refused(rng):
    def oscillator(radii=(0.5, 1.0), observations=3, trajectories=2, noise=0.1, **more):
        settings = {"radii": radii, "observations": observations, "trajectories": trajectories, "noise": noise}
        return oscillator_data(spring_energy, 0, **settings, **more)

    calls = [
        (lambda: oscillator(trajectories=3), "received 3"),
        (lambda: oscillator(trajectories=0), "received 0"),
        (lambda: oscillator(observations=1), "received 1"),
        (lambda: oscillator(radii=(0.0, 1.0)), "received (0.0, 1.0)"),
        (lambda: oscillator(radii=(1.0, 0.5)), "received (1.0, 0.5)"),
        (lambda: oscillator(noise=-0.1), "received -0.1"),
        (lambda: oscillator(duration=0.0), "received 0.0"),
        (lambda: oscillator(duration=100.5), "received 100.5"),
        (lambda: two_body_data(0, trajectories=0), "received 0"),
        (lambda: two_body_data(0, trajectories=6), "received 6"),
        (lambda: two_body_data(0, observations=1), "received 1"),
        (lambda: two_body_data(0, duration=0.0), "received 0.0"),
        (lambda: two_body_data(0, duration=100.5), "received 100.5"),
        (lambda: two_body_data(0, duration=-1.0), "received -1.0"),
        (lambda: nearly_circular_starts(0, seed=0), "count=0"),
        (lambda: nearly_circular_starts(1, seed=0, noise=-0.1), "noise=-0.1"),
        (lambda: box_starts(0, seed=0), "received 0"),
        (lambda: stretched_horizons(0.0), "horizon=0.0"),
        (lambda: stretched_horizons(20.0, 0), "count=0"),
    ]
    accepted = [
        lambda: oscillator(trajectories=2, observations=2, noise=0.0),
        lambda: oscillator(radii=(1.0, 1.0)),
        lambda: stretched_horizons(0.5, 1),
        lambda: box_starts(1, seed=0),
        lambda: nearly_circular_starts(1, seed=0, noise=0.0),
    ]
    # What is accepted is no reason where there is another one.
    even = "trajectories must be an even number of at least 2; received 1"
    fifth = "trajectories must be a multiple of 5; received 1"
    alone = [
        reason == refusal(lambda make=make, given=given: make(trajectories=1, duration=given))
        for make, reason in ((oscillator, even), (partial(two_body_data, 0), fifth))
        for given in (0.5, 100.0)
    ]
    return all(text in refusal(call) for call, text in calls) and not any(map(refusal, accepted)) and all(alone)


@paper.claim(
    "Sec. 3",
    "data of tasks 1 and 2",
    printed={
        "training trajectories of task 1": "25",
        "test trajectories of task 1": "25",
        "observations of a trajectory of task 1": "30",
        "training trajectories of task 2": "25",
        "test trajectories of task 2": "25",
    },
)
def sizes_of_oscillators(row):
    observations = {"1": 30, "2": 45}[row[-1]]
    data = {"1": spring_data, "2": pendulum_data}[row[-1]](0)
    times = data.train if row.startswith("training") else data.test
    # A trajectory is what one integration gives: the noiseless derivatives at its end and at the next start do not connect.
    jumps = (times.derivatives[1:] - times.derivatives[:-1]).norm(dim=-1)
    trajectories = 1 + int((jumps[observations - 1 :: observations] > 0).sum())
    return len(times.states) / trajectories if row.startswith("observations") else trajectories


@paper.claim(
    "Sec. 4.1",
    "data of task 4",
    printed={"trajectories": "1000", "observations of a trajectory": "50", "% for training": "80"},
)
def sizes_of_two_bodies(row):
    data = two_body_data(0)
    states = torch.cat([data.test.states, data.train.states])
    energies = two_body_energy(states)
    trajectories = 1 + int(((energies[1:] - energies[:-1]).abs() > 1e-6).sum())
    return {
        "trajectories": trajectories,
        "observations of a trajectory": len(states) / trajectories,
        "% for training": 100 * len(data.train.states) / len(states),
    }[row]


@paper.claim("Sec. 4", "degrees of freedom of task 4", printed="8")
def degrees_of_freedom():
    return two_body_data(0, trajectories=5, observations=2).train.states.shape[-1]


# The energy metric (section 3.1)


@paper.component(
    "loss",
    of=energy_error,
    traits=[LowerBound(0.0, lambda energy, true, predicted: (energy, true, true)), Reduced("batch")],
)
def energy_and_paths(rng, batch=3, coordinates=4):
    return Quartic(rng, coordinates), normal(rng, batch, coordinates), normal(rng, batch, coordinates)


paper.equation("Sec. 3.1", of=energy_error)(oracles.energy_error)

paper.component("layer", of=notebook_energy, traits=[Homogeneous(2)])(lambda rng, batch=3: normal(rng, batch, 2))


@paper.reference(of=notebook_energy, id="torch")
def _(state):
    return torch.linalg.vector_norm(state, dim=-1) ** 2


paper.component("sampler", of=box_starts, traits=[Moments(0.0, 0.6**2 + 0.4**2 / 3)])(lambda rng, batch=15: batch)
paper.component("layer", of=stretched_horizons)(lambda rng, count=15: (20.0, count))


@paper.property("Sec. 3.1", "starts of the notebook's energy loop have coordinates of size 0.2 to 1", draws=3)
def starts_of_the_notebook(rng):
    seed = int(torch.randint(1000, (), generator=rng))
    return (
        [box_starts(4, seed=seed), box_starts(seed=seed)],
        [oracles.box_starts(4, seed), oracles.box_starts(15, seed)],
    )


@paper.property("Sec. 3.1", "the notebook of task 1 integrates longer from one trajectory to the next", draws=1)
def horizons_of_the_notebook(rng):
    ours = [stretched_horizons(), stretched_horizons(5.0, 3)]
    return [*ours[0], *ours[1]], [*oracles.stretched_horizons(20, 15), *oracles.stretched_horizons(5.0, 3)]
