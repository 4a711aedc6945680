"""Estimates: one number with its interval from our values per seed, before it is compared with anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ectype.statistics.intervals import Interval, Values, mean_interval, prediction_interval

_REPEATS = "repeats of one number show no spread: see that the seed reaches the run, or declare the metric's resolution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Our number, in the unit of the values.

    Args:
        name: ``"mean"`` or ``"interquartile mean"``.
        n: how many runs there are (per task, where there are several).
        bad: how many values are nan or infinite; then there is no number.
        value: the number, None without values or with bad ones.
        sd: sample standard deviation of the values, None where there are fewer than two or several tasks.
        interval: interval of the number, None where none is credible.
        because: why there is no interval, and what to do about it; empty where there is one.
        prediction: interval for what the paper did, its number of runs; None where that is not stated.
    """

    name: str
    n: int
    bad: int = 0
    value: float | None = None
    sd: float | None = None
    interval: Interval | None = None
    because: str = ""
    prediction: Interval | None = None


def mean(values: Values, *, runs: int | None = None, resolution: float = 0.0) -> Estimate:
    """Return the mean over seeds.

    Args:
        values: one value for each seed that was attempted; nan for an attempt that gave none.
        runs: how many runs stand behind the published number, None if the paper does not say.
        resolution: smallest step of the metric, 0 where it has none.

    Raises:
        ValueError: if the values are not one list of numbers.
    """
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1:
        raise ValueError(f"values must be one list, a number a seed; received an array of shape {found.shape}")
    found = np.sort(found)  # so that no sum depends on the order of the seeds
    bad = int(np.count_nonzero(~np.isfinite(found)))
    if bad or not found.size:
        return Estimate(name="mean", n=found.size, bad=bad)
    interval = mean_interval(found, resolution=resolution)
    return Estimate(
        name="mean",
        n=found.size,
        value=float(found.mean()),
        sd=float(found.std(ddof=1)) if found.size > 1 else None,
        interval=interval,
        because="" if interval is not None else _REPEATS if found.size > 1 else "one run shows no spread",
        prediction=prediction_interval(found, runs=runs) if runs is not None else None,
    )
