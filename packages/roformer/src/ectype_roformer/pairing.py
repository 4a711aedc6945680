"""Weights from one pairing of coordinates to the other (not in the paper)."""

from einops import rearrange
from jaxtyping import Float
from torch import Tensor


def neighbours_to_halves(weight: Float[Tensor, "rows *columns"], heads: int) -> Float[Tensor, "rows *columns"]:
    """Reorder what produces queries or keys so that `rotate_halves` does what `rotate_neighbours` did.

    For the weight and the bias of the projections of queries and keys, both alike. Those of the values stay as
    they are: values are not rotated.

    Args:
        weight: $W_q$ or $W_k$ of all heads, head after head in its rows; or its bias.
        heads: number of heads.

    Returns:
        In each head the odd rows first, then the even ones, counted from 1.

    Raises:
        ValueError: the rows are not an even number for each head.

    Source: section 3.2.2, Eq. 14: the order of the subspaces is free.
    """
    _check(weight, heads)
    return rearrange(weight, "(heads planes two) ... -> (heads two planes) ...", heads=heads, two=2)


def halves_to_neighbours(weight: Float[Tensor, "rows *columns"], heads: int) -> Float[Tensor, "rows *columns"]:
    """Reorder what produces queries or keys so that `rotate_neighbours` does what `rotate_halves` did.

    Args:
        weight: $W_q$ or $W_k$ of all heads, head after head in its rows; or its bias.
        heads: number of heads.

    Returns:
        In each head a row of the first half, its partner of the second half, and so on.

    Raises:
        ValueError: the rows are not an even number for each head.

    Source: section 3.2.2, Eq. 14: the order of the subspaces is free.
    """
    _check(weight, heads)
    return rearrange(weight, "(heads two planes) ... -> (heads planes two) ...", heads=heads, two=2)


def _check(weight: Tensor, heads: int) -> None:
    if heads < 1 or len(weight) % (2 * heads):
        raise ValueError(f"rows must be an even number for each head; received {len(weight)} rows and heads={heads}")
