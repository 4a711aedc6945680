"""Dot plots: a row a variant, each seed a dot, the mean and its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ectype.site.figures import svg
from ectype.site.figures.scales import Scale, fitted
from ectype.site.markup import Markup

WIDTH = 460.0
_ROW, _TOP, _BOTTOM = 30.0, 30.0, 30.0


@dataclass(frozen=True, slots=True)
class Row:
    """A variant: its name, the finite values of its seeds, their mean and the interval of it where there is one."""

    name: str
    index: int
    values: Sequence[float]
    mean: float
    interval: tuple[float, float] | None


def figure(title: str, metric: str, rows: Sequence[Row]) -> Markup:
    """Return a dot plot.

    Args:
        title: what is shown.
        metric: what the axis shows.
        rows: from the top; each has a value.
    """
    longest = max(len(row.name) for row in rows)
    left, right = min(0.42 * WIDTH, 16 + 7.2 * longest), WIDTH - 14
    bottom = _TOP + _ROW * len(rows)
    shown = [value for row in rows for value in (*row.values, *(row.interval or ()))]
    x = fitted(shown, left, right)
    parts = [svg.label(4, 16, metric, name="plot__title")]
    if x.log:
        parts.append(svg.label(right, 16, "logarithmic scale", name="plot__note", anchor="end"))
    for value, written in x.ticks(5):
        parts.append(svg.rule(x.at(value), _TOP, x.at(value), bottom, name="plot__grid"))
        parts.append(svg.label(x.at(value), bottom + 17, written, anchor="middle"))
    for place, row in enumerate(rows):
        parts.append(_row(row, x, left, _TOP + _ROW * (place + 0.5)))
    said = ", ".join(f"{row.name} {row.mean:.4g}" for row in rows)
    return svg.picture(WIDTH, bottom + _BOTTOM, "".join(parts), title=title, description=f"Means of {metric}: {said}")


def _row(row: Row, x: Scale, left: float, y: float) -> str:
    name = svg.colour(row.index)
    shown = row.name if len(row.name) <= 26 else f"{row.name[:25]}…"
    parts = [svg.label(left - 12, y + 4, shown, anchor="end", name="plot__name")]
    parts += [dot(x.at(value), y, 3.5, f"seed {name}") for value in row.values]
    if row.interval is not None:
        parts.append(interval(x.at(row.interval[0]), x.at(row.interval[1]), y, f"interval {name}"))
    return "".join([*parts, dot(x.at(row.mean), y, 4.5, f"mean {name}")])


def dot(x: float, y: float, radius: float, name: str) -> str:
    """Return a dot."""
    return svg.element("circle", {"cx": x, "cy": y, "r": radius, "class": name})


def interval(low: float, high: float, y: float, name: str) -> str:
    """Return a bar with ends."""
    ends = [svg.path([(end, y - 5), (end, y + 5)], name=name) for end in (low, high)]
    return "".join([svg.path([(low, y), (high, y)], name=name), *ends])
