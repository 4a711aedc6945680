"""The loss (section 2): how far predicted time derivatives are from observed ones."""

from jaxtyping import Float
from torch import Tensor


def derivative_loss(
    predicted: Float[Tensor, "*batch coordinates"], observed: Float[Tensor, "*batch coordinates"]
) -> Float[Tensor, ""]:
    r"""Mean over states and coordinates of the squared difference of time derivatives.

    $$\frac{1}{2 N} \sum_{i=1}^{N} \left( \frac{\partial H_\theta}{\partial p_i} - \frac{dq_i}{dt} \right)^2 +
    \left( -\frac{\partial H_\theta}{\partial q_i} - \frac{dp_i}{dt} \right)^2$$

    for $N$ pairs of coordinates in all. The paper prints the sum of the two norms, not squared.

    Args:
        predicted: $(\partial H_\theta / \partial p, -\partial H_\theta / \partial q)$, or the output of the baseline.
        observed: $(\partial q / \partial t, \partial p / \partial t)$.

    Returns:
        The mean.

    Raises:
        ValueError: the shapes differ.

    Source: section 2, Eq. 3.
    """
    if predicted.shape != observed.shape:
        raise ValueError(
            "predicted and observed derivatives must have one shape; "
            f"received {tuple(predicted.shape)} and {tuple(observed.shape)}"
        )
    # Eq. 3: the squared differences of both halves
    # D1: their mean over all entries and not the sum over coordinates, as the official code
    return (predicted - observed).square().mean()
