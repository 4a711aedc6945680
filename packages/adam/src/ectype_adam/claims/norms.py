"""From the L2 to the infinity norm (section 7.1)."""

import math

import torch
from ectype.traits import Homogeneous

from ectype_adam.claims import oracles
from ectype_adam.claims.shared import normal, paper, positive, refusal, whole
from ectype_adam.discounted_norm import discounted_maximum, discounted_norm, infinity_norm, power_average, power_norm

POWERS = [{"decay": 0.9, "p": 2.0}, {"decay": 0.99, "p": 5.0}, {"decay": 0.5, "p": 1.0}]
CORNER = {
    "zero-inputs": "a root has no derivative at zero; nothing is trained through these norms",
}

paper.component("layer", of=power_average, settings=POWERS)(lambda rng, n=5: (positive(rng, n), normal(rng, n)))
paper.equation("Eq. 6", of=power_average, elementwise=True)(oracles.power_average)

paper.component("layer", of=power_norm, settings=POWERS, traits=[Homogeneous(1)], expected_failures=CORNER)(
    lambda rng, t=6, n=3: normal(rng, t, n)
)
paper.equation("Eq. 7", of=power_norm)(oracles.power_norm_eq7)
paper.equation("Eq. 8", of=power_norm)(oracles.power_norm_eq8)
paper.equation("Eq. 9", of=power_norm)(oracles.power_norm_eq9)

paper.component(
    "layer",
    of=discounted_norm,
    settings=[*POWERS, {"decay": 0.9, "p": math.inf}],
    traits=[Homogeneous(1)],
    expected_failures=CORNER,
)(lambda rng, t=6, n=3: normal(rng, t, n))
paper.equation("Eq. 10", of=discounted_norm)(oracles.faded_norm)


@paper.reference(of=discounted_norm, id="torch")
def _(gradients, decay, p):
    ages = torch.arange(len(gradients), dtype=gradients.dtype, device=gradients.device).flip(0)
    return torch.linalg.vector_norm(decay ** ages[:, None] * gradients, ord=p, dim=0)


paper.component("layer", of=discounted_maximum, settings=[{"decay": 0.9}, {"decay": 0.5}], traits=[Homogeneous(1)])(
    lambda rng, t=6, n=3: normal(rng, t, n)
)
paper.equation("Eq. 11", of=discounted_maximum)(oracles.faded_maximum)


paper.component("layer", of=infinity_norm, settings=[{"decay": 0.9}, {"decay": 0.5}])(
    lambda rng, n=5: (positive(rng, n), normal(rng, n))
)
paper.equation("Eq. 12", of=infinity_norm, elementwise=True)(oracles.infinity_norm)


@paper.property("Eq. 12", "the recursion is the maximum of Eq. 11")
def recursion_is_the_maximum(rng):
    gradients, decay = normal(rng, whole(rng, 1, 30), 4), float(torch.rand((), generator=rng))
    norm = torch.zeros(4, dtype=torch.float64)
    for gradient in gradients:
        norm = infinity_norm(norm, gradient, decay)
    return norm, discounted_maximum(gradients, decay)


@paper.property("Eq. 8", "the L_p variant tends to AdaMax: the norms differ by at most a constant over p")
def norms_converge(rng):
    gradients, decay = normal(rng, 10, 4), 0.9
    limit = discounted_norm(gradients, decay, math.inf)
    powers = [100.0, 1000.0, 10_000.0]
    apart = torch.stack([(power_norm(gradients, decay, p) / limit).log().abs() * p for p in powers])
    # (1 - beta^p)^(1/p) is at most 1, and the sum of t terms at most t times the largest
    return (apart <= math.log(10)).all() and power_norm(gradients, decay, math.inf).equal(limit)


@paper.property("Eq. 8", "at p = 2 it is the root of Adam's second moment, with the square of beta_2 as decay rate")
def norm_of_adam(rng):
    gradients = normal(rng, whole(rng, 1, 20), 4)
    return power_norm(gradients, 0.9, 2.0) ** 2, oracles.weighted_average(gradients.numpy() ** 2, 0.9**2)


@paper.property(
    "Sec. 7.1", "written as printed the variant is numerically unstable for large p; in units of the largest it is not"
)
def large_powers(rng):
    gradients = 0.01 * normal(rng, 10, 4)
    naive = (0.9**1000 * gradients.abs() ** 1000).sum(0) ** (1 / 1000)
    return bool((naive == 0).all()) and bool((power_norm(gradients, 0.9, 1000.0) > 0).all())


@paper.property(
    "Sec. 7.1",
    "powers below 1, infinite ones where there is no limit, and decay rates outside [0, 1) are refused",
    draws=1,
)
def impossible_powers_are_refused(rng):
    one = torch.ones(2, dtype=torch.float64)
    calls = [
        (lambda: power_average(one, one, 0.9, 0.5), "p=0.5"),
        (lambda: power_average(one, one, 0.9, math.inf), "p=inf"),
        (lambda: power_norm(one, 0.9, 0.5), "p=0.5"),
        (lambda: power_norm(one, 1.0, 2.0), "decay=1.0"),
        (lambda: power_norm(one, -0.1, 2.0), "decay=-0.1"),
        (lambda: discounted_norm(one, 0.9, 0.5), "p=0.5"),
        (lambda: discounted_norm(one, 0.9, math.nan), "p=nan"),
        (lambda: discounted_norm(one, 1.0, 2.0), "decay=1.0"),
        (lambda: discounted_norm(one, -0.1, math.inf), "decay=-0.1"),
    ]
    accepted = [
        lambda: power_average(one, one, 0.9, 1.0),
        lambda: power_norm(one, 0.0, 1.0),
        lambda: discounted_norm(one, 0.0, 1.0),
    ]
    return all(text in refusal(call) for call, text in calls) and not any(map(refusal, accepted))


@paper.property("Sec. 7.1", "gradients that are zero have norm zero", draws=1)
def zeros_have_no_norm(rng):
    zeros = torch.zeros(3, 2, dtype=torch.float64)
    return all(not norm(zeros, 0.9, p).any() for norm in (power_norm, discounted_norm) for p in (2.0, math.inf))
