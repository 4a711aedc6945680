"""Lineage: which paper builds on which, because its package depends on the other's; drawn with the marks of each."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping, Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ectype.plugins import Entry
from ectype.site import badges
from ectype.site.figures.svg import element, label, path
from ectype.site.hypertext import address, to
from ectype.site.layers import layers
from ectype.site.markup import DASH, Markup, block, code, counted, page, spread, table, text
from ectype.site.publication import Publication

INTRODUCTION = """\
A package depends on another only where its paper builds on the other paper. Arrows lead from what is built on to what
builds on it; the signs are the six marks of a paper in their order: runs, equations, reference, properties, numbers,
reproduced.
"""

WIDTH, HEIGHT = 196.0, 62.0
APART, BELOW = 56.0, 16.0
LETTERS = 26

Parents = Mapping[str, Sequence[str]]
"""Slugs of papers, each with those it builds on."""


def parents(entries: Sequence[Entry]) -> dict[str, list[str]]:
    """Return what each paper builds on, read from the metadata of its distribution; extras do not count."""
    slugs = {str(canonicalize_name(entry.distribution)): entry.slug for entry in entries}
    found: dict[str, list[str]] = {entry.slug: [] for entry in entries}
    for distribution in importlib.metadata.distributions():
        slug = slugs.get(str(canonicalize_name(distribution.metadata["Name"] or "")))
        if slug is not None:
            required = {slugs.get(name) for name in _required(distribution.requires or [])}
            found[slug] = sorted(one for one in required if one is not None and one != slug)
    return found


def lineage(papers: Sequence[Publication], built_on: Parents) -> str:
    """Return the page."""
    shown = {paper.slug: paper for paper in papers}
    uses: dict[str, list[str]] = {slug: [] for slug in shown}
    for slug, below in built_on.items():
        for one in below:
            uses[one].append(slug)
    joined = [paper for paper in papers if built_on[paper.slug] or uses[paper.slug]]
    alone = len(papers) - len(joined)
    if not joined:
        return page(
            "Lineage",
            [INTRODUCTION, "No paper here builds on another one."],
            hide=["navigation", "toc"],
            searched=False,
        )
    figure = f'<div class="scroll lineage" tabindex="0" role="region" aria-label="Graph of papers">{graph(joined, built_on)}</div>'
    rows = [
        [_link(paper), _links(shown, built_on[paper.slug]), _links(shown, uses[paper.slug]), _marks(paper)]
        for paper in joined
    ]
    said = table(["Paper", "Builds on", "Is built on by", "Marks"], rows, name="lineage-table")
    rest = text(
        f"{counted(alone, 'more paper')} of {len(papers)}, on which nothing here builds, and which build on nothing."
    )
    return page(
        "Lineage",
        [INTRODUCTION, figure, said, *([block(rest, name="note")] if alone else [])],
        hide=["navigation", "toc"],
        searched=False,
    )


def graph(papers: Sequence[Publication], built_on: Parents) -> Markup:
    """Return the drawing: what is built on stands to the left of what builds on it."""
    columns = layers({paper.slug: built_on[paper.slug] for paper in papers})
    tallest = max(map(len, columns))
    height = tallest * (HEIGHT + BELOW) - BELOW
    places = {
        slug: (number * (WIDTH + APART), (height - len(column) * (HEIGHT + BELOW) + BELOW) / 2 + row * (HEIGHT + BELOW))
        for number, column in enumerate(columns)
        for row, slug in enumerate(column)
    }
    edges = [_edge(places[below], places[slug]) for slug in places for below in built_on[slug]]
    nodes = [_node(paper, *places[paper.slug]) for paper in papers]
    width = len(columns) * (WIDTH + APART) - APART + 4
    size: dict[str, str | float] = {"viewBox": f"0 0 {width:g} {height + 4:g}", "width": width, "height": height + 4}
    said = {"class": "lineage__graph", "role": "group", "aria-label": f"Graph of {counted(len(papers), 'paper')}"}
    return Markup(element("svg", said | size, "".join([*edges, *nodes])))


def _edge(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = (start[0] + WIDTH + 2, start[1] + HEIGHT / 2 + 2), (end[0] - 5, end[1] + HEIGHT / 2 + 2)
    bend = APART / 2 if x2 - x1 <= APART else (x2 - x1) / 3
    curve = f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    head = path([(x2 - 1, y2 - 4), (x2 + 6, y2), (x2 - 1, y2 + 4)], name="lineage__head")
    return element("path", {"d": curve, "class": "lineage__edge"}) + head


def _node(paper: Publication, x: float, y: float) -> str:
    x, y = x + 2, y + 2
    box = element("rect", {"x": x, "y": y, "width": WIDTH, "height": HEIGHT, "rx": 6, "class": "lineage__box"})
    names = [label(x + 12, y + 19 + 14 * row, line) for row, line in enumerate(_wrapped(paper.title))]
    signs = [
        element(
            "text", {"x": x + 12 + 15 * place, "y": y + HEIGHT - 9, "class": f"lineage__mark held--{tone}"}, text(sign)
        )
        for place, (tone, sign) in enumerate(map(badges.mark_tone, paper.measured.marks if paper.measured else ()))
    ]
    said = f"<title>{text(_described(paper))}</title>"
    return f'<a href="{address(f"papers/{paper.slug}/index.md")}">{said}{box}{"".join(names + signs)}</a>'


def _described(paper: Publication) -> str:
    marks = paper.measured.marks if paper.measured else []
    return f"{paper.title}: {', '.join(f'{mark.name} {mark.held} of {mark.of}' for mark in marks if mark.of) or 'not measured here'}"


def _wrapped(title: str) -> list[str]:
    """Return a title on at most two lines, cut where it is longer."""
    rows = [""]
    for word in title.split():
        if len(rows[-1]) + len(word) > LETTERS and rows[-1]:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
    kept = rows[:2]
    if len(rows) > 2 or len(kept[-1]) > LETTERS + 2:
        kept[-1] = f"{kept[-1][: LETTERS - 1].rstrip()}…"
    return kept


def _link(paper: Publication) -> Markup:
    return Markup(f"{to(f'papers/{paper.slug}/index.md', text(paper.title))} {code(paper.slug)}")


def _links(papers: Mapping[str, Publication], slugs: Sequence[str]) -> Markup:
    return spread([to(f"papers/{slug}/index.md", text(papers[slug].title)) for slug in slugs], ", ") or DASH


def _marks(paper: Publication) -> Markup:
    return text(_described(paper).rpartition(": ")[2])


def _required(lines: Sequence[str]) -> Iterator[str]:
    """Yield the names of distributions that are required without an extra."""
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield str(canonicalize_name(requirement.name))
