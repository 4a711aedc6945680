"""The plan of a reproduction: which runs claims still need, what they cost, and which claims fit into a budget."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ectype.errors import UsageError
from ectype.evidence import Attempted, Completed
from ectype.results import ClaimRecord
from ectype.trials import Trials, named


@dataclass(frozen=True, slots=True)
class Needed:
    """One run that is needed.

    Args:
        variant: ``experiment/variant``.
        seed: 0 or more.
        seconds: what it should take on one core: as before, or as declared.
    """

    variant: str
    seed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done.

    Args:
        claims: that are asked for and fit into the budget.
        left_out: that do not fit.
        runs: that are needed and not finished, in order.
        finished: how many runs of these claims are finished already, on the code as it is.
        workers: how many runs go on at a time.
    """

    claims: Sequence[ClaimRecord]
    left_out: Sequence[ClaimRecord]
    runs: Sequence[Needed]
    finished: int
    workers: int

    @property
    def seconds(self) -> float:
        """What all runs should take."""
        return cost(self.runs, self.workers)


def cost(runs: Sequence[Needed], workers: int) -> float:
    """Return what runs should take side by side, each started as soon as a worker is free."""
    busy = [0.0] * workers
    for run in runs:
        first = busy.index(min(busy))
        busy[first] += run.seconds
    return max(busy)


def choose(claims: Sequence[ClaimRecord], asked: Sequence[str]) -> list[ClaimRecord]:
    """Return the trained claims with these ids, or whose ids begin with them, or all.

    Raises:
        UsageError: there is none, or one of them matches nothing.
    """
    if not claims:
        raise UsageError("a paper must declare claims with paper.empirical or paper.order to reproduce; there is none")
    for name in asked:
        if not any(_named(claim, name) for claim in claims):
            known = ", ".join(claim.id for claim in claims)
            raise UsageError(
                f"a trained claim, or the beginning of one, must be given; received {name!r}. There are: {known}"
            )
    return [claim for claim in claims if not asked or any(_named(claim, name) for name in asked)]


def _named(claim: ClaimRecord, name: str) -> bool:
    return claim.id == name or claim.id.startswith(name.rstrip("-") + "-")


def plan(
    claims: Sequence[ClaimRecord],
    trials: Trials,
    *,
    workers: int,
    seeds: int | None = None,
    budget: float | None = None,
) -> Plan:
    """Return what is to be done for claims.

    With a budget, claims are taken in order of what they tell for their cost: first headline claims, then those without a
    verdict, then the cheaper ones; one that no longer fits is left out, a cheaper one after it may still fit.

    Args:
        claims: with their verdicts.
        trials: what is finished.
        workers: how many runs go on at a time.
        seeds: how many seeds to run, instead of what each claim declares.
        budget: seconds.
    """
    finished: set[tuple[str, int]] = set()
    needed = {claim.id: list(_needed(claim, trials, seeds, finished)) for claim in claims}
    if budget is None:
        return Plan(claims, [], list(_unique(needed.values())), len(finished), workers)
    kept: list[ClaimRecord] = []
    for claim in sorted(claims, key=lambda c: (not c.headline, c.verdict != "not run", cost(needed[c.id], workers))):
        runs = list(_unique([*(needed[c.id] for c in kept), needed[claim.id]]))
        if cost(runs, workers) <= budget:
            kept.append(claim)
    runs = list(_unique(needed[claim.id] for claim in kept))
    return Plan(kept, [claim for claim in claims if claim not in kept], runs, len(finished), workers)


def _needed(claim: ClaimRecord, trials: Trials, seeds: int | None, finished: set[tuple[str, int]]) -> Iterable[Needed]:
    trained = claim.trained
    assert trained is not None
    for seed in range(seeds or trained.seeds):
        for variant in named(trained):
            trial = trials.trial(variant, trained.arguments[variant])
            if seed in trial.completed and not trial.changed:
                finished.add((variant, seed))
            else:
                yield Needed(variant, seed, _seconds(variant, trials, trained.minutes[variant]))


def _seconds(variant: str, trials: Trials, minutes: float) -> float:
    """Return what a run of a variant took before, or else what is declared."""
    experiment, _, name = variant.partition("/")
    events = trials.evidence(experiment).events
    ids = {event.id for event in events if isinstance(event, Attempted) and event.variant == name}
    took = [event.seconds for event in events if isinstance(event, Completed) and event.attempt in ids]
    return statistics.median(took) if took else 60 * minutes


def _unique(runs: Iterable[Iterable[Needed]]) -> Iterable[Needed]:
    return dict.fromkeys(run for several in runs for run in several)
