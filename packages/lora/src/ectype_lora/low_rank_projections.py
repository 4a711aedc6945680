"""Adapted projections that one matrix holds, such as queries, keys and values of GPT-2 (section 4.2)."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from ectype_lora.low_rank_adapter import LowRankAdapter, check_kind, check_sizes, gaussian_, low_rank_update


class LowRankProjections(LowRankAdapter):
    r"""Several projections stacked in one weight, some of which have factors of their own.

    $$h_i = W_i x + \frac{\alpha}{r} B_i A_i x \text{ for the adapted } i, \quad h_i = W_i x \text{ for the others}$$

    `weight` holds all $W_i$ (n d x k), `A` and `B` those of the m adapted ones (m x r x k and m x d x r). What is adapted is
    the single projection: one pair of factors for the whole weight would share its rank among them.

    Args:
        in_features: size k of the inputs.
        out_features: size n d of all outputs.
        adapted: which of the n projections are adapted, in their order: (True, False, True) for queries and values.
        r: rank of each.
        alpha: scale of the updates, times the rank.
        dropout: rate of dropout on what the factors see.
        bias: whether the stacked layer has a bias, which is frozen, too.

    Raises:
        ValueError: no projection is adapted, their number does not divide the outputs, or see `LowRankLinear`.

    Source: section 4.2.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        adapted: Sequence[bool],
        r: int,
        alpha: float,
        dropout: float = 0.0,
        bias: bool = True,
    ) -> None:
        check_sizes({"in_features": in_features, "out_features": out_features, "r": r})
        if not any(adapted) or out_features % len(adapted):
            raise ValueError(
                "adapted must name at least one projection, and their number must divide out_features; "
                f"received adapted={adapted}, out_features={out_features}"
            )
        d, m = out_features // len(adapted), sum(adapted)
        layer = nn.Linear(in_features, out_features, bias)
        super().__init__(layer, torch.empty(m, r, in_features), torch.empty(m, d, r), alpha)
        self.adapted, self.dropout = tuple(adapted), nn.Dropout(dropout)
        if not bias:
            self.bias = None

    @classmethod
    def around(
        cls, layer: nn.Module, adapted: Sequence[bool], r: int, alpha: float, dropout: float = 0.0
    ) -> "LowRankProjections":
        """Adapt a stacked layer that exists; the adapter gives what it gives until it is trained.

        Args:
            layer: the stacked layer, whose parameters are shared and frozen.
            adapted: which of its projections are adapted.
            r: rank of each.
            alpha: scale of the updates, times the rank.
            dropout: rate of dropout on what the factors see.

        Returns:
            The adapter, on the device and with the type of the layer.

        Raises:
            ValueError: the layer is of another kind, or what is refused above.
        """
        check_kind(layer, nn.Linear)
        with torch.device("meta"):
            adapter = cls(layer.in_features, layer.out_features, adapted, r, alpha, dropout, layer.bias is not None)
        adapter._put_around(layer)
        return adapter

    def reset_factors(self) -> None:
        """Draw A from a Gaussian and set B to zero."""
        gaussian_(self.A)
        nn.init.zeros_(self.B)

    def _spread(self, parts: Sequence[Tensor]) -> list[Tensor]:
        """Return the parts of the adapted projections at their places, and zeros at the others."""
        rest = iter(parts)
        return [next(rest) if adapted else torch.zeros_like(parts[0]) for adapted in self.adapted]

    def update(self) -> Float[Tensor, "nd k"]:
        """Return the update of the stacked weight, zero for projections that are not adapted."""
        return torch.cat(self._spread(low_rank_update(self.A, self.B, self.alpha).unbind()))

    def plain(self) -> nn.Linear:
        """Return a stacked layer of this size."""
        return nn.Linear(self.A.shape[-1], len(self.weight), self.bias is not None)

    def forward(self, x: Float[Tensor, "*batch in_features"]) -> Float[Tensor, "*batch out_features"]:
        """Return all projections, one after the other."""
        seen, scale = self.dropout(x), self.alpha / self.A.shape[1]
        # Eq. 3: h = W_0 x + B A x, for each adapted projection
        updates = [scale * F.linear(F.linear(seen, A), B) for A, B in zip(self.A, self.B, strict=True)]
        return F.linear(x, self.weight, self.bias) + torch.cat(self._spread(updates), dim=-1)
