"""The findings page: every place where papers, official code, mathematics and libraries disagree, over all papers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ectype.results import ClaimRecord, DisagreementRecord
from ectype.site import answers, badges
from ectype.site.browse import Cell, Choice, Column, Row, attributes, browse, table
from ectype.site.browse import words as options
from ectype.site.hypertext import element, to
from ectype.site.markup import block, code, heading, lines, page, small, text
from ectype.site.publication import Publication
from ectype.site.sections.claims import value
from ectype.site.sections.disagreements import disagreement, name

INTRODUCTION = """\
Places where a paper, its official code, the mathematics and the libraries built on it say different things, and printed
numbers that do not come out. Every reading runs here, and what is shown beside it was measured under it, with the command
that measures it again. Also as [JSON](findings.json) and as an [Atom feed](findings.xml).
"""

NUMBERS = """\
Printed numbers that do not follow from what the paper states, or follow from one reading of it only.
"""

COLUMNS = (Column("Finding"), Column("Paper"), Column("Where"), Column("Between"), Column("We follow"))

NUMBER = (
    Column("Number", sorts=False),
    Column("Paper", sorts=False),
    Column("Published", sorts=False),
    Column("Ours", sorts=False),
    Column("Verdict", sorts=False),
)

_TELLING = ("contradicted", "underspecified", "reversed", "differs")


@dataclass(frozen=True, slots=True)
class Found:
    """One finding: a disagreement, or a number that does not come out.

    Args:
        paper: where it was found.
        item: what was found.
    """

    paper: Publication
    item: DisagreementRecord | ClaimRecord

    @property
    def name(self) -> str:
        """Where it stands on the page."""
        middle = "claim-" if isinstance(self.item, ClaimRecord) else ""
        return f"{self.paper.slug}-{middle}{self.item.id}"

    @property
    def title(self) -> str:
        """What it is called."""
        if isinstance(self.item, ClaimRecord):
            return f"{self.item.locator}: {self.item.text}"
        return name(self.item)

    @property
    def at(self) -> str:
        """Where in the paper it is."""
        return self.item.locator if isinstance(self.item, ClaimRecord) else self.item.at

    @property
    def sides(self) -> list[str]:
        """Who disagrees: the names of the readings, or the verdict of a number."""
        if isinstance(self.item, ClaimRecord):
            return [_word(self.item)]
        return [reading.name for reading in self.item.readings]

    @property
    def command(self) -> str:
        """What measures it again, or an empty text."""
        slug, item = self.paper.slug, self.item
        if isinstance(item, DisagreementRecord):
            return f"ectype verify {slug} --only disagreement/{item.id}" if self._checked else ""
        return f"ectype reproduce {slug} {item.id}" if item.trained else f"ectype verify {slug} --only claim/{item.id}"

    @property
    def _checked(self) -> bool:
        return self.paper.outcome(f"disagreement/{self.item.id}") is not None


def collect(papers: Sequence[Publication]) -> list[Found]:
    """Return the findings of all papers: disagreements first, then numbers that do not come out."""
    measured = [(paper, paper.measured) for paper in papers if paper.measured]
    items = [Found(paper, item) for paper, result in measured for item in result.disagreements]
    return items + [Found(paper, claim) for paper, result in measured for claim in result.claims if _is_telling(claim)]


def findings(papers: Sequence[Publication]) -> str:
    """Return the page."""
    found = collect(papers)
    if not found:
        return page("Findings", [INTRODUCTION, "Nothing was measured here yet."], hide=["navigation", "toc"])
    disagreements = [one for one in found if isinstance(one.item, DisagreementRecord)]
    numbers = [one for one in found if isinstance(one.item, ClaimRecord)]
    parts = []
    if disagreements:
        parts.append(
            table(COLUMNS, map(_index, disagreements), name="listing listing--findings", caption="Disagreements")
        )
    if numbers:
        listed = table(
            NUMBER, map(_number, numbers), name="listing listing--numbers", caption="Numbers that do not come out"
        )
        parts.append(_group("Numbers that do not come out", "numbers", [NUMBERS, listed]))
    if disagreements:
        parts.append(_group("Disagreements", "disagreements", map(_disagreement, disagreements)))
    choices = [
        Choice("paper", "Paper", {one.paper.slug: one.paper.title for one in found}),
        Choice("between", "Between", options([side for one in found for side in one.sides])),
        Choice("answer", "Answer", {"answered": "answered by the authors", "open": "not answered yet"}),
    ]
    body = browse(choices, parts, noun="finding", hint="paper, place, words", columns=COLUMNS)
    return page("Findings", [INTRODUCTION, body], hide=["navigation", "toc"])


def _index(found: Found) -> Row:
    item = found.item
    assert isinstance(item, DisagreementRecord)
    cells = [
        Cell(to(f"#{found.name}", text(found.title)), found.title),
        Cell(to(f"papers/{found.paper.slug}/index.md", text(found.paper.title)), found.paper.title),
        Cell(text(found.at)),
        Cell(text(" · ".join(found.sides))),
        Cell(text(item.follow)),
    ]
    return Row(cells, _words(found), also=" ".join([found.paper.slug, item.text]))


def _words(found: Found) -> dict[str, list[str]]:
    answered = "answered" if answers.answers(found.paper, found.item.id) else "open"
    return {"paper": [found.paper.slug], "between": found.sides, "answer": [answered]}


def _disagreement(found: Found) -> str:
    """Return a finding as a part of the page that the controls find."""
    item = found.item
    assert isinstance(item, DisagreementRecord)
    said = disagreement(found.paper, item, level=3, page=f"papers/{found.paper.slug}/index.md")
    written = "".join(f' {key}="{value}"' for key, value in attributes(_words(found)).items())
    also = text(" ".join([found.paper.slug, *found.sides]))
    answer = block(answers.said(found.paper, item.id), name="note answer")
    return f'<article class="finding" data-item="" data-also="{also}"{written} markdown>\n\n{said}\n\n{answer}\n\n</article>'


def _group(title: str, place: str, parts: Iterable[str]) -> str:
    body = "\n\n".join([heading(2, text(title), place), *parts])
    return f"<section data-group markdown>\n\n{body}\n\n</section>"


def _is_telling(claim: ClaimRecord) -> bool:
    return claim.verdict in _TELLING or claim.verdict.startswith(badges.ONLY)


def _word(claim: ClaimRecord) -> str:
    return "reproduced only under a reading" if claim.verdict.startswith(badges.ONLY) else claim.verdict


def _number(found: Found) -> Row:
    claim, paper = found.item, found.paper
    assert isinstance(claim, ClaimRecord)
    page = f"papers/{paper.slug}/index.md"
    again = code(found.command)
    answered = [small(text(one.label)) for one in answers.answers(paper, claim.id)]
    cells = [
        Cell(lines([to(f"{page}#claim-{claim.id}", text(found.title)), small(again), *answered])),
        Cell(to(page, text(paper.title))),
        Cell(element("b", {}, text(" ".join([claim.target.printed, claim.unit]).strip()))),
        Cell(lines(text(f"{reading}: {said}" if reading else said) for reading, said in measured(claim).items())),
        Cell(badges.verdict(claim.verdict)),
    ]
    return Row(cells, _words(found), name=found.name, also=paper.slug)


def measured(claim: ClaimRecord) -> dict[str, str]:
    """Return our number under each reading; the name of a reading is empty where there is only one."""
    return {
        item.reading or "": item.text if claim.trained else value(item, claim.target.printed) for item in claim.measured
    }
