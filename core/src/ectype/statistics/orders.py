"""Order claims: which of several things is larger, by simultaneous intervals of their differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy import stats  # type: ignore[import-untyped, unused-ignore]

from ectype.statistics import wording
from ectype.statistics.intervals import COVERAGE, Array, Interval, Values, identical, mean_interval

OrderVerdict = Literal["holds", "reversed", "inconclusive", "error", "not run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two neighbours of a claimed order.

    Args:
        larger: the one that is claimed to be larger.
        smaller: the other one.
        difference: mean of the first less mean of the second.
        interval: its interval, with the coverage shared among the pairs; None where none is credible.
        verdict: ``holds`` if it is above zero, ``reversed`` if it is below.
    """

    larger: str
    smaller: str
    difference: float
    interval: Interval | None
    verdict: OrderVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The verdict of an order claim.

    Args:
        verdict: ``holds`` if every pair does, ``reversed`` if one pair is, else ``inconclusive``; ``error`` if a value is
            not finite, ``not run`` if something has no values.
        coverage: of all the pairs' intervals together, at least.
        paired: whether differences were taken seed by seed.
        pairs: the neighbours, in the claimed order; empty for ``error`` and ``not run``.
        sentence: all of this in words.
    """

    verdict: OrderVerdict
    coverage: float
    paired: bool
    pairs: tuple[Pair, ...]
    sentence: str


def order(
    rows: Sequence[tuple[str, Values]],
    *,
    paired: bool,
    needed: int = 1,
    coverage: float = COVERAGE,
    resolution: float = 0.0,
) -> Order:
    """Judge the claim that the mean of each row is larger than that of the next one.

    Neighbours are enough, since means are transitive. With k pairs each interval has coverage ``1 - (1 - coverage) / k``
    (Bonferroni), so that all of them hold together with the coverage that is stated.

    Args:
        rows: names with values, one a seed, from the largest to the smallest as claimed.
        paired: whether values at the same place come from the same seed (t interval of their differences); otherwise
            Welch's interval, which does not suppose equal spreads.
        needed: how many values a row the declared power asks for.
        coverage: of all intervals together.
        resolution: smallest step of the metric, 0 where it has none; used for pairs.

    Raises:
        ValueError: if there are fewer than two rows, a row is not a list, or paired rows differ in length.
    """
    found = [(name, np.asarray(values, dtype=np.float64)) for name, values in rows]
    sizes = [values.size for _, values in found]
    if len(found) < 2 or any(values.ndim != 1 for _, values in found):
        raise ValueError(
            f"an order must be of two lists of values or more; received shapes {[v.shape for _, v in found]}"
        )
    if paired and len(set(sizes)) > 1:
        raise ValueError(f"paired values must come from the same seeds; received {sizes} values. Use paired=False")
    claimed = " > ".join(name for name, _ in found)
    if not min(sizes) or not all(np.isfinite(values).all() for _, values in found):
        empty: OrderVerdict = "error" if min(sizes) else "not run"
        what = "a value is not finite" if min(sizes) else "a row has no values"
        return Order(verdict=empty, coverage=coverage, paired=paired, pairs=(), sentence=f"{empty}: {claimed}; {what}")
    level = 1 - (1 - coverage) / (len(found) - 1)
    pairs = tuple(_pair(first, second, paired, level, resolution) for first, second in pairwise(found))
    verdict: OrderVerdict = "inconclusive"
    if min(sizes) >= needed and all(pair.verdict == "holds" for pair in pairs):
        verdict = "holds"
    elif min(sizes) >= needed and any(pair.verdict == "reversed" for pair in pairs):
        verdict = "reversed"
    short = (
        f"; {wording.runs(min(sizes))} of the {needed} that the declared power asks for" if min(sizes) < needed else ""
    )
    said = (
        f"{verdict}: {claimed}, {'same seeds' if paired else 'separate seeds'}, {'; '.join(map(_words, pairs))}{short}"
    )
    return Order(verdict=verdict, coverage=coverage, paired=paired, pairs=pairs, sentence=said)


def _pair(first: tuple[str, Array], second: tuple[str, Array], paired: bool, level: float, resolution: float) -> Pair:
    difference = float(first[1].mean() - second[1].mean())
    interval = (
        mean_interval(np.sort(first[1] - second[1]), coverage=level, resolution=resolution)
        if paired
        else _welch(first[1], second[1], level)
    )
    verdict: OrderVerdict = "inconclusive"
    if interval is not None and interval.low > 0:
        verdict = "holds"
    elif interval is not None and interval.high < 0:
        verdict = "reversed"
    return Pair(larger=first[0], smaller=second[0], difference=difference, interval=interval, verdict=verdict)


def _welch(first: Array, second: Array, level: float) -> Interval | None:
    if min(first.size, second.size) < 2 or identical(first) or identical(second):
        return None
    bounds = stats.ttest_ind(np.sort(first), np.sort(second), equal_var=False).confidence_interval(level)
    return Interval(float(bounds.low), float(bounds.high), level, "t")


def _words(pair: Pair) -> str:
    if pair.interval is None:
        return f"{pair.larger} - {pair.smaller} is {pair.difference:.4g} without a credible interval"
    step = (pair.interval.high - pair.interval.low) / 2
    value, bounds = wording.number(pair.difference, step), wording.interval(pair.interval, step)
    return f"{pair.larger} - {pair.smaller} is {value}, {bounds}"
