"""From the L2 norm of past gradients to the infinity norm (section 7.1)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from ectype_adam.moving_average import powers


def power_average(
    average: Float[Tensor, "*n"], gradient: Float[Tensor, "*n"], decay: float, p: float
) -> Float[Tensor, "*n"]:
    r"""Take one more gradient into the moving average of p-th powers.

    $$v_t = \beta_2^p \, v_{t-1} + (1 - \beta_2^p) \, |g_t|^p$$

    Args:
        average: v_{t-1}.
        gradient: g_t.
        decay: beta_2; the average decays by its p-th power.
        p: the power, finite.

    Returns:
        v_t.

    Raises:
        ValueError: p is below 1 or infinite.

    Source: section 7.1, Eq. 6.
    """
    if not 1 <= p < math.inf:
        raise ValueError(f"p must be finite and at least 1; received p={p}. The limit is infinity_norm")
    # Eq. 6: v_t = beta_2^p v_{t-1} + (1 - beta_2^p) |g_t|^p
    return decay**p * average + (1 - decay**p) * gradient.abs() ** p


def discounted_maximum(gradients: Float[Tensor, "t *n"], decay: float) -> Float[Tensor, "*n"]:
    r"""The largest of gradients that fade with their age.

    $$u_t = \max(\beta_2^{t-1} |g_1|, \ldots, \beta_2 |g_{t-1}|, |g_t|)$$

    Args:
        gradients: g_1 ... g_t.
        decay: beta_2.

    Returns:
        u_t; `infinity_norm` gives the same one gradient at a time.

    Source: section 7.1, Eq. 11.
    """
    # Eq. 11: u_t = max(beta_2^(t-1) |g_1|, ..., beta_2 |g_{t-1}|, |g_t|)
    return _faded(gradients, decay).amax(0)


def discounted_norm(gradients: Float[Tensor, "t *n"], decay: float, p: float) -> Float[Tensor, "*n"]:
    r"""The L_p norm over time of gradients that fade with their age.

    $$\left( \sum_{i=1}^t \left( \beta_2^{t-i} |g_i| \right)^p \right)^{1/p}$$

    Args:
        gradients: g_1 ... g_t.
        decay: beta_2.
        p: at least 1; `math.inf` for the limit, which is `discounted_maximum`.

    Returns:
        The norm of each coordinate.

    Raises:
        ValueError: p is below 1 or decay outside [0, 1).

    Source: section 7.1, Eq. 10.
    """
    if not 0 <= decay < 1 or not p >= 1:
        raise ValueError(f"decay must be in [0, 1) and p at least 1; received decay={decay}, p={p}")
    largest = discounted_maximum(gradients, decay)
    if math.isinf(p):
        return largest
    # Sec. 7.1: unstable for large p as it is written; in units of the largest term no power underflows
    unit = largest.clamp_min(torch.finfo(largest.dtype).tiny)
    # Eq. 10: (sum_i (beta_2^(t-i) |g_i|)^p)^(1/p)
    return unit * ((_faded(gradients, decay) / unit) ** p).sum(0) ** (1 / p)


def power_norm(gradients: Float[Tensor, "t *n"], decay: float, p: float) -> Float[Tensor, "*n"]:
    r"""What the stepsize is divided by in the L_p variant of Adam.

    $$v_t^{1/p} = \left( (1 - \beta_2^p) \sum_{i=1}^t \beta_2^{p(t-i)} |g_i|^p \right)^{1/p}$$

    Args:
        gradients: g_1 ... g_t.
        decay: beta_2, in [0, 1).
        p: at least 1; `math.inf` for the limit, which is `discounted_maximum`.

    Returns:
        The root of each coordinate's average.

    Raises:
        ValueError: p is below 1 or decay outside [0, 1).

    Source: section 7.1, Eq. 7 to 9.
    """
    norm = discounted_norm(gradients, decay, p)
    # Eq. 7: v_t = (1 - beta_2^p) sum_i beta_2^(p(t-i)) |g_i|^p
    # Eq. 8: u_t is the limit of its p-th root
    # Eq. 9: the root of the first factor, which tends to 1, times the root of the sum
    return (1 - decay**p) ** (1 / p) * norm


def infinity_norm(norm: Float[Tensor, "*n"], gradient: Float[Tensor, "*n"], decay: float) -> Float[Tensor, "*n"]:
    r"""Take one more gradient into the exponentially weighted infinity norm.

    $$u_t = \max(\beta_2 \cdot u_{t-1}, |g_t|)$$

    Args:
        norm: u_{t-1}; zeros before the first gradient.
        gradient: g_t.
        decay: beta_2.

    Returns:
        u_t.

    Source: section 7.1, Eq. 12.
    """
    # Eq. 12: u_t = max(beta_2 u_{t-1}, |g_t|)
    return torch.maximum(decay * norm, gradient.abs())


def _faded(gradients: Float[Tensor, "t *n"], decay: float) -> Float[Tensor, "t *n"]:
    """Give beta_2^(t-i) |g_i|."""
    return powers(gradients, decay).reshape(-1, *[1] * (gradients.ndim - 1)) * gradients.abs()
