"""Label smoothing (section 5.4), in the two forms in which it is implemented."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F


def label_smoothing_loss(
    logits: Float[Tensor, "*batch vocabulary"],
    targets: Int[Tensor, "*batch"],
    smoothing: float = 0.1,
    padding: int | None = None,
) -> Float[Tensor, ""]:
    r"""Cross-entropy with targets that give a part $\epsilon$ of the probability to all classes alike.

    $$L = -\sum_k q(k) \log p(k), \quad q(k) = (1 - \epsilon)\, \delta_{k,y} + \epsilon / K$$

    Args:
        logits: unnormalised log-probabilities over $K$ classes.
        targets: true classes $y$.
        smoothing: $\epsilon$.
        padding: class whose targets do not count; None if all count.

    Returns:
        Mean over the targets that count, in nats; zero if none does.

    Raises:
        ValueError: smoothing is not in [0, 1].

    Source: section 5.4, which cites Szegedy et al. 2015 (arXiv 1512.00567, section 7) for the formula.
    """
    if not 0 <= smoothing <= 1:
        raise ValueError(f"smoothing must be in [0, 1]; received {smoothing}")
    log_p = F.log_softmax(logits, dim=-1)
    true = log_p.gather(-1, targets.unsqueeze(-1)).squeeze(-1)  # *batch
    # Sec. 5.4: label smoothing of value epsilon_ls, the part epsilon spread evenly over all classes
    loss = -(1 - smoothing) * true - smoothing * log_p.mean(dim=-1)
    if padding is None:
        return loss.mean()
    counts = targets != padding
    return torch.where(counts, loss, 0).sum() / counts.sum().clamp(min=1)


def label_smoothing_loss_over_others(
    logits: Float[Tensor, "*batch vocabulary"],
    targets: Int[Tensor, "*batch"],
    smoothing: float = 0.1,
    padding: int | None = None,
) -> Float[Tensor, ""]:
    r"""Cross-entropy with targets that give a part $\epsilon$ of the probability to the wrong classes alike.

    $$q(k) = (1 - \epsilon)\, \delta_{k,y} + (1 - \delta_{k,y})\, \epsilon / (K - 1)$$

    It is `label_smoothing_loss` with $\epsilon K / (K - 1)$ for $\epsilon$. tensor2tensor subtracts the constant
    `least_attainable_loss_over_others` from it, which does not change gradients.

    Args:
        logits: unnormalised log-probabilities over $K$ classes.
        targets: true classes $y$.
        smoothing: $\epsilon$.
        padding: class whose targets do not count; None if all count.

    Returns:
        Mean over the targets that count, in nats; zero if none does.

    Raises:
        ValueError: smoothing is not in [0, 1 - 1 / K].

    Source: tensorflow/tensor2tensor at bafdc1b, `layers/common_layers.py`, `smoothing_cross_entropy`.
    """
    return label_smoothing_loss(logits, targets, _spread_over_all(logits.shape[-1], smoothing), padding)


def least_attainable_loss(vocabulary: int, smoothing: float = 0.1) -> float:
    r"""Value below which `label_smoothing_loss` cannot fall: the entropy of the smoothed target.

    $$-a \log a - (K - 1)\, b \log b, \quad a = 1 - \epsilon + \epsilon / K, \quad b = \epsilon / K$$

    Args:
        vocabulary: $K$, the number of classes.
        smoothing: $\epsilon$.

    Returns:
        The entropy, in nats.

    Raises:
        ValueError: vocabulary is below 1 or smoothing is not in [0, 1].

    Source: section 5.4.
    """
    if vocabulary < 1 or not 0 <= smoothing <= 1:
        raise ValueError(
            "vocabulary must be at least 1 and smoothing in [0, 1]; "
            f"received vocabulary={vocabulary}, smoothing={smoothing}"
        )
    other = smoothing / vocabulary
    true = 1 - smoothing + other
    return -sum(count * q * math.log(q) for count, q in ((1, true), (vocabulary - 1, other)) if q > 0)


def least_attainable_loss_over_others(vocabulary: int, smoothing: float = 0.1) -> float:
    """Value below which `label_smoothing_loss_over_others` cannot fall.

    Args:
        vocabulary: number of classes.
        smoothing: part of the probability given to the wrong classes.

    Returns:
        The entropy of the smoothed target, in nats.

    Raises:
        ValueError: vocabulary is below 2 or smoothing is not in [0, 1 - 1 / vocabulary].

    Source: tensorflow/tensor2tensor at bafdc1b, `layers/common_layers.py`, `smoothing_cross_entropy`.
    """
    return least_attainable_loss(vocabulary, _spread_over_all(vocabulary, smoothing))


def _spread_over_all(vocabulary: int, smoothing: float) -> float:
    """Smoothing over all classes that gives the wrong ones together the mass `smoothing`."""
    if vocabulary < 2 or not 0 <= smoothing <= 1 - 1 / vocabulary:
        raise ValueError(
            "vocabulary must be at least 2 and smoothing in [0, 1 - 1 / vocabulary]; "
            f"received vocabulary={vocabulary}, smoothing={smoothing}"
        )
    return smoothing * vocabulary / (vocabulary - 1)
