"""One run in a worker: the experiment's function is called, and what it measured is written down."""

from __future__ import annotations

import importlib.metadata
import math
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import msgspec
import torch

from ectype import closure, evidence
from ectype.declarations import Experiment
from ectype.errors import CheckFailedError
from ectype.evidence import Attempted, Completed, Failed, Where
from ectype.experiments import attempts
from ectype.experiments.attempts import Job
from ectype.experiments.run import Observer, Run, RunningElsewhereError
from ectype.plugins import Entry
from ectype.tasks import load

POINTS = 200
"""Most points of a curve that evidence keeps."""

LIBRARIES = ("torch", "numpy", "scipy")
"""Distributions whose versions are recorded, with those that the paper depends on."""


def execute(argument: dict[str, Any], emit: Observer) -> dict[str, Any]:
    """Do one run and write it down as evidence; the target of a worker.

    Args:
        argument: a ``Job`` as plain values.
        emit: receives the progress of the run.

    Returns:
        ``{"state": "completed" | "failed" | "already" | "elsewhere"}``.
    """
    job = msgspec.convert(argument, Job)
    entry, experiment, modules = _prepare(job)
    root = Path(job.root)
    try:
        with Run(Path(job.folder), seed=job.seed, device=job.device, threads=job.threads, observe=emit) as run:
            events = evidence.read(root, entry.slug, experiment.id).events
            attempt, new = attempts.attempt(events, job, experiment.variants[job.variant], modules)
            if not new and attempts.finished(events, attempt):
                return {"state": "already"}
            if new:
                evidence.append(root, entry.slug, experiment.id, attempt)
            end = perform(experiment, job, run, attempt, entry)
            evidence.append(root, entry.slug, experiment.id, end)
    except RunningElsewhereError:
        return {"state": "elsewhere"}
    return {"state": "completed"} if isinstance(end, Completed) else {"state": "failed", "reason": end.reason}


def repeat(argument: dict[str, Any], emit: Observer) -> dict[str, Any]:
    """Do one run from the beginning without writing it down; the target of a worker.

    Args:
        argument: a ``Job`` as plain values, with a folder of its own.
        emit: receives the progress of the run.

    Returns:
        A ``Completed`` or ``Failed`` as plain values.
    """
    job = msgspec.convert(argument, Job)
    entry, experiment, modules = _prepare(job)
    attempt, _ = attempts.attempt((), job, experiment.variants[job.variant], modules)
    with Run(Path(job.folder), seed=job.seed, device=job.device, threads=job.threads, observe=emit) as run:
        end = perform(experiment, job, run, attempt, entry)
    return cast("dict[str, Any]", msgspec.to_builtins(end))


def execute_elsewhere(argument: dict[str, Any], attempt: dict[str, Any]) -> dict[str, Any]:
    """Do one run on another machine and return how it ended; the caller has written down the attempt.

    Args:
        argument: a ``Job`` as plain values.
        attempt: an ``Attempted`` as plain values.

    Returns:
        A ``Completed`` or ``Failed`` as plain values.
    """
    job, attempted = msgspec.convert(argument, Job), msgspec.convert(attempt, Attempted)
    entry, experiment, modules = _prepare(job)
    if modules != attempted.modules:
        differing = sorted(n for n in modules | attempted.modules if modules.get(n) != attempted.modules.get(n))
        reason = (
            f"the code on this machine must be the caller's; {', '.join(differing)} differ. Install the same version"
        )
        end: Completed | Failed = Failed(attempt=attempted.id, ended=attempts.now(), seconds=0.0, reason=reason)
    else:
        with Run(_folder(job), seed=job.seed, device=job.device, threads=job.threads, wait=60.0) as run:
            end = perform(experiment, job, run, attempted, entry)
    return cast("dict[str, Any]", msgspec.to_builtins(end))


def perform(experiment: Experiment, job: Job, run: Run, attempt: Attempted, entry: Entry) -> Completed | Failed:
    """Call the function of an experiment and return how the attempt ended.

    Args:
        experiment: whose function it is.
        job: variant and seed.
        run: entered already.
        attempt: that this belongs to.
        entry: the paper.
    """
    began = time.monotonic()
    try:
        metrics = measure(experiment, job.variant, run)
    except Exception as error:
        own = isinstance(error, CheckFailedError)
        return Failed(
            attempt=attempt.id,
            ended=attempts.now(),
            seconds=round(time.monotonic() - began, 2),
            reason=(str(error) if own else f"{type(error).__name__}: {error}")[:500],
            detail="" if own else "".join(traceback.format_exception(error)[-6:])[-4000:],
        )
    return Completed(
        attempt=attempt.id,
        ended=attempts.now(),
        seconds=round(time.monotonic() - began + run.before, 2),
        metrics=metrics,
        modules={name: digest for name, digest in attempt.modules.items() if name in sys.modules},
        where=where(run, entry),
        curves=curves(run.curves()),
        data=run.data,
        weights=run.weights,
    )


def measure(experiment: Experiment, variant: str, run: Run) -> dict[str, float]:
    """Call the function of an experiment and return its metrics.

    Raises:
        CheckFailedError: it returned something other than finite numbers by name.
    """
    found = experiment.function(run, **experiment.variants[variant])
    if not isinstance(found, Mapping) or not found or not all(isinstance(name, str) for name in found):
        raise CheckFailedError(f"{experiment.id} must return metrics by name; received {type(found).__name__}")
    try:
        metrics = {name: float(value) for name, value in found.items()}
    except (TypeError, ValueError) as error:
        raise CheckFailedError(f"metrics of {experiment.id} must be numbers; received {error}") from error
    if wrong := {name: value for name, value in metrics.items() if not math.isfinite(value)}:
        raise CheckFailedError(f"metrics of {experiment.id} must be finite; received {wrong}")
    return metrics


def where(run: Run, entry: Entry) -> Where:
    """Return what a run ran on."""
    name = torch.cuda.get_device_name(run.device) if run.device.type == "cuda" else ""
    return Where(
        python=platform.python_version(),
        platform=platform.platform(aliased=True, terse=True),
        device=f"{run.device.type} {name}".strip(),
        threads=run.threads,
        versions={name: _version(name) for name in (*LIBRARIES, "ectype", entry.distribution)},
    )


def curves(lines: list[dict[str, Any]]) -> dict[str, tuple[list[int], list[float | None]]]:
    """Return logged metrics as curves of at most ``POINTS`` points; the last one is kept."""
    found: dict[str, tuple[list[int], list[float | None]]] = {}
    for line in lines:
        loop, step = line["loop"], line["step"]
        for name, value in line.items():
            if name not in ("loop", "step"):
                steps, values = found.setdefault(name if loop == "training" else f"{loop}: {name}", ([], []))
                steps.append(step)
                values.append(value if value is None else float(f"{value:.6g}"))
    return {name: (_thinned(steps), _thinned(values)) for name, (steps, values) in found.items()}


def _prepare(job: Job) -> tuple[Entry, Experiment, dict[str, str]]:
    """Return the paper, the experiment and its code."""
    entry = Entry.of_plain(job.entry)
    paper = load(entry)
    experiment = next(e for e in paper.experiments if e.id == job.experiment)
    return entry, experiment, closure.modules_of(experiment.function.__module__)


def _folder(job: Job) -> Path:
    """Return where a run on this machine can keep its checkpoints: the caller's folder if it is there too."""
    folder = Path(job.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir()) / "ectype-runs" / folder.name
    return folder


def _thinned(points: list[Any]) -> list[Any]:
    stride = max(1, math.ceil(len(points) / POINTS))
    return points[(len(points) - 1) % stride :: stride]


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "absent"
