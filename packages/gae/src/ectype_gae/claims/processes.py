"""What the estimator is in expectation, in small processes whose values are known (sections 2 to 4)."""

import torch
from ectype.declarations import Sample

from ectype_gae.advantages import generalized_advantages, k_step_advantages
from ectype_gae.claims import oracles
from ectype_gae.claims.shared import Process, episodes, exact, normal, paper, process, refusal
from ectype_gae.exact_values import action_values, advantages, response, state_values

DISCOUNTS = [{"gamma": 1.0}, {"gamma": 0.9}]
NO_SOLVER = {"types-kept": "torch solves no system of equations in bfloat16"}


def tables(rng):
    return process(rng).model


for function, locators in (
    (state_values, ("Eq. 2", "Eq. 4")),
    (action_values, ("Eq. 2", "Eq. 4")),
    (advantages, ("Eq. 3", "Eq. 5")),
):
    paper.component("layer", of=function, settings=DISCOUNTS, expected_failures=NO_SOLVER)(tables)
    for locator in locators:
        paper.equation(locator, of=function)(getattr(oracles, function.__name__))

paper.component(
    "layer",
    of=response,
    settings=[{"delay": 0}, {"delay": 1}, {"delay": 4}],
    expected_failures={"autocast": "what an action changes four steps later is below the rounding of bfloat16"},
)(tables)
paper.equation("Eq. 26", of=response)(oracles.response)

GAMMA = 0.9


@paper.property("Sec. 4", "the discounted sum of responses is the advantage")
def responses_add_up(rng):
    made = process(rng)
    total = sum(GAMMA**delay * response(*made.model, delay) for delay in range(200))
    return total, advantages(*made.model, GAMMA)


@paper.property("Eq. 24", "shaping leaves the advantage; Q and V lose the potential")
def shaping_leaves_advantages(rng):
    made, potential = process(rng), normal(rng, 3)
    shaped = made.rewards + GAMMA * made.transitions @ potential - potential[:, None]
    model = (made.transitions, shaped, made.policy, GAMMA)
    plain = (*made.model, GAMMA)
    ours = [action_values(*model), state_values(*model), advantages(*model)]
    expected = [action_values(*plain) - potential[:, None], state_values(*plain) - potential, advantages(*plain)]
    return ours, expected


@paper.property("Sec. 4", "shaped by its own values, a process has values zero, and a response at once only")
def shaped_by_values(rng):
    made = process(rng)
    potential = exact(made, GAMMA)
    shaped = made.rewards + GAMMA * made.transitions @ potential - potential[:, None]
    model = (made.transitions, shaped, made.policy)
    later = torch.stack([response(*model, delay) for delay in (1, 2, 5)])
    return [1 + state_values(*model, GAMMA), 1 + later, response(*model, 0)], [
        torch.ones(3, dtype=torch.float64),
        torch.ones(3, 3, 2, dtype=torch.float64),
        advantages(*made.model, GAMMA),
    ]


def first_estimates(rng, made, values, lam):
    """Estimates for the first step of episodes from state 0, and the actions in it."""
    met = episodes(rng, made, values)
    return generalized_advantages(*met.arguments, GAMMA, lam)[0], met.actions[0]


def scored(rng, made, values, lam):
    """Estimate times the derivative of log pi(a | 0) by the logit of action 0, and what it is with the true advantage."""
    estimates, actions = first_estimates(rng, made, values, lam)
    scores = (actions == 0).double() - made.policy[0, 0]
    return Sample(estimates * scores, expected=float(made.policy[0, 0] * advantages(*made.model, GAMMA)[0, 0]))


@paper.property("Eq. 10", "with the true values the residual of an action has the mean A(s, a)", draws=4)
def residual_is_unbiased(rng):
    made = process(rng)
    estimates, actions = first_estimates(rng, made, exact(made, GAMMA), 0.0)
    return Sample(estimates[actions == 0], expected=float(advantages(*made.model, GAMMA)[0, 0]))


@paper.property(
    "Sec. 3", "with the true values the estimator of an action has the mean A(s, a), for any lambda", draws=4
)
def estimator_is_unbiased(rng):
    made = process(rng)
    estimates, actions = first_estimates(rng, made, exact(made, GAMMA), 0.7)
    return Sample(estimates[actions == 1], expected=float(advantages(*made.model, GAMMA)[0, 1]))


@paper.property("Prop. 1", "with lambda = 1 it is gamma-just, however wrong the values are", draws=4)
def just_with_any_values(rng):
    made = process(rng)
    return scored(rng, made, 3 * normal(rng, 3), 1.0)


@paper.property("Sec. 3", "with the true values it is gamma-just for any lambda", draws=4)
def just_with_true_values(rng):
    made = process(rng)
    return scored(rng, made, exact(made, GAMMA), 0.5)


def misled():
    """A process in which the action decides the next state, and values that are wrong about it."""
    transitions = torch.zeros(3, 2, 3, dtype=torch.float64)
    transitions[:, 0, 1] = transitions[:, 1, 2] = 0.8
    rewards = torch.tensor([[0.0, 0.0], [1.0, 1.0], [-1.0, -1.0]], dtype=torch.float64)
    made = Process(transitions, rewards, torch.full((3, 2), 0.5, dtype=torch.float64))
    return made, torch.tensor([0.0, -5.0, 5.0], dtype=torch.float64)


@paper.property("Sec. 3", "with wrong values it is gamma-just for lambda = 0", holds=False, draws=4)
def not_just_with_wrong_values(rng):
    made, wrong = misled()
    return scored(rng, made, wrong, 0.0)


@paper.property("Eq. 19", "with wrong values and lambda between, equality does not hold", holds=False, draws=4)
def not_just_in_between(rng):
    made, wrong = misled()
    return scored(rng, made, wrong, 0.5)


@paper.property("Sec. 3", "the bias of the k-step estimator becomes smaller with k", draws=2)
def bias_falls_with_k(rng):
    made, wrong = misled()
    met = episodes(rng, made, wrong)
    true = advantages(*made.model, GAMMA)[0]
    first = met.actions[0] == 0

    def bias(k):
        estimates = k_step_advantages(*met.arguments, k, GAMMA)[0]
        return float((estimates[first].mean() - estimates[~first].mean() - true[0] + true[1]).abs())

    return bias(1) > 2 * bias(3) > 2 * bias(10)


@paper.property("Sec. 3", "with the true values its variance grows with lambda", draws=3)
def variance_grows(rng):
    made = process(rng)
    met = episodes(rng, made, exact(made, GAMMA))
    low, middle, high = (generalized_advantages(*met.arguments, GAMMA, lam)[0].var() for lam in (0.0, 0.5, 1.0))
    return bool(low < middle < high)


@paper.property("Sec. 2", "discounts outside [0, 1] and negative delays are refused by value", draws=1)
def impossible_values_are_refused(rng):
    model = process(rng).model
    calls = [(lambda f=f: f(*model, 1.5), "gamma=1.5") for f in (state_values, action_values, advantages)]
    calls.append((lambda: response(*model, -1), "delay=-1"))
    same = [f(*model).equal(f(*model, 1.0)) for f in (state_values, action_values, advantages)]
    return all(text in refusal(call) for call, text in calls) and all(same)
