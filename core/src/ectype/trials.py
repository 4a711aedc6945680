"""Trials: what the evidence says about an empirical or order claim; verdicts are derived anew whenever this is asked."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec

from ectype import evidence
from ectype.evidence import Attempted, Completed, Evidence, Failed
from ectype.results import ClaimRecord, EvidenceRecord, Measured, TrainedRecord

Changed = Callable[[Mapping[str, str]], list[str]]
"""Which of the modules, given with digests, are not in the tree any more as they were."""


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

    def values(self, metric: str, seeds: int) -> dict[int, float]:
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

    def judged(self, claim: ClaimRecord) -> ClaimRecord:
        """Return an empirical or order claim with what was measured for it and the verdict that follows."""
        if claim.trained is None:
            return claim
        found = _Claim(claim, claim.trained, self)
        return msgspec.structs.replace(claim, measured=found.measured, evidence=found.evidence, verdict=found.verdict)


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


def _text(mean: float | None, margin: float, interval: tuple[float, float] | None) -> str:
    """Return a mean with its interval, with digits that fit the margin."""
    from ectype.statistics import wording

    if mean is None:
        return ""
    if interval is None:
        return wording.number(mean, margin)
    low, high = (wording.number(bound, margin) for bound in interval)
    return f"{wording.number(mean, margin)} [{low}, {high}]"


class _Claim:
    """One claim with the trials of its variants."""

    def __init__(self, claim: ClaimRecord, trained: TrainedRecord, trials: Trials) -> None:
        self.claim, self.trained = claim, trained
        names = dict.fromkeys([*trained.of, *filter(None, [trained.per, trained.control])])
        self.trials = {name: trials.trial(name, trained.arguments[name]) for name in names}
        self.problems = [
            str(problem)
            for experiment in dict.fromkeys(name.partition("/")[0] for name in names)
            for problem in trials.evidence(experiment).problems
        ]

    @property
    def evidence(self) -> EvidenceRecord:
        seeds = range(self.trained.seeds)
        every = [(trial, seed) for trial in self.trials.values() for seed in seeds]
        runs = [trial.completed[seed] for trial, seed in every if seed in trial.completed]
        return EvidenceRecord(
            attempted=sum(any(a.seed == seed for a in trial.attempts) for trial, seed in every),
            completed=len(runs),
            failed=sum(seed in trial.failed for trial, seed in every),
            of=len(every),
            stale=sorted({name for trial in self.trials.values() for name in trial.changed}),
            problems=self.problems,
            last=max((run.ended for run in runs), default=""),
            seconds=round(sum(run.seconds for run in runs), 1),
            device=", ".join(sorted({run.where.device for run in runs})),
            threads=max((run.where.threads for run in runs), default=0),
        )

    @cached_property
    def measured(self) -> list[Measured]:
        if not any(trial.completed or trial.failed for trial in self.trials.values()):
            return []
        if self.claim.kind == "order":
            return [self._order()]
        return [self._reading(reading or None, metric) for reading, metric in self.trained.metric.items()]

    @property
    def verdict(self) -> str:
        """The verdict under the reading that the paper states; otherwise under which one it comes out."""
        verdicts = {item.reading: item.verdict for item in self.measured}
        if not verdicts:
            return "not run"
        own = next((verdicts[name] for name in (None, "paper") if name in verdicts), "")
        if own in ("reproduced", "replayed", "holds"):
            return own
        others = [str(name) for name, verdict in verdicts.items() if verdict in ("reproduced", "replayed")]
        if others:
            return f"reproduced only under {', '.join(others)}"
        return own or next(iter(verdicts.values()))

    def _values(self, variant: str, metric: str) -> dict[int, float]:
        values = self.trials[variant].values(metric, self.trained.seeds)
        if not self.trained.per:
            return values
        below = self.trials[self.trained.per].values(metric, self.trained.seeds)
        return {seed: values[seed] / below[seed] if below[seed] else math.nan for seed in values.keys() & below.keys()}

    def _reading(self, reading: str | None, metric: str) -> Measured:
        from ectype.statistics import discriminate, judge, replayed

        trained, target = self.trained, self.claim.target
        assert trained.margin is not None
        values = [*self._values(trained.of[0], metric).values()]
        judged = judge(
            values,
            target,
            margin=trained.margin,
            better=trained.better,
            needed=trained.needed,
            resolution=trained.resolution,
        )
        found = discriminate(
            replayed(judged, target) if trained.replays else judged,
            [*self._values(trained.control, metric).values()],
            target,
            margin=trained.margin,
            better=trained.better,
            resolution=trained.resolution,
        )
        ours = found.claim
        interval = ours.interval
        return Measured(
            reading=reading,
            value=ours.mean,
            text=_text(ours.mean, trained.margin, (interval.low, interval.high) if interval else None),
            values=[value for value in values if math.isfinite(value)],
            interval=(interval.low, interval.high) if interval else None,
            coverage=interval.coverage if interval else None,
            verdict=found.verdict,
            sentence=found.sentence,
        )

    def _order(self) -> Measured:
        from ectype.statistics import order

        [metric] = self.trained.metric.values()
        found_in = {name.partition("/")[2]: self._values(name, metric) for name in self.trained.of}
        shared = set.intersection(*(set(values) for values in found_in.values()))
        rows = [
            (name, [value for seed, value in values.items() if seed in shared or not self.trained.paired])
            for name, values in found_in.items()
        ]
        found = order(rows, paired=self.trained.paired, needed=self.trained.needed, resolution=self.trained.resolution)
        means = {name: sum(values) / len(values) if values else math.nan for name, values in rows}
        return Measured(
            reading=None,
            value=None,
            text=", ".join(f"{name} {mean:.4g}" for name, mean in means.items()),
            verdict=found.verdict,
            sentence=found.sentence,
        )
