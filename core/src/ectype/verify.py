"""Verifying papers: each in a worker of its own; results are written as they arrive, broken papers are rows."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from ectype import results, workers
from ectype.errors import UsageError
from ectype.plugins import Entry, discover
from ectype.results import SCHEMA, Result
from ectype.workers import Ended, Job, Limits

PRELOAD = ("torch", "torch._dynamo", "ectype.examine")

Progress = Callable[[str, dict[str, Any]], None]


def select(slugs: Sequence[str]) -> list[Entry]:
    """Return the registered papers with these slugs, or all.

    Raises:
        UsageError: if there is no paper at all, or a slug is not one of them.
    """
    entries = discover()
    if not entries:
        raise UsageError(
            "at least one paper must be registered in the entry-point group ectype.papers; found none. "
            "Run `uv sync --all-packages --all-extras`"
        )
    known = {entry.slug: entry for entry in entries}
    if unknown := [slug for slug in slugs if slug not in known]:
        raise UsageError(f"no paper is called {', '.join(map(repr, unknown))}; there are: {', '.join(known)}")
    return [known[slug] for slug in slugs] if slugs else entries


def verify(
    entries: Sequence[Entry],
    *,
    folder: Path,
    only: Sequence[str] = (),
    deep: bool = False,
    jobs: int | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> list[Result]:
    """Verify papers side by side and return a result for each, in the order given.

    Args:
        entries: the papers.
        folder: whole results are written below it as they arrive.
        only: ids of checks, or their beginnings; such a result is partial and not written.
        deep: also run what takes longer than seconds.
        jobs: how many papers at a time; by default one a core.
        limits: of time and memory for each paper.
        progress: called with the slug and the event when a check of a paper starts, and when a paper ends.

    Raises:
        UsageError: if ``only`` matches no check of any paper.
    """
    by_slug = {entry.slug: entry for entry in entries}
    found = {entry.slug: _blank(entry, entry.problem) for entry in entries if entry.problem}
    runnable = [entry for entry in entries if not entry.problem]
    queue = [Job(entry.slug, "ectype.examine:examine", _argument(entry, only, deep)) for entry in runnable]
    count = jobs or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else jobs or os.cpu_count() or 1
    for ended in workers.run(queue, workers=count, limits=limits, on_event=progress, preload=PRELOAD):
        found[ended.name] = result = _result(by_slug[ended.name], ended)
        if progress is not None:
            progress(ended.name, {"ended": ended.outcome})
        if not result.partial:
            results.write(folder, result)
    if only:
        found = {slug: result for slug, result in found.items() if result.outcomes or result.problem}
        if not found:
            raise UsageError(f"--only must name a check or the beginning of one; {' '.join(only)!r} matches none")
    for result in found.values():
        if result.problem and not only:
            results.write(folder, result)
    return [found[entry.slug] for entry in entries if entry.slug in found]


def _argument(entry: Entry, only: Sequence[str], deep: bool) -> dict[str, Any]:
    return {"entry": {**asdict(entry), "package": str(entry.package)}, "only": list(only), "deep": deep}


def _result(entry: Entry, ended: Ended) -> Result:
    if ended.outcome == "done":
        try:
            return msgspec.convert(ended.result, Result)
        except msgspec.ValidationError as error:
            return _blank(entry, f"the worker returned something that is not a result: {error}")
    detail = ended.traceback or ended.output[-4000:]
    return msgspec.structs.replace(_blank(entry, f"{entry.slug}: {ended.reason}", detail), seconds=ended.seconds)


def _blank(entry: Entry, problem: str, detail: str = "") -> Result:
    return Result(
        schema=SCHEMA,
        slug=entry.slug,
        distribution=entry.distribution,
        version=entry.version,
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        partial=False,
        problem=problem,
        problem_detail=detail,
    )
