"""Conformance: what every component owes because of what it is, and what the package owes as a whole."""

from __future__ import annotations

from ectype.results import ComponentRecord, Outcome
from ectype.site import badges
from ectype.site.excerpt import line_link
from ectype.site.markup import DASH, Markup, code, details, heading, lines, small, spread, text
from ectype.site.publication import Publication
from ectype.site.tables import Row, table

_ORDER = ("failed", "error", "expected failure", "not run", "not applicable", "passed")


def section(paper: Publication) -> str:
    """Return the conformance of a paper's components."""
    result = paper.measured
    if result is None or not result.outcomes:
        return ""
    whole = [outcome for outcome in result.outcomes if outcome.group in ("paper", "ledger")]
    rows = [Row([text("The package"), DASH, DASH, _found(whole)])] if whole else []
    for component in result.components:
        begin = f"component/{component.id}/"
        rows.append(_row(paper, component, [o for o in result.outcomes if o.id.startswith(begin)]))
    columns = ("Component", "Kind", "Parameters", "Checks")
    shown = table(columns, rows, caption="Conformance of the components", name="conformance", right=(2,))
    return f"{heading(2, text('Conformance'), 'conformance')}\n\n{shown}"


def _row(paper: Publication, component: ComponentRecord, outcomes: list[Outcome]) -> Row:
    label = code(component.of.rpartition(".")[2])
    linked = line_link(paper, component.source.file, component.source.line, label) if component.source else label
    cells = [
        lines([linked, small(text(component.summary))]),
        text(component.kind),
        text(f"{component.parameters:,}") if component.parameters is not None else DASH,
        _found(outcomes),
    ]
    return Row(cells, f"component-{component.id}")


def _found(outcomes: list[Outcome]) -> Markup:
    """Return how many checks had each status, with all of them opened on request."""
    if not outcomes:
        return badges.status("not run", "no check of this kind of component was asked for")
    by_status = {status: [o for o in outcomes if o.status == status] for status in _ORDER}
    summary = " ".join(badges.tally(len(found), status) for status, found in by_status.items() if found)
    listed = [
        spread([badges.status(outcome.status), text(outcome.id.rpartition("/")[2]), small(text(outcome.summary))], " ")
        for found in by_status.values()
        for outcome in found
    ]
    return details(Markup(summary), lines(listed))
