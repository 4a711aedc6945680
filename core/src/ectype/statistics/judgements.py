"""Judgements: our values per seed against a published number plus-minus its margin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from ectype.printed import Printed
from ectype.statistics import estimates, wording
from ectype.statistics.estimates import Estimate
from ectype.statistics.intervals import Interval, Values

Verdict = Literal["reproduced", "replayed", "differs", "inconclusive", "error", "not run", "does not discriminate"]
Better = Literal["higher", "lower", ""]
Direction = Literal["better", "worse", "higher", "lower", ""]


class Published(Protocol):
    """What a judgement needs of a target: the digits printed, and the number of runs behind them."""

    @property
    def printed(self) -> str:
        """The digits, in the unit of the values."""

    @property
    def runs(self) -> int | None:
        """How many runs stand behind them, or None where the paper does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with everything it follows from; all numbers in the unit of the values.

    Args:
        verdict: what follows.
        direction: where our number lies if it differs: better or worse if the claim says which way is better.
        n: how many runs there are.
        needed: how many the declared power asks for.
        mean: our number: the mean, or the interquartile mean; None if a value is missing or not finite.
        sd: sample standard deviation over seeds, None below two and for scores of several tasks.
        interval: interval of our number with its coverage, None where none is credible.
        prediction: interval for what the paper did, its number of runs; None where that is not stated.
        predicted: whether the target lies in it, None without one.
        target: the published number.
        margin: how far from it still counts as the same.
        sentence: all of this in words.
    """

    verdict: Verdict
    direction: Direction
    n: int
    needed: int
    mean: float | None
    sd: float | None
    interval: Interval | None
    prediction: Interval | None
    predicted: bool | None
    target: float
    margin: float
    sentence: str


def judge(
    values: Values,
    target: Published,
    *,
    margin: float,
    better: Better = "",
    needed: int = 1,
    resolution: float = 0.0,
) -> Judgement:
    """Judge a mean over seeds against a published number.

    ``reproduced`` if the 90 % interval of the mean lies inside target plus-minus margin, ``differs`` if it is disjoint
    from it (in the better direction too), ``inconclusive`` if it lies over an edge, if no interval is credible or if
    there are fewer values than needed; ``error`` if a value is not finite; ``not run`` without values.

    Args:
        values: one value for each seed that was attempted; nan for an attempt that gave none.
        target: the published number.
        margin: how far from it still counts as the same; never derived from these values.
        better: which way is better; empty where the claim does not say.
        needed: how many values the declared power asks for.
        resolution: smallest step of the metric, 0 where it has none.

    Raises:
        ValueError: if the margin is not a positive number or the values are not one list of numbers.
    """
    ours = estimates.mean(values, runs=target.runs, resolution=resolution)
    return conclude(ours, target, margin=margin, better=better, needed=needed)


def conclude(ours: Estimate, target: Published, *, margin: float, better: Better = "", needed: int = 1) -> Judgement:
    """Judge an estimate against a published number; arguments and errors as in ``judge``."""
    if not (math.isfinite(margin) and margin > 0):
        raise ValueError(
            f"a margin must be a positive number; received {margin}. Take it from the printed digits, from the paper's own "
            f"deviation over seeds, or from half the gap to the nearest row of its table"
        )
    goal = float(Printed(target.printed).value)
    verdict, reason = _verdict(ours, goal, margin, needed)
    direction: Direction = ""
    if verdict == "differs" and ours.value is not None:
        side: Better = "higher" if ours.value > goal else "lower"
        direction = side if not better else "better" if side == better else "worse"
    predicted = None if ours.prediction is None else ours.prediction.low <= goal <= ours.prediction.high
    return Judgement(
        verdict=verdict,
        direction=direction,
        n=ours.n,
        needed=needed,
        mean=ours.value,
        sd=ours.sd,
        interval=ours.interval,
        prediction=ours.prediction,
        predicted=predicted,
        target=goal,
        margin=margin,
        sentence=f"{verdict}{f' ({direction})' if direction else ''}: "
        f"{wording.estimate(ours, margin)} {reason} {target.printed} ± {margin:g}"
        f"{wording.prediction(ours, goal, margin, target.runs)}",
    )


def place(low: Any, high: Any, target: float, margin: float) -> Any:
    """Return the verdict of intervals, elementwise: inside target plus-minus margin, disjoint from it, or over an edge."""
    inside = (low >= target - margin) & (high <= target + margin)
    apart = (low > target + margin) | (high < target - margin)
    return np.where(inside, "reproduced", np.where(apart, "differs", "inconclusive"))


def _verdict(ours: Estimate, goal: float, margin: float, needed: int) -> tuple[Verdict, str]:
    """Return the verdict and how our number stands to the target, in words."""
    if not ours.n:
        return "not run", "against"
    if ours.bad:
        return "error", f"({ours.bad} not finite) against"
    if ours.n < needed:
        return "inconclusive", f"of the {needed} that the declared power asks for, against"
    if ours.interval is None:
        return "inconclusive", f"({ours.because}) against"
    match str(place(ours.interval.low, ours.interval.high, goal, margin)):
        case "reproduced":
            return "reproduced", "inside"
        case "differs":
            return "differs", "outside"
        case _:
            return "inconclusive", "over an edge of"
