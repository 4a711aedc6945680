"""SVG elements as text; every text from a package is escaped as it is everywhere on the site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ectype.site.markup import Markup, text

COLOURS = 8
"""How many colours the stylesheet has."""

_DASHES = ("", "7 3", "2 3", "9 3 2 3", "5 2")


def element(name: str, attributes: Mapping[str, str | float], body: str = "") -> str:
    """Return an element; numbers are written to a tenth of a pixel."""
    written = "".join(f' {key}="{_written(value)}"' for key, value in attributes.items() if value != "")
    return f"<{name}{written}>{body}</{name}>" if body else f"<{name}{written}/>"


def label(x: float, y: float, value: str, *, name: str = "", anchor: str = "") -> str:
    """Return a text at a point; ``anchor`` is ``middle`` or ``end``."""
    return element("text", {"x": x, "y": y, "class": name, "text-anchor": anchor}, text(value))


def rule(x1: float, y1: float, x2: float, y2: float, *, name: str, dash: str = "") -> str:
    """Return a straight line."""
    return element("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "class": name, "stroke-dasharray": dash})


def path(points: Iterable[tuple[float, float] | None], *, name: str, dash: str = "") -> str:
    """Return a line through points, interrupted where one is None."""
    said, move = [], True
    for point in points:
        if point is not None:
            said.append(f"{'M' if move else 'L'}{_written(point[0])} {_written(point[1])}")
        move = point is None
    return element("path", {"d": "".join(said), "class": name, "stroke-dasharray": dash}) if said else ""


def picture(width: float, height: float, body: str, *, title: str, description: str = "", name: str = "plot") -> Markup:
    """Return an image with a name and a description for those who do not see it, on one line.

    Args:
        width: of its own coordinates; it is shown as wide as the stylesheet says.
        height: of its own coordinates.
        body: its elements.
        title: what it is called.
        description: what it shows, in a sentence.
        name: its class.
    """
    said = element("title", {}, text(title)) + (element("desc", {}, text(description)) if description else "")
    size: dict[str, str | float] = {
        "data-search-exclude": "true",
        "viewBox": f"0 0 {_written(width)} {_written(height)}",
        "width": width,
        "height": height,
    }
    return Markup(element("svg", {"class": name, "role": "img"} | size, said + body))


def colour(index: int) -> str:
    """Return the class of the colour of a series."""
    return f"series-{index % COLOURS + 1}"


def dash(index: int) -> str:
    """Return the dashes of a series; no two of forty share both colour and dashes."""
    return _DASHES[(index + index // COLOURS) % len(_DASHES)]


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
