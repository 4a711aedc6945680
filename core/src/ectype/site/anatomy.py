"""Anatomy: the modules of a component as a tree, in which parts that follow each other and are alike are one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from ectype.results import ComponentRecord, Layer, LayersRecord

_LISTS = tuple(f"torch.nn.modules.container.{name}" for name in ("ModuleList", "ModuleDict"))


@dataclass
class Node:
    """A module with its parts.

    Args:
        layer: what was measured of it; of the first where several are alike.
        own: its name inside what it is a part of.
        parts: inside it, in the order in which they were called.
        times: how many follow each other that are alike.
        last: the number of the last of them.
    """

    layer: Layer
    own: str
    parts: list[Node] = field(default_factory=list)
    times: int = 1
    last: str = ""

    @property
    def name(self) -> str:
        """Its name inside what it is a part of; a range where several are alike."""
        return self.own if self.times == 1 else f"{self.own}–{self.last}"

    @property
    def kind(self) -> str:
        """The name of its class."""
        return self.layer.kind.rpartition(".")[2]

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Node]]:
        """Yield it and everything inside it, each with its depth."""
        yield depth, self
        for part in self.parts:
            yield from part.walk(depth + 1)


def tree(record: LayersRecord) -> Node:
    """Return the modules of a component as a tree; lists of modules are passed over, their parts keep their names."""
    nodes = {layer.name: Node(layer, layer.name.rpartition(".")[2]) for layer in record.layers}
    for name, node in nodes.items():
        if name:
            nodes[name.rpartition(".")[0]].parts.append(node)
    return _folded(nodes[""])


def roots(components: Sequence[ComponentRecord]) -> list[tuple[ComponentRecord, Node]]:
    """Return the components with modules inside them that are no part of another one."""
    inside = {layer.kind for c in components if c.layers for layer in c.layers.layers[1:]}
    own = [(c, c.layers) for c in components if c.layers and len(c.layers.layers) > 1]
    return [(component, tree(layers)) for component, layers in own if component.of not in inside]


def shape(sizes: Iterable[Sequence[int]]) -> str:
    """Return the shapes of tensors: ``2 × 5 × 512``."""
    return ", ".join(" × ".join(map(str, size)) or "scalar" for size in sizes)


def _folded(node: Node) -> Node:
    parts: list[Node] = []
    for part in map(_folded, _opened(node)):
        if parts and _numbered(parts[-1], part) and _alike(parts[-1], part):
            parts[-1].times += 1
            parts[-1].last = part.own.rpartition(".")[2]
        else:
            parts.append(part)
    node.parts = parts
    return node


def _opened(node: Node) -> Iterator[Node]:
    """Yield the parts of a module, those of a list in its place."""
    for part in node.parts:
        if part.layer.kind in _LISTS and part.parts:
            for inner in part.parts:
                inner.own = f"{part.own}.{inner.own}"
            yield from _opened(part)
        else:
            yield part


def _numbered(one: Node, other: Node) -> bool:
    """Return whether two parts are items of one list."""
    (first, _, number), (second, _, next_number) = one.own.rpartition("."), other.own.rpartition(".")
    return first == second and number.isdigit() and next_number.isdigit()


def _alike(one: Node, other: Node) -> bool:
    """Return whether two modules are of the same kind, size and shapes, and so are their parts by name."""
    if msgspec.structs.replace(one.layer, name="") != msgspec.structs.replace(other.layer, name=""):
        return False
    both = zip(one.parts, other.parts, strict=False)
    return len(one.parts) == len(other.parts) and all(
        (a.name, a.times) == (b.name, b.times) and _alike(a, b) for a, b in both
    )
