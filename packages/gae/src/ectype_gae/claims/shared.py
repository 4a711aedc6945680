"""What all declarations share: the paper, random rollouts, a small decision process and episodes in it."""

from dataclasses import dataclass

import torch
from ectype import Paper

from ectype_gae.exact_values import state_values

paper = Paper("ectype_gae", equations=33, tables=0)


def normal(rng, *shape):
    return torch.randn(*shape, generator=rng, dtype=torch.float64)


def uniform(rng, *shape):
    return torch.rand(*shape, generator=rng, dtype=torch.float64)


def whole(rng, low, high):
    """A random whole number from low to high."""
    return int(torch.randint(low, high + 1, (), generator=rng))


def rollout(rng, steps=6, batch=3):
    """Rewards, values, next values, and where episodes are terminated and truncated."""
    ends = uniform(rng, steps, batch)
    return *(normal(rng, steps, batch) for _ in range(3)), ends < 0.15, ends > 0.85


def factors(rng):
    """A random discount and lambda."""
    return uniform(rng, 2).tolist()


def refusal(make):
    """The text of the error with which something is refused, or nothing."""
    try:
        make()
    except ValueError as error:
        return str(error)
    return ""


@dataclass(frozen=True)
class Process:
    """A decision process of three states and two actions, with a policy; an episode ends with probability 0.2 a step."""

    transitions: torch.Tensor
    rewards: torch.Tensor
    policy: torch.Tensor

    @property
    def model(self):
        return self.transitions, self.rewards, self.policy


def process(rng, states=3, actions=2):
    """A random process whose policy is a softmax of random logits."""
    chances = uniform(rng, states, actions, states)
    transitions = 0.8 * chances / chances.sum(-1, keepdim=True)
    return Process(transitions, 2 * normal(rng, states, actions), normal(rng, states, actions).softmax(-1))


@dataclass(frozen=True)
class Episodes:
    """Episodes side by side, with the values of the states that were met."""

    states: torch.Tensor
    actions: torch.Tensor
    rewards: torch.Tensor
    values: torch.Tensor
    next_values: torch.Tensor
    terminated: torch.Tensor

    @property
    def arguments(self):
        return self.rewards, self.values, self.next_values, self.terminated, torch.zeros_like(self.terminated)


def episodes(rng, made, values, count=20_000, steps=60, start=0):
    """Sampled episodes from one state; after 60 steps hardly any is left."""
    states = torch.full((count,), start)
    over = torch.zeros(count, dtype=torch.bool)
    columns = []
    for _ in range(steps):
        actions = torch.multinomial(made.policy[states], 1, generator=rng)[:, 0]
        chances = made.transitions[states, actions]
        drawn = torch.multinomial(torch.cat([chances, 1 - chances.sum(-1, keepdim=True)], -1), 1, generator=rng)[:, 0]
        ends = (drawn == len(made.policy)) | over
        following = drawn.clamp(max=len(made.policy) - 1)
        rewards = made.rewards[states, actions].masked_fill(over, 0)
        columns.append((states, actions, rewards, values[states].masked_fill(over, 0), values[following], ends))
        states, over = following, ends
    return Episodes(*(torch.stack(column) for column in zip(*columns, strict=True)))


def exact(made, gamma):
    """The values of the policy."""
    return state_values(*made.model, gamma)
