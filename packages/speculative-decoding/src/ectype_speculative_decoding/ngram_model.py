"""N-gram models: approximation models of negligible cost (section 3.6)."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


class NgramModel:
    """A model whose distributions are rows of a table: unigram, bigram, trigram ...

    Args:
        table: distributions in its last axis, with an axis before it for each token that is looked back at.

    Raises:
        ValueError: the axes are not of one length, or a row is not a distribution.

    Source: section 3.6.
    """

    def __init__(self, table: Tensor) -> None:
        rows = table.sum(dim=-1)
        if len(set(table.shape)) != 1 or bool((table < 0).any()) or not torch.allclose(rows, torch.ones_like(rows)):
            raise ValueError(
                "a table must have axes of one length and rows that are distributions; "
                f"received {tuple(table.shape)} with rows that sum to {rows.min():.6g} to {rows.max():.6g}"
            )
        self.table, self.order = table, table.dim() - 1

    def __call__(self, tokens: Int[Tensor, "length"], count: int) -> Float[Tensor, "count vocabulary"]:
        """Look up what follows the last prefixes.

        Args:
            tokens: at least `count` and as many more as are looked back at, less one.
            count: how many prefixes.

        Returns:
            A distribution for each; the last one follows all tokens.
        """
        last = len(tokens) - torch.arange(count - 1, -1, -1)
        # Sec. 3.6: the evaluation amounts to a table lookup
        context = [tokens[last - back] for back in range(self.order, 0, -1)]
        return self.table[tuple(context)] if context else self.table.expand(count, -1)


def fit_ngram(tokens: Int[Tensor, "length"], vocabulary: int, order: int = 1, smoothing: float = 1.0) -> NgramModel:
    """Count what follows what.

    Args:
        tokens: a text.
        vocabulary: number of tokens there are.
        order: how many tokens to look back at: 0 is a unigram model, 1 a bigram model.
        smoothing: added to all counts.

    Returns:
        The model.

    Raises:
        ValueError: the order is negative, or the smoothing is not positive.

    Source: section 3.6.
    """
    if order < 0 or smoothing <= 0:
        raise ValueError(
            f"order must be at least 0 and smoothing positive; received order={order}, smoothing={smoothing}"
        )
    counts = torch.full([vocabulary] * (order + 1), smoothing, dtype=torch.float64)
    grams = tokens.unfold(0, order + 1, 1).unbind(1)
    counts.index_put_(grams, torch.ones(len(tokens) - order, dtype=torch.float64), accumulate=True)
    return NgramModel(counts / counts.sum(dim=-1, keepdim=True))
