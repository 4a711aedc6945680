"""Operators: the kinds of faults, each a small function that says how one piece of code can be wrong.

An operator is given a node of a syntax tree and yields changes, each a dictionary from a node to what stands there
instead. Its docstring says what the fault is in the world of papers. What changes nothing, or what another operator has
yielded already, is left out by ``seeding``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Change: TypeAlias = Mapping[ast.AST, ast.AST]


@dataclass(slots=True)
class Code:
    """A module as a syntax tree in which the way up is known.

    Args:
        tree: of the whole module.
    """

    tree: ast.Module
    parents: dict[ast.AST, ast.AST] = field(init=False)
    imported: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        names = [node for node in ast.walk(self.tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
        self.imported = {(a.asname or a.name).partition(".")[0] for node in names for a in node.names}

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the parent of a node, its parent, and so on up to the module."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def is_test(self, node: ast.AST) -> bool:
        """Return whether a node is the condition of a branch, a loop or a comprehension."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.comprehension):
            return node in parent.ifs
        return isinstance(parent, (ast.If, ast.While, ast.IfExp)) and node is parent.test

    def is_guard(self, node: ast.AST) -> bool:
        """Return whether a node is an ``if`` that does nothing but raise."""
        return isinstance(node, ast.If) and not node.orelse and all(isinstance(s, ast.Raise) for s in node.body)


Function: TypeAlias = Callable[[ast.AST, Code], Iterator[Change]]


@dataclass(frozen=True, slots=True)
class Operator:
    """A kind of fault.

    Args:
        name: lower-case words with hyphens, unique.
        function: yields the changes that are possible at a node.
    """

    name: str
    function: Function

    @property
    def plants(self) -> str:
        """What the fault is, in one line."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]


def operator(function: Function) -> Operator:
    """Make an operator of a function; its name is the function's, with hyphens."""
    return Operator(function.__name__.replace("_", "-"), function)


def every() -> list[Operator]:
    """Return all operators, defined in the modules beside this one, sorted by name."""
    found = []
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        found += [value for value in vars(loaded).values() if isinstance(value, Operator)]
    return sorted(found, key=lambda made: made.name)


def last_name(node: ast.AST) -> str:
    """Return the last word of a name: ``softmax`` of ``torch.nn.functional.softmax``, or an empty text."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
