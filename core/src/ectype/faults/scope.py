"""Scope: the modules of a package, and which of them are examined for faults."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Module:
    """A module of a package.

    Args:
        name: the full one.
        file: where its source is.
        source: as Python reads it.
        imports: the modules of the same package that it imports when it runs, wherever in it.
    """

    name: str
    file: Path
    source: str
    imports: frozenset[str]


def modules(package: str, folder: Path) -> dict[str, Module]:
    """Return the modules of a package by name.

    Args:
        package: the import name.
        folder: where the package is.
    """
    sources = {}
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder).with_suffix("").parts
        name = ".".join([package, *(parts[:-1] if parts[-1] == "__init__" else parts)])
        sources[name] = (file, importlib.util.decode_source(file.read_bytes()))
    return {
        name: Module(name, file, source, frozenset(_imports(source, name, file, sources.keys())))
        for name, (file, source) in sources.items()
    }


def examined(
    found: dict[str, Module], *, components: Iterable[str], declared_in: str
) -> tuple[list[str], dict[str, str]]:
    """Return the modules that are examined for faults, and the others with the reason why they are not.

    Examined is what the components are made of: the modules that define them and what those import. Not examined are
    packages' own ``__init__``, and what verifies: the module of the declarations, all below it, and whatever only it uses.

    Args:
        found: the modules of the package.
        components: the modules that define components.
        declared_in: the module that the entry point names.
    """
    chosen = reached(components, {name: module.imports for name, module in found.items()})
    beside: dict[str, str] = {}
    for name, module in found.items():
        if name == declared_in or name.startswith(f"{declared_in}."):
            beside[name] = "declares and verifies"
        elif module.file.name == "__init__.py":
            beside[name] = "exports only"
        elif name not in chosen:
            beside[name] = "no component is made of it"
    return sorted(chosen - beside.keys()), beside


def reached(start: Iterable[str], steps: dict[str, frozenset[str]]) -> set[str]:
    """Return what can be reached from some names in any number of steps, those names included."""
    seen: set[str] = set()
    queue = list(start)
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue += steps.get(name, frozenset())
    return seen


def _imports(source: str, name: str, file: Path, known: Iterable[str]) -> Iterator[str]:
    names = set(known)
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in _run(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom):
            dots = "." * node.level
            base = importlib.util.resolve_name(f"{dots}{node.module or ''}", package) if dots else node.module or ""
            if base in names:
                inner = {f"{base}.{alias.name}" for alias in node.names}
                yield from inner & names
                if inner - names:
                    yield base


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is run: everything but what stands under ``if TYPE_CHECKING``."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.If) and child in node.body and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield from _run(child)
