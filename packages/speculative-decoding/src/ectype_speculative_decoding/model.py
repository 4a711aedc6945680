"""What target and approximation models are."""

from typing import Protocol, runtime_checkable

from jaxtyping import Float, Int
from torch import Tensor


@runtime_checkable
class Model(Protocol):
    """An autoregressive model, adjusted for the way in which it is sampled (section 2.2)."""

    def __call__(self, tokens: Int[Tensor, "length"], count: int) -> Float[Tensor, "count vocabulary"]:
        """Give the distributions of what follows the last prefixes, in one run.

        Args:
            tokens: at least as many as `count`.
            count: how many prefixes.

        Returns:
            Row i is the distribution of what follows tokens[: length - count + 1 + i]; the last row follows all tokens.
        """
        ...
