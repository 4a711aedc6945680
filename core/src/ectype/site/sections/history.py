"""The history of the ledger: what was accepted, when and why."""

from __future__ import annotations

from ectype.site.markup import Markup, counted, details, heading, lines, table, text
from ectype.site.publication import Publication


def section(paper: Publication) -> str:
    """Return what was accepted for a paper, the newest first."""
    if paper.accepted is None or not paper.accepted.history:
        return ""
    rows = [
        [text(change.date), text(change.why), _changes(change.changes)] for change in reversed(paper.accepted.history)
    ]
    return f"{heading(2, text('Ledger'), 'ledger')}\n\n{table(['Date', 'Why', 'Changed'], rows, name='ledger')}"


def _changes(changes: list[str]) -> Markup:
    listed = lines(map(text, changes))
    return details(text(counted(len(changes), "change")), listed) if len(changes) > 3 else listed
