"""Fitting the value function within a trust region (section 5)."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def value_loss(values: Float[Tensor, "n"], targets: Float[Tensor, "n"]) -> Float[Tensor, ""]:
    r"""What the regression minimises.

    $$\sum_{n=1}^N \| V_\phi(s_n) - \hat V_n \|^2$$

    Args:
        values: V_phi(s_n).
        targets: discounted returns.

    Returns:
        The sum of squares.

    Source: section 5, Eq. 28.
    """
    # Eq. 28: sum_n |V_phi(s_n) - V_n|^2
    return (values - targets).square().sum()


def value_divergence(
    values: Float[Tensor, "n"], old_values: Float[Tensor, "n"], targets: Float[Tensor, "n"]
) -> Float[Tensor, ""]:
    r"""How far the value function has moved, which the trust region bounds.

    $$\frac{1}{N} \sum_{n=1}^N \frac{\| V_\phi(s_n) - V_{\phi_{old}}(s_n) \|^2}{2 \sigma^2}, \qquad
    \sigma^2 = \frac{1}{N} \sum_{n=1}^N \| V_{\phi_{old}}(s_n) - \hat V_n \|^2$$

    It is the mean divergence of Kullback and Leibler between normal distributions with these means and variance sigma^2.

    Args:
        values: V_phi(s_n).
        old_values: V before the fit.
        targets: discounted returns.

    Returns:
        The divergence.

    Source: section 5, Eq. 29.
    """
    # Sec. 5: sigma^2 is the mean squared error before the fit
    variance = (old_values - targets).square().mean()
    # Eq. 29: 1/N sum_n |V_phi - V_old|^2 / (2 sigma^2)
    return (values - old_values).square().mean() / (2 * variance)


@torch.no_grad()
def conjugate_gradient(
    product: Callable[[Tensor], Tensor], right: Float[Tensor, "d"], iterations: int = 10
) -> Float[Tensor, "d"]:
    r"""Solve a system of equations of which only products with its matrix are known.

    $$H x = b$$

    Args:
        product: gives H v for v; H symmetric and positive definite.
        right: b.
        iterations: at most; d of them are exact but for rounding.

    Returns:
        x.

    Raises:
        ValueError: iterations is below 1.

    Source: section 5.
    """
    if iterations < 1:
        raise ValueError(f"iterations must be at least 1; received iterations={iterations}")
    x, residual, direction = torch.zeros_like(right), right, right
    size = residual @ residual
    # Sec. 5: the conjugate gradient algorithm with matrix-vector products v -> H v
    for _ in range(iterations):
        if size == 0:
            break
        image = product(direction)
        length = size / (direction @ image)
        x, residual = x + length * direction, residual - length * image
        size, former = residual @ residual, size
        direction = residual + size / former * direction
    return x


@torch.no_grad()
def trust_region_step(
    gradient: Float[Tensor, "d"], jacobian: Float[Tensor, "n d"], epsilon: float, iterations: int = 10
) -> Float[Tensor, "d"]:
    r"""The step of the parameters that decreases the loss most within a distance.

    $$s \approx -H^{-1} g, \qquad \tfrac{1}{2} (\alpha s)^T H (\alpha s) = \epsilon, \qquad
    H = \frac{1}{N} \sum_n j_n j_n^T$$

    Args:
        gradient: g, of the loss by the parameters.
        jacobian: j_n, the gradient of V_phi(s_n) by the parameters, one row a state.
        epsilon: half the squared length of the step in the norm of H, above 0.
        iterations: of the conjugate gradient.

    Returns:
        alpha s, what is added to the parameters; zero where the gradient is.

    Raises:
        ValueError: epsilon is not above 0, or iterations below 1.

    Source: section 5, Eq. 30.
    """
    if not epsilon > 0:
        raise ValueError(f"epsilon must be above 0; received epsilon={epsilon}")

    def product(v: Tensor) -> Tensor:
        # Eq. 30: H = 1/N sum_n j_n j_n^T
        return jacobian.T @ (jacobian @ v) / len(jacobian)

    step = conjugate_gradient(product, -gradient, iterations)
    size = step @ product(step)
    # Sec. 5: rescale such that 1/2 (alpha s)^T H (alpha s) = epsilon
    return step * (2 * epsilon / size).sqrt() if size > 0 else step
