"""``ectype reproduce``: runs what trained claims still need, and says what follows from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from ectype import ledger, workers
from ectype.errors import UsageError
from ectype.experiments.attempts import Job
from ectype.experiments.describe import Declared
from ectype.experiments.plan import Needed, Plan, choose, plan
from ectype.freshness import Tree
from ectype.plugins import Entry, discover
from ectype.results import ClaimRecord
from ectype.trials import Trials
from ectype.workers import Limits


@dataclass(slots=True)
class Reproduction:
    """The reproduction of claims of one paper.

    Args:
        entry: the paper.
        declared: its experiments and trained claims.
        folder: where runs keep checkpoints and metrics.
    """

    entry: Entry
    declared: Declared
    folder: Path
    tree: Tree = field(default_factory=lambda: Tree(discover()))

    @property
    def root(self) -> Path:
        """The folder of the package, where evidence goes.

        Raises:
            UsageError: the paper is installed as a wheel, without one.
        """
        if self.entry.root is None:
            raise UsageError(f"evidence of {self.entry.slug} goes into its source folder, which is not installed here")
        return self.entry.root

    def claims(self, asked: Sequence[str] = (), trials: Trials | None = None) -> list[ClaimRecord]:
        """Return trained claims with their verdicts, by default as of now; see ``choose``."""
        trials = trials or self.trials()
        return [trials.judged(claim) for claim in choose(self.declared.claims, asked)]

    def trials(self) -> Trials:
        """Return what the evidence says now."""
        return Trials(self.root, self.entry.slug, self.tree.changed)

    def plan(
        self, asked: Sequence[str] = (), *, processes: int, seeds: int | None = None, budget: float | None = None
    ) -> Plan:
        """Return what is to be done; see ``plan``."""
        trials = self.trials()
        return plan(self.claims(asked, trials), trials, workers=processes, seeds=seeds, budget=budget)

    def registered(self, claims: Sequence[ClaimRecord]) -> None:
        """Make sure that targets, margins and seeds were accepted before anything is run.

        Raises:
            UsageError: a claim is not in the ledger, or differs from what is there.
        """
        accepted = ledger.read(self.root)
        for claim in claims:
            pinned = accepted.claims.get(claim.id) if accepted else None
            now = ledger.pin(claim)
            if pinned is None or msgspec.structs.replace(now, verdict=pinned.verdict) != pinned:
                raise UsageError(
                    f"target, margin, seeds and control of {claim.id} must be accepted before its first run; received "
                    f"{'other ones than the ledger has' if pinned else 'a claim that the ledger does not have'}. "
                    f'Run `ectype verify {self.entry.slug}`, then `ectype accept {self.entry.slug} -m "why"`'
                )

    def jobs(self, runs: Sequence[Needed], *, device: str = "cpu") -> list[Job]:
        """Return the jobs of runs."""
        return [self._job(run, device) for run in runs]

    def arguments(self) -> dict[str, dict[str, Any]]:
        """Return the arguments of every variant that a claim names."""
        return {
            name: arguments
            for c in self.declared.claims
            if c.trained
            for name, arguments in c.trained.arguments.items()
        }

    def _job(self, run: Needed, device: str) -> Job:
        experiment, _, variant = run.variant.partition("/")
        state = [self.declared.modules[experiment], self.arguments()[run.variant], device]
        version = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:8]
        folder = self.folder / self.entry.slug / experiment / variant / f"seed-{run.seed}-{version}"
        return Job(
            entry=self.entry.plain(),
            experiment=experiment,
            variant=variant,
            seed=run.seed,
            folder=str(folder),
            root=str(self.root),
            command=f"ectype reproduce {self.entry.slug}",
            device=device,
        )


def open_paper(entry: Entry, folder: Path) -> Reproduction:
    """Return the reproduction of a paper, which is imported in a worker.

    Args:
        entry: the paper.
        folder: where runs keep checkpoints and metrics.

    Raises:
        UsageError: the paper cannot be imported, or its declarations contradict each other.
    """
    argument = {"entry": entry.plain()}
    job = workers.Job(entry.slug, "ectype.experiments.describe:describe", argument)
    [ended] = workers.run([job], workers=1, limits=Limits(seconds=300), preload=("torch",))
    if ended.outcome != "done":
        raise UsageError(f"{entry.slug} must be importable; {ended.reason}. Run `ectype verify {entry.slug}`")
    return Reproduction(entry, msgspec.convert(ended.result, Declared), folder)
