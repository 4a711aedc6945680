"""Costs: how long it takes to verify a paper, and to measure its trained claims again."""

from __future__ import annotations

from collections.abc import Iterable

from ectype.results import ClaimRecord, Result


def to_reproduce(claims: Iterable[ClaimRecord]) -> float:
    """Return the declared seconds on one core of every run behind trained claims; runs that claims share count once."""
    runs: dict[str, float] = {}
    for claim in claims:
        if claim.trained is not None:
            for variant, minutes in claim.trained.minutes.items():
                runs[variant] = max(runs.get(variant, 0.0), 60 * minutes * claim.trained.seeds)
    return sum(runs.values())


def of_claim(result: Result, claim: ClaimRecord) -> float:
    """Return the seconds behind one claim: those that its check took, or the declared ones of its runs."""
    if claim.trained is not None:
        return to_reproduce([claim])
    return next((outcome.seconds for outcome in result.outcomes if outcome.id == f"claim/{claim.id}"), 0.0)
