"""Runs in processes of this machine, within the cores that exist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ectype import workers
from ectype.experiments.attempts import Job
from ectype.experiments.executors import Ended, OnProgress

WEEK = 7 * 24 * 3600.0

PRELOAD = ("torch", "torch._dynamo", "ectype.experiments.job")


@dataclass(frozen=True, slots=True)
class Local:
    """Local processes, each run in one of its own.

    Args:
        processes: how many runs go on at a time.
        memory: bytes that each may use.
    """

    processes: int
    memory: int = 16 * 2**30

    def run(self, jobs: Sequence[Job], *, on_progress: OnProgress | None = None) -> Iterator[Ended]:
        """Run jobs; see ``Executor``. A job writes its own evidence, so nothing is lost when this process is killed."""
        if not jobs:
            return
        by_name = {job.name: job for job in jobs}
        queue = [workers.Job(job.name, "ectype.experiments.job:execute", _plain(job)) for job in jobs]
        limits = workers.Limits(seconds=WEEK, memory=self.memory)
        ended = workers.run(
            queue,
            workers=self.processes,
            limits=limits,
            threads=jobs[0].threads,
            on_event=on_progress,
            preload=PRELOAD,
        )
        for end in ended:
            job = by_name[end.name]
            if end.outcome == "done":
                yield Ended(job, end.result["state"], end.result.get("reason", ""), end.seconds)
            else:
                yield Ended(job, "lost", end.reason, end.seconds)


def _plain(job: Job) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(job)
    return plain
