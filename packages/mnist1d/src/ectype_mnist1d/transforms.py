"""What is done to a template: each transformation as a function of its random numbers (section 3)."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

TRUNCATION = 4.0
"""Standard deviations at which the Gaussian filter is cut off (SciPy's default, used by the official code)."""


def resample(x: Float[Tensor, "*batch points"], length: int) -> Float[Tensor, "*batch {length}"]:
    r"""Interpolate linearly at evenly spaced positions from the first to the last point.

    $$y_j = (1 - f)\, x_i + f\, x_{i+1}, \qquad i + f = j\,\frac{n - 1}{m - 1}$$

    Args:
        x: signals of $n$ points, at least two.
        length: $m$, the number of points of the result, at least two.

    Returns:
        Signals of $m$ points.

    Raises:
        ValueError: there are fewer than two points before or after.

    Source: section 3 ("we downsampled the sequences"); the rule is the official code's.
    """
    points = x.shape[-1]
    return _interpolate(x, torch.full(x.shape[:-1], points, device=x.device), length)


def pad_and_dilate(
    x: Float[Tensor, "*batch points"], zeros: Int[Tensor, "*batch"], length: int
) -> Float[Tensor, "*batch {length}"]:
    """Put zeros behind every signal, another number for each, then stretch all to one length.

    Args:
        x: signals.
        zeros: how many zeros follow each, 0 or more.
        length: number of points of the result, at least two.

    Returns:
        Signals of that length.

    Raises:
        ValueError: there are fewer than two points before or after.

    Source: section 3, Table 2 ("padding points"); that the length is made the same again is the official code's.
    """
    # Sec. 3: next we padded the end of each sequence with 36-60 additional zero values
    return _interpolate(x, x.shape[-1] + zeros, length)


def translate(x: Float[Tensor, "*batch points"], shift: Int[Tensor, "*batch"]) -> Float[Tensor, "*batch points"]:
    r"""Shift every signal to the right, each by its own number of points; what leaves comes back at the left.

    $$y_i = x_{(i - k) \bmod n}$$

    Args:
        x: signals of $n$ points.
        shift: $k$, for each.

    Returns:
        Shifted signals.

    Source: section 3.
    """
    points = x.shape[-1]
    # Sec. 3: did a random circular shift by up to 48 indices
    return x.gather(-1, (torch.arange(points, device=x.device) - shift.unsqueeze(-1)) % points)


def smooth(noise: Float[Tensor, "*batch points"], width: float = 2.0) -> Float[Tensor, "*batch points"]:
    r"""Filter with a Gaussian of weights $w_d \propto e^{-d^2 / 2\sigma^2}$, mirrored at both ends.

    $$y_i = \sum_{|d| \le r} w_d\, x_{i + d}, \qquad \sum_d w_d = 1, \quad r = \lfloor 4\sigma + 1/2 \rfloor$$

    Beyond an end the signal goes on mirrored, the last point twice: ... b a | a b c ... c | c b ...

    Args:
        noise: signals.
        width: $\sigma$ in points, above 0.

    Returns:
        Smoothed signals; the standard deviation of white noise shrinks to about $(4 \pi \sigma^2)^{-1/4}$ of it.

    Raises:
        ValueError: the width is not above 0.

    Source: section 3; cut and ends are SciPy's `gaussian_filter`, which the official code calls.
    """
    if not width > 0:
        raise ValueError(f"the width of the filter must be above 0 points; received {width}")
    radius, points = math.floor(TRUNCATION * width + 0.5), noise.shape[-1]
    offsets, places = torch.arange(-radius, radius + 1, device=noise.device), torch.arange(points, device=noise.device)
    weights = (-0.5 * (offsets.to(noise.dtype) / width) ** 2).exp()
    # The mirrored signal has period 2n: fold the weights to it, then point j counts at j and at its mirror image (a negative index counts from the end).
    folded = noise.new_zeros(2 * points).index_add(0, offsets % (2 * points), weights / weights.sum())
    apart, mirrored = places - places.unsqueeze(-1), -1 - places - places.unsqueeze(-1)  # (from, to)
    # Sec. 3: we used Gaussian smoothing with sigma = 2 to induce spatial correlations
    return noise @ (folded[apart] + folded[mirrored])


def add_noise(
    x: Float[Tensor, "*batch points"],
    correlated: Float[Tensor, "*batch points"],
    white: Float[Tensor, "*batch points"],
) -> Float[Tensor, "*batch points"]:
    """Add white noise everywhere, and correlated noise only where the signal is exactly zero.

    Args:
        x: signals.
        correlated: noise for the padding.
        white: noise for all points.

    Returns:
        Noisy signals.

    Source: section 3; that the template itself gets no correlated noise is the official code's (D1).
    """
    # Sec. 3, D1: added Gaussian noise, of which the correlated part in the padding only
    return torch.where(x == 0, correlated, x) + white


def shear(x: Float[Tensor, "*batch points"], slope: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch points"]:
    r"""Subtract a straight line through the middle, that falls or rises by the slope from end to end.

    $$y_i = x_i - c \left(\frac{i}{n - 1} - \frac{1}{2}\right)$$

    Args:
        x: signals of $n$ points, at least two.
        slope: $c$, for each.

    Returns:
        Sheared signals.

    Source: section 3, Table 2 ("shear scale").
    """
    line = torch.linspace(-0.5, 0.5, x.shape[-1], dtype=x.dtype, device=x.device)
    # Sec. 3: and added a constant linear signal
    return x - slope.unsqueeze(-1) * line


def _interpolate(
    x: Float[Tensor, "*batch points"], counted: Int[Tensor, "*batch"], length: int
) -> Float[Tensor, "*batch {length}"]:
    """Interpolate over the first ``counted`` points of each signal; what lies beyond its end is zero."""
    points = x.shape[-1]
    if min(points, length) < 2:
        raise ValueError(f"signals must have at least two points before and after; received {points} and {length}")
    steps = torch.arange(length, device=x.device)
    whole = (counted.unsqueeze(-1) - 1) * steps  # position times (length - 1), in whole numbers
    before = whole.div(length - 1, rounding_mode="floor")
    fraction = (whole - before * (length - 1)).to(x.dtype) / (length - 1)
    ends = torch.cat([x, x.new_zeros(*x.shape[:-1], 1)], dim=-1)
    left, right = (ends.gather(-1, (before + one).clamp(max=points)) for one in (0, 1))
    return left + fraction * (right - left)
