"""Residuals, k-step estimators and their mixture, on any rollout (sections 3 and 4)."""

import inspect

import numpy as np
import torch
from ectype.traits import Homogeneous

from ectype_gae.advantages import (
    discounted_returns,
    discounted_sums,
    generalized_advantages,
    k_step_advantages,
    lambda_returns,
)
from ectype_gae.claims import oracles
from ectype_gae.claims.shared import factors, normal, paper, refusal, rollout, uniform, whole
from ectype_gae.policy_gradient import policy_gradient_loss
from ectype_gae.residuals import following_values, residuals
from ectype_gae.reward_shaping import shaped_rewards

GAMMAS = [{}, {"gamma": 0.7}]
CONSTANT = {"gradients-match-differences": "estimates and targets are constants: no gradient flows through them"}

paper.component(
    "layer", of=residuals, settings=GAMMAS, traits=[Homogeneous(1, inputs=(0, 1, 2))], expected_failures=CONSTANT
)(lambda rng, steps=6, batch=3: rollout(rng, steps, batch)[:4])
paper.equation("Eq. 11", of=residuals)(oracles.residuals)


def observed(rng, steps=6, batch=3):
    """Values, those after the last step, those of final observations, and where episodes were truncated."""
    return normal(rng, steps, batch), normal(rng, batch), normal(rng, steps, batch), uniform(rng, steps, batch) > 0.7


paper.component("layer", of=following_values)(observed)
paper.equation("Sec. 3", of=following_values)(oracles.following_values)


def terms(rng, steps=6, batch=3):
    return normal(rng, steps, batch), uniform(rng, steps, batch) > 0.7


paper.component(
    "layer",
    of=discounted_sums,
    settings=[{"factor": 0.9}, {"factor": 0.0}, {"factor": 1.0}],
    expected_failures=CONSTANT,
)(terms)
paper.equation("Sec. 3", of=discounted_sums)(oracles.discounted_sums)

paper.component(
    "layer",
    of=generalized_advantages,
    settings=[{}, {"gamma": 0.9, "lam": 0.6}, {"gamma": 1.0, "lam": 0.0}, {"gamma": 0.8, "lam": 1.0}],
    traits=[Homogeneous(1, inputs=(0, 1, 2))],
    expected_failures=CONSTANT,
)(rollout)
paper.equation("Eq. 16", of=generalized_advantages)(oracles.gae_sum)

paper.component(
    "layer",
    of=k_step_advantages,
    settings=[{"k": 1}, {"k": 3, "gamma": 0.7}, {"k": 20, "gamma": 0.9}],
    expected_failures=CONSTANT,
)(rollout)
paper.equation("Eq. 14", of=k_step_advantages)(oracles.k_step)


def without_values(rng, steps=6, batch=3):
    rewards, _, *rest = rollout(rng, steps, batch)
    return rewards, *rest


paper.component("layer", of=discounted_returns, settings=GAMMAS, expected_failures=CONSTANT)(without_values)
paper.equation("Eq. 15", of=discounted_returns)(oracles.discounted_returns)

paper.component("layer", of=lambda_returns)(lambda rng, steps=6, batch=3: rollout(rng, steps, batch)[:2])
paper.equation("Fn. 2", of=lambda_returns)(lambda advantages, values: np.add(advantages, values))

paper.component("layer", of=shaped_rewards, settings=GAMMAS, traits=[Homogeneous(1, inputs=(0, 1, 2))])(
    lambda rng, steps=6, batch=3: rollout(rng, steps, batch)[:4]
)
paper.equation("Eq. 20", of=shaped_rewards, elementwise=True)(oracles.shaped)

paper.component(
    "loss",
    of=policy_gradient_loss,
    expected_failures={
        "gradients-match-differences": "advantages are constants: no gradient flows through them",
    },
)(lambda rng, steps=6, batch=3: (-uniform(rng, steps, batch), normal(rng, steps, batch)))
paper.equation("Eq. 9", of=policy_gradient_loss)(oracles.policy_gradient_loss)


@paper.reference(of=generalized_advantages, needs=["stable_baselines3", "gymnasium"])
def stable_baselines3(rewards, values, next_values, terminated, truncated, gamma, lam):
    """Its buffer knows ended episodes only: the value after a truncation goes into the reward, as its collection does."""
    from gymnasium.spaces import Box, Discrete
    from stable_baselines3.common.buffers import RolloutBuffer

    ended = terminated | truncated
    # A step within an episode leads to the state of the next step.
    following = torch.where(ended, next_values, torch.cat([values[1:], next_values[-1:]]))
    bootstrap = (next_values - following).masked_fill(ended, 0) + next_values.masked_fill(~truncated | terminated, 0)
    made = RolloutBuffer(len(rewards), Box(0, 1, (1,)), Discrete(2), "cpu", lam, gamma, rewards.shape[1])
    made.rewards = (rewards + gamma * bootstrap).detach().numpy()
    made.values = values.detach().numpy()
    made.advantages = np.zeros_like(made.values)
    made.episode_starts = np.concatenate([np.zeros((1, rewards.shape[1])), ended.numpy()[:-1]])
    made.compute_returns_and_advantage(next_values[-1].detach(), ended[-1].numpy())
    return torch.from_numpy(made.advantages)


# Identities (section 3)


@paper.property("Eq. 16", "the estimator is the exponentially weighted mean of the k-step estimators")
def mixture_of_k_steps(rng):
    data, (gamma, lam) = rollout(rng, 7), factors(rng)
    return generalized_advantages(*data, gamma, lam), oracles.gae_mixture(*(x.numpy() for x in data), gamma, lam)


@paper.property("Eq. 17", "with lambda = 0 it is the residual, which is the 1-step estimator")
def lambda_zero(rng):
    data, (gamma, _) = rollout(rng, 7), factors(rng)
    one = residuals(*data[:4], gamma)
    return [generalized_advantages(*data, gamma, 0.0), k_step_advantages(*data, 1, gamma)], [one, one]


def consistent(rng, steps=7, batch=3):
    """A rollout in which a step within an episode leads to the state of the next step."""
    rewards, values, finals, terminated, truncated = rollout(rng, steps, batch)
    following = torch.cat([values[1:], finals[-1:]])
    return rewards, values, torch.where(truncated, finals, following), terminated, truncated


@paper.property("Eq. 18", "with lambda = 1 it is returns minus values, and the estimator of all steps")
def lambda_one(rng):
    data, (gamma, _) = consistent(rng), factors(rng)
    rewards, values, *rest = data
    returns = discounted_returns(rewards, *rest, gamma) - values
    ours = generalized_advantages(*data, gamma, 1.0)
    return [ours, k_step_advantages(*data, len(rewards), gamma)], [returns, returns]


@paper.property("Eq. 15", "estimators of more steps than an episode has are all the same")
def beyond_the_end(rng):
    data, (gamma, _) = consistent(rng), factors(rng)
    return k_step_advantages(*data, 7, gamma), k_step_advantages(*data, 7 + whole(rng, 1, 50), gamma)


@paper.property("Eq. 14", "the sum telescopes: the k-step estimator is k rewards and the value after them")
def telescopes(rng):
    rewards, values, *_ = rollout(rng, 8)
    nothing, gamma, k = torch.zeros(8, 3, dtype=torch.bool), factors(rng)[0], whole(rng, 1, 7)
    following = torch.cat([values[1:], normal(rng, 1, 3)])
    ours = k_step_advantages(rewards, values, following, nothing, nothing, k, gamma)[0]
    direct = sum(gamma**j * rewards[j] for j in range(k)) + gamma**k * values[k] - values[0]
    return ours, direct


@paper.property("Fn. 2", "with lambda = 1 the targets of the footnote are the discounted returns")
def targets_agree(rng):
    data, (gamma, _) = consistent(rng), factors(rng)
    rewards, values, *rest = data
    ours = lambda_returns(generalized_advantages(*data, gamma, 1.0), values)
    return ours, discounted_returns(rewards, *rest, gamma)


@paper.property("Sec. 3", "an episode's estimates do not depend on what the environment did before and after it")
def episodes_apart(rng):
    data, (gamma, lam) = consistent(rng, 10), factors(rng)
    data[3][3], data[4][7] = True, True
    whole_batch = generalized_advantages(*data, gamma, lam)[4:8]
    return whole_batch, generalized_advantages(*(x[4:8] for x in data), gamma, lam)


@paper.property("Sec. 2", "the value of a terminal state is zero, whatever is given for it")
def terminal_values(rng):
    rewards, values, next_values, terminated, truncated = rollout(rng)
    other = torch.where(terminated, normal(rng, 6, 3), next_values)
    ours, same = (
        [
            generalized_advantages(rewards, values, following, terminated, truncated),
            discounted_returns(rewards, following, terminated, truncated),
        ]
        for following in (next_values, other)
    )
    return ours, same


@paper.property("Sec. 2", "the value after a truncation matters", holds=False)
def truncated_values(rng):
    rewards, values, next_values, terminated, truncated = rollout(rng)
    truncated[2] = True
    terminated[2] = False
    given = (rewards, values, next_values, terminated, truncated)
    cut = (rewards, values, next_values, terminated | truncated, truncated)
    return generalized_advantages(*given), generalized_advantages(*cut)


@paper.property("Sec. 3", "in an environment that starts anew by itself a step leads to the final observation", draws=5)
def final_observations(rng):
    values, last, finals, truncated = observed(rng)
    following = following_values(values, last, finals, truncated)
    return following[truncated].equal(finals[truncated]) and following[:-1][~truncated[:-1]].equal(
        values[1:][~truncated[:-1]]
    )


@paper.property("Sec. 3", "no gradient flows through estimates and targets", draws=3)
def no_gradient_flows(rng):
    rewards, values, following, terminated, truncated = rollout(rng)
    values.requires_grad_()
    given = (rewards, values, following, terminated, truncated)
    estimates = [
        residuals(*given[:4]),
        generalized_advantages(*given),
        k_step_advantages(*given, 2),
        discounted_sums(values, truncated, 0.9),
    ]
    loss = policy_gradient_loss(-uniform(rng, 6, 3), values)
    return not loss.requires_grad and not any(estimate.requires_grad for estimate in estimates)


@paper.property("Eq. 9", "the gradient of the loss is minus the estimated policy gradient")
def gradient_of_the_loss(rng):
    logits, estimates = normal(rng, 4).requires_grad_(), normal(rng, 5, 3)
    actions = torch.randint(4, (5, 3), generator=rng)
    policy_gradient_loss(logits.log_softmax(-1)[actions], estimates).backward()
    chances = logits.detach().softmax(-1)
    scores = torch.nn.functional.one_hot(actions, 4) - chances
    return logits.grad, -(estimates[..., None] * scores).sum(0).mean(0)


# Reward shaping (section 4)


@paper.property("Eq. 21", "discounted sums of shaped rewards are those of the rewards, minus the potential")
def shaping_cancels(rng):
    rewards, potentials, following, terminated, _ = consistent(rng)
    # episodes that come to their end, as in the paper
    terminated[-1] = True
    ended, gamma = terminated, factors(rng)[0]
    following = torch.cat([potentials[1:], following[-1:]])
    shaped = shaped_rewards(rewards, potentials, following, terminated, gamma)
    return discounted_sums(shaped, ended, gamma), discounted_sums(rewards, ended, gamma) - potentials


@paper.property("Eq. 25", "shaped by the value function and discounted by gamma lambda, they are the estimator")
def shaping_is_the_estimator(rng):
    data, (gamma, lam) = rollout(rng), factors(rng)
    shaped = shaped_rewards(*data[:4], gamma)
    return discounted_sums(shaped, data[3] | data[4], gamma * lam), generalized_advantages(*data, gamma, lam)


@paper.property("Sec. 3", "discounts outside [0, 1] are refused by value", draws=1)
def impossible_discounts_are_refused(rng):
    data = rollout(rng)
    calls = []
    for wrong in (-0.1, 1.1):
        calls += [
            (lambda w=wrong: residuals(*data[:4], w), f"gamma={wrong}"),
            (lambda w=wrong: shaped_rewards(*data[:4], w), f"gamma={wrong}"),
            (lambda w=wrong: discounted_sums(data[0], data[3], w), f"factor={wrong}"),
            (lambda w=wrong: generalized_advantages(*data, w, 0.5), f"gamma={wrong}"),
            (lambda w=wrong: generalized_advantages(*data, 0.5, w), f"lam={wrong}"),
            (lambda w=wrong: k_step_advantages(*data, 2, w), f"gamma={wrong}"),
            (lambda w=wrong: discounted_returns(data[0], *data[2:], w), f"factor={wrong}"),
        ]
    calls.append((lambda: k_step_advantages(*data, 0), "k=0"))
    both = refusal(lambda: generalized_advantages(*data, 2.0, -1.0))
    accepted = [lambda f=f: generalized_advantages(*data, f, f) for f in (0.0, 1.0)]
    accepted.append(lambda: k_step_advantages(*data, 1))
    return (
        all(text in refusal(call) for call, text in calls)
        and not any(map(refusal, accepted))
        and "gamma and lam" in both
        and "gamma=2.0, lam=-1.0" in both
    )


@paper.property("Sec. 3", "by default gamma is 0.99 and lambda 0.95", draws=1)
def defaults_are_these(rng):
    functions = (residuals, k_step_advantages, discounted_returns, shaped_rewards, generalized_advantages)
    given = {f: inspect.signature(f).parameters for f in functions}
    lam = given[generalized_advantages]["lam"].default
    return all(parameters["gamma"].default == 0.99 for parameters in given.values()) and lam == 0.95
