"""Strips: one line that shows a published value with its margin, the seeds, and the interval of their mean."""

from __future__ import annotations

from collections.abc import Sequence

from ectype.site.figures import svg
from ectype.site.figures.dots import dot, interval
from ectype.site.figures.scales import fitted
from ectype.site.markup import Markup

WIDTH, HEIGHT = 220.0, 26.0


def strip(
    target: float, margin: float, values: Sequence[float], bounds: tuple[float, float] | None, *, description: str
) -> Markup:
    """Return the strip.

    Args:
        target: the published value; a line.
        margin: how far from it still counts as the same; a box around it.
        values: of the seeds, finite; dots.
        bounds: the interval of their mean, where there is one; a bar.
        description: all of this in words.
    """
    middle, low, high = HEIGHT / 2, target - margin, target + margin
    x = fitted([low, high, *values, *(bounds or ())], 4, WIDTH - 4, pad=0.0, log=False)
    box: dict[str, str | float] = {
        "x": x.at(low),
        "y": 3.0,
        "width": x.at(high) - x.at(low),
        "height": HEIGHT - 6,
        "class": "margin",
    }
    parts = [svg.element("rect", box), svg.rule(x.at(target), 1, x.at(target), HEIGHT - 1, name="target")]
    parts += [dot(x.at(value), middle, 3, "seed series-1") for value in values]
    if bounds is not None:
        parts.append(interval(x.at(bounds[0]), x.at(bounds[1]), middle, "interval series-1"))
    if values:
        parts.append(dot(x.at(sum(values) / len(values)), middle, 3.5, "mean series-1"))
    return svg.picture(WIDTH, HEIGHT, "".join(parts), title=description, name="strip")
