"""Acceptance rate of two distributions (section 3.2, appendix A.5)."""

import torch
from jaxtyping import Float
from torch import Tensor


def divergence(p: Float[Tensor, "*batch vocabulary"], q: Float[Tensor, "*batch vocabulary"]) -> Float[Tensor, "*batch"]:
    r"""Divergence of two distributions, which is their total variation distance.

    $$D_{LK}(p, q) = \sum_x |p(x) - M(x)|, \qquad M(x) = \frac{p(x) + q(x)}{2}$$

    Args:
        p: a distribution.
        q: another.

    Returns:
        A number from 0 to 1.

    Source: section 3.2, definition 3.2.
    """
    # Sec. 3.2: the sum over x of |p(x) - M(x)| with M = (p + q) / 2
    return (p - (p + q) / 2).abs().sum(dim=-1)


def acceptance_rate(
    p: Float[Tensor, "*batch vocabulary"], q: Float[Tensor, "*batch vocabulary"], lenience: float = 1.0
) -> Float[Tensor, "*batch"]:
    r"""Probability that a guess from q is accepted.

    $$\beta = \sum_x \min(p(x), q(x)), \qquad \sum_x \min\left(\frac{p(x)}{l}, q(x)\right)$$

    Its mean over prefixes is alpha (corollary 3.6).

    Args:
        p: distribution of the target model.
        q: distribution of the approximation model.
        lenience: l.

    Returns:
        A number from 0 to 1.

    Raises:
        ValueError: the lenience is not in (0, 1].

    Source: section 3.2, theorem 3.5; appendix A.5 for the lenience.
    """
    if not 0 < lenience <= 1:
        raise ValueError(f"lenience must be in (0, 1]; received {lenience}")
    # Sec. 3.2: beta is the sum over x of min(p(x), q(x))
    # App. A.5: with a lenience the sum over x of min(p(x) / l, q(x))
    return torch.minimum(p / lenience, q).sum(dim=-1)
