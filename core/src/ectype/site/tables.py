"""Tables of a paper's page: named for those who do not see them, scrolling by themselves, rows that lead and rows that tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ectype.site.hypertext import element, hidden
from ectype.site.markup import Markup


@dataclass(frozen=True, slots=True)
class Row:
    """A row.

    Args:
        cells: as many as there are columns; the first names the row.
        name: where links point at.
        below: what stands under all of its cells.
        tone: a class of the stylesheet.
    """

    cells: Sequence[Markup]
    name: str = ""
    below: Markup | None = None
    tone: str = ""


def table(
    columns: Sequence[Markup | str], rows: Iterable[Row], *, caption: str, name: str = "", right: Iterable[int] = ()
) -> str:
    """Return a table.

    Args:
        columns: the headings, words of the generator or markup.
        rows: from the top.
        caption: what it is a table of, read aloud.
        name: a class of the stylesheet.
        right: indexes of the columns that hold numbers.
    """
    ends = set(right)
    heads = [element("th", {"scope": "col", **_side(place, ends)}, said) for place, said in enumerate(columns)]
    body = "\n".join(line for row in rows for line in _lines(row, [str(said) for said in columns], ends))
    inner = (
        f"<caption>{hidden(caption)}</caption>\n<thead>{element('tr', {}, *heads)}</thead>\n<tbody>\n{body}\n</tbody>"
    )
    region = {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": caption}
    return element("div", region, f'<table class="{name or "plain"}">\n{inner}\n</table>')


def pairs(rows: Iterable[tuple[str, Markup]]) -> Markup:
    """Return facts, each with its name before it; those that say nothing are left out."""
    said = [element("dt", {}, name) + element("dd", {}, what) for name, what in rows if what]
    return element("dl", {"class": "pairs"}, *said) if said else Markup("")


def _lines(row: Row, columns: Sequence[str], ends: set[int]) -> Iterable[Markup]:
    first, *rest = row.cells
    cells = [element("th", {"scope": "row"}, first)]
    for place, cell in enumerate(rest, 1):
        cells.append(element("td", _side(place, ends), cell))
    yield element("tr", {"id": row.name or False, "class": row.tone or False}, *cells)
    if row.below:
        yield element("tr", {"class": "below"}, element("td", {"colspan": str(len(columns))}, row.below))


def _side(place: int, ends: set[int]) -> dict[str, str]:
    return {"class": "number"} if place in ends else {}
