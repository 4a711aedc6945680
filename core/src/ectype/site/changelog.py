"""The changelog: every acceptance over all papers, from their ledgers, the newest first."""

from __future__ import annotations

from collections.abc import Sequence

from ectype.ledger import Change
from ectype.site.browse import Cell, Choice, Column, Row, browse, table
from ectype.site.hypertext import to
from ectype.site.markup import Markup, counted, details, lines, page, text
from ectype.site.publication import Publication

INTRODUCTION = """\
What was accepted, when and why. Results change by themselves; that somebody looked and agreed stands here, in the words
that were given to `ectype accept`.
"""

COLUMNS = (Column("Date"), Column("Paper"), Column("Why"), Column("Changed", number=True))

OPEN = 2
"""Up to so many changes stand open."""


def changelog(papers: Sequence[Publication]) -> str:
    """Return the page."""
    found = [
        (change.date, number, paper, change)
        for paper in papers
        for number, change in enumerate(paper.accepted.history if paper.accepted else ())
    ]
    if not found:
        return page(
            "Changelog", [INTRODUCTION, "Nothing was accepted yet."], hide=["navigation", "toc"], searched=False
        )
    newest = sorted(found, key=lambda item: (item[0], item[2].slug, item[1]), reverse=True)
    rows = [_row(paper, change) for _, _, paper, change in newest]
    written = {paper.slug: paper.title for paper in papers if paper.accepted and paper.accepted.history}
    body = table(COLUMNS, rows, name="listing listing--changelog", caption="Acceptances")
    listed = browse(
        [Choice("paper", "Paper", written)], [body], noun="acceptance", hint="reason, change, paper", columns=COLUMNS
    )
    return page("Changelog", [INTRODUCTION, listed], hide=["navigation", "toc"], searched=False)


def _row(paper: Publication, change: Change) -> Row:
    cells = [
        Cell(text(change.date), change.date),
        Cell(to(f"papers/{paper.slug}/index.md#ledger", text(paper.title)), paper.title),
        Cell(text(change.why)),
        Cell(_changes(change.changes), len(change.changes)),
    ]
    return Row(cells, {"paper": [paper.slug]}, also=paper.slug)


def _changes(changes: Sequence[str]) -> Markup:
    listed = lines(map(text, changes))
    return details(text(counted(len(changes), "change")), listed) if len(changes) > OPEN else listed
