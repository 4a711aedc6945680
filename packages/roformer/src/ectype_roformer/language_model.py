"""RoFormer as a masked-language model: BERT whose only positions are rotations (section 4.2)."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from ectype_roformer.attention import RotarySelfAttention
from ectype_roformer.presets import BASE, RoFormerSettings

EPSILON = 1e-12
"""Of BERT's layer normalisation."""


class RoFormerLayer(nn.Module):
    """A layer of BERT with rotary self-attention: each sub-layer is added to its input, then normalised.

    Args:
        settings: widths, heads and dropout.

    Source: section 4.2.2.
    """

    def __init__(self, settings: RoFormerSettings = BASE) -> None:
        super().__init__()
        d_model = settings.d_model
        # Sec. 4.2.2: the sinusoidal position encoding of the self-attention block is replaced with RoPE
        self.attention = RotarySelfAttention(d_model, settings.heads)
        self.inner = nn.Linear(d_model, settings.d_ff)
        self.outer = nn.Linear(settings.d_ff, d_model)
        self.norms = nn.ModuleList(nn.LayerNorm(d_model, EPSILON) for _ in range(2))
        self.dropout = nn.Dropout(settings.dropout)

    def forward(
        self,
        inputs: Float[Tensor, "*batch length d_model"],
        mask: Bool[Tensor, "*#batch #length length"] | None = None,
    ) -> Float[Tensor, "*batch length d_model"]:
        """Return the hidden states of the next layer."""
        hidden = self.norms[0](inputs + self.dropout(self.attention(inputs, mask)))
        return self.norms[1](hidden + self.dropout(self.outer(F.gelu(self.inner(hidden)))))


class RoFormer(nn.Module):
    """Masked-language model: embeddings without positions, layers, and logits of the tokens.

    The logits share their matrix with the embeddings, and have a bias. There are no segments.

    Args:
        settings: of the model.

    Source: section 4.2.
    """

    def __init__(self, settings: RoFormerSettings = BASE) -> None:
        super().__init__()
        self.embedding = nn.Embedding(settings.vocabulary, settings.d_model)
        self.norm = nn.LayerNorm(settings.d_model, EPSILON)
        self.dropout = nn.Dropout(settings.dropout)
        self.layers = nn.ModuleList(RoFormerLayer(settings) for _ in range(settings.layers))
        self.head = nn.Linear(settings.d_model, settings.d_model)
        self.head_norm = nn.LayerNorm(settings.d_model, EPSILON)
        self.bias = nn.Parameter(torch.zeros(settings.vocabulary))
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)

    def forward(
        self, tokens: Int[Tensor, "*batch length"], mask: Bool[Tensor, "*#batch #length length"] | None = None
    ) -> Float[Tensor, "*batch length vocabulary"]:
        """Return the logits of the token at each position."""
        hidden = self.dropout(self.norm(self.embedding(tokens)))
        for layer in self.layers:
            hidden = layer(hidden, mask)
        predicted = self.head_norm(F.gelu(self.head(hidden)))
        return predicted @ self.embedding.weight.mT + self.bias
