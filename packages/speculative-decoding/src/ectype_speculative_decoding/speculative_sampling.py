"""Speculative sampling (section 2.3, appendices A.1, A.2 and A.5)."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ectype_speculative_decoding.standardized import sample


def acceptance_probability(
    p: Float[Tensor, "*batch"], q: Float[Tensor, "*batch"], lenience: float = 1.0
) -> Float[Tensor, "*batch"]:
    r"""Probability of keeping a guess.

    $$\min\left(1, \frac{p(x)}{l\,q(x)}\right)$$

    Args:
        p: probability of the guess in the target model.
        q: its probability in the approximation model.
        lenience: l; below 1 more guesses are kept, and the output is another distribution than the target's.

    Returns:
        The probability; 1 for a guess of probability zero in the approximation model.

    Raises:
        ValueError: the lenience is not in (0, 1].

    Source: section 2.3; appendix A.5 for the lenience.
    """
    if not 0 < lenience <= 1:
        raise ValueError(f"lenience must be in (0, 1]; received {lenience}")
    # Sec. 2.3: keep it if q(x) <= p(x), else reject with probability 1 - p(x) / q(x)
    # App. A.5: multiply q(x) by l before comparing with p(x)
    q = lenience * q
    return torch.where(q <= p, 1.0, p / torch.where(q > p, q, 1.0))


def adjusted_distribution(
    p: Float[Tensor, "*batch vocabulary"], q: Float[Tensor, "*batch vocabulary"]
) -> Float[Tensor, "*batch vocabulary"]:
    r"""Distribution from which a token is drawn in place of a rejected guess.

    $$p'(x) = \mathrm{norm}(\max(0, p(x) - q(x)))$$

    Args:
        p: distribution of the target model.
        q: distribution of the approximation model.

    Returns:
        The adjusted distribution; p where it is nowhere above q, which only rounding can bring to a rejection.

    Source: section 2.3.
    """
    # Sec. 2.3: p'(x) = norm(max(0, p(x) - q(x)))
    excess = (p - q).clamp(min=0)
    total = excess.sum(dim=-1, keepdim=True)
    # D1: where nothing is left, p itself
    return torch.where(total > 0, excess / torch.where(total > 0, total, 1.0), p)


def speculative_sample(
    p: Float[Tensor, "batch vocabulary"], q: Float[Tensor, "batch vocabulary"], *, generator: torch.Generator
) -> Int[Tensor, "batch"]:
    """Draw from p by way of q: a guess from q that is kept, or a token of the adjusted distribution.

    Args:
        p: distributions of the target model, one a row.
        q: distributions of the approximation model.
        generator: of all draws.

    Returns:
        A token for each row, distributed as p.

    Source: section 2.3.
    """
    guess = sample(q, generator)
    chosen = guess[:, None]
    keep = acceptance_probability(p.gather(1, chosen), q.gather(1, chosen)).squeeze(1)
    uniform = 1 - torch.rand(len(p), generator=generator, dtype=p.dtype, device=p.device)  # in (0, 1]
    return torch.where(uniform <= keep, guess, sample(adjusted_distribution(p, q), generator))


def rejection_acceptance(
    p: Float[Tensor, "*batch vocabulary"], q: Float[Tensor, "*batch vocabulary"]
) -> Float[Tensor, "*batch"]:
    r"""Probability that one round of rejection sampling keeps its guess.

    $$\sum_x p(x) \min_{x'} \frac{q(x')}{p(x')}$$

    Args:
        p: distribution of the target model.
        q: distribution of the approximation model.

    Returns:
        The probability, which is at most that of speculative sampling.

    Source: appendix A.2.
    """
    # App. A.2: the minimum of q(x') / p(x') is over tokens that the target can give
    ratio = torch.where(p > 0, q / torch.where(p > 0, p, 1.0), torch.inf)
    return ratio.amin(dim=-1).clamp(max=1)


def lenient_argmax(
    p: Float[Tensor, "*batch vocabulary"], guess: Int[Tensor, "*batch"], lenience: float
) -> Bool[Tensor, "*batch"]:
    r"""Say whether a guess is kept that is nearly as probable as the most probable token.

    $$p(x) \ge l \max_{x'} p(x')$$

    With a lenience of 1 it is argmax sampling.

    Args:
        p: distribution of the target model, before it is standardized.
        guess: a token for each distribution.
        lenience: l.

    Returns:
        Whether it is kept.

    Raises:
        ValueError: the lenience is not in (0, 1].

    Source: appendix A.5, where the inequality is printed the other way round.
    """
    if not 0 < lenience <= 1:
        raise ValueError(f"lenience must be in (0, 1]; received {lenience}")
    # D2: at least, not at most
    return p.gather(-1, guess.unsqueeze(-1)).squeeze(-1) >= lenience * p.amax(dim=-1)
