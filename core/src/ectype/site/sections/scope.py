"""Scope: what the header says is implemented and what is left out, with the reason."""

from __future__ import annotations

from ectype.header import NotCovered
from ectype.site.markup import Markup, badge, heading, table, text
from ectype.site.publication import Publication


def section(paper: Publication) -> str:
    """Return the scope of the implementation."""
    if paper.header is None:
        return ""
    rows = [
        [
            _box(done=item.done),
            text(item.what),
            text(item.at),
            text(item.why if isinstance(item, NotCovered) else ""),
        ]
        for item in paper.header.covers
    ]
    columns = ["", "Part of the paper", "Where", "Why not"]
    return "\n\n".join([heading(2, text("Scope"), "scope"), table(columns, rows, name="scope")])


def _box(*, done: bool) -> Markup:
    return badge("covered", tone="good", symbol="✓") if done else badge("left out", tone="quiet", symbol="○")
