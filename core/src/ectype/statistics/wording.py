"""Numbers, intervals and estimates in words, with as many digits as the margin makes worth reading."""

from __future__ import annotations

import math

from ectype.statistics.estimates import Estimate
from ectype.statistics.intervals import Interval

_METHODS = {
    "t": "t interval",
    "median": "interval of the median",
    "prediction": "prediction interval",
    "bootstrap": "bootstrap interval",
}


def number(value: float, step: float) -> str:
    """Return a number to about a hundredth of ``step``: ``number(68.1234, 1.5)`` is ``"68.12"``."""
    if value == 0:
        return "0"
    digits = math.floor(math.log10(abs(value))) - math.floor(math.log10(step)) + 3
    return f"{value:.{min(max(digits, 1), 15)}g}"


def interval(found: Interval, step: float) -> str:
    """Return an interval with its coverage: ``"90 % t interval [67.4, 68.85]"``."""
    bounds = f"[{number(found.low, step)}, {number(found.high, step)}]"
    return f"{100 * found.coverage:.3g} % {_METHODS[found.method]} {bounds}"


def runs(n: int) -> str:
    """Return ``"1 run"`` or ``"8 runs"``."""
    return "1 run" if n == 1 else f"{n} runs"


def estimate(ours: Estimate, step: float) -> str:
    """Return our number with its interval: ``"our mean 68.12 over 8 runs, 90 % t interval [67.4, 68.85],"``."""
    value = "" if ours.value is None else f" {number(ours.value, step)}"
    bounds = "" if ours.interval is None else f", {interval(ours.interval, step)},"
    return f"our {ours.name}{value} over {runs(ours.n)}{bounds}"


def prediction(ours: Estimate, target: float, step: float, behind: int | None) -> str:
    """Return whether what the paper did lies in our prediction, or nothing where that cannot be said."""
    if ours.prediction is None or behind is None:
        return ""
    what = "a single run" if behind == 1 else f"a mean of {runs(behind)}"
    where = "inside" if ours.prediction.low <= target <= ours.prediction.high else "outside"
    return f"; as {what} the published number lies {where} our {interval(ours.prediction, step)}"
