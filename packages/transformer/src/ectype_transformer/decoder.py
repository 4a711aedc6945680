"""The decoder (section 3.1): masked self-attention, attention over the encoder's output, feed-forward network."""

from collections.abc import Iterable

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ectype_transformer.attention import MultiHeadAttention
from ectype_transformer.feed_forward import PositionWiseFeedForward


class DecoderLayer(nn.Module):
    r"""Three sub-layers, each wrapped as $\mathrm{LayerNorm}(x + \mathrm{Dropout}(\mathrm{Sublayer}(x)))$.

    The paper does not give the epsilon of layer normalization: torch's default.

    Args:
        d_model: width.
        heads: number of heads of both attentions.
        d_ff: width of the inner layer of the feed-forward network.
        dropout: rate on the output of each sub-layer.
        d_k: width of one head's queries and keys; d_model / heads if None.
        d_v: width of one head's values; d_model / heads if None.
        bias: True adds a bias to the projections of attention.

    Raises:
        ValueError: see `MultiHeadAttention` and `PositionWiseFeedForward`; or dropout is not a rate.

    Source: sections 3.1 and 5.4, Figure 1 (right).
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
        self.self_attention = MultiHeadAttention(d_model, heads, d_k, d_v, bias=bias)
        self.self_attention_norm = nn.LayerNorm(d_model)
        self.cross_attention = MultiHeadAttention(d_model, heads, d_k, d_v, bias=bias)
        self.cross_attention_norm = nn.LayerNorm(d_model)
        self.feed_forward = PositionWiseFeedForward(d_model, d_ff)
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Float[Tensor, "*batch length d_model"],
        memory: Float[Tensor, "*batch memory d_model"],
        mask: Bool[Tensor, "*#batch #length #length"] | None = None,
        memory_mask: Bool[Tensor, "*#batch #length #memory"] | None = None,
    ) -> Float[Tensor, "*batch length d_model"]:
        """Transform a sequence, looking at the encoder's output.

        Args:
            x: the sequence.
            memory: the output of the encoder.
            mask: of self-attention, True = may attend; `causal_mask` in the Transformer.
            memory_mask: of the attention over the memory.
        """
        # Sec. 3.1: the output of each sub-layer is LayerNorm(x + Sublayer(x)), with dropout as in section 5.4
        x = self.self_attention_norm(x + self.dropout(self.self_attention(x, x, x, mask)))
        # Sec. 3.2.3: queries from the previous decoder layer, keys and values from the output of the encoder
        x = self.cross_attention_norm(x + self.dropout(self.cross_attention(x, memory, memory, memory_mask)))
        return self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))


class Decoder(nn.Module):
    """A stack of decoder layers, without a normalization after the last (each layer ends with its own).

    Args:
        layers: the layers, the first one applied first.

    Source: section 3.1.
    """

    def __init__(self, layers: Iterable[DecoderLayer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(
        self,
        x: Float[Tensor, "*batch length d_model"],
        memory: Float[Tensor, "*batch memory d_model"],
        mask: Bool[Tensor, "*#batch #length #length"] | None = None,
        memory_mask: Bool[Tensor, "*#batch #length #memory"] | None = None,
    ) -> Float[Tensor, "*batch length d_model"]:
        """Apply all layers, each with the same memory and masks."""
        for layer in self.layers:
            x = layer(x, memory, mask, memory_mask)
        return x
