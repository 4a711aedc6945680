"""Exponential moving averages and the correction of their bias (Algorithm 1, section 3)."""

import torch
from jaxtyping import Float
from torch import Tensor


def moving_average(average: Float[Tensor, "*n"], value: Float[Tensor, "*n"], decay: float) -> Float[Tensor, "*n"]:
    r"""Take one more value into an exponential moving average.

    $$v_t = \beta \, v_{t-1} + (1 - \beta) \, x_t$$

    Args:
        average: v_{t-1}; zeros before the first value.
        value: x_t; the gradient for the first moment, its square for the second.
        decay: beta, the share of the average that stays.

    Returns:
        v_t, of which `bias_corrected` takes the bias.

    Source: Algorithm 1.
    """
    # Alg. 1: m_t <- beta_1 m_{t-1} + (1 - beta_1) g_t; v_t <- beta_2 v_{t-1} + (1 - beta_2) g_t^2
    return torch.lerp(average, value, 1 - decay)


def bias_corrected(average: Float[Tensor, "*n"], decay: float, step: int) -> Float[Tensor, "*n"]:
    r"""Undo the pull towards zero that a moving average has from its start at zero.

    $$\hat v_t = v_t / (1 - \beta^t)$$

    Args:
        average: v_t.
        decay: beta, in [0, 1).
        step: t, how many values the average has seen, from 1.

    Returns:
        The corrected average; its expectation is that of a value if all values have the same one.

    Raises:
        ValueError: decay is outside [0, 1), or step is below 1.

    Source: Algorithm 1, section 3.
    """
    if not 0 <= decay < 1 or step < 1:
        raise ValueError(
            f"decay must be in [0, 1) and step at least 1 (steps count from 1); received decay={decay}, step={step}"
        )
    # Sec. 3: what the start at zero causes is the factor 1 - beta^t
    return average / (1 - decay**step)


def weighted_average(values: Float[Tensor, "t *n"], decay: float) -> Float[Tensor, "*n"]:
    r"""The moving average of a whole sequence at once, as the weighted sum that it is.

    $$v_t = (1 - \beta) \sum_{i=1}^t \beta^{t-i} \, x_i$$

    Args:
        values: x_1 ... x_t; squared gradients in the paper.
        decay: beta.

    Returns:
        v_t.

    Source: section 3, Eq. 1.
    """
    # Eq. 1: v_t = (1 - beta_2) sum_i beta_2^(t-i) g_i^2
    return torch.tensordot((1 - decay) * powers(values, decay), values, dims=1)


def expected_average(expectations: Float[Tensor, "t *n"], decay: float) -> Float[Tensor, "*n"]:
    r"""The expectation of a moving average: the last expectation times the bias, plus what the others differ by.

    $$E[v_t] = E[x_t] (1 - \beta^t) + \zeta, \qquad \zeta = (1 - \beta) \sum_{i=1}^t \beta^{t-i} (E[x_i] - E[x_t])$$

    Args:
        expectations: E[x_1] ... E[x_t].
        decay: beta.

    Returns:
        E[v_t]. Where all expectations are the same, zeta is zero and `bias_corrected` gives E[x_t].

    Source: section 3, Eq. 2 to 4.
    """
    # Eq. 3: zeta is what is left when every E[g_i^2] is replaced by E[g_t^2]; the paper does not write it out
    zeta = weighted_average(expectations - expectations[-1], decay)
    # Eq. 2: taking expectations on both sides of Eq. 1
    # Eq. 4: E[v_t] = E[g_t^2] (1 - beta_2^t) + zeta
    return expectations[-1] * (1 - decay ** len(expectations)) + zeta


def powers(values: Float[Tensor, "t *n"], decay: float) -> Float[Tensor, "t"]:
    """Give decay^(t-i) for i = 1 ... t, in the type of the values.

    Args:
        values: a sequence of length t.
        decay: the base.

    Returns:
        The powers, the last of which is 1.

    Source: section 3, Eq. 1.
    """
    ages = torch.arange(len(values) - 1, -1, -1, dtype=values.dtype, device=values.device)
    return decay**ages
