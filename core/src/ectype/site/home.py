"""The home page: what this is in three sentences, then one row a paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ectype import marks
from ectype.faults.report import percent
from ectype.judge import verdict_counts
from ectype.results import Mark, Result
from ectype.site import badges, costs
from ectype.site.browse import Cell, Choice, Column, Row, browse, table
from ectype.site.browse import words as options
from ectype.site.hypertext import element, hidden, to
from ectype.site.markup import DASH, NOTHING, Markup, block, counted, lines, page, small, text
from ectype.site.publication import Publication
from ectype.site.sections import environment
from ectype.site.trained import duration

INTRODUCTION = """\
Research papers in PyTorch, where nobody types a status. Each package declares what its paper says, and a harness measures
what the code does: equations against independent oracles, components against other people's implementations, published
numbers against ours. Everything below was computed from something that ran, and expires by itself when the code that ran
has changed.
"""

LEGEND = """\
Marks: ● all held, ◐ some, ○ none, – nothing to hold. Verdicts: ✓ reproduced, or holds; ◐ reproduced only under a reading;
≈ inconclusive; ≠ differs; ∅ does not discriminate; ? underspecified; ✗ contradicted; ⇄ reversed; ○ not attempted, or not
run. [What they mean](verdicts-and-marks.md).
"""

COLUMNS = (
    Column("Paper"),
    *(Column(name, number=True) for name in marks.NAMES),
    Column("faults", "share of planted faults that the checks of a paper catch", number=True),
    Column("Verdicts", "published numbers by verdict; sorted by those that are reproduced", number=True),
    Column("Findings", "places where paper, official code, mathematics and libraries disagree", number=True),
    Column("State", "whether what was measured is still what is installed, and when it was measured"),
    Column("Cost", "to verify; and to train everything again, on one core", number=True),
)

_ORDER = tuple(badges._VERDICTS)
_LEVELS = {"all": "all held", "some": "some held", "none": "none held"}


def home(papers: Sequence[Publication]) -> str:
    """Return the home page."""
    if not papers:
        return page("Papers, measured", [INTRODUCTION, "No paper is installed here."], hide=["navigation", "toc"])
    rows = [_row(paper) for paper in papers]
    body = table(COLUMNS, rows, name="matrix", caption="Papers and what they have earned")
    found = {name: [word for row in rows for word in row.words[name]] for name in ("kind", "verdict", "state")}
    choices = [
        Choice("kind", "Kind", options(found["kind"])),
        Choice("mark", "Mark", {name: _levels(name) for name in marks.NAMES}),
        Choice("verdict", "Verdict", options(found["verdict"])),
        Choice("state", "State", options(found["state"])),
    ]
    listed = browse(choices, [body], noun="paper", hint="title, author, slug", columns=COLUMNS)
    return page(
        "Papers, measured",
        [INTRODUCTION, _totals(papers), listed, block(LEGEND, name="legend note")],
        hide=["navigation", "toc"],
    )


def kinds(result: Result | None) -> list[str]:
    """Return what a paper is about: the kinds of its components, the most frequent first; layers and models are architecture."""
    found = Counter(
        "architecture" if component.kind in ("layer", "model") else component.kind
        for component in (result.components if result else [])
    )
    return [kind for kind, _ in found.most_common()]


def mark(value: Mark) -> Markup:
    """Return a mark as k/n behind its symbol."""
    if value.of == 0:
        return DASH
    tone, symbol = badges.mark_tone(value)
    also = f"; {value.qualified} more only under another reading" if value.qualified else ""
    said = {"class": f"held held--{tone}", "title": f"{value.name}: {value.text}{also}"}
    return element("span", said, _sign(symbol), text(f"{value.held}/{value.of}"))


def tallies(result: Result) -> Markup:
    """Return how many claims have each verdict, behind its symbol; the words are read aloud and shown on hovering."""
    counts = sorted(verdict_counts(result.claims).items(), key=_rank)
    return Markup(" ".join(_tally(number, word) for word, number in counts)) or DASH


def _rank(item: tuple[str, int]) -> float:
    return _ORDER.index(item[0]) if item[0] in _ORDER else _ORDER.index("holds") + 0.5


def _tally(number: int, word: str) -> Markup:
    tone, symbol = badges.verdict_tone(word)
    said = {"class": f"held held--{tone}", "title": f"{number} {word}"}
    return element("span", said, _sign(symbol), text(str(number)), Markup(" "), hidden(word))


def _sign(symbol: str) -> Markup:
    return element("span", {"aria-hidden": "true"}, text(symbol))


def _levels(name: str) -> dict[str, str]:
    return {f"{name}-{level}": f"{name}: {said}" for level, said in _LEVELS.items()}


def _totals(papers: Sequence[Publication]) -> str:
    results = [paper.measured for paper in papers if paper.measured]
    claims = [claim for result in results for claim in result.claims]
    reproduced = sum(claim.verdict in ("reproduced", "holds") for claim in claims)
    checks = sum(len(result.outcomes) for result in results)
    found = [
        counted(len(papers), "paper"),
        f"{checks:,} checks",
        f"{counted(len(claims), 'published number')}, {reproduced} of them reproduced",
        counted(sum(len(result.disagreements) for result in results), "finding"),
    ]
    return block(text(" · ".join(found)), name="totals note")


def _row(paper: Publication) -> Row:
    result = paper.measured
    found = {item.name: item for item in result.marks} if result else {}
    link = f"papers/{paper.slug}/index.md"
    about = kinds(result)
    who = paper.header.authors if paper.header else ()
    shown = text(", ".join(who[:2]) + (" and others" if len(who) > 2 else ""))
    what = [small(line) for line in (shown, text(", ".join(about))) if line]
    levels = [f"{name}-{_level(found[name])}" for name in marks.NAMES if name in found]
    cells = [
        Cell(lines([to(link, text(paper.title)), *what]), paper.title),
        *(_mark(found.get(name)) for name in marks.NAMES),
        _faults(paper),
        _verdicts(result),
        _findings(paper),
        _state(paper),
        _cost(result),
    ]
    verdicts = list(verdict_counts(result.claims)) if result else []
    words: dict[str, list[str]] = {"kind": about, "mark": levels, "verdict": verdicts, "state": [paper.state]}
    return Row(cells, words, also=" ".join([paper.slug, *who[2:]]))


def _level(value: Mark) -> str:
    return "none" if not value.held else "all" if value.held == value.of else "some"


def _mark(value: Mark | None) -> Cell:
    return Cell(mark(value), value.held / value.of if value.of else "") if value else Cell(DASH, "")


def _verdicts(result: Result | None) -> Cell:
    if result is None or not result.claims:
        return Cell(DASH, "")
    return Cell(tallies(result), sum(claim.verdict in ("reproduced", "holds") for claim in result.claims))


def _faults(paper: Publication) -> Cell:
    """Return the kill rate, which leads to what survives; an old one is marked as old."""
    found = paper.faults
    if found is None:
        return Cell(DASH, "")
    said = f"{len(found.of('killed'))} of {counted(found.total, 'fault')} caught"
    tone, symbol = ("part", "◐") if found.of("survived") else ("good", "●")
    if paper.faults_stale:
        tone, symbol, said = "quiet", "↻", f"{said}; {paper.faults_stale}"
    shown = element("span", {"class": f"held held--{tone}"}, _sign(symbol), text(percent(found.kill_rate)))
    return Cell(to(f"papers/{paper.slug}/index.md#faults", shown, hint=said), found.kill_rate)


def _findings(paper: Publication) -> Cell:
    count = len(paper.measured.disagreements) if paper.measured else 0
    return Cell(to(f"papers/{paper.slug}/index.md#findings", text(str(count))) if count else DASH, count)


def _state(paper: Publication) -> Cell:
    moment = paper.measured.started if paper.measured else ""
    shown = small(text(environment.when(moment).partition(" ")[0])) if moment else NOTHING
    return Cell(lines([badges.state(paper.state), shown]), f"{paper.state} {moment}")


def _cost(result: Result | None) -> Cell:
    if result is None:
        return Cell(DASH, "")
    training = costs.to_reproduce(result.claims)
    more = small(text(f"+ {duration(training)}")) if training else NOTHING
    return Cell(lines([text(duration(result.seconds)), more]), result.seconds + training)
