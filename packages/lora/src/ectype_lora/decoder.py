"""The Transformer decoder that is adapted: GPT-2, and GPT-3 with dense attention (sections 5.4 and 5.5)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True, kw_only=True, slots=True)
class DecoderSettings:
    """Sizes of a decoder."""

    d_model: int
    """Width of the model."""
    layers: int
    """Number of layers."""
    heads: int
    """Number of attention heads of a layer."""
    vocabulary: int = 50_257
    """Number of tokens."""
    context: int = 1024
    """Longest sequence."""

    def __post_init__(self) -> None:
        smallest = min(self.d_model, self.layers, self.heads, self.vocabulary, self.context)
        if smallest < 1 or self.d_model % self.heads:
            raise ValueError(f"sizes must be at least 1, and heads must divide d_model; received {self}")


class SelfAttention(nn.Module):
    """Causal self-attention with its four matrices apart.

    Args:
        d_model: width of the model.
        heads: number of heads.

    Raises:
        ValueError: the heads do not divide the width.

    Source: section 4.2.
    """

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        if d_model < 1 or heads < 1 or d_model % heads:
            raise ValueError(f"heads must divide d_model, both at least 1; received d_model={d_model}, heads={heads}")
        self.heads = heads
        # Sec. 4.2: W_q, W_k and W_v are each a single matrix of d_model x d_model
        self.query, self.key = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.value, self.output = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)

    def forward(self, x: Float[Tensor, "batch length d_model"]) -> Float[Tensor, "batch length d_model"]:
        """Return what each position gathers from itself and those before it."""
        q, k, v = (
            layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # batch heads length width
            for layer in (self.query, self.key, self.value)
        )
        gathered = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.output(gathered.transpose(1, 2).flatten(-2))


class DecoderLayer(nn.Module):
    """Attention and MLP, each behind a LayerNorm and added to its input.

    Args:
        d_model: width of the model.
        heads: number of heads.

    Raises:
        ValueError: the heads do not divide the width.

    Source: section 1, terminologies and conventions.
    """

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()
        self.attention = SelfAttention(d_model, heads)
        self.attention_norm = nn.LayerNorm(d_model)
        # Sec. 1: a Transformer MLP feedforward dimension d_ffn = 4 d_model
        self.mlp_norm, self.inner, self.outer = (
            nn.LayerNorm(d_model),
            nn.Linear(d_model, 4 * d_model),
            nn.Linear(4 * d_model, d_model),
        )

    def forward(self, x: Float[Tensor, "batch length d_model"]) -> Float[Tensor, "batch length d_model"]:
        """Return the positions after this layer."""
        x = x + self.attention(self.attention_norm(x))
        return x + self.outer(F.gelu(self.inner(self.mlp_norm(x)), approximate="tanh"))


class Decoder(nn.Module):
    """Language model P(y_t | x, y_<t).

    Args:
        settings: sizes.

    Source: section 2; the sizes are those of GPT-2 and GPT-3.
    """

    def __init__(self, settings: DecoderSettings) -> None:
        super().__init__()
        self.settings = settings
        self.tokens = nn.Embedding(settings.vocabulary, settings.d_model)
        self.positions = nn.Embedding(settings.context, settings.d_model)
        self.layers = nn.ModuleList(DecoderLayer(settings.d_model, settings.heads) for _ in range(settings.layers))
        self.norm = nn.LayerNorm(settings.d_model)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)

    def forward(self, tokens: Int[Tensor, "batch length"]) -> Float[Tensor, "batch length tokens"]:
        """Return logits of the token that follows each position."""
        x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1], device=tokens.device))
        for layer in self.layers:
            x = layer(x)
        return F.linear(self.norm(x), self.tokens.weight)
