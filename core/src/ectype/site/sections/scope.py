"""Scope: what the header says is implemented and what is left out, with the reason."""

from __future__ import annotations

from ectype.header import NotCovered
from ectype.site.markup import Markup, badge, heading, text
from ectype.site.publication import Publication
from ectype.site.tables import Row, table


def section(paper: Publication) -> str:
    """Return the scope of the implementation."""
    if paper.header is None:
        return ""
    rows = [
        Row(
            [
                text(item.what),
                text(item.at),
                _box(done=item.done),
                text(item.why if isinstance(item, NotCovered) else ""),
            ]
        )
        for item in paper.header.covers
    ]
    columns = ("Part of the paper", "Where", "Here", "Why not")
    shown = table(columns, rows, caption="What is implemented", name="scope")
    return "\n\n".join([heading(2, text("Scope"), "scope"), shown])


def _box(*, done: bool) -> Markup:
    return badge("covered", tone="good", symbol="✓") if done else badge("left out", tone="quiet", symbol="○")
