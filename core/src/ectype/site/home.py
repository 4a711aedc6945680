"""The home page: what this is in three sentences, then one row a paper."""

from __future__ import annotations

from collections.abc import Sequence

from ectype import marks
from ectype.header import Header
from ectype.site import badges
from ectype.site.markup import DASH, NOTHING, Markup, lines, link, page, small, table, text
from ectype.site.publication import Publication
from ectype.site.sections import claims, environment, faults

INTRODUCTION = """\
Ectype is a collection of research papers implemented in PyTorch, in which nobody types a status. Each package declares
what its paper says, and a harness measures what the code does: equations against independent oracles, components
against other people's implementations, published numbers against ours. Everything below was computed from something
that ran, and expires by itself when the code that ran has changed.
"""

LEGEND = """\
● all held, ◐ some held, ○ none held, – nothing to hold. [What the marks and verdicts mean](verdicts-and-marks.md).
"""


def home(papers: Sequence[Publication]) -> str:
    """Return the home page."""
    columns = ["Paper", *marks.NAMES, "Faults", "Claims", "Findings", "State"]
    body = table(columns, [_row(paper) for paper in papers], name="matrix") if papers else "No paper is installed here."
    return page("Papers, measured", [INTRODUCTION, body, LEGEND], hide=["navigation", "toc"])


def _row(paper: Publication) -> list[Markup]:
    result = paper.measured
    found = {mark.name: mark for mark in result.marks} if result else {}
    cells = [badges.mark(found[name]) if name in found else DASH for name in marks.NAMES]
    return [
        lines([link(text(paper.title), f"papers/{paper.slug}/index.md"), small(_authors(paper.header))]),
        *cells,
        faults.rate(paper),
        claims.counts(result.claims) if result and result.claims else DASH,
        _findings(paper),
        _state(paper),
    ]


def _authors(header: Header | None) -> Markup:
    if header is None:
        return NOTHING
    shown = header.authors[:2]
    rest = " and others" if len(header.authors) > len(shown) else ""
    return text(", ".join(shown) + rest)


def _findings(paper: Publication) -> Markup:
    count = len(paper.measured.disagreements) if paper.measured else 0
    if not count:
        return DASH
    return link(text(str(count)), f"papers/{paper.slug}/index.md#findings")


def _state(paper: Publication) -> Markup:
    if paper.measured is None:
        return badges.state(paper.state)
    return lines(
        [
            badges.state(paper.state),
            small(text(environment.when(paper.measured.started))),
            small(text(f"in {paper.measured.seconds:.1f} s")),
        ]
    )
