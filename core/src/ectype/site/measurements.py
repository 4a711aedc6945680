"""Measurements: the values per seed that a trained claim is judged by, and the judgement, made anew from the evidence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ectype.results import ClaimRecord
from ectype.statistics.controls import Discrimination, discriminate
from ectype.statistics.intervals import mean_interval
from ectype.trials import Trials

Values = dict[int, float]
"""A value a seed; nan where its attempt gave none."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """An empirical claim under one reading.

    Args:
        reading: which one, None where there is only one.
        metric: its name.
        values: of the claim.
        control: of its rival.
        found: the judgement of both.
    """

    reading: str | None
    metric: str
    values: Values
    control: Values
    found: Discrimination


def measurements(claim: ClaimRecord, trials: Trials) -> list[Measurement]:
    """Return what was measured for an empirical claim, under each reading; empty for others and before the first run."""
    trained = claim.trained
    if trained is None or trained.margin is None or not claim.measured:
        return []
    found = []
    for reading, metric in trained.metric.items():
        values = values_of(claim, trials, trained.of[0], metric)
        control = values_of(claim, trials, trained.control, metric)
        judged = discriminate(
            [*values.values()],
            [*control.values()],
            claim.target,
            margin=trained.margin,
            better=trained.better,
            needed=trained.needed,
            resolution=trained.resolution,
        )
        found.append(Measurement(reading or None, metric, values, control, judged))
    return found


def values_of(claim: ClaimRecord, trials: Trials, variant: str, metric: str) -> Values:
    """Return the values of a variant that count for a trained claim.

    Args:
        claim: fixes the number of seeds, and what the metric is divided by.
        trials: the evidence of the paper.
        variant: ``experiment/variant``.
        metric: its name.
    """
    trained = claim.trained
    assert trained is not None
    values = trials.trial(variant, trained.arguments[variant]).values(metric, trained.seeds)
    if not trained.per:
        return values
    below = trials.trial(trained.per, trained.arguments[trained.per]).values(metric, trained.seeds)
    return {
        seed: values[seed] / below[seed] if below[seed] else math.nan for seed in sorted(values.keys() & below.keys())
    }


def experiments(claims: Sequence[ClaimRecord]) -> dict[str, dict[str, Mapping[str, object]]]:
    """Return the experiments that claims name, each with its variants and their arguments.

    First comes what is claimed, in the order of the claims, then controls and what is divided by.
    """
    trained = [claim.trained for claim in claims if claim.trained is not None]
    named = [(item, variant) for item in trained for variant in item.of]
    named += [(item, variant) for item in trained for variant in item.arguments]
    found: dict[str, dict[str, Mapping[str, object]]] = {}
    for item, variant in named:
        found.setdefault(variant.partition("/")[0], {}).setdefault(variant, item.arguments[variant])
    return found


def finite(values: Mapping[int, float]) -> list[float]:
    """Return the values that are numbers."""
    return [value for value in values.values() if math.isfinite(value)]


def interval(values: list[float], resolution: float) -> tuple[float, float] | None:
    """Return the 90 % interval of the mean of finite values, or None where none is credible."""
    found = mean_interval(values, resolution=resolution)
    return (found.low, found.high) if found else None
