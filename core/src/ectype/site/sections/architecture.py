"""The architecture: what the analysis says of it, the modules as they were called, and a table of what they cost."""

from __future__ import annotations

from ectype.results import ComponentRecord
from ectype.site import anatomy
from ectype.site.anatomy import Node
from ectype.site.excerpt import line_link
from ectype.site.figures import boxes
from ectype.site.markup import DASH, Markup, block, code, folded, heading, small, spread, text
from ectype.site.publication import Publication
from ectype.site.sections.analysis import ARCHITECTURE, read
from ectype.site.tables import Row, table

EXPLAINED = """\
Measured when the paper was verified, on the inputs that the checks draw. A box in a box is a part of it; boxes follow each
other in the order in which they are first called. Multiply-adds are those of matrix products, convolutions and attention.
"""

SHOWN = 3
"""So many components stand open on the page; the others open on request."""


def section(paper: Publication) -> str:
    """Return the architecture of a paper.

    Raises:
        InvalidError: if a formula, link or placeholder in the analysis does not resolve.
    """
    said = read(paper, shift=0).get(ARCHITECTURE, "")
    found = anatomy.roots(paper.measured.components) if paper.measured else []
    if not (said or found):
        return ""
    parts = [heading(2, text(ARCHITECTURE), "analysis-architecture"), said]
    if found:
        parts += [heading(3, text("Layers"), "layers"), block(EXPLAINED, name="note")]
        parts += [_component(paper, *each) for each in found[:SHOWN]]
        if more := found[SHOWN:]:
            title = text(f"{len(more)} more: {', '.join(component.id for component, _ in more)}")
            parts.append(folded(title, "\n\n".join(_component(paper, *each) for each in more)))
    return "\n\n".join(part for part in parts if part)


def _component(paper: Publication, component: ComponentRecord, root: Node) -> str:
    assert component.layers is not None
    name = component.of.rpartition(".")[2]
    linked = code(name)
    if component.source is not None:
        linked = line_link(paper, component.source.file, component.source.line, linked)
    setting = small(text(f"as {component.layers.setting}, on {anatomy.shape(root.layer.inputs) or 'no tensor'}"))
    drawn = Markup(f'<figure class="anatomy" data-search-exclude>{boxes.figure(f"Modules of {name}", root)}</figure>')
    return "\n\n".join(
        [heading(4, linked, f"layers-{component.id}"), block(setting, name="note"), drawn, _table(component, root)]
    )


def _table(component: ComponentRecord, root: Node) -> str:
    rows = [_row(component, depth, node) for depth, node in root.walk()]
    columns = ("Layer", "Kind", "Input", "Output", "Parameters", "Multiply-adds")
    caption = f"Layers of {component.id}: shapes, parameters, operations"
    return table(columns, rows, caption=caption, name="layers", right=(4, 5))


def _row(component: ComponentRecord, depth: int, node: Node) -> Row:
    layer = node.layer
    times = f"{node.times} × " if node.times > 1 else ""
    called = small(text(f"called {layer.calls} times")) if layer.calls > 1 else ""
    indent = Markup(f'<span class="depth" style="--depth: {depth}"></span>')
    label = code(node.name) if node.name else text(component.id)
    return Row(
        [
            Markup(f"{indent}{text(times)} {label}" if times else f"{indent}{label}"),
            spread([text(node.kind), Markup(called)], " "),
            _shape(layer.inputs),
            _shape(layer.outputs),
            text(f"{times}{layer.parameters:,}") if layer.parameters else DASH,
            text(f"{times}{layer.multiply_adds:,}") if layer.multiply_adds else DASH,
        ]
    )


def _shape(sizes: list[list[int]]) -> Markup:
    return text(anatomy.shape(sizes)) if sizes else DASH
