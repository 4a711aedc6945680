"""Exact values of a policy in a small decision process (section 2)."""

import torch
from jaxtyping import Float
from torch import Tensor

from ectype_gae.residuals import check_factor


def state_values(
    transitions: Float[Tensor, "s a s"], rewards: Float[Tensor, "s a"], policy: Float[Tensor, "s a"], gamma: float = 1.0
) -> Float[Tensor, "s"]:
    r"""The value of each state.

    $$V^{\pi,\gamma}(s_t) = E\left[ \sum_{l=0}^\infty \gamma^l r_{t+l} \right]$$

    Args:
        transitions: probability of the next state; what a row lacks to 1 is the probability of termination.
        rewards: expected reward of an action in a state.
        policy: probability of an action in a state.
        gamma: the discount, in [0, 1]; with 1 every episode must come to an end.

    Returns:
        The values.

    Raises:
        ValueError: gamma is outside [0, 1].

    Source: section 2, Eq. 2 and 4.
    """
    check_factor(gamma=gamma)
    following = torch.einsum("sa,sat->st", policy, transitions)
    received = (policy * rewards).sum(-1)
    # Eq. 2: V(s_t) is the expected sum of rewards; Eq. 4 discounts it. Its fixed point: V = r + gamma P V
    identity = torch.eye(len(received), dtype=received.dtype, device=received.device)
    return torch.linalg.solve(identity - gamma * following, received)


def action_values(
    transitions: Float[Tensor, "s a s"], rewards: Float[Tensor, "s a"], policy: Float[Tensor, "s a"], gamma: float = 1.0
) -> Float[Tensor, "s a"]:
    r"""The value of each action in each state.

    $$Q^{\pi,\gamma}(s_t, a_t) = E\left[ \sum_{l=0}^\infty \gamma^l r_{t+l} \,\middle|\, a_t \right]$$

    Args:
        transitions: see `state_values`.
        rewards: expected reward of an action in a state.
        policy: probability of an action in a state.
        gamma: the discount, in [0, 1].

    Returns:
        The values.

    Raises:
        ValueError: gamma is outside [0, 1].

    Source: section 2, Eq. 2 and 4.
    """
    # Eq. 4: the action is given, what follows it is an expectation
    return rewards + gamma * transitions @ state_values(transitions, rewards, policy, gamma)


def advantages(
    transitions: Float[Tensor, "s a s"], rewards: Float[Tensor, "s a"], policy: Float[Tensor, "s a"], gamma: float = 1.0
) -> Float[Tensor, "s a"]:
    r"""How much better than the policy each action is.

    $$A^{\pi,\gamma}(s_t, a_t) = Q^{\pi,\gamma}(s_t, a_t) - V^{\pi,\gamma}(s_t)$$

    Args:
        transitions: see `state_values`.
        rewards: expected reward of an action in a state.
        policy: probability of an action in a state.
        gamma: the discount, in [0, 1].

    Returns:
        The advantages.

    Raises:
        ValueError: gamma is outside [0, 1].

    Source: section 2, Eq. 3 and 5.
    """
    model = (transitions, rewards, policy, gamma)
    # Eq. 3: A = Q - V
    # Eq. 5: the same with a discount
    return action_values(*model) - state_values(*model)[:, None]


def response(
    transitions: Float[Tensor, "s a s"], rewards: Float[Tensor, "s a"], policy: Float[Tensor, "s a"], delay: int
) -> Float[Tensor, "s a"]:
    r"""What an action changes in the reward that comes some steps later.

    $$\chi(l; s_t, a_t) = E[r_{t+l} \mid s_t, a_t] - E[r_{t+l} \mid s_t]$$

    Args:
        transitions: see `state_values`.
        rewards: expected reward of an action in a state.
        policy: probability of an action in a state.
        delay: l, from 0.

    Returns:
        The change, which discounted and summed over l is the advantage.

    Raises:
        ValueError: delay is negative.

    Source: section 4, Eq. 26.
    """
    if delay < 0:
        raise ValueError(f"delay must be at least 0; received delay={delay}")
    expected = rewards
    for _ in range(delay):
        expected = transitions @ (policy * expected).sum(-1)
    # Eq. 26: chi(l; s_t, a_t) = E[r_{t+l} | s_t, a_t] - E[r_{t+l} | s_t]
    return expected - (policy * expected).sum(-1, keepdim=True)
