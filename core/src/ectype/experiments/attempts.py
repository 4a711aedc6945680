"""Attempts: which one a run belongs to; it is written down before the run starts, and an interrupted one goes on."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from ectype.evidence import Attempted, Completed, Event, Failed
from ectype.results import Record


class Job(Record, frozen=True):
    """One run to do: everything a worker must know, as plain values.

    Args:
        entry: fields of the paper's ``Entry``.
        experiment: its id.
        variant: its name.
        seed: 0 or more.
        folder: the run's own, for checkpoints.
        root: the folder of the package, where evidence goes; empty where the caller writes it down.
        command: that repeats this.
        device: where to compute.
        threads: of torch.
    """

    entry: dict[str, Any]
    experiment: str
    variant: str
    seed: int
    folder: str
    root: str
    command: str
    device: str = "cpu"
    threads: int = 1

    @property
    def name(self) -> str:
        """What the run is called for people."""
        return f"{self.experiment}/{self.variant} seed {self.seed}"


def attempt(
    events: Iterable[Event], job: Job, arguments: Mapping[str, Any], modules: Mapping[str, str]
) -> tuple[Attempted, bool]:
    """Return the attempt that a run belongs to, and whether it is new.

    An attempt of the same arguments on the same code that has not ended was interrupted, and goes on; one that was
    completed is returned too (see ``finished``).

    Args:
        events: of the experiment.
        job: the run.
        arguments: of its variant.
        modules: the code that it consists of, with digests.
    """
    every = list(events)
    mine = [e for e in every if isinstance(e, Attempted) and (e.variant, e.seed) == (job.variant, job.seed)]
    same = [a for a in mine if a.modules == modules and a.arguments == arguments]
    failed = {event.attempt for event in every if isinstance(event, Failed)}
    if same and (same[-1].id not in failed or finished(every, same[-1])):
        return same[-1], False
    new = Attempted(
        id=f"{job.variant}/{job.seed}/{len(mine) + 1}",
        variant=job.variant,
        seed=job.seed,
        arguments=dict(arguments),
        modules=dict(modules),
        started=now(),
        command=job.command,
    )
    return new, True


def finished(events: Iterable[Event], attempt: Attempted) -> bool:
    """Return whether an attempt was completed."""
    return any(isinstance(event, Completed) and event.attempt == attempt.id for event in events)


def now() -> str:
    """Return the time as text."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
