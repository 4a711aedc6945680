"""Digests of source: of what the code says, not of how it is written.

Comments, docstrings and formatting do not count; a changed constant does. The walk over the syntax tree gives the same
digest on every supported version of Python.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_IGNORED = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


@functools.lru_cache(maxsize=4096)
def of_source(text: str) -> str:
    """Return the digest of Python source: 16 hexadecimal digits.

    Raises:
        SyntaxError, ValueError: if the text is not Python.
    """
    digest = hashlib.sha256()
    for part in _walk(_without_docstrings(ast.parse(text))):
        digest.update(part.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def of_file(path: Path) -> str:
    """Return the digest of a Python file; of its bytes where it is not valid Python."""
    data = path.read_bytes()
    try:
        return of_source(data.decode())
    except (SyntaxError, ValueError):
        return hashlib.sha256(data).hexdigest()[:16]


def of_files(paths: Iterable[Path], *, root: Path) -> str:
    """Return one digest over several Python files and their names below a root."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(root).as_posix()}={of_file(path)};".encode())
    return digest.hexdigest()[:16]


def of_folder(folder: Path) -> str:
    """Return one digest over all Python files below a folder."""
    return of_files(folder.rglob("*.py"), root=folder)


def _without_docstrings(tree: ast.AST) -> ast.AST:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                del node.body[0]
    return tree


def _walk(node: Any) -> Iterator[str]:
    """Yield a text for every part of a syntax tree, empty fields left out."""
    if isinstance(node, ast.Constant):
        yield f"{type(node.value).__name__}:{node.value!r};"
        return
    yield f"({type(node).__name__}"
    for name, value in sorted(ast.iter_fields(node)):
        if name in _IGNORED or value is None or value == []:
            continue
        yield f" {name}="
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ast.AST):
                if not (isinstance(node, ast.JoinedStr) and isinstance(item, ast.Constant) and item.value == ""):
                    yield from _walk(item)
            else:
                yield f"{type(item).__name__}:{item!r};"
    yield ")"
