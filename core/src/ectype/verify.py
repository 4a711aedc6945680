"""Verifying papers: each in a worker of its own; results are written as they arrive, broken papers are rows."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ectype import results, workers, workspace
from ectype.errors import ResultError, UsageError
from ectype.fingerprint import Fingerprints, built_on, evidence_of
from ectype.plugins import Entry, discover
from ectype.results import SCHEMA, Result
from ectype.workers import Ended, Job, Limits, Warm

PRELOAD = ("torch", "torch._dynamo", "ectype.examine")


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of a paper, and whether it was measured now or is the stored one, unchanged."""

    result: Result
    now: bool


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
        there = [slug for slug in unknown if (workspace.root() / "packages" / slug / "pyproject.toml").is_file()]
        hint = (
            f". packages/{there[0]} is there and not installed: run `uv sync --all-packages --all-extras`"
            if there
            else ""
        )
        raise UsageError(f"no paper is called {', '.join(map(repr, unknown))}; there are: {', '.join(known)}{hint}")
    return [known[slug] for slug in slugs] if slugs else entries


def verify(
    entries: Sequence[Entry],
    *,
    folder: Path,
    only: Sequence[str] = (),
    deep: bool = False,
    fresh: bool = False,
    jobs: int | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
    warm: Warm | None = None,
    known: Mapping[str, Mapping[str, str]] | None = None,
) -> list[Verified]:
    """Verify papers side by side and return a result for each, in the order given.

    A paper for which nothing changed since its stored result is not run again.

    Args:
        entries: the papers.
        folder: whole results are written below it as they arrive.
        only: ids of checks, or their beginnings; such a result is partial and not written.
        deep: also run what takes longer than seconds.
        fresh: run everything again, also where nothing changed since the stored result.
        jobs: how many papers at a time; by default one a core.
        limits: of time and memory for each paper.
        progress: called with the slug and the event when a check of a paper starts and ends, and when a paper ends.
        warm: where workers come from; by default a process that is started for them.
        known: for each slug what its checks called when they last ran; those that call something else now run first.

    Raises:
        UsageError: if ``only`` matches no check of any paper.
    """
    by_slug = {entry.slug: entry for entry in entries}
    found = {entry.slug: _blank(entry, entry.problem) for entry in entries if entry.problem}
    state = Fingerprints(discover())
    for entry in entries:
        if not (fresh or only or entry.problem):
            stored = _stored(folder, entry.slug)
            if stored is not None and state.unchanged(entry, stored, deep=deep):
                found[entry.slug] = stored
    queue = [
        Job(entry.slug, "ectype.examine:examine", _argument(entry, only, deep, (known or {}).get(entry.slug)))
        for entry in entries
        if entry.slug not in found
    ]
    running = {job.name for job in queue}
    places = jobs or workers.cores()
    for ended in workers.run(queue, workers=places, limits=limits, on_event=progress, preload=PRELOAD, warm=warm):
        result = _result(by_slug[ended.name], ended)
        entry = by_slug[ended.name]
        inputs = state.of(entry, built_on(result))
        found[ended.name] = result = msgspec.structs.replace(result, inputs=inputs, evidence=evidence_of(entry))
        if progress is not None:
            progress(ended.name, {"ended": ended.outcome})
        if not (only or (warm and ended.outcome == "interrupted")):
            results.write(folder, result)
    if only:
        found = {slug: result for slug, result in found.items() if result.outcomes or result.problem}
        if not found:
            raise UsageError(f"--only must name a check or the beginning of one; {' '.join(only)!r} matches none")
    for slug in found.keys() - running:
        if found[slug].problem and not only:
            results.write(folder, found[slug])
    return [Verified(found[entry.slug], entry.slug in running) for entry in entries if entry.slug in found]


def _stored(folder: Path, slug: str) -> Result | None:
    try:
        return results.read(folder, slug)
    except ResultError:  # it is written anew
        return None


def _argument(entry: Entry, only: Sequence[str], deep: bool, known: Mapping[str, str] | None) -> dict[str, Any]:
    return {"entry": entry.plain(), "only": list(only), "deep": deep, "known": None if known is None else dict(known)}


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
