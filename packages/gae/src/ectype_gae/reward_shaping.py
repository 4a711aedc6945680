"""Reward shaping, as which the estimator can be read (section 4)."""

from jaxtyping import Bool, Float
from torch import Tensor

from ectype_gae.residuals import check_factor


def shaped_rewards(
    rewards: Float[Tensor, "steps batch"],
    potentials: Float[Tensor, "steps batch"],
    next_potentials: Float[Tensor, "steps batch"],
    terminated: Bool[Tensor, "steps batch"],
    gamma: float = 0.99,
) -> Float[Tensor, "steps batch"]:
    r"""Rewards with a potential added that cancels in discounted sums.

    $$\tilde r(s, a, s') = r(s, a, s') + \gamma \Phi(s') - \Phi(s)$$

    With $\Phi = V$ these are the residuals of V, and their sums discounted by $\gamma\lambda$ the estimator.

    Args:
        rewards: r.
        potentials: Phi(s).
        next_potentials: Phi(s'); of a terminal state it is zero.
        terminated: whether s' is terminal.
        gamma: the discount, in [0, 1].

    Returns:
        The shaped rewards.

    Raises:
        ValueError: gamma is outside [0, 1].

    Source: section 4, Eq. 20.
    """
    check_factor(gamma=gamma)
    # Eq. 20: r~(s, a, s') = r(s, a, s') + gamma Phi(s') - Phi(s)
    return rewards + gamma * next_potentials.masked_fill(terminated, 0) - potentials
