"""Scales: where a number is drawn, and which numbers are written beside an axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

DECADES = 2.0
"""Positive values that span more than this are shown on a logarithmic scale."""

_FAR = 1e250
"""Numbers beyond this are drawn at the edge, so that no arithmetic overflows."""

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Scale:
    """A range of numbers and the pixels it is drawn on.

    Args:
        low: the smallest number.
        high: the largest one; above ``low``.
        start: where ``low`` is drawn.
        end: where ``high`` is drawn.
        log: whether equal factors, and not equal differences, are equally far apart.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Return where a number is drawn."""
        inside = min(max(value, self.low), self.high)
        low, high, here = (math.log10(v) if self.log else v for v in (self.low, self.high, inside))
        return self.start + (here - low) / (high - low) * (self.end - self.start)

    def ticks(self, most: int = 6) -> list[tuple[float, str]]:
        """Return round numbers of the range with what is written beside them, at most so many."""
        return _decades(self.low, self.high, most) if self.log else _steps(self.low, self.high, most)


def fitted(values: Iterable[float], start: float, end: float, *, pad: float = 0.05, log: bool | None = None) -> Scale:
    """Return a scale that shows all values.

    Args:
        values: finite numbers, at least one.
        start: where the smallest is drawn.
        end: where the largest is drawn.
        pad: room at both ends, as a share of the range.
        log: whether it is logarithmic; by default where positive values span more than two decades.
    """
    found = sorted(values)
    low, high = (min(max(value, -_FAR), _FAR) for value in (found[0], found[-1]))
    if log is None:
        log = low > 0 and math.log10(high) - math.log10(low) > DECADES
    if log:
        low = max(low, 1 / _FAR)
        room = pad * max(math.log10(high) - math.log10(low), 0.1)
        return Scale(10 ** (math.log10(low) - room), 10 ** (math.log10(high) + room), start, end, log=True)
    room = pad * (high - low) if high > low else abs(high) / 2 or 1.0
    return Scale(low - room, high + room, start, end)


def _steps(low: float, high: float, most: int) -> list[tuple[float, str]]:
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10, 20) if factor * power >= rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(index * step, _written(index * step, step)) for index in range(first, last + 1)]


def _decades(low: float, high: float, most: int) -> list[tuple[float, str]]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if last - first < 1:
        return _steps(low, high, most)
    stride = math.ceil((last - first + 1) / most)
    chosen = range(last - (last - first) // stride * stride, last + 1, stride)
    plain = chosen[0] >= -3 and chosen[-1] <= 4
    return [(10.0**n, f"{10.0**n:,.{max(0, -n)}f}" if plain else f"10{str(n).translate(_SUPERSCRIPT)}") for n in chosen]


def _written(value: float, step: float) -> str:
    """Return a multiple of a step with the digits that tell it from its neighbours."""
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)) + 1e-9)
    finest = math.floor(math.log10(step) + 1e-9)
    if finest >= -4 and exponent < 7:
        return f"{value:,.{max(0, -finest)}f}".replace("-", "−")
    mantissa = f"{value / 10.0**exponent:.{max(0, exponent - finest)}f}".replace("-", "−")
    return f"{mantissa}×10{str(exponent).translate(_SUPERSCRIPT)}"
