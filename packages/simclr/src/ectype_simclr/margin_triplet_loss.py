"""The margin triplet loss, one of two alternatives to NT-Xent (section 5.1)."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from ectype_simclr.embeddings import require_same_shape


def margin_triplet_loss(
    anchor: Float[Tensor, "*n dim"],
    positive: Float[Tensor, "*n dim"],
    negative: Float[Tensor, "*n dim"],
    margin: float,
) -> Float[Tensor, "*n"]:
    r"""How much the negative comes closer than the positive less a margin; embeddings are normalized first.

    $$\max(u^\top v^- - u^\top v^+ + m, 0)$$

    Args:
        anchor: $u$.
        positive: $v^+$.
        negative: $v^-$.
        margin: $m$, from 0 on; beyond 2 no triplet is ever far enough apart.

    Returns:
        The loss of each anchor.

    Raises:
        ValueError: margin is negative, or the embeddings differ in shape.

    Source: section 5.1, Table 2; which prints the negative of it.
    """
    if margin < 0:
        raise ValueError(f"margin must be at least 0; received {margin}")
    require_same_shape(anchor=anchor, positive=positive, negative=negative)
    # Tab. 2: all input vectors are normalized
    u, towards, away = (F.normalize(value, dim=-1) for value in (anchor, positive, negative))
    # Tab. 2: Margin Triplet
    return F.relu((u * away).sum(-1) - (u * towards).sum(-1) + margin)
