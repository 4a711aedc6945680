"""Scores of runs on several tasks, as in reinforcement learning: the interquartile mean and its bootstrap interval.

Source: Agarwal et al. 2021, Deep Reinforcement Learning at the Edge of the Statistical Precipice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from ectype.statistics.estimates import Estimate
from ectype.statistics.intervals import COVERAGE, Array, Interval, Values, identical
from ectype.statistics.judgements import Better, Judgement, Published, conclude

Scores = Sequence[Values] | Array

FEWEST = 10
"""Runs per task below which a bootstrap covers less than it says (measured in the documentation)."""

RESAMPLES = 2000

_NO_BOOTSTRAP = f"a bootstrap needs {FEWEST} runs a task, and scores that differ"


def interquartile_mean(*tasks: Any, axis: int = -1) -> Any:
    """Return the mean of the middle half of all scores, the tasks' runs taken together.

    Args:
        tasks: scores of a task's runs along ``axis``, an array a task.
        axis: the axis of runs; the others are kept.
    """
    return stats.trim_mean(np.concatenate(tasks, axis=axis), 0.25, axis=axis)


def interquartile_interval(scores: Scores, *, coverage: float = COVERAGE, seed: int = 0) -> Interval | None:
    """Return the percentile interval of a bootstrap that resamples runs within each task, or None where none is credible.

    Args:
        scores: finite scores, ``(runs, tasks)``.
        coverage: stated coverage; what it really is for how many runs and tasks is measured in the documentation.
        seed: of the resampling; the same scores in any order of runs give the same interval.

    Raises:
        ValueError: if the scores are not a table.
    """
    found = _table(scores)
    if found.shape[0] < FEWEST or not found.size or identical(found.ravel()):
        return None
    bounds = stats.bootstrap(
        tuple(found.T),
        interquartile_mean,
        n_resamples=RESAMPLES,
        confidence_level=coverage,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    low, high = float(bounds.low), float(bounds.high)
    return Interval(low, high, coverage, "bootstrap") if high > low else None


def judge_scores(
    scores: Scores, target: Published, *, margin: float, better: Better = "", needed: int = 1
) -> Judgement:
    """Judge an interquartile mean against a published one.

    Args:
        scores: one score for each run that was attempted on each task, ``(runs, tasks)``; nan for one that gave none.
        target: the published interquartile mean.
        margin: how far from it still counts as the same.
        better: which way is better; empty where the claim does not say.
        needed: how many runs a task the declared power asks for.

    Raises:
        ValueError: if the margin is not a positive number or the scores are not a table.
    """
    found = _table(scores)
    bad = int(np.count_nonzero(~np.isfinite(found)))
    known = bool(found.size) and not bad
    interval = interquartile_interval(found) if known else None
    ours = Estimate(
        name="interquartile mean",
        n=found.shape[0],
        bad=bad,
        value=float(interquartile_mean(*found.T)) if known else None,
        interval=interval,
        because="" if interval is not None else _NO_BOOTSTRAP,
    )
    return conclude(ours, target, margin=margin, better=better, needed=needed)


def _table(scores: Scores) -> Array:
    found = np.asarray(scores, dtype=np.float64)
    if found.ndim != 2:
        raise ValueError(f"scores must be a table, a row a run and a column a task; received shape {found.shape}")
    return np.sort(found, axis=0)  # resampling then does not depend on the order of the runs
