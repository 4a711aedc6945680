"""Trials: what the evidence says about an empirical or order claim; verdicts are derived anew whenever this is asked."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ectype import evidence
from ectype.evidence import Attempted, Completed, Evidence, Failed
from ectype.results import ClaimRecord, EvidenceRecord, Measured, TrainedRecord

if TYPE_CHECKING:
    from ectype.statistics import Discrimination

Changed = Callable[[Mapping[str, str]], list[str]]
"""Which of the modules, given with digests, are not in the tree any more as they were."""


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


@dataclass
class Trial:
    """The attempts at one variant on one state of the code, by seed.

    Args:
        attempts: all of them, in order.
        completed: the first completed attempt of each seed; repeating a run changes nothing.
        failed: attempts of seeds that were never completed and ended in an error.
        changed: modules that ran and are not in the tree any more as they were.
    """

    attempts: Sequence[Attempted] = ()
    completed: Mapping[int, Completed] = field(default_factory=dict)
    failed: Mapping[int, Failed] = field(default_factory=dict)
    changed: Sequence[str] = ()

    def values(self, metric: str, seeds: int) -> Values:
        """Return a metric by seed, for those below a number whose attempt ended; nan where it gave none."""
        ended = [seed for seed in range(seeds) if seed in self.completed or seed in self.failed]
        runs = {seed: self.completed.get(seed) for seed in ended}
        return {seed: math.nan if run is None else run.metrics.get(metric, math.nan) for seed, run in runs.items()}


class Trials:
    """The evidence of one paper, read once.

    Args:
        root: the folder of the package, or None where its evidence is not installed.
        paper: its slug.
        changed: compares modules with the tree.
    """

    def __init__(self, root: Path | None, paper: str, changed: Changed) -> None:
        self.root, self.paper, self.changed = root, paper, changed
        self._read: dict[str, Evidence] = {}
        self._trials: dict[tuple[str, str], Trial] = {}

    def evidence(self, experiment: str) -> Evidence:
        """Return the evidence of an experiment."""
        if experiment not in self._read:
            empty = Evidence(Path(experiment))
            self._read[experiment] = empty if self.root is None else evidence.read(self.root, self.paper, experiment)
        return self._read[experiment]

    def trial(self, variant: str, arguments: Mapping[str, object]) -> Trial:
        """Return the attempts at a variant that count: on the code as it is, or else on the latest that completed one.

        Args:
            variant: ``experiment/variant``.
            arguments: as they are declared now; attempts with other ones do not count.
        """
        key = variant, json.dumps(arguments, sort_keys=True)
        if key not in self._trials:
            experiment, _, name = variant.partition("/")
            self._trials[key] = _trial(self.evidence(experiment).events, name, key[1], self.changed)
        return self._trials[key]

    def values(self, claim: ClaimRecord, variant: str, metric: str) -> Values:
        """Return the values of a variant that count for a trained claim, by seed; nan where an attempt gave none.

        Args:
            claim: fixes the number of seeds, and what the metric is divided by.
            variant: ``experiment/variant``.
            metric: its name.
        """
        trained = _trained(claim)
        values = self.trial(variant, trained.arguments[variant]).values(metric, trained.seeds)
        if not trained.per:
            return values
        below = self.trial(trained.per, trained.arguments[trained.per]).values(metric, trained.seeds)
        both = sorted(values.keys() & below.keys())
        return {seed: values[seed] / below[seed] if below[seed] else math.nan for seed in both}

    def under_readings(self, claim: ClaimRecord) -> list[Measurement]:
        """Return what was measured for an empirical claim under each reading; nothing before the first run."""
        from ectype.statistics import discriminate, judge, replayed

        trained = _trained(claim)
        if trained.margin is None or not self._ended(trained):
            return []
        found = []
        for reading, metric in trained.metric.items():
            values = self.values(claim, trained.of[0], metric)
            control = self.values(claim, trained.control, metric)
            judged = judge(
                [*values.values()],
                claim.target,
                margin=trained.margin,
                better=trained.better,
                needed=trained.needed,
                resolution=trained.resolution,
            )
            both = discriminate(
                replayed(judged, claim.target) if trained.replays else judged,
                [*control.values()],
                claim.target,
                margin=trained.margin,
                better=trained.better,
                resolution=trained.resolution,
            )
            found.append(Measurement(reading or None, metric, values, control, both))
        return found

    def judged(self, claim: ClaimRecord) -> ClaimRecord:
        """Return a trained claim with what was measured for it and the verdict that follows; others as they are."""
        if claim.trained is None:
            return claim
        measured = self._order(claim) if claim.kind == "order" else [*map(_measured, self.under_readings(claim))]
        return msgspec.structs.replace(
            claim, measured=measured, evidence=self._evidence(claim.trained), verdict=_verdict(measured)
        )

    def _order(self, claim: ClaimRecord) -> list[Measured]:
        from ectype.statistics import order

        trained = _trained(claim)
        if not self._ended(trained):
            return []
        [metric] = trained.metric.values()
        found_in = {variant.partition("/")[2]: self.values(claim, variant, metric) for variant in trained.of}
        shared = set.intersection(*(set(values) for values in found_in.values()))
        rows = [
            (name, [value for seed, value in values.items() if seed in shared or not trained.paired])
            for name, values in found_in.items()
        ]
        found = order(rows, paired=trained.paired, needed=trained.needed, resolution=trained.resolution)
        means = {name: sum(values) / len(values) if values else math.nan for name, values in rows}
        text = ", ".join(f"{name} {mean:.4g}" for name, mean in means.items())
        return [Measured(reading=None, value=None, text=text, verdict=found.verdict, sentence=found.sentence)]

    def _ended(self, trained: TrainedRecord) -> bool:
        """Return whether a run of a claim, completed or failed, has ended."""
        return any(trial.completed or trial.failed for trial in self._trials_of(trained))

    def _trials_of(self, trained: TrainedRecord) -> list[Trial]:
        return [self.trial(name, trained.arguments[name]) for name in named(trained)]

    def _evidence(self, trained: TrainedRecord) -> EvidenceRecord:
        trials = self._trials_of(trained)
        every = [(trial, seed) for trial in trials for seed in range(trained.seeds)]
        runs = [trial.completed[seed] for trial, seed in every if seed in trial.completed]
        experiments = dict.fromkeys(name.partition("/")[0] for name in named(trained))
        return EvidenceRecord(
            attempted=sum(any(a.seed == seed for a in trial.attempts) for trial, seed in every),
            completed=len(runs),
            failed=sum(seed in trial.failed for trial, seed in every),
            of=len(every),
            stale=sorted({name for trial in trials for name in trial.changed}),
            problems=[str(problem) for name in experiments for problem in self.evidence(name).problems],
            last=max((run.ended for run in runs), default=""),
            seconds=round(sum(run.seconds for run in runs), 1),
            device=", ".join(sorted({run.where.device for run in runs})),
            threads=max((run.where.threads for run in runs), default=0),
        )


def _trial(events: Iterable[evidence.Event], name: str, arguments: str, changed: Changed) -> Trial:
    versions: dict[str, list[Attempted]] = {}
    ends: dict[str, Completed | Failed] = {}
    for event in events:
        if isinstance(event, Attempted):
            if event.variant == name and json.dumps(event.arguments, sort_keys=True) == arguments:
                versions.setdefault(json.dumps(event.modules, sort_keys=True), []).append(event)
        elif isinstance(event, Completed) or (isinstance(event, Failed) and event.attempt not in ends):
            ends.setdefault(event.attempt, event)
    trials = [_ended(attempts, ends, changed) for attempts in versions.values()]
    fresh = [trial for trial in trials if not trial.changed]
    finished = [trial for trial in trials if trial.completed]
    return next((found[-1] for found in (fresh, finished, trials) if found), Trial())


def _ended(attempts: Sequence[Attempted], ends: Mapping[str, Completed | Failed], changed: Changed) -> Trial:
    completed: dict[int, Completed] = {}
    failed: dict[int, Failed] = {}
    for attempt in attempts:
        end = ends.get(attempt.id)
        if isinstance(end, Completed):
            completed.setdefault(attempt.seed, end)
        elif isinstance(end, Failed):
            failed[attempt.seed] = end
    ran: dict[str, str] = {}
    for run in completed.values():
        ran |= run.modules
    return Trial(
        attempts,
        completed,
        {seed: end for seed, end in failed.items() if seed not in completed},
        tuple(changed(ran or attempts[-1].modules)),
    )


def named(trained: TrainedRecord) -> list[str]:
    """Return the variants that a claim needs runs of, each once."""
    return list(dict.fromkeys([*trained.of, *filter(None, [trained.per, trained.control])]))


def _trained(claim: ClaimRecord) -> TrainedRecord:
    assert claim.trained is not None
    return claim.trained


def _measured(found: Measurement) -> Measured:
    from ectype.statistics import wording

    ours = found.found.claim
    text = "" if ours.mean is None else wording.number(ours.mean, ours.margin)
    if ours.interval is not None:
        low, high = (wording.number(bound, ours.margin) for bound in (ours.interval.low, ours.interval.high))
        text += f" [{low}, {high}]"
    return Measured(
        reading=found.reading,
        value=ours.mean,
        text=text,
        values=[value for value in found.values.values() if math.isfinite(value)],
        interval=(ours.interval.low, ours.interval.high) if ours.interval else None,
        coverage=ours.interval.coverage if ours.interval else None,
        verdict=found.found.verdict,
        sentence=found.found.sentence,
    )


def _verdict(measured: Sequence[Measured]) -> str:
    """Return the verdict under the reading that the paper states; otherwise under which one it comes out."""
    verdicts = {item.reading: item.verdict for item in measured}
    if not verdicts:
        return "not run"
    own = next((verdicts[name] for name in (None, "paper") if name in verdicts), "")
    if own in ("reproduced", "replayed", "holds"):
        return own
    if others := [str(name) for name, verdict in verdicts.items() if verdict in ("reproduced", "replayed")]:
        return f"reproduced only under {', '.join(others)}"
    return own or next(iter(verdicts.values()))
