"""An adapted embedding, as in the official code."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from ectype_lora.low_rank_adapter import LowRankAdapter, check_kind, check_sizes, low_rank_update


class LowRankEmbedding(LowRankAdapter):
    r"""An embedding whose rows are frozen, and whose change is a product of two small matrices.

    $$h = (W_0 + \Delta W^\top)_x, \quad \Delta W = \frac{\alpha}{r} B A$$

    `weight` is $W_0$ (tokens x d), `A` is r x tokens, `B` is d x r. The paper adapts dense layers; this is a dense layer of
    one-hot inputs, and begins as in the official code, with A zero and B Gaussian.

    Args:
        num_embeddings: number of tokens.
        embedding_dim: size d of a row.
        r: rank.
        alpha: scale of the update, times the rank.

    Raises:
        ValueError: the rank or a size is below 1, or alpha is not positive.

    Source: section 4.1; microsoft/LoRA@c4593f0, loralib/layers.py l. 36-90.
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, r: int, alpha: float) -> None:
        check_sizes({"num_embeddings": num_embeddings, "embedding_dim": embedding_dim, "r": r})
        layer = nn.Embedding(num_embeddings, embedding_dim)
        super().__init__(layer, torch.empty(r, num_embeddings), torch.empty(embedding_dim, r), alpha)

    @classmethod
    def around(cls, layer: nn.Module, r: int, alpha: float) -> "LowRankEmbedding":
        """Adapt an embedding that exists; the adapter gives what it gives until it is trained.

        Args:
            layer: the embedding, whose parameters are shared and frozen.
            r: rank.
            alpha: scale of the update, times the rank.

        Returns:
            The adapter, on the device and with the type of the embedding.

        Raises:
            ValueError: the layer is of another kind, or what is refused above.
        """
        check_kind(layer, nn.Embedding)
        with torch.device("meta"):
            adapter = cls(layer.num_embeddings, layer.embedding_dim, r, alpha)
        adapter._put_around(layer)
        return adapter

    def reset_factors(self) -> None:
        """Set A to zero and draw B from a Gaussian."""
        nn.init.zeros_(self.A)
        nn.init.normal_(self.B)

    def update(self) -> Float[Tensor, "tokens d"]:
        """Return the update of the rows."""
        return low_rank_update(self.A, self.B, self.alpha).mT

    def plain(self) -> nn.Embedding:
        """Return an embedding of this size."""
        return nn.Embedding(self.A.shape[1], self.B.shape[0])

    def forward(self, tokens: Int[Tensor, "*batch"]) -> Float[Tensor, "*batch d"]:
        """Return the sum of the frozen rows of the tokens and those of the factors."""
        # Sec. 4.1: W_0 and Delta W see the same input, and their outputs are summed coordinate-wise
        rows = F.embedding(tokens, self.weight)
        return rows + (self.alpha / len(self.A)) * F.linear(F.embedding(tokens, self.A.mT), self.B)
