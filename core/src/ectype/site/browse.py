"""Browse: a list that a reader can filter and sort, as a table or not; without a script it is whole and in its own order.

``docs/assets/browse.js`` makes the controls work. What they choose is in ``data-`` attributes of the things listed and is
kept in the address of the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ectype.site.hypertext import Attributes, element, hidden
from ectype.site.markup import Markup, counted, slug, text


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Args:
        title: its heading, words of the generator.
        hint: what it holds, shown on hovering.
        number: whether it is sorted by a number, and set to the right.
        sorts: whether it can be sorted by.
    """

    title: str
    hint: str = ""
    number: bool = False
    sorts: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell.

    Args:
        shown: what it says.
        key: what it is sorted by; None for what it says.
    """

    shown: Markup
    key: float | str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row.

    Args:
        cells: as many as there are columns; the first names the row.
        words: the words under which each control finds it.
        name: where links point at.
        also: a text it is found by and does not show.
    """

    cells: Sequence[Cell]
    words: Mapping[str, Iterable[str]] = field(default_factory=dict)
    name: str = ""
    also: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A control that chooses among words.

    Args:
        name: of the ``data-`` attribute and in the address.
        label: what stands before it.
        options: words and what they are called; with groups, by the name of the group.
        any: what stands for no choice.
    """

    name: str
    label: str
    options: Mapping[str, str] | Mapping[str, Mapping[str, str]]
    any: str = "any"


def browse(
    choices: Sequence[Choice], parts: Sequence[str], *, noun: str, hint: str, columns: Sequence[Column] = ()
) -> str:
    """Return a list with its controls.

    Args:
        choices: what can be chosen; those with a single option are left out.
        parts: what is listed: HTML, or Markdown blocks.
        noun: what is counted, in the singular.
        hint: what the text field finds.
        columns: those of the table in it, if it can be sorted.
    """
    several = counted(2, noun).partition(" ")[2]
    controls = [
        _control(
            "Find", element("input", {"type": "search", "name": "text", "placeholder": hint, "autocomplete": "off"})
        ),
        *(_select(choice) for choice in choices if len(choice.options) > 1),
        *([_select(Choice("sort", "Sort by", _orders(columns), any="as listed"))] if columns else []),
        element("button", {"type": "reset"}, "Clear"),
        element("output", {"aria-live": "polite"}),
    ]
    form: Attributes = {
        "class": "controls",
        "hidden": True,
        "data-one": noun,
        "data-many": several,
        "data-search-exclude": True,
    }
    return "\n\n".join(['<div class="browse" markdown>', element("form", form, *controls), *parts, "</div>"])


def table(columns: Sequence[Column], rows: Iterable[Row], *, name: str, caption: str) -> str:
    """Return a table of things that the controls of a list find; it scrolls by itself where it is too wide.

    Args:
        columns: the first names a row.
        rows: in the order of the page.
        name: a class of the stylesheet.
        caption: what it is a table of, read aloud.
    """
    head = element("tr", {}, *(_heading(column) for column in columns))
    body = "\n".join(_row(columns, row) for row in rows)
    sortable = "sortable " if any(column.sorts for column in columns) else ""
    region: Attributes = {
        "class": "scroll",
        "tabindex": "0",
        "role": "region",
        "aria-label": caption,
        "data-search-exclude": True,
    }
    inner = f"<caption>{hidden(caption)}</caption>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody>"
    return element("div", region, f'<table class="{sortable}{name}">\n{inner}\n</table>')


def words(values: Iterable[str]) -> dict[str, str]:
    """Return the options of a choice for texts: each by its word, sorted, once."""
    return {slug(value): value for value in sorted(set(values))}


def attributes(found: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return the attributes by which controls find something."""
    return {f"data-{name}": " ".join(dict.fromkeys(map(slug, values))) for name, values in found.items()}


def _heading(column: Column) -> Markup:
    sorts: dict[str, str | float | bool] = {}
    if column.sorts:
        sorts = {"data-sort": slug(column.title), "data-number": column.number}
    said = {"scope": "col", "class": "number" if column.number else False, "title": column.hint or False}
    return element("th", {**said, **sorts}, text(column.title))


def _row(columns: Sequence[Column], row: Row) -> Markup:
    first, *rest = zip(columns, row.cells, strict=True)
    shown = [_cell("th", *first), *(_cell("td", column, cell) for column, cell in rest)]
    also = {"id": row.name or False, "data-item": "counted", **attributes(row.words), "data-also": row.also or False}
    return element("tr", also, *shown)


def _cell(name: str, column: Column, cell: Cell) -> Markup:
    said: dict[str, str | float | bool] = {"scope": "row"} if name == "th" else {"data-label": column.title}
    if column.number:
        said["class"] = "number"
    if cell.key is not None:
        said["data-key"] = cell.key
    return element(name, said, cell.shown)


def _orders(columns: Sequence[Column]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in columns:
        if column.sorts:
            up, down = ("least first", "most first") if column.number else ("A to Z", "Z to A")
            name = slug(column.title)
            both = {name: f"{column.title}, {up}", f"-{name}": f"{column.title}, {down}"}
            found |= dict(sorted(both.items())) if column.number else both
    return found


def _select(choice: Choice) -> Markup:
    options = [element("option", {"value": ""}, text(choice.any))]
    for value, label in choice.options.items():
        if isinstance(label, str):
            options.append(element("option", {"value": value}, text(label)))
        else:
            inner = [element("option", {"value": key}, text(said)) for key, said in label.items()]
            options.append(element("optgroup", {"label": value}, *inner))
    return _control(choice.label, element("select", {"name": choice.name}, *options))


def _control(label: str, control: Markup) -> Markup:
    return element("label", {"class": "control"}, element("span", {}, text(label)), control)
