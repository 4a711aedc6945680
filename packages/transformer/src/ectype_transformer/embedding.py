"""Embedding and pre-softmax projection, which share one matrix (section 3.4)."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from ectype_transformer.positions import sinusoidal_positions


class Embedding(nn.Module):
    r"""Tokens to vectors, and vectors to logits, by the same matrix $E$.

    Going in, a token is its row of $\sqrt{d_{model}} E$, plus the encoding of its position, with dropout on the sum.
    Going out, the logits are $x E^T$. The paper leaves the initialisation of $E$ open: normal with standard deviation
    $d_{model}^{-1/2}$, as in tensor2tensor (`modalities.get_weights`), so that embedded tokens have unit variance.

    Args:
        vocabulary: number of tokens.
        d_model: width.
        dropout: rate on the sum of embedding and position.

    Raises:
        ValueError: vocabulary or d_model is below 1, or dropout is not a rate.

    Source: sections 3.4, 3.5 and 5.4.
    """

    def __init__(self, vocabulary: int, d_model: int, dropout: float = 0.1) -> None:
        super().__init__()
        if min(vocabulary, d_model) < 1:
            raise ValueError(
                f"vocabulary and d_model must be at least 1; received vocabulary={vocabulary}, d_model={d_model}"
            )
        self.weight = nn.Parameter(torch.empty(vocabulary, d_model))
        self.dropout = nn.Dropout(dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw a new matrix from torch's global generator."""
        nn.init.normal_(self.weight, std=self.weight.shape[-1] ** -0.5)

    def forward(
        self,
        tokens: Int[Tensor, "*batch length"],
        positions: Float[Tensor, "length d_model"] | None = None,
    ) -> Float[Tensor, "*batch length d_model"]:
        """Embed tokens.

        Args:
            tokens: token ids.
            positions: encodings of the positions; the sinusoids from position 0 on if None.
        """
        length, d_model = tokens.shape[-1], self.weight.shape[-1]
        if positions is None:
            positions = sinusoidal_positions(length, d_model, dtype=self.weight.dtype, device=self.weight.device)
        # Sec. 3.4: in the embedding layers the weights are multiplied by sqrt(d_model)
        embedded = F.embedding(tokens, self.weight) * math.sqrt(d_model)
        # Sec. 5.4: dropout on the sums of the embeddings and the positional encodings
        return self.dropout(embedded + positions)

    def logits(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch vocabulary"]:
        """Project vectors to one logit for each token of the vocabulary."""
        # Sec. 3.4: the pre-softmax linear transformation shares the matrix, without the factor
        return x @ self.weight.T
