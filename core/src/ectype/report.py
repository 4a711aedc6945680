"""Reports: the table in the terminal, JUnit XML, JSON; a plugin can add formats."""

from __future__ import annotations

import datetime
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import msgspec

from ectype.hookspecs import hookimpl
from ectype.judge import SKELETON, Finding
from ectype.progress import progress
from ectype.results import Mark, Outcome, Result

if TYPE_CHECKING:
    from rich.console import Console

WIDE, NARROW = 132, 112
"""Columns of a terminal that hold the table with its names in full, and with the header and the time."""

SHORT = {"equations": "eqs", "reference": "refs", "properties": "props", "reproduced": "repro", "attention": "look at"}

Judged = Sequence[tuple[Result, Sequence[Finding]]]


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """A format of ``ectype verify --report NAME=PATH``.

    Args:
        name: what it is called on the command line.
        render: gives the bytes of the report for results with what a person must look at.
    """

    name: str
    render: Callable[[Judged], bytes]


class Formats:
    """The plugin that adds the formats of this module."""

    @hookimpl
    def ectype_report_formats(self) -> Iterable[ReportFormat]:
        """Return JUnit XML and JSON."""
        return [ReportFormat("junit", junit), ReportFormat("json", as_json)]


def as_json(judged: Judged) -> bytes:
    """Return results and findings as one JSON document."""
    papers = [
        {**msgspec.to_builtins(result), "progress": _progress(result), "attention": [_plain(f) for f in found]}
        for result, found in judged
    ]
    return json.dumps({"schema": 1, "papers": papers}, indent=1, ensure_ascii=False).encode() + b"\n"


def junit(judged: Judged) -> bytes:
    """Return results as JUnit XML: a suite for each paper, a case for each check and for each other finding."""
    suites = ElementTree.Element("testsuites", name="ectype")
    for result, found in judged:
        suite = ElementTree.SubElement(
            suites, "testsuite", name=result.slug, timestamp=result.started, time=f"{result.seconds:.3f}"
        )
        failures = {f.id: f for f in found if f.level == "failure"}
        for outcome in result.outcomes:
            _junit_case(suite, outcome, failures.pop(outcome.id, None))
        for finding in failures.values():
            case = ElementTree.SubElement(suite, "testcase", classname=result.slug, name=finding.id or "paper")
            _junit_failure(case, "failure", finding)
        counts = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error"}
        for name, path in {**counts, "skipped": "testcase/skipped"}.items():
            suite.set(name, str(len(suite.findall(path))))
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suites) + b"\n"


def _junit_case(suite: ElementTree.Element, outcome: Outcome, finding: Finding | None) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", classname=suite.get("name", ""), name=outcome.id, time=f"{outcome.seconds:.4f}"
    )
    if finding is not None:
        _junit_failure(case, "error" if outcome.status == "error" else "failure", finding)
    elif outcome.status != "passed":
        ElementTree.SubElement(case, "skipped", message=_xml(f"{outcome.status}: {outcome.summary}"))


def _junit_failure(case: ElementTree.Element, tag: str, finding: Finding) -> None:
    ElementTree.SubElement(case, tag, message=_xml(finding.text)).text = _xml(f"{finding.detail}\n{finding.rerun}")


def _xml(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return "".join(
        c if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" else "?" for c in text
    )


def _plain(finding: Finding) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in ("level", "id", "text", "detail", "rerun")}


def _progress(result: Result) -> dict[str, Any] | None:
    found = progress(result)
    return None if found is None else msgspec.to_builtins(found)


def mark_text(mark: Mark) -> str:
    """Return a mark as ``k of n``: with what came out only under another reading, and a dash where not applicable."""
    if mark.of == 0:
        return "-"
    return f"{mark.held}{f'+{mark.qualified}' if mark.qualified else ''}/{mark.of}"


def console(*, quiet: bool = False) -> Console:
    """Return where text goes: standard output, wide where it is not a terminal."""
    from rich.console import Console

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 160
    return Console(width=width, highlight=False, quiet=quiet)


def table(judged: Judged, console: Console, *, notes: dict[str, str] | None = None) -> None:
    """Print one row a paper: header, marks as k of n, findings, what needs attention, time."""
    from rich.markup import escape
    from rich.table import Table

    from ectype.marks import NAMES

    grid = Table(box=None, header_style="bold", pad_edge=False)
    columns = ["paper", "header", *NAMES, "findings", "attention", "time"]
    shown = [name for name in columns if console.width >= NARROW or name not in ("header", "time")]
    for name in shown:
        title = SHORT.get(name, name) if console.width < WIDE else name
        grid.add_column(title, justify="left" if name == "paper" else "right", no_wrap=True)

    def add(**cells: str) -> None:
        grid.add_row(*(cells.get(name, "") for name in shown))

    for result, found in judged:
        failures = sum(f.level == "failure" for f in found)
        skeleton = any(f.id == SKELETON for f in found)
        state = (
            "[yellow]skeleton[/]"
            if skeleton
            else "[red]x[/]"
            if failures
            else "[yellow]![/]"
            if found
            else "[green]ok[/]"
        )
        name = f"{state} {escape(result.slug)}"
        if result.problem or result.partial:
            add(paper=name, attention=f"{failures}", time=f"{result.seconds:.1f} s")
            continue
        header = next((o.status == "passed" for o in result.outcomes if o.id == "paper/header"), None)
        marks = {mark.name: mark for mark in result.marks}
        cells = {"header": "" if header is None else "ok" if header else "[red]x[/]"}
        for item in NAMES:
            mark = marks.get(item)
            full = mark is not None and mark.of > 0 and mark.held == mark.of
            cells[item] = "" if mark is None else f"[{'green' if full else 'default'}]{mark_text(mark)}[/]"
        when = (notes or {}).get(result.slug, f"{result.seconds:.1f} s")
        attention = str(len(found)) if found else ""
        add(paper=name, findings=str(len(result.disagreements)), attention=attention, time=when, **cells)
    console.print(grid)


def attention(judged: Judged, console: Console) -> None:
    """Print what needs attention below the table, each with the command that re-runs only that."""
    from rich.markup import escape
    from rich.padding import Padding

    for result, found in judged:
        for finding in found:
            colour = "red" if finding.level == "failure" else "yellow"
            title = f"{result.slug}: {finding.id}" if finding.id else result.slug
            console.print(f"\n[{colour}]{finding.level}[/] [bold]{escape(title)}[/]")
            console.print(Padding(escape(finding.text), (0, 0, 0, 2)))
            if finding.detail:
                console.print(Padding(escape(finding.detail.rstrip()), (0, 0, 0, 4)), style="dim")
            console.print(f"  again: {escape(finding.rerun)}", soft_wrap=True, style="cyan")


def summary(judged: Judged) -> str:
    """Return one line: papers, checks, claims by verdict."""
    from ectype.judge import verdict_counts

    statuses = Counter(outcome.status for result, _ in judged for outcome in result.outcomes)
    ran = {status: count for status, count in statuses.items() if status != "not applicable"}
    checks = ", ".join(f"{count} {status}" for status, count in sorted(ran.items(), key=lambda i: -i[1])) or "none ran"
    counts = verdict_counts([claim for result, _ in judged for claim in result.claims])
    verdicts = ", ".join(f"{count} {word}" for word, count in counts.items())
    papers = f"{len(judged)} paper{'s' if len(judged) != 1 else ''}"
    return f"{papers}; checks: {checks}" + (f"; claims: {verdicts}" if verdicts else "")


def age(started: str) -> str:
    """Return a time as a date, for a person."""
    return datetime.datetime.fromisoformat(started).astimezone().strftime("%Y-%m-%d %H:%M")
