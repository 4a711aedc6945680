"""The Transformer (section 3, Figure 1): settings, and the encoder-decoder model that they describe."""

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ectype_transformer.attention import causal_mask, head_width, padding_mask
from ectype_transformer.decoder import Decoder, DecoderLayer
from ectype_transformer.embedding import Embedding
from ectype_transformer.encoder import Encoder, EncoderLayer
from ectype_transformer.positions import LearnedPositions


@dataclass(frozen=True, kw_only=True, slots=True)
class TransformerSettings:
    """Sizes and rates of a Transformer; the defaults are the base model.

    Raises:
        ValueError: settings that contradict each other or are out of range; the text names all of them.

    Source: section 3 and Table 3, row base.
    """

    vocabulary: int
    """Number of tokens, shared by source and target."""
    d_model: int = 512
    """Width of the embeddings and of all sub-layers' outputs; even."""
    heads: int = 8
    """h, attention heads in every layer."""
    layers: int = 6
    """N, layers of the encoder, and again of the decoder."""
    d_ff: int = 2048
    """Width of the inner layer of the feed-forward networks."""
    d_k: int | None = None
    """Width of one head's queries and keys; d_model / heads if None."""
    d_v: int | None = None
    """Width of one head's values; d_model / heads if None."""
    dropout: float = 0.1
    """P_drop, on the output of every sub-layer and on the sums of embeddings and positions."""
    bias: bool = False
    """True adds a bias to the projections of attention, which the paper's equations do not have."""
    padding: int = 0
    """Id of the token that fills up short sentences."""
    learned_positions: int | None = None
    """Length of a learned table of positions, one for each stack (Table 3 row (E)); sinusoids if None."""

    def __post_init__(self) -> None:
        reasons = [
            f"{name} must be at least 1; received {value}"
            for name in ("vocabulary", "d_model", "heads", "layers", "d_ff", "d_k", "d_v", "learned_positions")
            if (value := getattr(self, name)) is not None and value < 1
        ]
        if self.d_model % 2:
            reasons.append(f"d_model must be even; received {self.d_model}")
        if self.heads > 0 and self.d_model % self.heads and None in (self.d_k, self.d_v):
            reasons.append(
                "heads must divide d_model unless d_k and d_v are given; "
                f"received d_model={self.d_model}, heads={self.heads}"
            )
        if not 0 <= self.dropout < 1:
            reasons.append(f"dropout must be in [0, 1); received {self.dropout}")
        if not 0 <= self.padding < self.vocabulary:
            reasons.append(f"padding must be a token id below vocabulary={self.vocabulary}; received {self.padding}")
        if reasons:
            raise ValueError("; ".join(reasons))

    @property
    def key_width(self) -> int:
        """d_k with its default resolved."""
        return head_width(self.d_model, self.heads) if self.d_k is None else self.d_k

    @property
    def value_width(self) -> int:
        """d_v with its default resolved."""
        return head_width(self.d_model, self.heads) if self.d_v is None else self.d_v

    def encoder_layer(self) -> EncoderLayer:
        """Build one layer of the encoder."""
        return EncoderLayer(self.d_model, self.heads, self.d_ff, self.dropout, self.d_k, self.d_v, self.bias)

    def decoder_layer(self) -> DecoderLayer:
        """Build one layer of the decoder."""
        return DecoderLayer(self.d_model, self.heads, self.d_ff, self.dropout, self.d_k, self.d_v, self.bias)


class Transformer(nn.Module):
    """Encoder-decoder model from source tokens and previous target tokens to logits of the next target token.

    Both embeddings and the pre-softmax projection share one matrix. Padding goes at the end of a sentence: it is
    hidden from everything that attends to the source, and the causal mask hides it from the target tokens before it.

    Args:
        settings: sizes and rates.

    Source: section 3, Figure 1.
    """

    def __init__(self, settings: TransformerSettings) -> None:
        super().__init__()
        self.settings = settings
        # Sec. 3.4: one matrix for the two embedding layers and the pre-softmax linear transformation
        self.embedding = Embedding(settings.vocabulary, settings.d_model, settings.dropout)
        # Sec. 3.1: N identical layers each
        self.encoder = Encoder(settings.encoder_layer() for _ in range(settings.layers))
        self.decoder = Decoder(settings.decoder_layer() for _ in range(settings.layers))
        self.source_positions: LearnedPositions | None = None
        self.target_positions: LearnedPositions | None = None
        if settings.learned_positions is not None:
            # Tab. 3: row (E), positional embedding instead of sinusoids
            self.source_positions = LearnedPositions(settings.learned_positions, settings.d_model)
            self.target_positions = LearnedPositions(settings.learned_positions, settings.d_model)

    def forward(
        self, source: Int[Tensor, "batch source"], target: Int[Tensor, "batch target"]
    ) -> Float[Tensor, "batch target vocabulary"]:
        """Logits of the token after each target token.

        Args:
            source: tokens of the source sentences.
            target: tokens of the target sentences, shifted right: the first is a start token.
        """
        mask = padding_mask(source, self.settings.padding)
        return self.decode(target, self.encode(source, mask), mask)

    def encode(
        self, source: Int[Tensor, "batch source"], mask: Bool[Tensor, "batch 1 source"] | None = None
    ) -> Float[Tensor, "batch source d_model"]:
        """Output of the encoder.

        Args:
            source: tokens of the source sentences.
            mask: True where a token may be attended to; where it is not padding if None.
        """
        if mask is None:
            mask = padding_mask(source, self.settings.padding)
        positions = None if self.source_positions is None else self.source_positions(source.shape[-1])
        return self.encoder(self.embedding(source, positions), mask)

    def decode(
        self,
        target: Int[Tensor, "batch target"],
        memory: Float[Tensor, "batch source d_model"],
        memory_mask: Bool[Tensor, "batch 1 source"] | None = None,
    ) -> Float[Tensor, "batch target vocabulary"]:
        """Logits of the token after each target token, given the output of the encoder.

        Args:
            target: tokens of the target sentences, shifted right.
            memory: the output of `encode`.
            memory_mask: `padding_mask` of the source; None only where the source has no padding.
        """
        length = target.shape[-1]
        positions = None if self.target_positions is None else self.target_positions(length)
        x = self.embedding(target, positions)
        # Sec. 3.1: the prediction for a position depends only on the known outputs before it
        x = self.decoder(x, memory, causal_mask(length, target.device), memory_mask)
        return self.embedding.logits(x)
