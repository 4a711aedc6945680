"""Angles of rotary position embedding (section 3.2.2)."""

import torch
from jaxtyping import Float, Num
from torch import Tensor


def rotary_frequencies(
    width: int, base: float = 10_000.0, *, dtype: torch.dtype = torch.float64, device: torch.device | str | None = None
) -> Float[Tensor, " planes"]:
    r"""Angle by which each plane turns from one position to the next.

    $$\theta_i = 10000^{-2(i-1)/d}, \quad i \in [1, 2, \dots, d/2]$$

    Args:
        width: $d$, the size of a query or key; even.
        base: 10000 in the paper; a larger one makes the slow planes slower.
        dtype: type of the result.
        device: where to put it.

    Returns:
        $\theta_1 \dots \theta_{d/2}$ in radians for each position, the fastest first.

    Raises:
        ValueError: width is not a positive even number, or base is not positive.

    Source: section 3.2.2, below Eq. 15.
    """
    reasons = []
    if width < 2 or width % 2:
        reasons.append(f"width must be even and at least 2; received {width}")
    if base <= 0:
        reasons.append(f"base must be positive; received {base}")
    if reasons:
        raise ValueError("; ".join(reasons))
    # Eq. 15: theta_i = 10000^(-2 (i - 1) / d); here i counts from 0
    return base ** (-torch.arange(0, width, 2, dtype=dtype, device=device) / width)


def rotary_angles(
    positions: Num[Tensor, "*batch length"], width: int, base: float = 10_000.0, *, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "*batch length planes"]:
    r"""Angles by which the planes at each position are rotated, $m \theta_i$.

    Positions are integers in the paper; fractions and negative numbers have angles all the same.

    Args:
        positions: $m$.
        width: $d$, the size of a query or key; even.
        base: of the frequencies.
        dtype: type of the angles. Not below float32: in bfloat16 positions above 256 merge.

    Returns:
        One angle in radians for each position and plane, where the positions are.

    Raises:
        ValueError: width is not a positive even number, or base is not positive.

    Source: section 3.2.2, Eq. 15.
    """
    theta = rotary_frequencies(width, base, dtype=dtype, device=positions.device)
    # Eq. 15: the angles m theta_i
    return positions.to(dtype).unsqueeze(-1) * theta
