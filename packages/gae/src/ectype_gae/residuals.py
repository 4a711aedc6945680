"""What one step tells about a value function (section 3)."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def check_factor(**factors: float) -> None:
    """Refuse a discount that is none.

    Args:
        factors: by name; each must be in [0, 1].

    Raises:
        ValueError: naming all that are wrong.
    """
    wrong = {name: value for name, value in factors.items() if not 0 <= value <= 1}
    if wrong:
        received = ", ".join(f"{name}={value}" for name, value in wrong.items())
        raise ValueError(f"{' and '.join(wrong)} must be in [0, 1]; received {received}")


@torch.no_grad()
def residuals(
    rewards: Float[Tensor, "steps batch"],
    values: Float[Tensor, "steps batch"],
    next_values: Float[Tensor, "steps batch"],
    terminated: Bool[Tensor, "steps batch"],
    gamma: float = 0.99,
) -> Float[Tensor, "steps batch"]:
    r"""The temporal-difference residual of each step.

    $$\delta_t^V = r_t + \gamma V(s_{t+1}) - V(s_t)$$

    A terminal state has the value zero, whatever stands in `next_values`. No gradient flows through the result.

    Args:
        rewards: r_t.
        values: V(s_t).
        next_values: V(s_{t+1}), of the state that the step led to.
        terminated: whether that state is terminal.
        gamma: the discount, in [0, 1].

    Returns:
        The residuals.

    Raises:
        ValueError: gamma is outside [0, 1].

    Source: section 3, Eq. 11.
    """
    check_factor(gamma=gamma)
    # Sec. 2: a trajectory ends in a terminal (absorbing) state, after which there are no rewards
    # Eq. 11: delta_t = -V(s_t) + r_t + gamma V(s_{t+1})
    return rewards + gamma * next_values.masked_fill(terminated, 0) - values


def following_values(
    values: Float[Tensor, "steps batch"],
    last_values: Float[Tensor, "batch"],
    final_values: Float[Tensor, "steps batch"],
    truncated: Bool[Tensor, "steps batch"],
) -> Float[Tensor, "steps batch"]:
    r"""The value of the state that each step led to, in environments that start anew by themselves.

    After a step that ended an episode, the next observation belongs to the next episode; the state that the step led to is the
    final one, which gymnasium gives as `final_obs`.

    Args:
        values: V(s_t), of the states in which actions were taken.
        last_values: of the observations after the last step.
        final_values: of final observations; read only where an episode was truncated.
        truncated: whether a limit of time, and no terminal state, ended the episode with this step.

    Returns:
        V(s_{t+1}); at terminations it is of another episode and `residuals` does not use it.

    Source: section 3.
    """
    # Sec. 3: V(s_{t+1}) belongs to the trajectory of s_t
    return torch.where(truncated, final_values, torch.cat([values[1:], last_values[None]]))
