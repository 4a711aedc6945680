"""The surface of a package: what it re-exports and where that is defined, read from the source without importing it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ectype.imports import exported, imported

Read = Callable[[str], str | None]
"""Gives the source of a module by its name, or None where there is none."""

Node = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign

DEEPEST = 5
"""How many packages may re-export a name one after the other."""


@dataclass(frozen=True, slots=True)
class Exported:
    """Something that a package re-exports.

    Args:
        name: what it is called there.
        module: the module that defines it.
        node: its definition.
        source: of that module.
        note: the text below an assignment that says what it is, or empty.
    """

    name: str
    module: str
    node: Node
    source: str
    note: str = ""

    @property
    def docstring(self) -> str:
        """What its docstring says, or the text below it."""
        if isinstance(self.node, ast.Assign | ast.AnnAssign):
            return self.note
        return ast.get_docstring(self.node, clean=False) or ""


def surface(package: str, read: Read) -> list[Exported]:
    """Return what a package or module makes public, in the order in which modules are imported, then of definition.

    Public is what ``__all__`` lists; without it, what is defined there and has no underscore before its name.
    """
    source = read(package)
    tree = parsed(source or "")
    listed = _listed(tree)
    names = listed if listed is not None else [name for name, _, _ in _defined(tree) if not name.startswith("_")]
    found = [one for name in names if (one := find(package, name, read)) is not None]
    modules = list(dict.fromkeys(node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)))
    place = {module: number for number, module in enumerate(modules)}
    return sorted(found, key=lambda one: (place.get(one.module, len(place)), one.node.lineno))


def find(module: str, name: str, read: Read, *, deep: int = DEEPEST) -> Exported | None:
    """Return the definition behind a name of a module, through those that only re-export it."""
    source = read(module)
    if source is None or not deep:
        return None
    for defined, node, note in _defined(parsed(source)):
        if defined == name:
            return Exported(name, module, node, source, note)
    behind = (exported(source.encode(), module) or {}).get(name)
    if behind is None:
        behind = next((one for one in imported(source.encode(), module.rpartition(".")[0]) if one.name == name), None)
    if behind is None or behind.name is None:
        return None
    return find(behind.module, behind.name, read, deep=deep - 1)


def signature(one: Exported, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    """Return a definition up to its body, as it is written."""
    import textwrap

    lines = one.source.split("\n")
    begin = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    end = max(node.body[0].lineno - 1, node.lineno)
    return textwrap.dedent("\n".join(lines[begin - 1 : end])).rstrip()


@functools.lru_cache(maxsize=512)
def parsed(source: str) -> ast.Module:
    """Return the syntax of a module; nothing where it is not Python."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module(body=[], type_ignores=[])


def _listed(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["__all__"]:
            try:
                return [str(name) for name in ast.literal_eval(node.value)]
            except (ValueError, TypeError):
                return None
    return None


def _defined(tree: ast.Module) -> Iterator[tuple[str, Node, str]]:
    for node, below in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node, ""
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, node, _text(below)


def _text(node: ast.stmt | None) -> str:
    """Return the text of a statement that is nothing but a text."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return ""
