"""What ``ectype faults`` does: plant the faults of one paper, keep and show the report, accept survivors as equivalent."""

from __future__ import annotations

import argparse
import datetime
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from ectype import ledger, workers
from ectype.errors import UsageError
from ectype.faults import report
from ectype.faults.forks import MEMORY
from ectype.faults.report import SCHEMA, Report
from ectype.fingerprint import Fingerprints, built_on
from ectype.freshness import Tree
from ectype.plugins import Entry, discover
from ectype.workers import Ended, Job, Limits

PATIENCE = 3.0
"""Seconds of a processor that any check may take on code with a fault in it; ten times as long as without, if more."""

PRELOAD = ("torch", "ectype.faults.planting")
DAY = 86_400.0
SHARED = 2 * 2**30
"""Bytes that a process has that has loaded torch and a paper; they count again for every fork."""

Progress = Callable[[dict[str, Any]], None]


def faults(arguments: argparse.Namespace) -> int:
    """Plant the faults of a paper, or accept survivors of the last time, and return the exit status.

    0: every fault is caught or accepted as equivalent; 1: some survive; 2: they could not be planted.
    """
    from ectype.verify import select
    from ectype.workspace import results_folder

    (entry,) = select([arguments.paper])
    if arguments.equivalent:
        found = accept(entry, arguments.equivalent, arguments.message, folder=results_folder())
    else:
        found = plant(entry, folder=results_folder(), only=arguments.only, jobs=arguments.jobs, progress=_progress())
    if found.problem:
        detail = f"\n{found.problem_detail.rstrip()}" if found.problem_detail else ""
        print(f"ectype: {found.problem}{detail}", file=sys.stderr)
    if arguments.json:
        sys.stdout.write(report.encode(found).decode())
    elif not found.problem:
        from rich.console import Console

        report.show(found, Console(highlight=False))
    return found.exit_status


def plant(
    entry: Entry,
    *,
    folder: Path,
    only: Sequence[str] = (),
    jobs: int | None = None,
    patience: float = PATIENCE,
    progress: Progress | None = None,
) -> Report:
    """Plant the faults of a paper; a whole report is written, one of chosen modules or with a problem is not.

    Args:
        entry: the paper.
        folder: reports are written below it.
        only: modules below the package; none for all.
        jobs: faults at a time; by default one a core.
        patience: seconds that any check may take on code with a fault in it.
        progress: called with what ``planting.plant`` emits.

    Raises:
        UsageError: if the number of jobs is not positive.
        LedgerError: if the ledger cannot be read.
    """
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs must be at least 1; received {jobs}")
    accepted = ledger.read(entry.root) if entry.root else None
    forks = jobs or workers.cores()
    argument = {
        "entry": entry.plain(),
        "only": list(only),
        "jobs": forks,
        "equivalent": accepted.equivalent_faults if accepted else {},
        "patience": patience,
    }
    if entry.problem:
        return _blank(entry, f"{entry.slug}: {entry.problem}")
    job = Job(entry.slug, "ectype.faults.planting:plant", argument)
    (ended,) = workers.run(
        [job],
        workers=1,
        limits=Limits(seconds=DAY, memory=(forks + 1) * (MEMORY + SHARED)),
        on_event=None if progress is None else lambda _, event: progress(event),
        preload=PRELOAD,
    )
    found = _report(entry, ended)
    if found.problem or found.partial:
        return found
    inputs = Fingerprints(discover()).of(entry, built_on(cast("Any", found)))
    found = msgspec.structs.replace(found, inputs=inputs)
    report.write(folder, found)
    return found


def accept(entry: Entry, ids: Sequence[str], why: str, *, folder: Path) -> Report:
    """Accept survivors of the stored report as equivalent, and return the report as it is with that.

    What was accepted before and is gone or killed now is forgotten.

    Raises:
        UsageError: if there is no fresh report, the paper has no source folder, or an id is not one of a survivor.
        LedgerError: if the ledger cannot be read.
    """
    again = f"run `ectype faults {entry.slug}` first"
    found = report.read(folder, entry.slug)
    if found is None:
        raise UsageError(f"{entry.slug}: no faults were planted here: {again}")
    if reason := Tree(discover()).stale(cast("Any", found)):
        raise UsageError(f"{entry.slug}: {reason}: {again}")
    if entry.root is None:
        raise UsageError(f"{entry.slug}: its ledger stands in its source folder, which is not installed here")
    survivors = {fault.id for fault in (*found.of("survived"), *found.of("equivalent"))}
    if unknown := [id for id in ids if id not in survivors]:
        raise UsageError(f"--equivalent must name survivors; these are not: {', '.join(unknown)}")
    wrong = [*found.unmatched, *(fault.id for fault in found.refuted)]
    ledger.accept_equivalent(entry.root, ids, why, forget=wrong)
    faults = [
        msgspec.structs.replace(fault, state="equivalent", why=why.strip())
        if fault.id in ids
        else msgspec.structs.replace(fault, why="")
        if fault.id in wrong
        else fault
        for fault in found.faults
    ]
    found = msgspec.structs.replace(found, faults=faults, unmatched=[])
    report.write(folder, found)
    return found


def _report(entry: Entry, ended: Ended) -> Report:
    if ended.outcome == "done":
        return msgspec.convert(ended.result, Report)
    return _blank(entry, f"{entry.slug}: {ended.reason}", ended.traceback or ended.output[-4000:])


def _blank(entry: Entry, problem: str, detail: str = "") -> Report:
    return Report(
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


def _progress() -> Progress:
    """Return what shows progress on standard error: a line that is rewritten on a terminal, else one every half minute."""
    terminal, said = sys.stderr.isatty(), time.monotonic()

    def show(event: dict[str, Any]) -> None:
        nonlocal said
        done, of, killed = event["done"], event["of"], event["killed"]
        text = f"checks of the code as it is: {done} of {of}"
        if event["what"] == "fault":
            text = f"faults: {done} of {of}, {killed / done:.1%} caught"
        if terminal:
            end = event["what"] == "fault" and done == of
            sys.stderr.write("\r\x1b[K" if end else f"\r\x1b[K{text}")
        elif time.monotonic() - said > 30:
            said = time.monotonic()
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    return show
