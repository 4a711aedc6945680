"""Error rates: simulated papers whose truth is known, judged as real ones are.

The streams are numpy's frozen legacy ones, so that the rates stay the same numbers with every version.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from ectype.statistics.intervals import COVERAGE, Array, t_bounds
from ectype.statistics.judgements import place
from ectype.statistics.scores import interquartile_mean

Draw = Callable[[np.random.RandomState, tuple[int, ...]], Array]

TRIALS = 20_000
"""Simulated experiments behind each rate: a standard error of 0.15 percentage points at 5 %."""

FAILING, FALL = 0.1, 5.0
"""Share of runs that fail, and how far they fall, in deviations of the others."""


def _failing(rng: np.random.RandomState, size: tuple[int, ...]) -> Array:
    fallen = rng.standard_normal(size) - FALL * (rng.random_sample(size) < FAILING)
    return np.asarray((fallen + FALL * FAILING) / math.sqrt(1 + FALL**2 * FAILING * (1 - FAILING)))


SHAPES: dict[str, Draw] = {
    "normal": lambda rng, size: rng.standard_normal(size),
    "heavy-tailed": lambda rng, size: rng.standard_t(3, size) / np.sqrt(3),
    "skewed": lambda rng, size: rng.standard_exponential(size) - 1,
    "one in ten fails": _failing,
}
"""Distributions over seeds with mean 0 and deviation 1: normal, Student t with 3 degrees, exponential, a mixture."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Shares of simulated experiments that come out as ``reproduced`` and as ``differs``; the rest is inconclusive."""

    reproduced: float
    differs: float


def values(shape: str, n: int, *, trials: int = TRIALS) -> Array:
    """Return values over n seeds of simulated experiments, ``(trials, n)``, the same ones for the same arguments."""
    return SHAPES[shape](np.random.RandomState(n), (trials, n))


@functools.cache
def bounds(shape: str, n: int, *, trials: int = TRIALS) -> tuple[Array, Array]:
    """Return the bounds of the t intervals of those values, ``(trials,)`` each."""
    return t_bounds(values(shape, n, trials=trials))


def coverage(shape: str, n: int, *, trials: int = TRIALS) -> float:
    """Return the share of t intervals that hold the true mean."""
    low, high = bounds(shape, n, trials=trials)
    return float(np.mean((low <= 0) & (high >= 0)))


def verdicts(shape: str, n: int, *, difference: float, margin: float, trials: int = TRIALS) -> Rate:
    """Return how often experiments come out as what, the worse of a true mean above and below the target.

    Worse is the larger share of a wrong verdict and the smaller one of a right verdict; at the margin itself both are
    counted as wrong.

    Args:
        shape: distribution over seeds, a name in ``SHAPES``.
        n: number of seeds.
        difference: how far the true mean is from the target, in standard deviations over seeds.
        margin: the claim's margin, in the same unit.
        trials: simulated experiments.
    """
    low, high = bounds(shape, n, trials=trials)
    sides = [place(low + shift, high + shift, 0.0, margin) for shift in (difference, -difference)]
    reproduced, differs = ([float(np.mean(side == name)) for side in sides] for name in ("reproduced", "differs"))
    return Rate(
        reproduced=(min if difference < margin else max)(reproduced),
        differs=(min if difference > margin else max)(differs),
    )


def interquartile_coverage(shape: str, runs: int, tasks: int, *, trials: int = 1000, resamples: int = 200) -> float:
    """Return the share of bootstrap intervals that hold the interquartile mean of the whole population.

    Tasks differ in level by up to four deviations, as games do; all have the same shape.
    """
    rng = np.random.RandomState(100 * runs + tasks)
    levels = np.linspace(-2, 2, tasks) if tasks > 1 else np.zeros(1)
    truth = float(interquartile_mean(*(SHAPES[shape](rng, (40_000,)) + level for level in levels)))
    found = stats.bootstrap(
        tuple(SHAPES[shape](rng, (trials, runs)) + level for level in levels),
        interquartile_mean,
        n_resamples=resamples,
        confidence_level=COVERAGE,
        method="percentile",
        vectorized=True,
        axis=-1,
        batch=50,
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(np.mean((found.low <= truth) & (found.high >= truth)))
