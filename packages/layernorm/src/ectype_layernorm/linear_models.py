"""Generalized linear models with Gaussian and with Bernoulli outcomes (section 5.2.2)."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def gaussian_log_likelihood(
    summed: Float[Tensor, "*batch units"],
    bias: Float[Tensor, "units"],
    outcome: Float[Tensor, "*batch units"],
    dispersion: float = 1.0,
) -> Float[Tensor, "*batch units"]:
    r"""Log-likelihood of real outcomes: $\eta(t) = t^2 / 2$ and the identity as transfer function.

    $$\log P(y \mid x) = \frac{(a + b) y - \eta(a + b)}{\phi} + c(y, \phi), \qquad
    c(y, \phi) = -\frac{y^2}{2 \phi} - \frac{1}{2} \log(2 \pi \phi)$$

    Args:
        summed: $a$, the summed inputs, normalized or not.
        bias: $b$.
        outcome: $y$.
        dispersion: $\phi$, the variance of an outcome; above 0.

    Returns:
        The log-likelihood of each outcome, in nats.

    Raises:
        ValueError: dispersion is not above 0.

    Source: section 5.2.2, Eq. 10.
    """
    check_dispersion(dispersion)
    t = summed + bias
    # Eq. 10: ((a + b) y - eta(a + b)) / phi + c(y, phi)
    constant = -outcome.square() / (2 * dispersion) - 0.5 * math.log(2 * math.pi * dispersion)
    return (t * outcome - t.square() / 2) / dispersion + constant


def gaussian_moments(
    summed: Float[Tensor, "*batch units"], bias: Float[Tensor, "units"], dispersion: float = 1.0
) -> tuple[Float[Tensor, "*batch units"], Float[Tensor, "*batch units"]]:
    r"""Mean and variance of real outcomes.

    $$\mathbb{E}[y \mid x] = a + b, \qquad \mathrm{Var}[y \mid x] = \phi$$

    Args:
        summed: $a$.
        bias: $b$.
        dispersion: $\phi$; above 0.

    Returns:
        Mean and variance of each outcome.

    Raises:
        ValueError: dispersion is not above 0.

    Source: section 5.2.2, Eq. 11.
    """
    check_dispersion(dispersion)
    # Eq. 11: f is the identity, and its derivative is 1
    mean = summed + bias
    return mean, torch.full_like(mean, dispersion)


def bernoulli_log_likelihood(
    summed: Float[Tensor, "*batch units"], bias: Float[Tensor, "units"], outcome: Float[Tensor, "*batch units"]
) -> Float[Tensor, "*batch units"]:
    r"""Log-likelihood of outcomes 0 and 1: $\eta(t) = \log(1 + e^t)$, $\phi = 1$, $c = 0$, a sigmoid as transfer function.

    Args:
        summed: $a$, the summed inputs, normalized or not.
        bias: $b$.
        outcome: $y$, 0 or 1.

    Returns:
        The log-likelihood of each outcome, in nats.

    Source: section 5.2.2, Eq. 10.
    """
    t = summed + bias
    # Eq. 10: (a + b) y - eta(a + b)
    return t * outcome - F.softplus(t)


def bernoulli_moments(
    summed: Float[Tensor, "*batch units"], bias: Float[Tensor, "units"]
) -> tuple[Float[Tensor, "*batch units"], Float[Tensor, "*batch units"]]:
    r"""Mean and variance of outcomes 0 and 1.

    $$\mathbb{E}[y \mid x] = f(a + b), \qquad \mathrm{Var}[y \mid x] = f'(a + b)$$

    Args:
        summed: $a$.
        bias: $b$.

    Returns:
        Mean and variance of each outcome.

    Source: section 5.2.2, Eq. 11.
    """
    # Eq. 11: f is the sigmoid, and its derivative is f (1 - f)
    mean = (summed + bias).sigmoid()
    return mean, mean * (1 - mean)


def check_dispersion(dispersion: float) -> None:
    """Refuse a dispersion that cannot be meant.

    Args:
        dispersion: of the outcomes.

    Raises:
        ValueError: dispersion is not above 0.
    """
    if not dispersion > 0:
        raise ValueError(f"dispersion must be above 0; received {dispersion}")
