"""The findings page: every place where papers, official code, mathematics and libraries disagree, over all papers."""

from __future__ import annotations

from collections.abc import Sequence

from ectype.results import ClaimRecord
from ectype.site import badges
from ectype.site.markup import heading, link, page, table, text
from ectype.site.publication import Publication
from ectype.site.sections.claims import ours, published
from ectype.site.sections.disagreements import disagreement, name

INTRODUCTION = """\
Places where a paper, its official code, the mathematics and the libraries built on it say different things. Every
reading runs here, and what is shown beside it was measured under it.
"""

NUMBERS = """\
Printed numbers that do not follow from what the paper states, or follow from one reading of it only.
"""

_TELLING = ("contradicted", "underspecified", "reversed", "differs")


def findings(papers: Sequence[Publication]) -> str:
    """Return the page."""
    found = [(paper, item) for paper in papers if paper.measured for item in paper.measured.disagreements]
    numbers = [(paper, c) for paper in papers if paper.measured for c in paper.measured.claims if _is_telling(c)]
    parts = [INTRODUCTION]
    if found:
        rows = [
            [
                link(text(name(item)), f"#{paper.slug}-{item.id}"),
                link(text(paper.title), f"papers/{paper.slug}/index.md"),
                text(item.at),
                text(item.follow),
            ]
            for paper, item in found
        ]
        parts.append(table(["Finding", "Paper", "Where", "We follow"], rows, name="index"))
    if numbers:
        parts += [heading(2, text("Numbers that do not come out"), "numbers"), NUMBERS, _numbers(numbers)]
    if found:
        parts.append(heading(2, text("Disagreements"), "disagreements"))
        for paper, item in found:
            parts.append(disagreement(paper, item, level=3, page=f"papers/{paper.slug}/index.md"))
    if not (found or numbers):
        parts.append("Nothing was measured here yet.")
    return page("Findings", parts, hide=["navigation"])


def _is_telling(claim: ClaimRecord) -> bool:
    return claim.verdict in _TELLING or claim.verdict.startswith("reproduced only")


def _numbers(numbers: Sequence[tuple[Publication, ClaimRecord]]) -> str:
    rows = [
        [
            link(text(paper.title), f"papers/{paper.slug}/index.md#claim-{claim.id}"),
            text(f"{claim.locator}: {claim.text}"),
            published(claim.target, claim.unit),
            ours(paper, claim),
            badges.verdict(claim.verdict),
        ]
        for paper, claim in numbers
    ]
    return table(["Paper", "Claim", "Published", "Ours", "Verdict"], rows, name="claims", right=(2,))
