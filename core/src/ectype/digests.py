"""Digests of source: of what the code says, not of how it is written.

Comments, docstrings and formatting do not count; a changed constant does. The walk over the syntax tree gives the same
digest on every supported version of Python.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ectype.files import write_atomically

LARGEST = 10_000
"""Digests that are remembered before those which are no longer used are forgotten."""

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
    return of_bytes(path.read_bytes())


def of_bytes(data: bytes) -> str:
    """Return the digest of the content of a Python file; of the bytes where it is not valid Python."""
    try:
        return of_source(data.decode())
    except (SyntaxError, ValueError):
        return hashlib.sha256(data).hexdigest()[:16]


class Remembered:
    """Digests by the bytes they are of, so that what did not change is not parsed in every process again.

    Args:
        file: where they are kept, or None for this process only. It may be deleted at any time, and one that cannot be
            read, or that another version of Python or of this file wrote, is not used.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._known: dict[str, str] = {}
        self._used: dict[str, str] = {}
        if file is None:
            return
        self._rules = hashlib.sha256(Path(__file__).read_bytes() + repr(sys.version_info[:2]).encode()).hexdigest()
        with suppress(OSError, ValueError, TypeError, AttributeError):
            kept = json.loads(file.read_bytes())
            if kept["rules"] == self._rules:
                self._known = {str(key): str(digest) for key, digest in kept["digests"].items()}

    def of(self, data: bytes) -> str:
        """Return the digest of the content of a Python file."""
        key = hashlib.sha256(data).hexdigest()
        self._used[key] = digest = self._used.get(key) or self._known.get(key) or of_bytes(data)
        return digest

    def keep(self) -> None:
        """Write down what is new, where there is a folder for it."""
        if self._file is None or self._used.keys() <= self._known.keys() or not self._file.parent.is_dir():
            return
        every = {**self._known, **self._used} if len(self._known) < LARGEST else self._used
        text = json.dumps({"rules": self._rules, "digests": every}, indent=0)
        with suppress(OSError):
            write_atomically(self._file, text.encode())
        self._known = every


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
