"""How long a step can be (section 2.1, section 7.1), and how large the regret (section 4)."""

import math

import numpy as np
import torch

from ectype_adam.adam import Adam, adam_update
from ectype_adam.adamax import AdaMax
from ectype_adam.claims import oracles
from ectype_adam.claims.shared import normal, paper, path, positive, refusal, whole
from ectype_adam.regret import regret, regret_bound
from ectype_adam.step_bound import sharp_adamax_bound, sharp_step_bound, stated_step_bound, worst_gradients

STEPS = 1000
"""Long enough for bounds to be at their limits for decay rates up to 0.99."""


def longest(kind, gradients, **settings):
    """The last of the steps on given gradients, in units of the stepsize."""
    start = torch.zeros(1, dtype=torch.float64)
    return float(path(kind, start, gradients[:, None], lr=1.0, **settings).diff(dim=0)[-1].abs())


def adam_without_epsilon(params, **settings):
    return Adam(params, **settings, eps=0.0)


def rates(rng):
    """Two random decay rates."""
    return tuple((0.05 + 0.9 * torch.rand(2, generator=rng, dtype=torch.float64)).tolist())


@paper.property("Sec. 2.1", "the paper's bound is (1 - beta_1) / sqrt(1 - beta_2) in the first case, and 1 otherwise")
def bound_of_the_paper(rng):
    beta1, beta2 = rates(rng)
    first = 1 - beta1 > math.sqrt(1 - beta2)
    return stated_step_bound(beta1, beta2), (1 - beta1) / math.sqrt(1 - beta2) if first else 1.0


@paper.property("Sec. 2.1", "a gradient after nothing but zeros gives the step of the first case", draws=2)
def sparse_gradients(rng):
    gradients = torch.full((400,), 1e-60, dtype=torch.float64)
    gradients[-1] = normal(rng, ())
    beta1, beta2 = 0.2, 0.9
    return longest(adam_without_epsilon, gradients, betas=(beta1, beta2)), stated_step_bound(beta1, beta2)


@paper.property("Sec. 2.1", "with equal decay rates no step is longer than the stepsize")
def equal_rates(rng):
    beta = rates(rng)[0]
    gradients = torch.randn(30, generator=rng, dtype=torch.float64) * 10.0 ** whole(rng, -3, 3)
    steps = path(
        adam_without_epsilon, torch.zeros(1, dtype=torch.float64), gradients[:, None], lr=1.0, betas=(beta, beta)
    )
    return steps.diff(dim=0).abs() <= 1 + 1e-12


@paper.property(
    "Sec. 2.1",
    "in the case that is called the most severe, no step is longer than the bound of the paper",
    holds=False,
    draws=3,
)
def first_case(rng):
    return longest(adam_without_epsilon, worst_gradients(1000, 0.9, 0.999)) <= stated_step_bound(0.9, 0.999)


@paper.property("Sec. 2.1", "in the other case no step is longer than the stepsize", holds=False, draws=3)
def second_case(rng):
    beta1, beta2 = ((0.9, 0.9), (0.9, 0.95), (0.5, 0.3))[1 + whole(rng, 0, 1)]
    return longest(adam_without_epsilon, worst_gradients(STEPS, beta1, beta2), betas=(beta1, beta2)) <= 1.001


@paper.property("Sec. 2.1", "no step is longer than the sharp bound")
def sharp_bound(rng):
    (beta1, beta2), steps = rates(rng), whole(rng, 2, 40)
    gradients = normal(rng, steps) * torch.exp(3 * normal(rng, steps))
    return (
        longest(adam_without_epsilon, gradients, betas=(beta1, beta2)) <= sharp_step_bound(steps, beta1, beta2) + 1e-9
    )


@paper.property("Sec. 2.1", "the worst gradients attain the sharp bound")
def sharp_bound_is_attained(rng):
    (beta1, beta2), steps = rates(rng), whole(rng, 2, 40)
    ours = longest(adam_without_epsilon, worst_gradients(steps, beta1, beta2), betas=(beta1, beta2))
    return ours, sharp_step_bound(steps, beta1, beta2)


RATES = [{}, {"beta1": 0.3, "beta2": 0.2}, {"beta1": 0.6, "beta2": 0.6}]
for function, oracle, place in (
    (sharp_step_bound, oracles.longest_step, "Sec. 2.1"),
    (sharp_adamax_bound, oracles.longest_adamax_step, "Sec. 7.1"),
):
    paper.component("schedule", of=function, settings=RATES)(lambda rng: whole(rng, 1, 40))
    paper.equation(place, of=function)(oracle)


@paper.property("Sec. 7.1", "no step of AdaMax is longer than the sharp bound, and shrinking gradients attain it")
def adamax_bound_is_attained(rng):
    (beta1, beta2), steps = rates(rng), whole(rng, 2, 40)
    gradients = beta2 ** torch.arange(steps, dtype=torch.float64)
    attained, bound = longest(AdaMax, gradients, betas=(beta1, beta2)), sharp_adamax_bound(steps, beta1, beta2)
    some = longest(AdaMax, normal(rng, steps), betas=(beta1, beta2))
    return math.isclose(attained, bound, rel_tol=1e-9) and some <= bound + 1e-9


@paper.property("Sec. 7.1", "no step of AdaMax is longer than the stepsize", holds=False, draws=3)
def bound_of_adamax(rng):
    return longest(AdaMax, 0.999 ** torch.arange(whole(rng, 50, 100), dtype=torch.float64)) <= 1.001


@paper.property("Sec. 7.1", "with equal decay rates no step of AdaMax is longer than the stepsize")
def bound_of_adamax_with_equal_rates(rng):
    beta, steps = rates(rng)[0], whole(rng, 2, 40)
    return longest(AdaMax, normal(rng, steps), betas=(beta, beta)) <= sharp_adamax_bound(steps, beta, beta) + 1e-9


@paper.claim(
    "Sec. 2.1",
    "bound of |m_hat / sqrt(v_hat)| where (1 - beta_1) = sqrt(1 - beta_2), for beta_1 = 0.9 and beta_2 = 0.99",
    printed="1",
)
def bound_at_the_border():
    return longest(adam_without_epsilon, worst_gradients(STEPS, 0.9, 0.99), betas=(0.9, 0.99))


@bound_at_the_border.derivation
def by_cauchy_and_schwarz():
    return sharp_step_bound(STEPS, 0.9, 0.99)


@paper.property("Sec. 2.1", "what cannot be bounded is refused by value; defaults are those of Algorithm 1", draws=1)
def impossible_bounds_are_refused(rng):
    one = torch.ones(2, 1, dtype=torch.float64)

    def claimed(**wrong):
        return lambda: regret_bound(one, one[0], 1.0, 1.0, 1.0, **wrong)

    calls = [
        (lambda: stated_step_bound(1.0, 0.9), "received (1.0, 0.9)"),
        (lambda: stated_step_bound(0.9, -0.5), "received (0.9, -0.5)"),
        (claimed(betas=(1.0, 0.9)), "received (1.0, 0.9)"),
        (claimed(betas=(0.9, 0.5)), "betas=(0.9, 0.5)"),
        (claimed(betas=(0.5, 0.0625)), "betas=(0.5, 0.0625)"),
        (claimed(betas=(0.5, 0.0)), "betas=(0.5, 0.0)"),
        (claimed(lr=0.0), "lr=0.0"),
        (claimed(decay=0.0), "decay=0.0"),
        (claimed(decay=1.0), "decay=1.0"),
    ]
    for bound in (sharp_step_bound, sharp_adamax_bound, worst_gradients):
        calls += [
            (lambda b=bound: b(0), "step=0"),
            (lambda b=bound: b(3, 0.0, 0.9), "0.0"),
            (lambda b=bound: b(3, 1.0, 0.9), "1.0"),
            (lambda b=bound: b(3, 0.9, 0.0), "0.0"),
            (lambda b=bound: b(3, 0.9, 1.0), "1.0"),
        ]
    same = [
        stated_step_bound() == stated_step_bound(0.9, 0.999),
        sharp_step_bound(5) == sharp_step_bound(5, 0.9, 0.999),
        sharp_adamax_bound(5) == sharp_adamax_bound(5, 0.9, 0.999),
        worst_gradients(5).equal(worst_gradients(5, 0.9, 0.999)),
        float(claimed()()) == float(claimed(lr=1e-3, betas=(0.9, 0.999), decay=0.9)()),
        sharp_step_bound(1) == 1.0,
        stated_step_bound(0.0, 0.0) == 1.0,
    ]
    return all(text in refusal(call) for call, text in calls) and all(same)


# Regret (section 4)

paper.component("layer", of=regret)(lambda rng, t=6: (normal(rng, t), normal(rng, t)))
paper.equation("Eq. 5", of=regret)(oracles.regret)

paper.component(
    "layer",
    of=regret_bound,
    settings=[{}, {"lr": 0.3, "betas": (0.5, 0.3), "decay": 0.5}],
)(lambda rng, t=6, d=3: (normal(rng, t, d), positive(rng, d), *positive(rng, 3).tolist()))
paper.equation("Thm. 4.1", of=regret_bound)(oracles.regret_bound)

SLOPE, BETAS, ROUNDS = 3.0, (0.0, 0.1), 3000
"""The example of Reddi, Kale and Kumar: slopes C, -1, -1 on [-1, 1], beta_1 = 0 and beta_2 = 1 / (1 + C^2), C = 3."""


def counterexample(rounds=ROUNDS, lr=1.0):
    """Adam as the theorem has it, from the best point, on slopes C, -1, -1; its regret, and what the theorem says."""
    theta, zero = -torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    m, v, places = zero, zero, []
    slopes = torch.tensor([SLOPE, -1.0, -1.0], dtype=torch.float64).repeat(rounds // 3)[:, None]
    for step, slope in enumerate(slopes, start=1):
        places.append(theta)
        theta, m, v = adam_update(theta, slope, m, v, step, lr=lr / step**0.5, betas=BETAS, eps=0.0)
        theta = theta.clamp(-1, 1)
    losses = torch.stack(places) * slopes
    v_hat = v / (1 - BETAS[1] ** rounds)
    # lambda is free as beta_1 is zero; the smaller, the smaller the bound
    bound = regret_bound(slopes, v_hat, 2.0, 2.0, SLOPE, lr=lr, betas=BETAS, decay=1e-6)
    return float(regret(losses[:, 0], -slopes[:, 0])), float(bound)


@paper.property("Thm. 4.1", "the regret of Adam stays below the bound of the theorem", holds=False, draws=1)
def bound_of_the_theorem(rng):
    ours, bound = counterexample()
    return ours <= bound


@paper.property("Cor. 4.2", "the average regret of Adam tends to zero", holds=False, draws=1)
def average_regret(rng):
    early, late = (counterexample(rounds)[0] / rounds for rounds in (300, ROUNDS))
    return late < 0.9 * early


def root_sum(gradients):
    """The left side of Lemma 10.3."""
    return sum(abs(g) / math.sqrt(t) for t, g in enumerate(gradients, start=1))


@paper.property(
    "Lem. 10.3", "sum |g_t| / sqrt(t) is at most twice the largest gradient times the norm of all", holds=False, draws=1
)
def lemma_of_the_proof(rng):
    gradients = 1 / np.sqrt(np.arange(1, 101))
    return bool(root_sum(gradients) <= 2 * gradients.max() * np.linalg.norm(gradients))


@paper.property("Lem. 10.3", "with sqrt(1 + log T) in the place of twice the largest gradient it holds")
def lemma_mended(rng):
    gradients = normal(rng, whole(rng, 1, 100)).numpy()
    return bool(root_sum(gradients) <= math.sqrt(1 + math.log(len(gradients))) * np.linalg.norm(gradients) + 1e-12)
