"""Self-attention with rotary position embedding (section 3.2.2)."""

from collections.abc import Callable

import torch
from ectype_transformer import scaled_dot_product_attention
from jaxtyping import Bool, Float, Num
from torch import Tensor, nn

from ectype_roformer.angles import rotary_angles, rotary_frequencies
from ectype_roformer.rotation import rotate_neighbours

Rotation = Callable[[Tensor, Tensor], Tensor]
"""`rotate_neighbours` or `rotate_halves`."""


def encode_position(
    inputs: Float[Tensor, "*batch length inputs"],
    weight: Float[Tensor, "width inputs"],
    angles: Float[Tensor, "*#batch #length planes"],
) -> Float[Tensor, "*batch length width"]:
    r"""Queries or keys that know their position, $f_{\{q,k\}}(x_m, m)$.

    $$f_{\{q,k\}}(x_m, m) = R^d_{\Theta,m} W_{\{q,k\}} x_m$$

    Args:
        inputs: embeddings, $x_m$.
        weight: $W_q$ or $W_k$.
        angles: $m \theta_i$ of `rotary_angles`.

    Returns:
        One query or key for each position.

    Raises:
        ValueError: the weight does not have two rows for each angle.

    Source: section 3.2, Eq. 14; Eq. 12 and Eq. 13 in two dimensions.
    """
    # Eq. 14: f(x_m, m) = R_m W x_m
    # Eq. 12: in two dimensions, as complex numbers, (W x_m) e^(i m theta)
    return rotate_neighbours(inputs @ weight.mT, angles)


def rotary_scores(
    query: Float[Tensor, "*batch length width"],
    key: Float[Tensor, "*batch length width"],
    angles: Float[Tensor, "*#batch length planes"],
) -> Float[Tensor, "*batch length length"]:
    r"""Inner products of all queries with all keys after rotation, which depend on positions only as $n - m$.

    $$q_m^\top k_n = (R^d_{\Theta,m} W_q x_m)^\top (R^d_{\Theta,n} W_k x_n)$$

    Args:
        query: $W_q x_m$.
        key: $W_k x_n$.
        angles: $m \theta_i$ of `rotary_angles`.

    Returns:
        A row for each query, a column for each key.

    Raises:
        ValueError: there are not half as many angles as coordinates.

    Source: section 3.2.2, Eq. 16.
    """
    # Eq. 16: q_m^T k_n = (R_m W_q x_m)^T (R_n W_k x_n)
    # Eq. 35: the same as a sum over planes, Re sum q_[2i:2i+1] k*_[2i:2i+1] e^(i (m - n) theta_i)
    return rotate_neighbours(query, angles) @ rotate_neighbours(key, angles).mT


class RotarySelfAttention(nn.Module):
    """Multi-head self-attention whose queries and keys, not its values, are rotated by their positions.

    Args:
        d_model: width of inputs and outputs.
        heads: number of heads; d_model / heads is $d$ of the paper and must be even.
        base: of the frequencies.
        bias: whether the four projections have biases, as those of BERT have.
        rotate: the pairing of coordinates, `rotate_neighbours` or `rotate_halves`.

    Raises:
        ValueError: heads does not divide d_model, the width of a head is odd, or base is not positive.

    Source: section 3.2.2, Eq. 14 and Eq. 16, in the attention of Eq. 2.
    """

    def __init__(
        self,
        d_model: int,
        heads: int,
        base: float = 10_000.0,
        *,
        bias: bool = True,
        rotate: Rotation = rotate_neighbours,
    ) -> None:
        super().__init__()
        if heads < 1 or d_model < 2 or d_model % (2 * heads):
            raise ValueError(f"heads must divide d_model into even widths; received d_model={d_model}, heads={heads}")
        self.heads, self.width, self.base, self.rotate = heads, d_model // heads, base, rotate
        rotary_frequencies(self.width, base)  # refuses a base that cannot be meant
        self.query = nn.Linear(d_model, d_model, bias=bias)
        self.key = nn.Linear(d_model, d_model, bias=bias)
        self.value = nn.Linear(d_model, d_model, bias=bias)
        self.output = nn.Linear(d_model, d_model, bias=bias)

    def forward(
        self,
        inputs: Float[Tensor, "*batch length d_model"],
        mask: Bool[Tensor, "*#batch #length length"] | None = None,
        positions: Num[Tensor, " length"] | None = None,
    ) -> Float[Tensor, "*batch length d_model"]:
        """Attend from each position to all that the mask allows (True = may attend); positions are 0, 1, ... if None."""
        query, key, value = (self._split(project(inputs)) for project in (self.query, self.key, self.value))
        if positions is None:
            positions = torch.arange(inputs.shape[-2], device=inputs.device)
        exact = torch.promote_types(query.dtype, torch.float32)
        angles = rotary_angles(positions, self.width, self.base, dtype=exact)
        # Eq. 16: queries and keys are rotated, values are not
        # Eq. 2: the weights are the softmax of their products over sqrt(d)
        heads = scaled_dot_product_attention(
            self.rotate(query, angles),
            self.rotate(key, angles),
            value,
            None if mask is None else mask.unsqueeze(-3),
        )
        return self.output(heads.transpose(-3, -2).flatten(-2))

    def _split(self, projected: Tensor) -> Tensor:
        return projected.unflatten(-1, (self.heads, -1)).transpose(-3, -2)  # *batch heads length width
