"""Weight normalization, as this paper writes it to compare with (section 5.1)."""

from jaxtyping import Float
from torch import Tensor


def weight_norm(
    inputs: Float[Tensor, "*batch inputs"],
    weight: Float[Tensor, "units inputs"],
    gain: Float[Tensor, "units"],
    bias: Float[Tensor, "units"],
) -> Float[Tensor, "*batch units"]:
    r"""Summed inputs divided by the length of the weight vector they were made with.

    $$\bar a_i = \frac{g_i}{\lVert w_i \rVert_2} w_i^\top x + b_i$$

    Args:
        inputs: $x$.
        weight: $W$, with a weight vector in each row; none may be zero.
        gain: $g$, one number a unit.
        bias: $b$, one number a unit.

    Returns:
        The normalized summed inputs.

    Source: section 5.1, below Eq. 5.
    """
    # Sec. 5.1: in weight normalization, mu is 0, and sigma is the length of w
    deviation = weight.norm(dim=-1)
    return gain / deviation * (inputs @ weight.T) + bias
