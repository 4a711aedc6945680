"""Boxes in boxes: the modules of a component, in the order in which they are called."""

from __future__ import annotations

from ectype.site.anatomy import Node, shape
from ectype.site.figures import svg
from ectype.site.markup import Markup

WIDTH = 430.0
MOST = 60
"""Boxes of one figure; where there would be more, the deepest are left out."""

_LINE, _GAP, _PAD = 24.0, 5.0, 10.0
_CHARACTER = 6.9


def figure(title: str, root: Node) -> Markup:
    """Return the modules of a component as nested boxes.

    Args:
        title: what it is called.
        root: the component.
    """
    depth = _depth(root)
    height = _height(root, depth)
    parts = _box(root, 1.0, 1.0, WIDTH - 2, depth, 0)
    said = ", ".join(_said(part) for part in root.parts)
    return svg.picture(WIDTH, height + 2, "".join(parts), title=title, description=f"In order: {said}", name="boxes")


def _said(node: Node) -> str:
    times = f"{node.times} times " if node.times > 1 else ""
    output = f", giving {shape(node.layer.outputs)}" if node.layer.outputs else ""
    return f"{times}{node.name} ({node.kind}{output})"


def _depth(root: Node) -> int:
    """Return down to which depth boxes are drawn."""
    depths = [depth for depth, _ in root.walk()]
    return max((limit for limit in range(1, max(depths) + 1) if sum(d <= limit for d in depths) <= MOST), default=1)


def _height(node: Node, depth: int) -> float:
    if not (node.parts and depth):
        return _LINE
    return _LINE + sum(_height(part, depth - 1) + _GAP for part in node.parts) + _PAD - _GAP


def _box(node: Node, x: float, y: float, width: float, depth: int, level: int) -> list[str]:
    height = _height(node, depth)
    place: dict[str, str | float] = {"x": x, "y": y, "width": width, "height": height, "rx": 4.0}
    parts = [svg.element("rect", {**place, "class": f"box box--{'odd' if level % 2 else 'even'}"})]
    parts += _words(node, x + _PAD, x + width - _PAD, y + 16)
    if node.parts and depth:
        below = y + _LINE
        for part in node.parts:
            parts += _box(part, x + _PAD, below, width - 2 * _PAD, depth - 1, level + 1)
            below += _height(part, depth - 1) + _GAP
    return parts


def _words(node: Node, left: float, right: float, y: float) -> list[str]:
    """Return name, kind and shape on one line; what does not fit is cut."""
    room = int((right - left) / _CHARACTER)
    times = f"{node.times} × " if node.times > 1 else ""
    output = shape(node.layer.outputs) or ("not called" if not node.layer.calls and not node.parts else "")
    output = output if len(output) <= room // 2 else f"{output[: room // 2 - 1]}…"
    name = f"{times}{node.name}"
    kind = node.kind[: max(0, room - len(name) - len(output) - 4)]
    shown = [svg.label(left, y, name, name="box__name")] if name else []
    if kind:
        shown.append(svg.label(left + (len(name) + bool(name)) * _CHARACTER, y, kind, name="box__kind"))
    return [*shown, svg.label(right, y, output, name="box__shape", anchor="end")]
