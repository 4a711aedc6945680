"""``ectype audit``: runs that stand in the evidence are done again, and what does not come out is reported."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from ectype import evidence, workers
from ectype.evidence import Audited, Completed, Failed
from ectype.experiments import attempts
from ectype.experiments.executors.local import PRELOAD, WEEK
from ectype.experiments.plan import Needed
from ectype.experiments.reproduce import Reproduction
from ectype.results import ClaimRecord
from ectype.trials import Trials
from ectype.workers import Limits

Found = Literal["identical", "holds", "differs", "failed"]


@dataclass(frozen=True, slots=True)
class Audit:
    """What came out when a recorded run was done again.

    Args:
        variant: ``experiment/variant``.
        seed: its seed.
        found: ``identical``: every metric, bit for bit. ``holds``: not identical, on other versions or another machine than
            before, and every verdict stays. ``differs``: a verdict changes, or the same environment gives other numbers.
            ``failed``: it ended in an error.
        text: what differs, in words.
    """

    variant: str
    seed: int
    found: Found
    text: str


def sample(paper: Reproduction, claims: Sequence[ClaimRecord], number: int | None, seed: int | None) -> list[Needed]:
    """Return finished runs that claims rest on, some of them at random or all.

    Args:
        paper: whose they are.
        claims: that are audited.
        number: how many; all if None.
        seed: of the choice; by default nobody can foresee it.
    """
    trials = paper.trials()
    finished: dict[tuple[str, int], Needed] = {}
    for claim in claims:
        trained = claim.trained
        assert trained is not None
        for variant, arguments in trained.arguments.items():
            for number_of_seed, run in trials.trial(variant, arguments).completed.items():
                if number_of_seed < trained.seeds:
                    finished[variant, number_of_seed] = Needed(variant, number_of_seed, run.seconds)
    runs = [finished[key] for key in sorted(finished)]
    return runs if number is None else random.Random(seed).sample(runs, min(number, len(runs)))


def audit(
    paper: Reproduction, claims: Sequence[ClaimRecord], runs: Sequence[Needed], *, processes: int
) -> Iterator[Audit]:
    """Do recorded runs again, from the beginning, and yield what came out; an audit is recorded beside the run.

    Args:
        paper: whose they are.
        claims: whose verdicts must stay.
        runs: from ``sample``.
        processes: how many go on at a time.
    """
    with tempfile.TemporaryDirectory() as folder:
        jobs = {job.name: job for job in paper.jobs(runs)}
        again = [
            workers.Job(
                name,
                "ectype.experiments.job:repeat",
                msgspec.to_builtins(msgspec.structs.replace(job, folder=f"{folder}/{i}")),
            )
            for i, (name, job) in enumerate(jobs.items())
        ]
        limits = Limits(seconds=WEEK)
        for ended in workers.run(again, workers=processes, limits=limits, preload=PRELOAD):
            job = jobs[ended.name]
            variant = f"{job.experiment}/{job.variant}"
            if ended.outcome != "done":
                yield Audit(variant, job.seed, "failed", ended.reason)
                continue
            end = msgspec.convert(ended.result, type=Completed | Failed)
            if isinstance(end, Failed):
                yield Audit(variant, job.seed, "failed", end.reason)
                continue
            yield _compared(paper, claims, variant, job.seed, end)


def _compared(paper: Reproduction, claims: Sequence[ClaimRecord], variant: str, seed: int, again: Completed) -> Audit:
    trial = paper.trials().trial(variant, paper.arguments()[variant])
    before = trial.completed[seed]
    record = Audited(
        attempt=before.attempt,
        ended=attempts.now(),
        seconds=again.seconds,
        metrics=again.metrics,
        modules=again.modules,
        where=again.where,
    )
    evidence.append(paper.root, paper.entry.slug, variant.partition("/")[0], record)
    names = sorted(before.metrics.keys() | again.metrics.keys())
    differing = [name for name in names if before.metrics.get(name) != again.metrics.get(name)]
    if not differing:
        return Audit(variant, seed, "identical", f"{len(names)} metrics, bit for bit")
    said = "; ".join(f"{name} {before.metrics.get(name)!r}, now {again.metrics.get(name)!r}" for name in differing[:3])
    changed = _changed_verdicts(paper, claims, variant, seed, again)
    if changed:
        return Audit(variant, seed, "differs", f"{said}. Verdicts that change: {', '.join(changed)}")
    if before.where == again.where and not trial.changed:
        return Audit(variant, seed, "differs", f"{said}, on the same code, versions and kind of machine")
    return Audit(
        variant, seed, "holds", f"{said}, on other code, versions or another kind of machine; no verdict changes"
    )


def _changed_verdicts(
    paper: Reproduction, claims: Sequence[ClaimRecord], variant: str, seed: int, again: Completed
) -> list[str]:
    replaced = _Replaced(paper, variant, seed, again)
    changed = []
    for claim in claims:
        if claim.trained is not None and variant in claim.trained.arguments and seed < claim.trained.seeds:
            verdict = replaced.judged(claim).verdict
            if verdict != claim.verdict:
                changed.append(f"{claim.id} from {claim.verdict} to {verdict}")
    return changed


class _Replaced(Trials):
    """The evidence of a paper with one run in place of the one that is recorded."""

    def __init__(self, paper: Reproduction, variant: str, seed: int, again: Completed) -> None:
        super().__init__(Path(paper.root), paper.entry.slug, paper.tree.changed)
        trial = self.trial(variant, paper.arguments()[variant])
        trial.completed = {**trial.completed, seed: again}
