"""Mutual information where it can be computed: of tables, and of correlated Gaussians (section 2.1, Eq. 2)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def mutual_information(joint: Float[Tensor, "*batch x c"]) -> Float[Tensor, "*batch"]:
    r"""Mutual information of two discrete variables.

    $$I(x; c) = \sum_{x, c} p(x, c) \log \frac{p(x \mid c)}{p(x)}$$

    Args:
        joint: $p(x, c)$, not negative, of sum one.

    Returns:
        Nats.

    Source: section 2.1, Eq. 1.
    """
    ratio = joint / (joint.sum(dim=-1, keepdim=True) * joint.sum(dim=-2, keepdim=True))
    # Eq. 1: sum of p(x, c) log p(x | c) / p(x)
    return torch.special.xlogy(joint, ratio).sum(dim=(-2, -1))


def gaussian_information(dimensions: int, correlation: float) -> float:
    r"""Mutual information of two Gaussian vectors, correlated coordinate by coordinate: $-\frac{d}{2} \log(1 - \rho^2)$.

    Args:
        dimensions: $d$, the number of pairs of coordinates.
        correlation: $\rho$ of each pair, between -1 and 1.

    Returns:
        Nats.

    Raises:
        ValueError: correlation is not between -1 and 1, or dimensions is below 1.

    Source: not in the paper; the benchmark of Poole et al. 2019.
    """
    _check(correlation, dimensions)
    return -dimensions / 2 * math.log1p(-(correlation**2))


def correlation_of(dimensions: int, information: float) -> float:
    """Correlation with which two Gaussian vectors have a mutual information; the inverse of `gaussian_information`.

    Args:
        dimensions: number of pairs of coordinates.
        information: in nats, at least 0.

    Returns:
        From 0 up to 1.

    Raises:
        ValueError: information is negative, or dimensions is below 1.

    Source: not in the paper; the benchmark of Poole et al. 2019.
    """
    if information < 0 or dimensions < 1:
        raise ValueError(
            "information must be at least 0 and dimensions at least 1; "
            f"received information={information}, dimensions={dimensions}"
        )
    return math.sqrt(-math.expm1(-2 * information / dimensions))


def correlated_gaussians(
    pairs: int, dimensions: int, correlation: float, *, generator: torch.Generator
) -> tuple[Float[Tensor, "pairs dimensions"], Float[Tensor, "pairs dimensions"]]:
    r"""Draw samples and contexts: standard normal each, correlated coordinate by coordinate.

    Args:
        pairs: how many.
        dimensions: $d$.
        correlation: $\rho$.
        generator: of the random numbers.

    Returns:
        Samples $x$ and contexts $c$ in float64.

    Raises:
        ValueError: correlation is not between -1 and 1, or dimensions is below 1.

    Source: not in the paper; the benchmark of Poole et al. 2019.
    """
    _check(correlation, dimensions)
    x, noise = torch.randn(2, pairs, dimensions, generator=generator, dtype=torch.float64)
    return x, correlation * x + math.sqrt(1 - correlation**2) * noise


def gaussian_log_ratios(
    x: Float[Tensor, "samples dimensions"], c: Float[Tensor, "contexts dimensions"], correlation: float
) -> Float[Tensor, "contexts samples"]:
    r"""The optimal critic of correlated Gaussians: the logarithm of $p(x \mid c) / p(x)$ of each sample for each context.

    Args:
        x: samples.
        c: contexts.
        correlation: $\rho$.

    Returns:
        A row for each context, a column for each sample.

    Raises:
        ValueError: correlation is not between -1 and 1.

    Source: section 2.2, Eq. 2, of Gaussians.
    """
    _check(correlation, x.shape[-1])
    variance = 1 - correlation**2
    squares = x.square().sum(dim=-1) + c.square().sum(dim=-1).unsqueeze(-1)
    # Eq. 2: log p(x | c) / p(x), with p(x | c) normal around rho c
    exponent = (correlation * (c @ x.mT) - correlation**2 * squares / 2) / variance
    return exponent + gaussian_information(x.shape[-1], correlation)


def _check(correlation: float, dimensions: int) -> None:
    if not -1 < correlation < 1 or dimensions < 1:
        raise ValueError(
            "correlation must be between -1 and 1 and dimensions at least 1; "
            f"received correlation={correlation}, dimensions={dimensions}"
        )
