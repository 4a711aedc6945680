"""Estimates of the advantage from residuals (section 3)."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from ectype_gae.residuals import check_factor, residuals


@torch.no_grad()
def discounted_sums(
    terms: Float[Tensor, "steps batch"], ended: Bool[Tensor, "steps batch"], factor: float
) -> Float[Tensor, "steps batch"]:
    r"""Sums of what is still to come in an episode, each step discounted by a factor.

    $$y_t = \sum_{l=0}^\infty c^l x_{t+l} = x_t + c \, y_{t+1}$$

    Args:
        terms: x_t.
        ended: whether the episode ended with this step, in whatever way; nothing after it counts.
        factor: c, in [0, 1].

    Returns:
        y_t.

    Raises:
        ValueError: factor is outside [0, 1].

    Source: section 3, Eq. 16.
    """
    check_factor(factor=factor)
    factors = torch.full_like(terms, factor).masked_fill(ended, 0).unbind()
    sums, total = list(terms.unbind()), torch.zeros_like(terms[:1].sum(0))
    for step in reversed(range(len(sums))):
        sums[step] = total = torch.addcmul(sums[step], factors[step], total)
    return torch.stack(sums) if sums else terms


def generalized_advantages(
    rewards: Float[Tensor, "steps batch"],
    values: Float[Tensor, "steps batch"],
    next_values: Float[Tensor, "steps batch"],
    terminated: Bool[Tensor, "steps batch"],
    truncated: Bool[Tensor, "steps batch"],
    gamma: float = 0.99,
    lam: float = 0.95,
) -> Float[Tensor, "steps batch"]:
    r"""The generalized advantage estimator of each step, GAE(gamma, lambda).

    $$\hat A_t = \sum_{l=0}^\infty (\gamma\lambda)^l \delta_{t+l}^V = \delta_t^V + \gamma\lambda \hat A_{t+1}$$

    The sum ends with the episode, and with the last step. A terminated episode ends in a state of value zero, a truncated one
    and the last step in one of value `next_values`. No gradient flows through the result.

    Args:
        rewards: r_t, of each step of each environment of a batch.
        values: V(s_t).
        next_values: V(s_{t+1}), of the state that the step led to; see `following_values`.
        terminated: whether the step led to a terminal state.
        truncated: whether the episode was cut off after the step.
        gamma: the discount, in [0, 1].
        lam: lambda, in [0, 1]: 0 for the residual alone, 1 for returns minus values.

    Returns:
        The estimates.

    Raises:
        ValueError: gamma or lam is outside [0, 1].

    Source: section 3, Eq. 16.
    """
    check_factor(gamma=gamma, lam=lam)
    deltas = residuals(rewards, values, next_values, terminated, gamma)
    # Eq. 16: A_t = sum_l (gamma lambda)^l delta_{t+l}
    return discounted_sums(deltas, terminated | truncated, gamma * lam)


@torch.no_grad()
def k_step_advantages(
    rewards: Float[Tensor, "steps batch"],
    values: Float[Tensor, "steps batch"],
    next_values: Float[Tensor, "steps batch"],
    terminated: Bool[Tensor, "steps batch"],
    truncated: Bool[Tensor, "steps batch"],
    k: int,
    gamma: float = 0.99,
) -> Float[Tensor, "steps batch"]:
    r"""The advantage from the rewards of k steps and the value of the state after them.

    $$\hat A_t^{(k)} = \sum_{l=0}^{k-1} \gamma^l \delta_{t+l}^V =
    -V(s_t) + r_t + \gamma r_{t+1} + \ldots + \gamma^{k-1} r_{t+k-1} + \gamma^k V(s_{t+k})$$

    Where the episode or the batch ends earlier, that is the state after them.

    Args:
        rewards: r_t.
        values: V(s_t).
        next_values: V(s_{t+1}), of the state that the step led to.
        terminated: whether the step led to a terminal state.
        truncated: whether the episode was cut off after the step.
        k: number of steps, from 1.
        gamma: the discount, in [0, 1].

    Returns:
        The estimates.

    Raises:
        ValueError: k is below 1 or gamma outside [0, 1].

    Source: section 3, Eq. 11 to 14.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1; received k={k}")
    terms = residuals(rewards, values, next_values, terminated, gamma)
    ended, total = terminated | truncated, torch.zeros_like(terms)
    # Eq. 14: A_t^(k) = sum of gamma^l delta_{t+l}, l below k
    for _ in range(min(k, len(terms))):
        later = torch.cat([total[1:], torch.zeros_like(total[:1])])
        total = terms + gamma * later.masked_fill(ended, 0)
    return total


def lambda_returns(
    advantages: Float[Tensor, "steps batch"], values: Float[Tensor, "steps batch"]
) -> Float[Tensor, "steps batch"]:
    r"""Targets for the value function that go with the advantages.

    $$\hat V_t^\lambda = V(s_t) + \sum_{l=0}^\infty (\gamma\lambda)^l \delta_{t+l}$$

    Args:
        advantages: of `generalized_advantages`.
        values: V(s_t), with which they were computed.

    Returns:
        The targets; with lambda = 1 they are the `discounted_returns`.

    Source: footnote 2.
    """
    # Fn. 2: V_t^lambda = V(s_n) + sum_l (gamma lambda)^l delta_{t+l}
    return advantages + values


def discounted_returns(
    rewards: Float[Tensor, "steps batch"],
    next_values: Float[Tensor, "steps batch"],
    terminated: Bool[Tensor, "steps batch"],
    truncated: Bool[Tensor, "steps batch"],
    gamma: float = 0.99,
) -> Float[Tensor, "steps batch"]:
    r"""Discounted sums of rewards, the targets of the regression.

    $$\hat V_t = \sum_{l=0}^\infty \gamma^l r_{t+l}$$

    Args:
        rewards: r_t.
        next_values: what stands for the rewards after a truncation and after the last step.
        terminated: whether the step led to a terminal state.
        truncated: whether the episode was cut off after the step.
        gamma: the discount, in [0, 1].

    Returns:
        The returns.

    Raises:
        ValueError: gamma is outside [0, 1].

    Source: section 5, Eq. 15 and 28.
    """
    cut = truncated.clone()
    cut[-1:] = True
    # Eq. 15: the empirical returns, which are infinite sums only where an episode comes to its end
    beyond = next_values.masked_fill(terminated | ~cut, 0)
    return discounted_sums(rewards + gamma * beyond, terminated | truncated, gamma)
