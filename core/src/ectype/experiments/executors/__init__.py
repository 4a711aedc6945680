"""Executors: where runs go on. Both take jobs and yield how each ended, as it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ectype.experiments.attempts import Job

State = Literal["completed", "failed", "already", "elsewhere", "lost"]

OnProgress = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How one job ended.

    Args:
        job: the job.
        state: ``completed`` and ``failed`` stand in the evidence; ``already``: it was finished before; ``elsewhere``: another
            process is at it; ``lost``: its process or machine ended, and it can be resumed.
        reason: one sentence, for ``failed`` and ``lost``.
        seconds: since it was started.
    """

    job: Job
    state: State
    reason: str
    seconds: float


class Executor(Protocol):
    """Runs jobs."""

    def run(self, jobs: Sequence[Job], *, on_progress: OnProgress | None = None) -> Iterator[Ended]:
        """Run jobs and yield how each ended, as it ends; closing the iterator stops them, and they can be resumed."""
