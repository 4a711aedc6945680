"""Long-term decay: what bounds an inner product at a distance (section 3.4.3)."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def partial_sums(angles: Float[Tensor, "*offsets planes"]) -> Float[Tensor, "*offsets planes"]:
    r"""Sizes of the sums of the first $j$ unit vectors, one for each plane.

    $$|S_j| = \Bigl|\sum_{i=0}^{j-1} e^{i (m-n) \theta_i}\Bigr|$$

    Args:
        angles: $(m - n) \theta_i$: `rotary_angles` of the offsets.

    Returns:
        $|S_1| \dots |S_{d/2}|$.

    Source: section 3.4.3, above Eq. 36.
    """
    # Sec. 3.4.3: S_j = sum of e^(i (m - n) theta_i) over i < j, as its real and imaginary part
    return _size(angles.cos().cumsum(dim=-1), angles.sin().cumsum(dim=-1))


def relative_upper_bound(angles: Float[Tensor, "*offsets planes"]) -> Float[Tensor, "*offsets"]:
    r"""The part of the bound that depends on the offset, which decays with it.

    $$\frac{1}{d/2} \sum_{i=1}^{d/2} |S_i|$$

    Args:
        angles: $(m - n) \theta_i$: `rotary_angles` of the offsets.

    Returns:
        One number for each offset; $(d/2 + 1) / 2$ at offset 0.

    Source: section 3.4.3, below Eq. 37; Fig. 2.
    """
    # Sec. 3.4.3: the mean of |S_i|
    return partial_sums(angles).mean(dim=-1)


def inner_product_bound(
    query: Float[Tensor, "*offsets width"],
    key: Float[Tensor, "*offsets width"],
    angles: Float[Tensor, "*offsets planes"],
) -> Float[Tensor, "*offsets"]:
    r"""Bound of the inner product of a query with a key at an offset.

    $$\Bigl|\sum_{i=0}^{d/2-1} h_i e^{i(m-n)\theta_i}\Bigr| \le
    \bigl(\max_i |h_{i+1} - h_i|\bigr) \sum_{i=0}^{d/2-1} |S_{i+1}|, \quad h_i = q_{[2i:2i+1]} k^*_{[2i:2i+1]}$$

    Args:
        query: before rotation.
        key: before rotation.
        angles: $(m - n) \theta_i$: `rotary_angles` of the offsets.

    Returns:
        The last line of Eq. 37.

    Source: section 3.4.3, Eq. 37.
    """
    (q_1, q_2), (k_1, k_2) = (x.unflatten(-1, (-1, 2)).unbind(-1) for x in (query, key))
    # Sec. 3.4.3: h_i = q_[2i:2i+1] k*_[2i:2i+1], as its real and imaginary part; h_(d/2) = 0
    real, imaginary = q_1 * k_1 + q_2 * k_2, q_2 * k_1 - q_1 * k_2
    steps = _size(F.pad(real, (0, 1)).diff(), F.pad(imaginary, (0, 1)).diff())
    # Eq. 37: (max |h_(i+1) - h_i|) times the sum of |S_(i+1)|
    return steps.amax(dim=-1) * partial_sums(angles).sum(dim=-1)


def _size(real: Tensor, imaginary: Tensor) -> Tensor:
    return torch.stack([real, imaginary]).norm(dim=0)
