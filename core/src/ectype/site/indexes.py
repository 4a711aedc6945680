"""The indexes over all papers: claims, equations, components; each entry leads to its place on the page of its paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ectype.judge import verdict_counts
from ectype.locators import Kind, Locator, parse_locator
from ectype.results import ClaimRecord, EquationRecord, Result
from ectype.site import badges
from ectype.site.browse import Cell, Choice, Column, Row, browse, table
from ectype.site.browse import words as options
from ectype.site.findings import measured
from ectype.site.hypertext import element, to
from ectype.site.markup import DASH, code, lines, page, small, text
from ectype.site.publication import Publication

CLAIMS = """\
Every number and order that the papers publish and somebody here has looked at: as printed, and as measured. What nobody
tried to measure stands here too, because it is printed.
"""

EQUATIONS = """\
Every formula that was checked, or is known not to be: where it is printed, the component that computes it, and the largest
relative deviation from an independent oracle in float64.
"""

COMPONENTS = """\
Everything that can be imported from these papers and exercised alone.
"""

Listed = tuple[Publication, Result]


def claims(papers: Sequence[Publication]) -> str:
    """Return the index of claims."""
    columns = (
        Column("Claim"),
        Column("Paper"),
        Column("Where"),
        Column("Published", number=True),
        Column("Ours", sorts=False),
        Column("Verdict"),
    )
    rows = [_claim(paper, claim) for paper, result in _measured(papers) for claim in result.claims]
    choices = [
        Choice("verdict", "Verdict", options(word for row in rows for word in row.words["verdict"])),
        Choice("kind", "Kind", options(word for row in rows for word in row.words["kind"])),
        _papers(papers),
    ]
    return _index("Claims", CLAIMS, "claim", "claim, data set, paper", columns, rows, choices)


def equations(papers: Sequence[Publication]) -> str:
    """Return the index of equations."""
    columns = (
        Column("Equation"),
        Column("Paper"),
        Column("Component"),
        Column("Check"),
        Column("Deviation", "the largest relative deviation from the oracle", number=True),
    )
    rows = []
    for paper, result in _measured(papers):
        about = {component.id: component.summary for component in result.components}
        for one in sorted(result.equations, key=_order):
            outcome = paper.outcome(f"equation/{one.id}") if one.oracle else None
            status = outcome.status if outcome else "unchecked"
            deviation = outcome.data.get("deviation") if outcome else None
            cells = [
                Cell(to(f"{_page(paper)}#equation-{one.id.replace('/', '-')}", text(one.locator)), one.locator),
                _paper(paper),
                Cell(lines([code(one.component), small(text(about.get(one.component, "")))]), one.component),
                Cell(badges.status(status), status),
                Cell(badges.figure(deviation), float(deviation)) if deviation is not None else Cell(DASH, ""),
            ]
            rows.append(Row(cells, {"check": [status], "paper": [paper.slug]}, also=paper.slug))
    choices = [Choice("check", "Check", options(word for row in rows for word in row.words["check"])), _papers(papers)]
    return _index("Equations", EQUATIONS, "equation", "number, component, paper", columns, rows, choices)


def components(papers: Sequence[Publication]) -> str:
    """Return the index of components."""
    columns = (
        Column("Component"),
        Column("Kind"),
        Column("Paper"),
        Column("Import", sorts=False),
        Column("Parameters", number=True),
    )
    rows = []
    for paper, result in _measured(papers):
        for one in result.components:
            module, _, name = one.of.rpartition(".")
            count = one.parameters
            cells = [
                Cell(lines([to(f"{_page(paper)}#conformance", code(one.id)), small(text(one.summary))]), one.id),
                Cell(text(one.kind)),
                _paper(paper),
                Cell(code(f"from {module} import {name}")),
                Cell(text(f"{count:,}"), count) if count else Cell(DASH, ""),
            ]
            rows.append(Row(cells, {"kind": [one.kind], "paper": [paper.slug]}, also=paper.slug))
    choices = [Choice("kind", "Kind", options(word for row in rows for word in row.words["kind"])), _papers(papers)]
    return _index("Components", COMPONENTS, "component", "name, what it does, paper", columns, rows, choices)


def _index(
    title: str,
    said: str,
    noun: str,
    hint: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    choices: Sequence[Choice],
) -> str:
    """Return a page; the search has what it lists from the pages of the papers already."""
    if not rows:
        return page(title, [said, "Nothing was measured here yet."], hide=["navigation", "toc"], searched=False)
    listed = browse(
        choices,
        [table(columns, rows, name=f"listing listing--{title.lower()}", caption=title)],
        noun=noun,
        hint=hint,
        columns=columns,
    )
    return page(title, [said, listed], hide=["navigation", "toc"], searched=False)


def _measured(papers: Sequence[Publication]) -> list[Listed]:
    return [(paper, paper.measured) for paper in papers if paper.measured]


def _claim(paper: Publication, claim: ClaimRecord) -> Row:
    word = next(iter(verdict_counts([claim])))
    target = " ".join([claim.target.printed, claim.unit]).strip()
    ours = lines(text(f"{reading}: {said}" if reading else said) for reading, said in measured(claim).items())
    about = [to(f"{_page(paper)}#claim-{claim.id}", text(claim.text))]
    about += [small(text(claim.data))] if claim.data else []
    cells = [
        Cell(lines(about), claim.text),
        _paper(paper),
        Cell(text(claim.locator)),
        Cell(element("b", {}, text(target)), _number(claim.target.printed)),
        Cell(ours or DASH),
        Cell(badges.verdict(claim.verdict), word),
    ]
    return Row(cells, {"verdict": [word], "kind": [claim.kind], "paper": [paper.slug]}, also=paper.slug)


def _order(equation: EquationRecord) -> tuple[bool, Locator, str]:
    """Numbered equations come first."""
    place = parse_locator(equation.locator)
    return place.kind is not Kind.EQUATION, place, equation.id


def _number(printed: str) -> float | str:
    try:
        return float(printed.replace(",", ""))
    except ValueError:
        return ""


def _paper(paper: Publication) -> Cell:
    return Cell(to(_page(paper), text(paper.title)), paper.title)


def _page(paper: Publication) -> str:
    return f"papers/{paper.slug}/index.md"


def _papers(papers: Iterable[Publication]) -> Choice:
    return Choice("paper", "Paper", {paper.slug: paper.title for paper in papers if paper.measured})
