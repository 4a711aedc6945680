"""Attention (section 3.2): scaled dot-product attention, multi-head attention, and the masks they take."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn


def scaled_dot_product_attention(
    query: Float[Tensor, "*batch queries d_k"],
    key: Float[Tensor, "*batch keys d_k"],
    value: Float[Tensor, "*batch keys d_v"],
    mask: Bool[Tensor, "*#batch #queries #keys"] | None = None,
) -> Float[Tensor, "*batch queries d_v"]:
    r"""Weighted sums of the values, with weights from the match of each query with all keys.

    $$\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\left(\frac{Q K^T}{\sqrt{d_k}}\right) V$$

    With the identity matrix for the values the result is the matrix of weights.

    Args:
        query: $Q$.
        key: $K$.
        value: $V$.
        mask: True where a query may attend to a key, broadcast over the batch; None for everywhere.
            A query that may attend to no key gets zeros, and passes no gradient.

    Returns:
        One vector of length d_v for each query.

    Source: section 3.2.1, Eq. 1; masking: section 3.2.3.
    """
    d_k = query.shape[-1]
    # Eq. 1: the argument of the softmax, Q K^T / sqrt(d_k)
    logits = query @ key.transpose(-2, -1) / math.sqrt(d_k)
    if mask is None:
        # Eq. 1: softmax(...) V
        return logits.softmax(dim=-1) @ value
    # Sec. 3.2.3: illegal connections are set to minus infinity in the input of the softmax
    weights = logits.masked_fill(~mask, -math.inf).softmax(dim=-1)
    # D1: a row without any key is 0 / 0 in the softmax, and the second fill makes its weights zero
    return weights.masked_fill(~mask, 0.0) @ value


class MultiHeadAttention(nn.Module):
    r"""Attention by several heads in parallel, each on its own learned projection.

    $$\mathrm{MultiHead}(Q, K, V) = \mathrm{Concat}(\mathrm{head}_1, \dots, \mathrm{head}_h) W^O, \quad
    \mathrm{head}_i = \mathrm{Attention}(Q W^Q_i, K W^K_i, V W^V_i)$$

    The $h$ matrices $W^Q_i$ are one linear layer `query`, head after head, and so for `key` and `value`;
    `output` is $W^O$. The paper leaves the initialisation open: Xavier uniform, as in tensor2tensor
    (`uniform_unit_scaling` with gain 1 in `transformer_base_v1`), and zero for biases.

    Args:
        d_model: width of queries, keys, values and output.
        heads: $h$, the number of heads.
        d_k: width of one head's queries and keys; d_model / heads if None.
        d_v: width of one head's values; d_model / heads if None.
        bias: True adds a bias to the four projections; the paper's equations have none.

    Raises:
        ValueError: a width or the number of heads is below 1, or heads does not divide d_model where it has to.

    Source: section 3.2.2.
    """

    def __init__(
        self, d_model: int, heads: int, d_k: int | None = None, d_v: int | None = None, *, bias: bool = False
    ) -> None:
        super().__init__()
        self.heads = heads
        self.d_k = head_width(d_model, heads) if d_k is None else d_k
        self.d_v = head_width(d_model, heads) if d_v is None else d_v
        if min(d_model, heads, self.d_k, self.d_v) < 1:
            raise ValueError(
                "d_model, heads, d_k and d_v must be at least 1; "
                f"received d_model={d_model}, heads={heads}, d_k={self.d_k}, d_v={self.d_v}"
            )
        # Sec. 3.2.2: W^Q and W^K are d_model x d_k for each head, W^V is d_model x d_v, W^O is h d_v x d_model
        self.query = nn.Linear(d_model, heads * self.d_k, bias=bias)
        self.key = nn.Linear(d_model, heads * self.d_k, bias=bias)
        self.value = nn.Linear(d_model, heads * self.d_v, bias=bias)
        self.output = nn.Linear(heads * self.d_v, d_model, bias=bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights from torch's global generator."""
        for projection in (self.query, self.key, self.value, self.output):
            nn.init.xavier_uniform_(projection.weight)
            if projection.bias is not None:
                nn.init.zeros_(projection.bias)

    def forward(
        self,
        query: Float[Tensor, "*batch queries d_model"],
        key: Float[Tensor, "*batch keys d_model"],
        value: Float[Tensor, "*batch keys d_model"],
        mask: Bool[Tensor, "*#batch #queries #keys"] | None = None,
    ) -> Float[Tensor, "*batch queries d_model"]:
        """Attend from `query` to `key` and `value`; the mask (True = may attend) is the same for all heads."""
        # Sec. 3.2.2: head_i = Attention(Q W^Q_i, K W^K_i, V W^V_i)
        heads = scaled_dot_product_attention(
            self._split(self.query(query)),
            self._split(self.key(key)),
            self._split(self.value(value)),
            None if mask is None else mask.unsqueeze(-3),
        )
        # Sec. 3.2.2: MultiHead(Q, K, V) = Concat(head_1, ..., head_h) W^O
        return self.output(heads.transpose(-3, -2).flatten(-2))

    def _split(self, projected: Tensor) -> Tensor:
        return projected.unflatten(-1, (self.heads, -1)).transpose(-3, -2)  # *batch heads length width


def head_width(d_model: int, heads: int) -> int:
    """Width of a head, d_model / heads.

    Args:
        d_model: width of the model.
        heads: number of heads.

    Returns:
        The width.

    Raises:
        ValueError: heads is below 1 or does not divide d_model.

    Source: section 3.2.2.
    """
    if heads < 1 or d_model % heads:
        raise ValueError(
            "heads must be at least 1 and divide d_model unless d_k and d_v are given; "
            f"received d_model={d_model}, heads={heads}"
        )
    # Sec. 3.2.2: d_k = d_v = d_model / h
    return d_model // heads


def causal_mask(length: int, device: torch.device | str | None = None) -> Bool[Tensor, "{length} {length}"]:
    """Mask that lets every position attend to itself and to the positions before it.

    Args:
        length: number of positions.
        device: where to put the mask.

    Returns:
        True on and below the diagonal.

    Source: section 3.2.3.
    """
    # Sec. 3.2.3: attend to all positions up to and including that position
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()


def padding_mask(tokens: Int[Tensor, "*batch length"], padding: int) -> Bool[Tensor, "*batch 1 length"]:
    """Mask that hides the keys that are padding from all queries.

    Args:
        tokens: token ids.
        padding: id of the padding token.

    Returns:
        False at padding; the axis of length 1 is the one of the queries.

    Source: not in the paper; needed for sentences of different lengths in one batch (section 5.1).
    """
    return (tokens != padding).unsqueeze(-2)
