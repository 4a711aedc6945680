"""InfoNCE: the loss, the bound that it gives, and what MINE makes of the same scores (section 2.3, appendix A.1)."""

import math

import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


def info_nce_loss(scores: Float[Tensor, "*contexts samples"], positives: Int[Tensor, "*contexts"]) -> Float[Tensor, ""]:
    r"""Cross entropy of finding the positive sample among all samples.

    $$\mathcal{L}_N = -\mathbb{E}_X \left[\log \frac{f_k(x_{t+k}, c_t)}{\sum_{x_j \in X} f_k(x_j, c_t)}\right]$$

    Args:
        scores: $\log f_k(x_j, c_t)$ of the $N$ samples of each context, in nats.
        positives: which sample of each context is the positive one, $x_{t+k}$.

    Returns:
        The mean over contexts, in nats.

    Raises:
        ValueError: there is not one positive for each context.
        RuntimeError: a positive is not one of the samples.

    Source: section 2.3, Eq. 4; Eq. 6 and Eq. 7 where the scores are logarithms of density ratios.
    """
    # Eq. 6: with density ratios for f this is the least loss that there is
    # Eq. 7: E log[1 + sum over negatives / f], the same number
    # Eq. 12: E[log f / sum f] = E[F] - E[log sum e^F], F = log f
    # Eq. 13: the sum holds the positive sample and the negative ones
    return (scores.logsumexp(dim=-1) - _chosen(scores, positives)).mean()


def mutual_information_bound(loss: Float[Tensor, "*any"], samples: int) -> Float[Tensor, "*any"]:
    r"""Lower bound of the mutual information of samples and contexts; it cannot exceed $\log N$.

    $$I(x_{t+k}, c_t) \ge \log(N) - \mathcal{L}_N$$

    Args:
        loss: $\mathcal{L}_N$, in nats.
        samples: $N$, one positive and $N - 1$ negative ones.

    Returns:
        The bound in nats.

    Raises:
        ValueError: samples is below 1.

    Source: section 2.3; appendix A.1, Eq. 11.
    """
    if samples < 1:
        raise ValueError(f"samples must be at least 1; received {samples}")
    # Eq. 11: L_N >= -I + log N
    return math.log(samples) - loss


def positive_probability(log_ratios: Float[Tensor, "*contexts samples"]) -> Float[Tensor, "*contexts samples"]:
    r"""Probability that each sample is the positive one.

    $$p(d = i \mid X, c_t) = \frac{p(x_i \mid c_t) / p(x_i)}{\sum_{j=1}^N p(x_j \mid c_t) / p(x_j)}$$

    Args:
        log_ratios: logarithm of $p(x_i \mid c_t) / p(x_i)$, up to a number for each context.

    Returns:
        Probabilities that sum to one for each context.

    Source: section 2.3, Eq. 5.
    """
    # Eq. 5: the ratio of each sample over the sum of all ratios
    return log_ratios.softmax(dim=-1)


def mine_estimate(scores: Float[Tensor, "*contexts samples"], positives: Int[Tensor, "*contexts"]) -> Float[Tensor, ""]:
    r"""The estimate of MINE from the same scores: the positive sample is left out of the sum.

    $$\mathbb{E}_{(x,c)}[F(x, c)] - \mathbb{E}_c\left[\log \frac{1}{N-1} \sum_{x_j \in X_\mathrm{neg}} e^{F(x_j, c)}\right]$$

    Args:
        scores: $F(x_j, c)$ of the samples of each context, at least two.
        positives: which sample of each context is the positive one.

    Returns:
        The mean over contexts, in nats. It is no bound: with few negatives it is too large on average.

    Raises:
        ValueError: there is not one positive for each context, or no negative sample.
        RuntimeError: a positive is not one of the samples.

    Source: appendix A.1, Eq. 15 without its last term, $\log(N - 1)$.
    """
    negatives = scores.shape[-1] - 1
    if negatives < 1:
        raise ValueError(f"each context must have at least 2 samples; received {scores.shape[-1]}")
    chosen = _chosen(scores, positives)
    # Eq. 14: the sum over negative samples alone
    hidden = F.one_hot(positives, scores.shape[-1]).bool()
    rest = scores.masked_fill(hidden, -math.inf).logsumexp(dim=-1)
    # Eq. 15: its mean instead of the sum
    return (chosen - (rest - math.log(negatives))).mean()


def _chosen(scores: Tensor, positives: Tensor) -> Tensor:
    if positives.shape != scores.shape[:-1]:
        raise ValueError(
            "there must be one positive for each context; "
            f"received positives {tuple(positives.shape)} for scores {tuple(scores.shape)}"
        )
    return scores.gather(-1, positives.unsqueeze(-1)).squeeze(-1)
