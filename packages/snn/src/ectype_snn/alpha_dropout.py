"""Alpha dropout (section 2, "New Dropout Technique")."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ectype_snn.selu import ALPHA, SCALE

# Sec. 2: alpha' is the value of selu at minus infinity
SATURATION = -SCALE * ALPHA
"""What a dropped activation becomes."""


def affine_parameters(drop_rate: float, mean: float = 0.0, variance: float = 1.0) -> tuple[float, float]:
    r"""Factor and shift after which activations of which some were dropped have the mean and the variance from before.

    With $q$ the probability of being kept,

    $$a = \sqrt{\frac{\nu}{q ((1 - q)(\alpha' - \mu)^2 + \nu)}}, \qquad b = \mu - a (q \mu + (1 - q) \alpha')$$

    For mean 0 and variance 1 these are $a = (q + \alpha'^2 q (1 - q))^{-1/2}$ and $b = -a (1 - q) \alpha'$.

    Args:
        drop_rate: $1 - q$, from 0 to below 1.
        mean: $\mu$ of the activations.
        variance: $\nu$ of the activations; above 0.

    Returns:
        $a$ and $b$.

    Raises:
        ValueError: drop_rate is not from 0 to below 1, or variance is not above 0.

    Source: section 2, "New Dropout Technique".
    """
    if not 0 <= drop_rate < 1 or not variance > 0:
        raise ValueError(
            f"drop_rate must be from 0 to below 1 and variance above 0; received drop_rate={drop_rate}, {variance=}"
        )
    keep = 1 - drop_rate
    # Sec. 2: mean and variance after dropping, before the affine map
    dropped_mean = keep * mean + drop_rate * SATURATION
    dropped_variance = keep * (drop_rate * (SATURATION - mean) ** 2 + variance)
    # Sec. 2: E(a(...) + b) = mu and Var(a(...) + b) = nu
    factor = math.sqrt(variance / dropped_variance)
    return factor, mean - factor * dropped_mean


def alpha_dropout(
    x: Float[Tensor, "*shape"], drop_rate: float, generator: torch.Generator | None = None
) -> Float[Tensor, "*shape"]:
    r"""Set activations to $\alpha'$ at random, and map all so that mean 0 and variance 1 are kept.

    $$a (x d + \alpha' (1 - d)) + b, \qquad d \sim B(1, q)$$

    Args:
        x: activations.
        drop_rate: $1 - q$, from 0 to below 1.
        generator: draws $d$; torch's global one if None.

    Returns:
        Activations of the same shape.

    Raises:
        ValueError: drop_rate is not from 0 to below 1.

    Source: section 2, "New Dropout Technique".
    """
    factor, shift = affine_parameters(drop_rate)
    kept = torch.empty_like(x).bernoulli_(1 - drop_rate, generator=generator)
    # Sec. 2: a (x d + alpha' (1 - d)) + b
    return factor * (x * kept + SATURATION * (1 - kept)) + shift


class AlphaDropout(nn.Module):
    """Alpha dropout in training mode, nothing in evaluation mode.

    Args:
        drop_rate: $1 - q$, from 0 to below 1; the paper finds 0.05 and 0.1 good.

    Raises:
        ValueError: drop_rate is not from 0 to below 1.

    Source: section 2, "New Dropout Technique".
    """

    def __init__(self, drop_rate: float = 0.05) -> None:
        super().__init__()
        affine_parameters(drop_rate)
        self.drop_rate = drop_rate

    def forward(self, x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Drop activations, with torch's global generator."""
        return alpha_dropout(x, self.drop_rate) if self.training else x
