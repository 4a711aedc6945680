"""The policy gradient with estimated advantages (sections 2 and 3)."""

from jaxtyping import Float
from torch import Tensor


def policy_gradient_loss(
    log_probabilities: Float[Tensor, "steps batch"], advantages: Float[Tensor, "steps batch"]
) -> Float[Tensor, ""]:
    r"""A loss whose gradient is minus the estimated policy gradient.

    $$\hat g = \frac{1}{N} \sum_{n=1}^N \sum_{t=0}^\infty \hat A_t^n \nabla_\theta \log \pi_\theta(a_t^n \mid s_t^n)$$

    Args:
        log_probabilities: log pi(a_t | s_t) of the actions that were taken, one episode a column.
        advantages: their estimated advantages; zero after the end of an episode.

    Returns:
        The loss.

    Source: section 3, Eq. 9.
    """
    # Eq. 9: g = 1/N sum_n sum_t A_t grad log pi(a_t | s_t)
    return -(advantages.detach() * log_probabilities).sum(0).mean()
