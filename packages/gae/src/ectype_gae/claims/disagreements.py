"""Where the paper, its own text, the first author's code and libraries say different things."""

import torch

from ectype_gae.advantages import discounted_returns, generalized_advantages, lambda_returns
from ectype_gae.claims.shared import paper
from ectype_gae.value_fit import trust_region_step, value_divergence

AUTHOR = "joschu/modular_rl@034d639bd752 modular_rl/core.py, compute_advantage"
BASELINES = "openai/baselines@299d7d2f8675 baselines/ppo2/runner.py"

# Episodes that are cut off

GAMMA, LAM, PERIOD = 0.9, 0.9, (1.0, 0.0, -2.0)


def wheel(steps):
    """A cycle of three states with rewards 1, 0, -2, cut off after some steps; with true values nothing is an advantage."""
    ahead = [sum(GAMMA**j * PERIOD[(s + j) % 3] for j in range(600)) for s in range(3)]
    states = [t % 3 for t in range(steps + 1)]
    column = [[ahead[s]] for s in states]
    rewards = torch.tensor([[PERIOD[s]] for s in states[:-1]], dtype=torch.float64)
    values = torch.tensor(column, dtype=torch.float64)
    cut = torch.zeros(steps, 1, dtype=torch.bool)
    cut[-1] = True
    return rewards, values[:-1], values[1:], cut


truncation = paper.disagreement(
    "episodes that are cut off",
    "The paper's sums go on to infinity, and its episodes are cut off after 1000 or 2000 steps; it does not say what then. The "
    "first author's code takes the value of the last state in which there was an action for that of the state after it. "
    "OpenAI's baselines treat an episode that was cut off as one that came to its end. Stable-Baselines3 adds the discounted "
    "value of the final observation to the last reward, which is what this package does.",
    at="Eq. 16, Sec. 6.2.2",
    follow="value of the final state",
    id="truncation",
)


@truncation.reading("value of the final state", source="stable_baselines3.common.on_policy_algorithm, collect_rollouts")
def _(rewards, values, following, cut):
    return generalized_advantages(rewards, values, following, torch.zeros_like(cut), cut, GAMMA, LAM)


@truncation.reading("value of the state before", source=AUTHOR)
def _(rewards, values, following, cut):
    return generalized_advantages(
        rewards, values, torch.where(cut, values, following), torch.zeros_like(cut), cut, GAMMA, LAM
    )


@truncation.reading("end of the episode", source=BASELINES)
def _(rewards, values, following, cut):
    return generalized_advantages(rewards, values, following, cut, torch.zeros_like(cut), GAMMA, LAM)


for steps in (4, 5, 6):

    @truncation.measure(f"largest estimate, true values, no advantage anywhere, cut off after {steps} steps")
    def _(reading, steps=steps):
        return round(float(reading(*wheel(steps)).abs().max()), 9)


# The size of the trust region

region = paper.disagreement(
    "size of the trust region",
    "Eq. 29 bounds the divergence by epsilon. Its quadratic form in Eq. 30 lacks the factor 1 / (2 sigma^2), and the step that the "
    "text then describes is rescaled to 1/2 (alpha s)^T H (alpha s) = epsilon, which lacks 1 / sigma^2. H is called the Fisher "
    "information up to a factor sigma^2.",
    at="Eq. 29, Eq. 30, Sec. 5",
    follow="text after Eq. 30",
    id="trust-region",
)


def linear_fit(length):
    """The divergence of Eq. 29 after a step of a linear value function, if epsilon is 0.01 and sigma is 3."""
    states = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=torch.float64)
    targets = torch.tensor([3.0, 3.0, 3.0], dtype=torch.float64)
    step = trust_region_step(-2 * states.T @ targets, states, length)
    return float(value_divergence(states @ step, torch.zeros_like(targets), targets))


@region.reading("Eq. 29", source="Eq. 29: the divergence itself")
def _(epsilon, variance):
    return epsilon * variance


@region.reading("Eq. 30", source="Eq. 30: (phi - phi_old)^T H (phi - phi_old) <= epsilon")
def _(epsilon, variance):
    return epsilon / 2


@region.reading("text after Eq. 30", source="Sec. 5: 1/2 (alpha s)^T H (alpha s) = epsilon")
def _(epsilon, variance):
    return epsilon


@region.measure("divergence of Eq. 29 after the step, for epsilon 0.01 and sigma 3")
def _(reading):
    return linear_fit(reading(0.01, 9.0))


# The targets of the value function

targets = paper.disagreement(
    "targets of the value function",
    "Eq. 28 fits discounted returns. Footnote 2 names the sum of advantages and old values as another choice, without a "
    "difference in performance; libraries take that one.",
    at="Eq. 28, Fn. 2",
    follow="paper",
    id="targets",
)


@targets.reading("paper", source="Eq. 28")
def _(rewards, values, following, ends):
    return discounted_returns(rewards, following, ends, torch.zeros_like(ends), GAMMA)


@targets.reading("Footnote 2", source="Fn. 2; stable_baselines3 RolloutBuffer; " + BASELINES)
def _(rewards, values, following, ends):
    estimates = generalized_advantages(rewards, values, following, ends, torch.zeros_like(ends), GAMMA, LAM)
    return lambda_returns(estimates, values)


@targets.measure("target of the first step: rewards 1, five steps to the end, values 0")
def _(reading):
    ones, zeros = torch.ones(5, 1, dtype=torch.float64), torch.zeros(5, 1, dtype=torch.float64)
    ends = torch.zeros(5, 1, dtype=torch.bool)
    ends[-1] = True
    return float(reading(ones, zeros, zeros, ends)[0])


# Standardisation

standard = paper.disagreement(
    "standardised advantages",
    "The first author's code subtracts the mean of all advantages of a batch and divides by their deviation. The paper does not "
    "mention it.",
    at="Eq. 9, Sec. 6.1",
    follow="paper",
    id="standardisation",
)


@standard.reading("paper", source="Eq. 9")
def _(estimates):
    return estimates


@standard.reading("first author's code", source=AUTHOR)
def _(estimates):
    return (estimates - estimates.mean()) / estimates.std(correction=0)


@standard.measure("weight of a step with advantage 1 in a batch with advantages 1, 2, 3")
def _(reading):
    return float(reading(torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64))[0])
