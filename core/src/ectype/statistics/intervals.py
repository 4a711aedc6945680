"""Intervals over seeds: of the mean, and of one further run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

Array = NDArray[np.float64]
Values = Sequence[float] | Array

COVERAGE = 0.90
"""Coverage of the interval a verdict follows from: 5 % for each edge of the margin."""

PREDICTION = 0.95
"""Coverage of the interval for one further run."""

IDENTICAL = 1e-6
"""Values closer together than this, relative, are repeats of one number: the rounding of 32-bit floats."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval, the coverage stated for it, and the method that coverage comes from.

    Args:
        low: lower bound, in the unit of the values.
        high: upper bound.
        coverage: share of repeated experiments whose interval holds the truth, as the method promises it.
        method: ``"t"``, ``"median"`` (order statistics), ``"prediction"`` or ``"bootstrap"``.
    """

    low: float
    high: float
    coverage: float
    method: str


def identical(values: Array) -> bool:
    """Return whether values are repeats of one number, so that they show no spread."""
    return bool(np.ptp(values) <= IDENTICAL * np.abs(values).max())


def t_bounds(values: Array, coverage: float = COVERAGE) -> tuple[Array, Array]:
    """Return the bounds ``mean -+ t(coverage, n - 1) s / sqrt(n)`` along the last axis, ``(..., n) -> (...), (...)``."""
    bounds = stats.ttest_1samp(values, 0.0, axis=-1).confidence_interval(coverage)
    return bounds.low, bounds.high


def mean_interval(values: Values, *, coverage: float = COVERAGE, resolution: float = 0.0) -> Interval | None:
    """Return the interval of the mean over seeds, or None where none is credible.

    Two values or more that differ give the t interval, never narrower than the resolution. Repeats of one number show no
    spread and give no t interval; if the resolution of the metric is declared, all n values falling into one step of it
    say that the median lies in that step, with coverage ``1 - 2^(1 - n)`` whatever the distribution (n on one side of a
    median has probability ``2^-n``). That interval is returned where its coverage is enough: from five values on for 90 %.

    Args:
        values: one finite value a seed.
        coverage: what the interval must promise.
        resolution: smallest step of the metric, in its unit (0.1 for per cent of 1,000 samples); 0 where it has none.

    Raises:
        ValueError: if the resolution is negative or not finite.
    """
    if not (math.isfinite(resolution) and resolution >= 0):
        raise ValueError(f"a resolution must be a finite step of the metric, 0 for none; received {resolution}")
    found = np.asarray(values, dtype=np.float64)
    n = found.size
    if n < 2:
        return None
    middle, half_step = float(found.mean()), resolution / 2
    if identical(found):
        promised = 1 - 2.0 ** (1 - n)
        if not resolution or promised < coverage:
            return None
        return Interval(middle - half_step, middle + half_step, promised, "median")
    low, high = (float(bound) for bound in t_bounds(found, coverage))
    return Interval(min(low, middle - half_step), max(high, middle + half_step), coverage, "t")


def prediction_interval(values: Values, *, runs: int = 1, coverage: float = PREDICTION) -> Interval | None:
    """Return where the mean of ``runs`` further runs falls, ``mean -+ t s sqrt(1/n + 1/runs)``, or None without spread.

    A published number from that many runs of the same experiment lies in it with this coverage.

    Args:
        values: one finite value a seed.
        runs: how many runs stand behind the published number.
        coverage: what the interval must promise.

    Raises:
        ValueError: if there is no run behind the published number.
    """
    if runs < 1:
        raise ValueError(f"a published number must stand for one run or more; received {runs}")
    found = np.asarray(values, dtype=np.float64)
    n = found.size
    if n < 2 or identical(found):
        return None
    quantile = float(stats.t.ppf((1 + coverage) / 2, n - 1))
    half = quantile * float(found.std(ddof=1)) * math.sqrt(1 / n + 1 / runs)
    return Interval(float(found.mean()) - half, float(found.mean()) + half, coverage, "prediction")
