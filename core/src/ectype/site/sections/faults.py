"""Seeded faults: the share of small changes to the paper's code that its checks catch, and those that nothing catches."""

from __future__ import annotations

from ectype.faults.report import Planted, Report, Tried, by_sort, percent
from ectype.site.excerpt import line_link
from ectype.site.markup import (
    DASH,
    Markup,
    badge,
    code,
    command,
    counted,
    fence,
    folded,
    heading,
    link,
    notice,
    small,
    spread,
    text,
)
from ectype.site.publication import Publication
from ectype.site.sections.environment import when
from ectype.site.tables import Row, table

INTRODUCTION = """\
Small changes are planted in the code of the paper, one at a time: a sign, a missing factor, another axis, an inverted mask.
One is caught where a check fails, or a claim comes to another verdict. What nothing catches could be wrong without anybody
noticing.
"""

SHOWN = 5
"""Up to so many survivors stand open on the page."""


def section(paper: Publication) -> str:
    """Return what was planted in a paper's code and what came of it."""
    if paper.entry.problem:
        return ""
    parts = [heading(2, text("Seeded faults"), "faults"), INTRODUCTION]
    again = command(f"ectype faults {paper.slug}")
    found = paper.faults
    if found is None:
        return "\n\n".join([*parts, badge("not run here", tone="quiet", symbol="○"), again])
    if paper.faults_stale:
        parts.append(notice("warning", text("Stale"), f"{text(paper.faults_stale)}\n\n{again}"))
    parts += [_summary(found), _modules(paper, found), _survivors(paper, found), _equivalent(paper, found)]
    return "\n\n".join(part for part in [*parts, _checks(found)] if part)


def rate(paper: Publication) -> Markup:
    """Return the kill rate of a paper as a badge that leads to its section, or a dash where nothing was planted here."""
    found = paper.faults
    if found is None:
        return DASH
    said = f"{len(found.of('killed'))} of {counted(found.total, 'fault')} caught"
    if paper.faults_stale:
        shown = badge(percent(found.kill_rate), tone="quiet", symbol="↻", title=f"{said}; {paper.faults_stale}")
    else:
        tone, symbol = ("part", "◐") if found.of("survived") else ("good", "●")
        shown = badge(percent(found.kill_rate), tone=tone, symbol=symbol, title=said)
    return link(shown, f"papers/{paper.slug}/index.md#faults")


def _summary(found: Report) -> Markup:
    counts = {
        "Survivors": len(found.of("survived")),
        "Accepted as equivalent": len(found.of("equivalent")),
        "Without effect, as the value that they detach has no gradient": len(found.of("no effect")),
    }
    said = [f"{percent(found.kill_rate)} are caught: {len(found.of('killed')):,} of {found.total:,}"]
    said += [f"{what}: {count:,}" for what, count in counts.items() if count]
    return text(f"{'. '.join(said)}. Planted {when(found.started)}, in {found.seconds:,.0f} s.")


def _modules(paper: Publication, found: Report) -> str:
    rows = []
    for name in found.examined:
        part = found.in_module(name)
        label = line_link(paper, _file(name), 1, code(name.partition(".")[2]))
        counts = [text(f"{len(part.of(state)):,}") for state in ("killed", "survived", "equivalent")]
        rows.append(Row([label, *counts, text(percent(part.kill_rate)) if part.total else DASH]))
    columns = ("Module", "Caught", "Survive", "Equivalent", "Rate")
    return table(columns, rows, caption="Faults by module", name="faults", right=range(1, 5))


def _survivors(paper: Publication, found: Report) -> str:
    faults = found.of("survived")
    if not faults:
        return ""
    title = text(counted(len(faults), "survivor"))
    body = "\n\n".join(_fault(paper, fault) for fault in faults)
    return f"{heading(3, title, 'survivors')}\n\n{body}" if len(faults) <= SHOWN else folded(title, body)


def _equivalent(paper: Publication, found: Report) -> str:
    faults = found.of("equivalent")
    title = text(f"{counted(len(faults), 'fault')} accepted as equivalent")
    return folded(title, "\n\n".join(_fault(paper, fault) for fault in faults)) if faults else ""


def _fault(paper: Publication, fault: Planted) -> str:
    """Return where a fault is, who meets it or why it is accepted, and the lines before and after."""
    file = _file(fault.module)
    where = line_link(paper, file, fault.line, code(f"{file.partition('/')[2]}:{fault.line}"))
    met = text(fault.why or (f"{counted(fault.met, 'check')} may notice it" if fault.met else "no check runs it"))
    return f"{spread([where, text(fault.operator), met, small(code(fault.id))])}\n\n{fence(fault.diff, 'diff')}"


def _checks(found: Report) -> str:
    """Return what each check caught, the most first, and the checks that catch nothing."""
    able = sorted((check for check in found.checks if check.kills), key=lambda check: -check.kills)
    parts = []
    if able:
        columns = ("Check", "Runs changed lines of", "Tried on", "Caught", "Seconds")
        title = text(f"{counted(len(able), 'check')} that caught faults")
        caught = table(
            columns, map(_tried, able), caption="Checks that caught faults", name="faults", right=range(1, 5)
        )
        parts.append(folded(title, caught))
    if found.idle:
        rows = [Row([text(names), text(tries)]) for names, tries in by_sort(found.idle)]
        title = text(f"{counted(len(found.idle), 'check')} that run changed lines and caught nothing")
        idle = table(("Check", "Tried on"), rows, caption="Checks that caught nothing", name="faults", right=(1,))
        parts.append(folded(title, idle))
    return "\n\n".join(parts)


def _tried(check: Tried) -> Row:
    counts = (text(f"{count:,}") for count in (check.met, check.tried, check.kills))
    return Row([code(check.id), *counts, text(f"{check.seconds:.2g}")])


def _file(module: str) -> str:
    """Return the file of an examined module, relative to the source folder."""
    return f"{module.replace('.', '/')}.py"
