"""The fleet page: what over all papers is checked least, allowed most, slowest and oldest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ectype.results import ClaimRecord, Result
from ectype.site import badges, costs
from ectype.site.hypertext import to
from ectype.site.markup import DASH, Markup, block, counted, heading, page, small, spread, table, text
from ectype.site.publication import Publication
from ectype.site.sections.environment import when
from ectype.site.trained import duration

INTRODUCTION = """\
Where to look first, over all papers: what is not checked, where a margin forgives most, what takes longest, and what was
measured longest ago.
"""

SHOWN = 15
"""Rows of each table; the rest is counted."""

Listed = tuple[Publication, Result]


def fleet(papers: Sequence[Publication]) -> str:
    """Return the page."""
    listed = [(paper, paper.measured) for paper in papers if paper.measured]
    if not listed:
        return page("Fleet", [INTRODUCTION, "Nothing was measured here yet."], hide=["navigation"], searched=False)
    parts = [
        _skipped(listed),
        _part(
            "Widest margins",
            "margins",
            "What a verdict over seeds forgives, as a share of the published number.",
            ["Claim", "Paper", "Published", "Margin", "Share", "Because"],
            _margins(listed),
            right=(2, 3, 4),
        ),
        _part(
            "Slowest claims",
            "slow",
            "On one core; of trained claims as declared, for all variants and seeds.",
            ["Claim", "Paper", "Takes", "Verdict"],
            _slow(listed),
            right=(2,),
        ),
        _part(
            "Oldest evidence",
            "old",
            "When the last run behind a trained claim ended; of a paper, when it was verified.",
            ["What", "Paper", "Measured", "State"],
            _old(listed),
        ),
    ]
    return page("Fleet", [INTRODUCTION, *parts], hide=["navigation"], searched=False)


def _part(
    title: str, place: str, said: str, columns: list[str], rows: list[list[Markup]], right: Sequence[int] = ()
) -> str:
    rest = len(rows) - SHOWN
    more = [block(text(f"{counted(rest, 'more row')} not shown."), name="note")] if rest > 0 else []
    shown = table(columns, rows[:SHOWN], name="fleet", right=right) if rows else "Nothing of this kind."
    return "\n\n".join([heading(2, text(title), place), said, shown, *more])


def _skipped(listed: Sequence[Listed]) -> str:
    found = []
    for paper, result in listed:
        states = Counter(outcome.status for outcome in result.outcomes)
        without = sum(equation.oracle is None for equation in result.equations)
        counts = [states["not run"], states["expected failure"], without, len(result.deferred)]
        if any(counts):
            found.append((-sum(counts), paper.slug, [_paper(paper), *map(_count, [*counts, len(result.outcomes)])]))
    columns = ["Paper", "Not run", "Expected to fail", "Equations without oracle", "Only with --deep", "Checks"]
    said = "Checks that were owed and did not run, or may fail with a reason, and formulas that nothing checks."
    rows = [row for _, _, row in sorted(found, key=lambda item: item[:2])]
    return _part("Most skipped checks", "skipped", said, columns, rows, right=range(1, 6))


def _margins(listed: Sequence[Listed]) -> list[list[Markup]]:
    found = []
    for paper, result in listed:
        for claim in result.claims:
            published = _number(claim.target.printed)
            margin = claim.trained.margin if claim.trained else None
            if margin is not None and published:
                share = margin / abs(published)
                target = " ".join([claim.target.printed, claim.unit])
                row = [
                    _claim(paper, claim),
                    _paper(paper),
                    text(target),
                    text(f"± {margin:g}"),
                    text(f"{100 * share:.3g} %" if share < 10 else f"{share:,.0f} times"),
                    text(claim.margin.partition(": ")[2]),
                ]
                found.append((-share, paper.slug, claim.id, row))
    return [item[-1] for item in sorted(found, key=lambda item: item[:-1])]


def _slow(listed: Sequence[Listed]) -> list[list[Markup]]:
    found = []
    for paper, result in listed:
        for claim in result.claims:
            seconds = costs.of_claim(result, claim)
            if seconds >= 0.1:
                row = [_claim(paper, claim), _paper(paper), text(duration(seconds)), badges.verdict(claim.verdict)]
                found.append((-seconds, paper.slug, claim.id, row))
    return [item[-1] for item in sorted(found, key=lambda item: item[:-1])]


def _old(listed: Sequence[Listed]) -> list[list[Markup]]:
    found = []
    for paper, result in listed:
        row = [text("verification"), _paper(paper), text(when(result.started)), badges.state(paper.state)]
        found.append((result.started, paper.slug, "", row))
        for claim in result.claims:
            if claim.evidence is not None and claim.evidence.last:
                stale = badges.state("stale") if claim.evidence.stale else DASH
                row = [_claim(paper, claim), _paper(paper), text(when(claim.evidence.last)), stale]
                found.append((claim.evidence.last, paper.slug, claim.id, row))
    return [item[-1] for item in sorted(found, key=lambda item: item[:-1])]


def _number(printed: str) -> float:
    try:
        return float(printed.replace(",", ""))
    except ValueError:
        return 0.0


def _count(value: int) -> Markup:
    return text(f"{value:,}") if value else DASH


def _claim(paper: Publication, claim: ClaimRecord) -> Markup:
    linked = to(f"papers/{paper.slug}/index.md#claim-{claim.id}", text(claim.text))
    return spread([linked, small(text(claim.locator))], " ")


def _paper(paper: Publication) -> Markup:
    return to(f"papers/{paper.slug}/index.md", text(paper.title))
