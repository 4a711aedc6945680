"""The report of the faults of one paper: what was planted, what was caught and by what, what survives."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import field

from ectype.errors import Problem, ResultError
from ectype.files import write_atomically
from ectype.results import Record, path

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = 1

State = Literal["killed", "survived", "equivalent", "no effect"]
How = Literal["failed", "error", "verdict", "import", "hang", "crash", ""]


class Planted(Record, frozen=True):
    """A fault that was planted.

    ``state``: ``killed`` by a check; ``survived``; ``equivalent``, which is a survivor that the ledger accepts with the
    reason ``why``; or ``no effect``, where a value was cut off from a gradient that it never had. ``by`` is the id of the
    check that killed it, ``how`` what happened: the check failed, raised, came to another verdict, hung or crashed, or
    already the import did. ``met`` is how many checks run its line, or all where the import runs it.
    """

    id: str
    module: str
    file: str
    line: int
    operator: str
    text: str
    state: State
    by: str = ""
    how: How = ""
    detail: str = ""
    met: int = 0
    diff: str = ""
    why: str = ""


class Tried(Record, frozen=True):
    """A check: how many faults it meets (it runs their lines), how many it was tried on that are caught, how many it killed.

    ``seconds`` is how long it takes on the code as it is.
    """

    id: str
    met: int
    tried: int
    kills: int
    seconds: float


class Report(Record, frozen=True):
    """What ``ectype faults`` found for one paper; derived figures are properties.

    ``unchanged_seconds`` is how long the checks take on the code as it is.

    ``modules`` and ``inputs`` are as in a ``Result``: what was loaded, and the fingerprint of everything it depends on.

    ``unmatched`` are ids that the ledger accepts as equivalent and that name no fault any more: their lines changed.
    """

    schema: int
    slug: str
    distribution: str
    version: str
    started: str
    seconds: float
    partial: bool
    inputs: str = ""
    problem: str = ""
    problem_detail: str = ""
    unchanged_seconds: float = 0.0
    modules: dict[str, str] = field(default_factory=dict)
    examined: list[str] = field(default_factory=list)
    not_examined: dict[str, str] = field(default_factory=dict)
    faults: list[Planted] = field(default_factory=list)
    checks: list[Tried] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)

    def of(self, state: State) -> list[Planted]:
        """Return the faults in a state, in the order of modules and lines."""
        return [fault for fault in self.faults if fault.state == state]

    def in_module(self, name: str) -> Report:
        """Return the part of the report that is about one module."""
        return msgspec.structs.replace(self, examined=[name], faults=[f for f in self.faults if f.module == name])

    @property
    def total(self) -> int:
        """How many faults count: those that had an effect and are not accepted as equivalent."""
        return len(self.of("killed")) + len(self.of("survived"))

    @property
    def kill_rate(self) -> float:
        """The share of faults that checks catch, from 0 to 1; 0 where there are none."""
        return len(self.of("killed")) / self.total if self.total else 0.0

    @property
    def refuted(self) -> list[Planted]:
        """Faults that were accepted as equivalent and are killed now: the reason is wrong."""
        return [fault for fault in self.of("killed") if fault.why]

    @property
    def idle(self) -> list[Tried]:
        """Checks that meet faults and kill none."""
        return [check for check in self.checks if check.met and not check.kills]

    @property
    def exit_status(self) -> int:
        """0 if every survivor is accepted as equivalent, 1 if not, 2 if nothing could be examined."""
        if self.problem or not self.faults:
            return 2
        return int(bool(self.of("survived") or self.refuted or (self.unmatched and not self.partial)))


def encode(report: Report) -> bytes:
    """Return the JSON text of a report, indented, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def file(folder: Path, slug: str) -> Path:
    """Return where the report of a paper is kept."""
    return folder / "faults" / path(folder, slug).name


def write(folder: Path, report: Report) -> Path:
    """Write a report atomically and return its file."""
    target = file(folder, report.slug)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, encode(report))
    return target


def read(folder: Path, slug: str) -> Report | None:
    """Return the stored report of a paper, or None where faults were never planted here.

    Raises:
        ResultError: if the file is there and cannot be read.
    """
    source = file(folder, slug)
    again = f"Run `ectype faults {slug}` to write a new one"
    try:
        report = msgspec.json.decode(source.read_bytes(), type=Report)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ResultError([Problem(str(source), None, "a report of faults", str(error), again)]) from error
    if report.schema != SCHEMA or report.slug != slug:
        received = f"one of {report.slug!r} with schema {report.schema}"
        raise ResultError([Problem(str(source), None, f"the report of {slug!r} with schema {SCHEMA}", received, again)])
    return report


def percent(share: float) -> str:
    """Return a share, from 0 to 1, in per cent; rounded down, so that only all is 100."""
    return f"{math.floor(round(1000 * share, 6)) / 10:.1f}%"


def summary(report: Report) -> str:
    """Return the kill rate and the counts behind it, in one line."""
    killed, equivalent, idle = len(report.of("killed")), len(report.of("equivalent")), len(report.of("no effect"))
    text = f"{report.slug}: {percent(report.kill_rate)} of faults are caught ({killed} of {report.total}"
    text += f"; {equivalent} more are accepted as equivalent" if equivalent else ""
    return text + (f"; {idle} more had no effect" if idle else "") + f"; {report.seconds:.0f} s)"


def show(report: Report, console: Console) -> None:
    """Print survivors with their change, wrong reasons, checks that catch nothing, and what was not examined."""
    from rich.markup import escape

    def line(text: str, style: str | None = None) -> None:
        console.print(escape(text), style=style, soft_wrap=True)

    for fault in report.of("survived"):
        met = f"{fault.met} checks may notice it" if fault.met else "no check runs it"
        line(f"\nsurvives {fault.id}", "bold red")
        line(f"  {fault.file}:{fault.line}  {fault.operator}: {met}")
        for changed in fault.diff.splitlines():
            line(f"  {changed}", "red" if changed.startswith("-") else "green")
    for fault in report.refuted:
        line(f"\nnot equivalent {fault.id}", "bold red")
        line(f"  accepted because {fault.why!r}, and {fault.by} catches it")
    if report.unmatched and not report.partial:
        line("\naccepted as equivalent, and no longer there: their lines changed", "bold red")
        for name in report.unmatched:
            line(f"  {name}")
    if report.idle:
        line(f"\n{len(report.idle)} checks run changed lines and catch nothing:", "bold")
        for names, tried in by_sort(report.idle):
            line(f"  {names} (tried on {tried})")
    line("\ncaught in each module:", "bold")
    for name in report.examined:
        part = report.in_module(name)
        rate = percent(part.kill_rate) if part.total else "none"
        line(f"  {rate:>6}  {name} ({len(part.of('killed'))} of {part.total})")
    if report.not_examined:
        line("\nnot examined:", "bold")
        for name, why in report.not_examined.items():
            line(f"  {name}: {why}")
    line(f"\n{summary(report)}")


def by_sort(idle: list[Tried]) -> list[tuple[str, str]]:
    """Return checks with how often they were tried, as one where they are one conformance check of several components."""
    groups: dict[str, list[Tried]] = {}
    for check in idle:
        group, *of, last = check.id.split("/")
        groups.setdefault(last if group == "component" else check.id, []).append(check)
    rows = []
    for name, checks in groups.items():
        of = [check.id.split("/")[1] for check in checks]
        tries = sorted({check.tried for check in checks})
        title = checks[0].id if len(checks) == 1 else f"{name} of {', '.join(of)}"
        rows.append((title, f"{tries[0]}" if len(tries) == 1 else f"{tries[0]} to {tries[-1]}"))
    return rows
