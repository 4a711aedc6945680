"""Learning curves: a line for the mean over seeds, in a band from the smallest to the largest seed."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ectype.site.figures import svg
from ectype.site.figures.scales import Scale, fitted
from ectype.site.markup import Markup

WIDTH, HEIGHT = 460.0, 290.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 14.0, 30.0, 42.0
_POINTS = 900
"""Most points of all lines of a figure together."""

Run = tuple[Sequence[int], Sequence[float | None]]
"""Steps and values of one seed; None where the value was not finite."""


@dataclass(frozen=True, slots=True)
class Point:
    """What the seeds show at a step."""

    step: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """A variant: its place among all, which gives colour and dashes, and its points; None where a value is not finite."""

    index: int
    points: Sequence[Point | None]


@dataclass(frozen=True, slots=True)
class Level:
    """A published value, drawn across in the colour of a variant."""

    index: int
    value: float
    text: str


def over_seeds(runs: Sequence[Run]) -> list[Point | None]:
    """Return mean, smallest and largest value at every step; runs that skip a step are interpolated there."""
    steps = sorted({step for steps, _ in runs for step in steps})
    found: list[Point | None] = []
    for step in steps:
        reached = [run for run in runs if run[0] and run[0][0] <= step <= run[0][-1]]
        values = [_at(run, step) for run in reached]
        finite = [value for value in values if value is not None]
        whole = finite and len(finite) == len(values)
        found.append(Point(step, sum(finite) / len(finite), min(finite), max(finite)) if whole else None)
    return found


def _at(run: Run, step: int) -> float | None:
    steps, values = run
    place = bisect.bisect_left(steps, step)
    here = values[place]
    if steps[place] == step or here is None:
        return here
    before = values[place - 1]
    if before is None:
        return None
    share = (step - steps[place - 1]) / (steps[place] - steps[place - 1])
    return before + share * (here - before)


def figure(title: str, lines: Sequence[Line], levels: Sequence[Level] = (), *, unit: str = "") -> Markup:
    """Return learning curves of one metric.

    Args:
        title: the metric.
        lines: of the variants; at least one has a point.
        levels: published values.
        unit: of the metric.
    """
    drawn = [Line(line.index, _thinned(line.points, _POINTS // max(1, len(lines)))) for line in lines]
    points = [point for line in drawn for point in line.points if point is not None]
    values = [value for p in points for value in (p.low, p.high)] + [level.value for level in levels]
    right = WIDTH - max([_RIGHT, *(12 + 6.5 * len(level.text) for level in levels)])
    x = fitted([p.step for p in points], _LEFT, right, pad=0.02, log=False)
    y = fitted(values, HEIGHT - _BOTTOM, _TOP)
    parts = [_frame(x, y), svg.label(4, 16, f"{title} ({unit})" if unit else title, name="plot__title")]
    if y.log:
        parts.append(svg.label(right, 16, "logarithmic scale", name="plot__note", anchor="end"))
    parts += [_band(line, x, y) for line in drawn]
    parts += [_line(line, x, y) for line in drawn]
    parts += [
        svg.rule(_LEFT, y.at(each.value), right, y.at(each.value), name=_across(each), dash="1 4") for each in levels
    ]
    for height, level in _apart(levels, y):
        parts.append(svg.label(right + 6, height + 4, level.text, name=f"plot__level {svg.colour(level.index)}"))
    said = [f"{len(lines)} variants over {points[-1].step:,} steps" if len(lines) > 1 else f"{points[-1].step:,} steps"]
    said += [f"published value {level.text}" for level in levels]
    return svg.picture(WIDTH, HEIGHT, "".join(parts), title=f"Learning curves: {title}", description=", ".join(said))


def swatch(index: int) -> Markup:
    """Return a short piece of a variant's line, for a legend."""
    line = svg.rule(1, 6, 31, 6, name=f"line {svg.colour(index)}", dash=svg.dash(index))
    return Markup(
        svg.element(
            "svg",
            {"class": "swatch", "viewBox": "0 0 32 12", "aria-hidden": "true", "data-search-exclude": "true"},
            line,
        )
    )


def _frame(x: Scale, y: Scale) -> str:
    left, right, bottom = x.start, x.end, y.start
    parts = []
    for value, written in y.ticks():
        parts.append(svg.rule(left, y.at(value), right, y.at(value), name="plot__grid"))
        parts.append(svg.label(left - 6, y.at(value) + 4, written, anchor="end"))
    for value, written in x.ticks(5):
        parts.append(svg.rule(x.at(value), bottom, x.at(value), bottom + 4, name="plot__axis"))
        parts.append(svg.label(x.at(value), bottom + 17, written, anchor="middle"))
    parts.append(svg.rule(left, bottom, right, bottom, name="plot__axis"))
    parts.append(svg.label((left + right) / 2, HEIGHT - 6, "step", anchor="middle", name="plot__note"))
    return "".join(parts)


def _band(line: Line, x: Scale, y: Scale) -> str:
    parts = []
    for there, group in groupby(line.points, key=lambda point: point is not None):
        points = [point for point in group if point is not None]
        if there and any(point.low < point.high for point in points):
            upper = [(x.at(p.step), y.at(p.high)) for p in points]
            lower = [(x.at(p.step), y.at(p.low)) for p in reversed(points)]
            parts.append(svg.path([*upper, *lower], name=f"band {svg.colour(line.index)}"))
    return "".join(parts)


def _line(line: Line, x: Scale, y: Scale) -> str:
    through = [None if p is None else (x.at(p.step), y.at(p.mean)) for p in line.points]
    return svg.path(through, name=f"line {svg.colour(line.index)}", dash=svg.dash(line.index))


def _across(level: Level) -> str:
    return f"level {svg.colour(level.index)}"


def _apart(levels: Sequence[Level], y: Scale) -> list[tuple[float, Level]]:
    """Return the heights of labels, from the top, pushed down where two would overlap."""
    found: list[tuple[float, Level]] = []
    for level in sorted(levels, key=lambda level: y.at(level.value)):
        height = y.at(level.value)
        found.append((max(height, found[-1][0] + 12) if found else height, level))
    return found


def _thinned(points: Sequence[Point | None], most: int) -> Sequence[Point | None]:
    """Return the last point of every few; a gap that would be skipped stays a gap."""
    stride = -(-len(points) // most)
    ends = range(len(points), 0, -stride)
    windows = [points[max(0, end - stride) : end] for end in reversed(ends)]
    return [None if None in window else window[-1] for window in windows]
