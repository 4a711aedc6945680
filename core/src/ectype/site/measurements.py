"""Measurements: which experiments the claims of a paper name, and intervals of what was measured in them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ectype.results import ClaimRecord
from ectype.statistics.intervals import mean_interval


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
