"""What every adapter has (section 4.1): two trained factors beside a frozen weight, their product, and its scale."""

import math
from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor, nn


def low_rank_update(A: Float[Tensor, "*n r k"], B: Float[Tensor, "*n d r"], alpha: float) -> Float[Tensor, "*n d k"]:
    r"""Change of a weight that two factors stand for.

    $$\Delta W = \frac{\alpha}{r} B A$$

    Args:
        A: the factor that is applied first.
        B: the factor that is applied second.
        alpha: the scale of the update, times the rank.

    Returns:
        The update, whose rank is at most r.

    Source: section 4.1, Eq. 3.
    """
    # Sec. 4.1: Delta W is scaled by alpha / r
    return (alpha / A.shape[-2]) * (B @ A)


def gaussian_(A: Float[Tensor, "*n r k"]) -> None:
    r"""Fill the first factor of a dense layer as the paper does.

    $$A_{ij} \sim \mathcal{N}\left(0, \tfrac{1}{3k}\right)$$

    The paper does not print the variance; this is the one of the uniform distribution in the official code.

    Args:
        A: the factor, changed in place.

    Source: section 4.1.
    """
    # Sec. 4.1: a random Gaussian initialization for A
    nn.init.normal_(A, std=1 / math.sqrt(3 * A.shape[-1]))


class LowRankAdapter(nn.Module, ABC):
    """Base of all adapters: the parameters of a layer, frozen, and two factors A and B beside its weight.

    The frozen parameters have the names that they have in the layer, so that checkpoints of it can be loaded.

    Args:
        layer: the layer that is adapted; its parameters are shared with it, and frozen.
        A: the factor that is applied first.
        B: the factor that is applied second.
        alpha: scale of the update, times the rank.

    Raises:
        ValueError: alpha is not positive.
    """

    weight: nn.Parameter

    def __init__(self, layer: nn.Module, A: Tensor, B: Tensor, alpha: float) -> None:
        super().__init__()
        if alpha <= 0:
            raise ValueError(f"alpha must be positive; received alpha={alpha}")
        self.alpha = alpha
        self.A, self.B = nn.Parameter(A), nn.Parameter(B)
        self._share(layer)
        self.reset_factors()

    def _share(self, layer: nn.Module) -> None:
        # Sec. 4.1: W_0 is frozen and does not receive gradient updates
        for name, parameter in layer.named_parameters():
            self.register_parameter(name, parameter.requires_grad_(False))

    def _put_around(self, layer: nn.Module) -> None:
        """Put this adapter, made without memory, around a layer that exists."""
        self._share(layer)
        self.A, self.B = (nn.Parameter(self.weight.new_empty(factor.shape)) for factor in (self.A, self.B))
        self.reset_factors()
        self.train(layer.training)

    @abstractmethod
    def reset_factors(self) -> None:
        """Draw new factors, whose product is zero."""

    @abstractmethod
    def update(self) -> Tensor:
        """Return what the factors add to the weight, in the shape of the weight."""

    @abstractmethod
    def plain(self) -> nn.Module:
        """Return a layer of the kind that is adapted, with parameters of its own."""

    def merged(self) -> nn.Module:
        """Return a layer without factors that computes the same; this one is left as it is."""
        with torch.device("meta"):
            layer = self.plain()
        for name, _ in layer.named_parameters():
            setattr(layer, name, getattr(self, name))
        # Sec. 4.1: we can explicitly compute and store W = W_0 + BA
        layer.weight = nn.Parameter(self.weight + self.update(), requires_grad=False)
        return layer.train(self.training)


def check_sizes(sizes: dict[str, int]) -> None:
    """Refuse sizes that no adapter can have.

    Args:
        sizes: the rank r and sizes of the layer, by name.

    Raises:
        ValueError: one of them is below 1.
    """
    if wrong := [f"{name}={size}" for name, size in sizes.items() if size < 1]:
        raise ValueError(f"the rank and the sizes of a layer must be at least 1; received {', '.join(wrong)}")


def check_kind(layer: nn.Module, kind: type[nn.Module]) -> None:
    """Refuse to adapt a layer of another kind.

    Args:
        layer: the layer.
        kind: what it must be.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(layer, kind):
        raise ValueError(f"this adapter goes around an nn.{kind.__name__}; received {type(layer).__name__}")
