"""How long a step can be, in units of the stepsize (section 2.1, section 7.1)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from ectype_adam.elementwise_optimizer import check_settings


def stated_step_bound(beta1: float = 0.9, beta2: float = 0.999) -> float:
    r"""The bound that the paper states for Adam without epsilon; gradients exist that exceed it.

    $$|\Delta_t| / \alpha \le (1 - \beta_1) / \sqrt{1 - \beta_2} \text{ if } (1 - \beta_1) > \sqrt{1 - \beta_2},
    \text{ else } 1$$

    Args:
        beta1: decay rate of the first moment estimate, in [0, 1).
        beta2: decay rate of the second moment estimate, in [0, 1).

    Returns:
        The bound.

    Raises:
        ValueError: beta1 or beta2 is outside [0, 1).

    Source: section 2.1.
    """
    check_settings({"betas": (beta1, beta2)})
    # Sec. 2.1: |Delta_t| <= alpha (1 - beta_1) / sqrt(1 - beta_2) in the case (1 - beta_1) > sqrt(1 - beta_2), alpha otherwise
    return max((1 - beta1) / math.sqrt(1 - beta2), 1.0)


def sharp_step_bound(step: int, beta1: float = 0.9, beta2: float = 0.999) -> float:
    r"""The longest step that Adam without epsilon can take, by the inequality of Cauchy and Schwarz.

    With weights $w_i = (1 - \beta_1) \beta_1^{t-i} / (1 - \beta_1^t)$ of the first and $q_i$ of the second moment estimate

    $$\frac{|\hat m_t|}{\sqrt{\hat v_t}} = \frac{|\sum_i w_i g_i|}{\sqrt{\sum_i q_i g_i^2}} \le \sqrt{\sum_{i=1}^t w_i^2 / q_i}$$

    with equality for `worst_gradients`. It is 1 for all t only if the decay rates are equal.

    Args:
        step: t, from 1.
        beta1: decay rate of the first moment estimate, in (0, 1).
        beta2: decay rate of the second moment estimate, in (0, 1).

    Returns:
        The bound, which is attained.

    Raises:
        ValueError: step is below 1, or beta1 or beta2 outside (0, 1).

    Source: section 2.1, where the paper has another one.
    """
    weights, squares = (_weights(step, beta) for beta in (beta1, beta2))
    return math.sqrt(sum(w * w / q for w, q in zip(weights, squares, strict=True)))


def sharp_adamax_bound(step: int, beta1: float = 0.9, beta2: float = 0.999) -> float:
    r"""The longest step that AdaMax can take: every gradient as large as the norm allows.

    $$\frac{|\hat m_t|}{u_t} \le \sum_{i=1}^t w_i \beta_2^{-(t-i)}$$

    because $|g_i| \le \beta_2^{-(t-i)} u_t$, with equality for gradients that shrink by $\beta_2$ a step.

    Args:
        step: t, from 1.
        beta1: decay rate of the first moment estimate, in (0, 1).
        beta2: decay rate of the norm, in (0, 1).

    Returns:
        The bound, which is attained.

    Raises:
        ValueError: step is below 1, or beta1 or beta2 outside (0, 1).

    Source: section 7.1, where the paper has 1.
    """
    _weights(step, beta2)
    # Eq. 11: u_t is at least beta_2^(t-i) |g_i|
    return sum(w * beta2**-age for age, w in enumerate(reversed(_weights(step, beta1))))


def worst_gradients(step: int, beta1: float = 0.9, beta2: float = 0.999) -> Float[Tensor, "t"]:
    r"""Gradients on which the last of t steps of Adam is the longest.

    $$g_i = w_i / q_i \propto (\beta_1 / \beta_2)^{t-i}$$

    Args:
        step: t, from 1.
        beta1: decay rate of the first moment estimate, in (0, 1).
        beta2: decay rate of the second moment estimate, in (0, 1).

    Returns:
        The gradients in float64, the last of which is 1.

    Raises:
        ValueError: step is below 1, or beta1 or beta2 outside (0, 1).

    Source: section 2.1, where the paper thinks of one gradient after zeros.
    """
    for beta in (beta1, beta2):
        _weights(step, beta)
    ages = torch.arange(step - 1, -1, -1, dtype=torch.float64)
    return (beta1 / beta2) ** ages


def _weights(step: int, beta: float) -> list[float]:
    """Give the weights of the values in a corrected moving average; they sum to one."""
    if step < 1 or not 0 < beta < 1:
        raise ValueError(f"step must be at least 1 and decay rates in (0, 1); received step={step}, {beta}")
    # Eq. 1: (1 - beta) beta^(t-i), corrected by 1 - beta^t
    return [(1 - beta) * beta ** (step - i) / (1 - beta**step) for i in range(1, step + 1)]
