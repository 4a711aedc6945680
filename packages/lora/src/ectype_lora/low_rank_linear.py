"""An adapted dense layer (section 4.1)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ectype_lora.low_rank_adapter import LowRankAdapter, check_kind, check_sizes, gaussian_, low_rank_update


class LowRankLinear(LowRankAdapter):
    r"""A dense layer whose weight is frozen, and whose change is a product of two small matrices.

    $$h = W_0 x + \Delta W x = W_0 x + \frac{\alpha}{r} B A x$$

    `weight` is $W_0$ (d x k), `A` is r x k, `B` is d x r.

    Args:
        in_features: size k of the inputs.
        out_features: size d of the outputs.
        r: rank.
        alpha: scale of the update, times the rank.
        dropout: rate of dropout on what the factors see.
        bias: whether the dense layer has a bias, which is frozen, too.

    Raises:
        ValueError: the rank or a size is below 1, alpha is not positive, or dropout is no rate.

    Source: section 4.1, Eq. 3.
    """

    def __init__(
        self, in_features: int, out_features: int, r: int, alpha: float, dropout: float = 0.0, bias: bool = True
    ) -> None:
        check_sizes({"in_features": in_features, "out_features": out_features, "r": r})
        layer = nn.Linear(in_features, out_features, bias)
        super().__init__(layer, torch.empty(r, in_features), torch.empty(out_features, r), alpha)
        self.dropout = nn.Dropout(dropout)
        if not bias:
            self.bias = None

    @classmethod
    def around(cls, layer: nn.Module, r: int, alpha: float, dropout: float = 0.0) -> "LowRankLinear":
        """Adapt a dense layer that exists; the adapter gives what the layer gives until it is trained.

        Args:
            layer: the dense layer, whose parameters are shared and frozen.
            r: rank.
            alpha: scale of the update, times the rank.
            dropout: rate of dropout on what the factors see.

        Returns:
            The adapter, on the device and with the type of the layer.

        Raises:
            ValueError: the layer is of another kind, or what is refused above.
        """
        check_kind(layer, nn.Linear)
        with torch.device("meta"):
            adapter = cls(layer.in_features, layer.out_features, r, alpha, dropout, layer.bias is not None)
        adapter._put_around(layer)
        return adapter

    def reset_factors(self) -> None:
        """Draw A from a Gaussian and set B to zero."""
        gaussian_(self.A)
        # Sec. 4.1: zero for B, so Delta W is zero at the beginning of training
        nn.init.zeros_(self.B)

    def update(self) -> Float[Tensor, "d k"]:
        """Return the update of the weight."""
        return low_rank_update(self.A, self.B, self.alpha)

    def plain(self) -> nn.Linear:
        """Return a dense layer of this size."""
        return nn.Linear(self.A.shape[1], len(self.B), self.bias is not None)

    def forward(self, x: Float[Tensor, "*batch in_features"]) -> Float[Tensor, "*batch out_features"]:
        """Return the sum of what the frozen weight and the factors give."""
        # Eq. 3: h = W_0 x + B A x, the second term scaled by alpha / r
        h = F.linear(x, self.weight, self.bias)
        return h + (self.alpha / len(self.A)) * F.linear(F.linear(self.dropout(x), self.A), self.B)
