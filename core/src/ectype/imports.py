"""What a module imports, and what a package re-exports, read from the source.

Imports inside functions count, also ``import_module("a.module")``; those under ``if TYPE_CHECKING`` do not.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard


@dataclass(frozen=True, slots=True)
class Import:
    """``import module`` or, with a name, ``from module import name``."""

    module: str
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.module}.{self.name}" if self.name else self.module


@functools.lru_cache(maxsize=1024)
def imported(source: bytes, package: str) -> frozenset[Import]:
    """Return what a module imports; nothing where the source is not Python.

    Args:
        source: of the module.
        package: what its relative imports are relative to.
    """
    found: set[Import] = set()
    for node in _live(_parsed(source)):
        found.update(each for _, each in _bound(node, package))
        if isinstance(node, ast.Import):  # `import a.b` binds a, with all that a has
            found.update(Import(alias.name.partition(".")[0]) for alias in node.names if not alias.asname)
        elif isinstance(node, ast.Call) and _name(node.func) in ("import_module", "__import__"):
            texts = [text.value for text in node.args[:1] if isinstance(text, ast.Constant)]
            found.update(Import(text) for text in texts if isinstance(text, str))
    return frozenset(found)


@functools.lru_cache(maxsize=1024)
def exported(source: bytes, package: str) -> dict[str, Import] | None:
    """Return what the ``__init__`` of a package re-exports, by name, or None where it does more than to re-export.

    A ``__getattr__`` that imports on demand re-exports too.
    """
    found: dict[str, Import] = {}
    for statement in _parsed(source).body:
        if not (_only_imports(statement) or _only_says(statement)):
            return None
        for node in (statement, *_live(statement)):
            found.update(_bound(node, package))
    return None if any(each.name == "*" for each in found.values()) else found


def _bound(node: ast.AST, package: str) -> Iterator[tuple[str, Import]]:
    """Yield the names that an import statement binds, each with what it is."""
    if isinstance(node, ast.Import):
        yield from ((alias.asname or alias.name, Import(alias.name)) for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
        base = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
        module = ".".join([*base, *([node.module] if node.module else [])])
        yield from ((alias.asname or alias.name, Import(module, alias.name)) for alias in node.names)


def _only_imports(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.FunctionDef) and statement.name == "__getattr__":
        below = [node for node in _live(statement) if isinstance(node, ast.stmt)]
        return all(isinstance(node, (ast.If, ast.ImportFrom, ast.Return, ast.Raise)) for node in below)
    return isinstance(statement, (ast.Import, ast.ImportFrom)) or (_is_for_types(statement) and not statement.orelse)


def _only_says(statement: ast.stmt) -> bool:
    """Return whether a statement is a docstring, or gives ``__all__`` or the like a constant."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if not (isinstance(statement, ast.Assign) and all(_name(each).startswith("__") for each in statement.targets)):
        return False
    try:
        ast.literal_eval(statement.value)
    except ValueError:
        return False
    return True


@functools.lru_cache(maxsize=64)
def _parsed(source: bytes) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _live(node: ast.AST) -> Iterator[ast.AST]:
    """Yield everything below a node, less what only a type checker reads."""
    for child in node.orelse if _is_for_types(node) else ast.iter_child_nodes(node):
        yield child
        yield from _live(child)


def _is_for_types(node: ast.AST) -> TypeGuard[ast.If]:
    return isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING"


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
