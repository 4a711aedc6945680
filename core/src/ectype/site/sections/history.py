"""The history of the ledger: what was accepted, when and why."""

from __future__ import annotations

from ectype.site.markup import Markup, counted, details, heading, lines, text
from ectype.site.publication import Publication
from ectype.site.tables import Row, table


def section(paper: Publication) -> str:
    """Return what was accepted for a paper, the newest first."""
    if paper.accepted is None or not paper.accepted.history:
        return ""
    rows = [
        Row([text(change.date), text(change.why), _changes(change.changes)])
        for change in reversed(paper.accepted.history)
    ]
    shown = table(("Date", "Why", "Changed"), rows, caption="What was accepted, the newest first", name="ledger")
    return f"{heading(2, text('Ledger'), 'ledger')}\n\n{shown}"


def _changes(changes: list[str]) -> Markup:
    listed = lines(map(text, changes))
    return details(text(counted(len(changes), "change")), listed) if len(changes) > 3 else listed
