"""Runs on a Ray cluster: claims and seeds fan out over its machines, and what a lost machine had is done again."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ectype import evidence
from ectype.errors import UsageError
from ectype.evidence import Attempted, Completed, Failed
from ectype.experiments import attempts
from ectype.experiments.attempts import Job
from ectype.experiments.executors import Ended, OnProgress

RETRIES = 4
"""How often a run is started again after its worker or machine was lost."""


@dataclass(frozen=True, slots=True)
class Ray:
    """A Ray cluster. Its machines must have the packages installed in the same version.

    Args:
        address: of the cluster; ``"local"`` starts one on this machine.
        modules: for each experiment the code that it consists of, with digests.
        arguments: of each variant, by ``experiment/variant``.
        cpus: of each run.
        gpus: of each run.
    """

    address: str
    modules: Mapping[str, Mapping[str, str]]
    arguments: Mapping[str, Mapping[str, Any]]
    cpus: float = 1
    gpus: float = 0

    def run(self, jobs: Sequence[Job], *, on_progress: OnProgress | None = None) -> Iterator[Ended]:
        """Run jobs; see ``Executor``. Evidence is written here, when a result arrives.

        Raises:
            UsageError: Ray is not installed, or there is no cluster at the address.
        """
        try:
            import ray
        except ImportError as error:
            raise UsageError("--executor ray needs Ray, which is not installed: pip install 'ectype[ray]'") from error
        ours = not ray.is_initialized()
        if ours:
            _reach(self.address)
            try:
                ray.init(address=self.address, log_to_driver=False, runtime_env={"env_vars": {"OMP_NUM_THREADS": "1"}})
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise UsageError(
                    f"--address must be of a Ray cluster that runs; received {self.address!r}: {error}"
                ) from error
        try:
            yield from self._run(ray, jobs, on_progress)
        finally:
            if ours:
                ray.shutdown()

    def _run(self, ray: Any, jobs: Sequence[Job], on_progress: OnProgress | None) -> Iterator[Ended]:
        work = ray.remote(num_cpus=self.cpus, num_gpus=self.gpus, max_retries=RETRIES)(_work)
        waiting = list(jobs)
        pending: dict[Any, tuple[Job, Attempted, float]] = {}
        while waiting or pending:
            # One more than there is room for is submitted, so that an attempt is written down when it starts, not before.
            room = int(ray.cluster_resources().get("CPU", 1) // self.cpus) or 1
            while waiting and len(pending) < room + 1:
                job = waiting.pop(0)
                started = self._start(job)
                if started is None:
                    yield Ended(job, "already", "", 0.0)
                    continue
                pending[work.remote(_plain(job), _plain(started))] = job, started, time.monotonic()
            ready, _ = ray.wait([*pending], timeout=1.0)
            if on_progress is not None:
                for job, _, began in pending.values():
                    on_progress(job.name, {"loop": "on the cluster", "seconds": time.monotonic() - began})
            for reference in ready:
                job, started, began = pending.pop(reference)
                yield self._ended(ray, reference, job, started, time.monotonic() - began)

    def _start(self, job: Job) -> Attempted | None:
        """Write down the attempt of a job; return None if it was completed before."""
        root, slug = Path(job.root), job.entry["slug"]
        events = evidence.read(root, slug, job.experiment).events
        arguments = self.arguments[f"{job.experiment}/{job.variant}"]
        attempt, new = attempts.attempt(events, job, arguments, self.modules[job.experiment])
        if not new and attempts.finished(events, attempt):
            return None
        if new:
            evidence.append(root, slug, job.experiment, attempt)
        return attempt

    def _ended(self, ray: Any, reference: Any, job: Job, attempt: Attempted, seconds: float) -> Ended:
        try:
            end = msgspec.convert(ray.get(reference), type=Completed | Failed)
        except ray.exceptions.RayError as error:
            return Ended(job, "lost", f"{type(error).__name__}: {str(error).strip().splitlines()[0]}", seconds)
        root, slug = Path(job.root), job.entry["slug"]
        if attempts.finished(evidence.read(root, slug, job.experiment).events, attempt):
            return Ended(job, "already", "", seconds)
        evidence.append(root, slug, job.experiment, end)
        if isinstance(end, Failed):
            return Ended(job, "failed", end.reason, seconds)
        return Ended(job, "completed", "", seconds)


def _reach(address: str) -> None:
    """Make sure that something answers at an address with a port; Ray itself would try for minutes.

    Raises:
        UsageError: nothing does.
    """
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdigit():
        return
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError as error:
        raise UsageError(
            f"--address must be of a Ray cluster that runs; received {address!r}: {error}. Start one with `ray start --head`"
        ) from error


def _work(job: dict[str, Any], attempt: dict[str, Any]) -> dict[str, Any]:
    """Do one run on whatever machine this is."""
    os.environ["OMP_NUM_THREADS"] = "1"
    from ectype.experiments.job import execute_elsewhere

    return execute_elsewhere(job, attempt)


def _plain(value: Any) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(value)
    return plain
