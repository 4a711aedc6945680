"""Positional encoding (section 3.5): the sinusoids, and the learned table of Table 3 row (E)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

# Sec. 3.5: the constant in PE(pos, 2i) = sin(pos / 10000^(2i / d_model))
BASE = 10_000.0


def geometric_frequencies(
    count: int, *, shift: float = 0.0, dtype: torch.dtype = torch.float64, device: torch.device | str | None = None
) -> Float[Tensor, "{count}"]:
    r"""Angular frequencies $10000^{-i / (n - s)}$ for $i = 0, \dots, n - 1$.

    The paper's are those with $n = d_{model} / 2$ and $s = 0$: the longest wavelength then stays below
    $10000 \cdot 2\pi$ and only $s = 1$ reaches it.

    Args:
        count: $n$, the number of frequencies.
        shift: $s$.
        dtype: floating-point type of the result.
        device: where to put the result.

    Returns:
        Frequencies in radians per position, falling from 1; a wavelength is 2 pi divided by a frequency.

    Raises:
        ValueError: count is below 1 or not greater than shift.

    Source: section 3.5.
    """
    if count < 1 or count <= shift:
        raise ValueError(
            f"count must be at least 1 and greater than shift; received count={count}, shift={shift}. "
            "Use a wider embedding"
        )
    exponents = torch.arange(count, dtype=dtype, device=device) / (count - shift)
    # Sec. 3.5: 1 / 10000^(2i / d_model), where 2i / d_model is i / count
    return BASE**-exponents


def sinusoidal_positions(
    length: int,
    d_model: int,
    *,
    offset: int = 0,
    dtype: torch.dtype | None = None,
    device: torch.device | str | None = None,
) -> Float[Tensor, "{length} {d_model}"]:
    r"""Sinusoids of different frequencies, sine and cosine of one frequency side by side.

    $$PE_{(pos, 2i)} = \sin(pos / 10000^{2i / d_{model}}), \quad PE_{(pos, 2i+1)} = \cos(pos / 10000^{2i / d_{model}})$$

    Args:
        length: number of positions.
        d_model: width, even.
        offset: the first position.
        dtype: type of the result, torch's default type if None; computed in double precision before rounding.
        device: where to put the result.

    Returns:
        Row r is the encoding of position offset + r.

    Raises:
        ValueError: d_model is odd or below 2.

    Source: section 3.5.
    """
    if d_model < 2 or d_model % 2:
        raise ValueError(f"d_model must be even and at least 2, as sines and cosines come in pairs; received {d_model}")
    positions = torch.arange(offset, offset + length, device=device)
    angles = torch.outer(positions, geometric_frequencies(d_model // 2, device=device))
    # Sec. 3.5: sin at the even dimensions 2i, cos at the odd dimensions 2i + 1
    encoding = torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)  # length d_model
    return encoding.to(dtype or torch.get_default_dtype())


class LearnedPositions(nn.Module):
    """A learned vector for each position, in place of the sinusoids.

    Args:
        length: number of positions that can be encoded. The paper does not say how many it used.
        d_model: width.

    Raises:
        ValueError: length or d_model is below 1.

    Source: section 3.5 and Table 3 row (E).
    """

    def __init__(self, length: int, d_model: int) -> None:
        super().__init__()
        if min(length, d_model) < 1:
            raise ValueError(f"length and d_model must be at least 1; received length={length}, d_model={d_model}")
        self.table = nn.Parameter(torch.empty(length, d_model))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw a new table from torch's global generator."""
        nn.init.xavier_uniform_(self.table)

    def forward(self, length: int) -> Float[Tensor, "{length} d_model"]:
        """Return the vectors of the first `length` positions.

        Raises:
            ValueError: the table is shorter.
        """
        if length > len(self.table):
            raise ValueError(
                f"a learned table of {len(self.table)} positions cannot encode {length}. "
                "Use a longer table, or sinusoidal positions"
            )
        return self.table[:length]
