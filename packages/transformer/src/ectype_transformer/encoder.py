"""The encoder (section 3.1): self-attention and feed-forward network, each with residual and layer normalization."""

from collections.abc import Iterable

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ectype_transformer.attention import MultiHeadAttention
from ectype_transformer.feed_forward import PositionWiseFeedForward


class EncoderLayer(nn.Module):
    r"""Two sub-layers, each wrapped as $\mathrm{LayerNorm}(x + \mathrm{Dropout}(\mathrm{Sublayer}(x)))$.

    The paper does not give the epsilon of layer normalization: torch's default.

    Args:
        d_model: width.
        heads: number of attention heads.
        d_ff: width of the inner layer of the feed-forward network.
        dropout: rate on the output of each sub-layer.
        d_k: width of one head's queries and keys; d_model / heads if None.
        d_v: width of one head's values; d_model / heads if None.
        bias: True adds a bias to the projections of attention.

    Raises:
        ValueError: see `MultiHeadAttention` and `PositionWiseFeedForward`; or dropout is not a rate.

    Source: sections 3.1 and 5.4, Figure 1 (left).
    """

    def __init__(
        self,
        d_model: int,
        heads: int,
        d_ff: int,
        dropout: float = 0.1,
        d_k: int | None = None,
        d_v: int | None = None,
        bias: bool = False,
    ) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(d_model, heads, d_k, d_v, bias=bias)
        self.attention_norm = nn.LayerNorm(d_model)
        self.feed_forward = PositionWiseFeedForward(d_model, d_ff)
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Float[Tensor, "*batch length d_model"],
        mask: Bool[Tensor, "*#batch #length #length"] | None = None,
    ) -> Float[Tensor, "*batch length d_model"]:
        """Transform a sequence; the mask (True = may attend) is as in `scaled_dot_product_attention`."""
        # Sec. 3.1: the output of each sub-layer is LayerNorm(x + Sublayer(x)), with dropout as in section 5.4
        x = self.attention_norm(x + self.dropout(self.attention(x, x, x, mask)))
        return self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))


class Encoder(nn.Module):
    """A stack of encoder layers, without a normalization after the last (each layer ends with its own).

    Args:
        layers: the layers, the first one applied first.

    Source: section 3.1.
    """

    def __init__(self, layers: Iterable[EncoderLayer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(
        self,
        x: Float[Tensor, "*batch length d_model"],
        mask: Bool[Tensor, "*#batch #length #length"] | None = None,
    ) -> Float[Tensor, "*batch length d_model"]:
        """Apply all layers, each with the same mask."""
        for layer in self.layers:
            x = layer(x, mask)
        return x
