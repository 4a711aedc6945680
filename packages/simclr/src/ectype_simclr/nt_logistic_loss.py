"""The logistic loss, one of two alternatives to NT-Xent (section 5.1)."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from ectype_simclr.embeddings import require_same_shape


def nt_logistic_loss(
    anchor: Float[Tensor, "*n dim"],
    positive: Float[Tensor, "*n dim"],
    negative: Float[Tensor, "*n dim"],
    temperature: float,
) -> Float[Tensor, "*n"]:
    r"""Logistic loss of a positive and a negative pair; embeddings are normalized first.

    $$-\log \sigma(u^\top v^+ / \tau) - \log \sigma(-u^\top v^- / \tau)$$

    Unlike NT-Xent it weighs a negative by its own similarity alone, not by how hard it is among others.

    Args:
        anchor: $u$.
        positive: $v^+$.
        negative: $v^-$.
        temperature: $\tau$.

    Returns:
        The loss of each anchor.

    Raises:
        ValueError: temperature is not positive, or the embeddings differ in shape.

    Source: section 5.1, Table 2; which prints the negative of it.
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be positive; received {temperature}")
    require_same_shape(anchor=anchor, positive=positive, negative=negative)
    # Tab. 2: all input vectors are normalized
    u, towards, away = (F.normalize(value, dim=-1) for value in (anchor, positive, negative))
    # Tab. 2: NT-Logistic
    return -F.logsigmoid((u * towards).sum(-1) / temperature) - F.logsigmoid(-(u * away).sum(-1) / temperature)
