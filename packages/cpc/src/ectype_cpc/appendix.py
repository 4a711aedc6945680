"""What the proof of the bound puts in the place of the loss (appendix A.1)."""

import math

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def loss_with_expected_negatives(log_ratio: Float[Tensor, "*any"], samples: int) -> Float[Tensor, "*any"]:
    r"""The optimal loss if the sum over negative samples were its expectation, $N - 1$.

    $$\log\left[1 + \frac{p(x_{t+k})}{p(x_{t+k} \mid c_t)} (N - 1)\right]$$

    By Jensen's inequality it is above the optimal loss (Eq. 7), not below.

    Args:
        log_ratio: logarithm of $p(x_{t+k} \mid c_t) / p(x_{t+k})$ of positive samples.
        samples: $N$, at least 2.

    Returns:
        One number for each positive sample, in nats.

    Raises:
        ValueError: samples is below 2.

    Source: appendix A.1, Eq. 9.
    """
    # Eq. 8: the sum over negative samples is replaced by (N - 1) times the expectation of the ratio
    # Eq. 9: which is 1, so that log[1 + (N - 1) / ratio] is left
    return F.softplus(_log_of_negatives(samples) - log_ratio)


def loss_of_the_bound(log_ratio: Float[Tensor, "*any"], samples: int) -> Float[Tensor, "*any"]:
    r"""The last line of the proof before expectations: its mean is $\log N - I$.

    $$\log\left[\frac{p(x_{t+k})}{p(x_{t+k} \mid c_t)} N\right]$$

    Args:
        log_ratio: logarithm of $p(x_{t+k} \mid c_t) / p(x_{t+k})$ of positive samples.
        samples: $N$, at least 2.

    Returns:
        One number for each positive sample, in nats.

    Raises:
        ValueError: samples is below 2.

    Source: appendix A.1, Eq. 10.
    """
    _log_of_negatives(samples)
    # Eq. 10: log[N / ratio]
    return math.log(samples) - log_ratio


def _log_of_negatives(samples: int) -> float:
    if samples < 2:
        raise ValueError(f"samples must be at least 2, one of them negative; received {samples}")
    return math.log(samples - 1)
