"""What is not written yet: functions that raise ``NotImplementedError``, placeholders in header, analysis and comments.

Read from the files; nothing is imported. ``TODO: what is asked for`` is a placeholder, and so is ``FIXME``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ectype import sources
from ectype.errors import HeaderError
from ectype.results import Unwritten

PLACEHOLDER = re.compile(r"\b(?:TODO|FIXME)\b")
_IN_PROSE = re.compile(rf"{PLACEHOLDER.pattern}|<[a-z][a-z ]*>|\?\?\?")
_VERBATIM = re.compile(r"^```.*?^```|`[^`\n]*`|\$[^$\n]*\$", re.M | re.S)


def find(package: Path, *, base: Path) -> list[Unwritten]:
    """Return what is not written yet in the header and the code of a package, in the order of files and lines.

    Args:
        package: the folder of the import package.
        base: the folder that file names are relative to.
    """
    found: list[Unwritten] = []
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)
        try:
            content = sources.load(path, file)
            if path == package / "__init__.py":
                found += _in_header(content, file)
            source = sources.decode(content, file)
            found += sorted(
                [*_comments(source, file), *_stubs(sources.parse(source, file), file)], key=lambda u: u.line
            )
        except HeaderError:  # the checks say what is wrong with this file
            continue
    return found


def in_prose(text: str) -> Iterator[tuple[int, str]]:
    """Yield every line of Markdown that holds a placeholder outside code and formulas: its number from 0, and it."""
    lines = text.splitlines()
    shown = _VERBATIM.sub(lambda verbatim: "\n" * verbatim.group().count("\n"), text)
    for number, line in enumerate(shown.splitlines()):
        if _IN_PROSE.search(line):
            yield number, asked(lines[number])


def asked(line: str) -> str:
    """Return what a line with a placeholder asks for: what stands behind it, or the line."""
    match = PLACEHOLDER.search(line)
    behind = line[match.end() :].partition(" |")[0].lstrip(":, ").rstrip() if match else ""
    return behind if re.search(r"\w", behind) else line.strip("#-| ").strip()


def _in_header(content: bytes, file: str) -> Iterator[Unwritten]:
    header = sources.docstring(content, file)
    for number, line in enumerate(header.text.splitlines(), header.first):
        if PLACEHOLDER.search(line):
            yield Unwritten(where="header", of="header", file=file, line=number, text=asked(line))


def _comments(source: str, file: str) -> Iterator[Unwritten]:
    for token in sources.comments(source, file):
        if PLACEHOLDER.search(token.string):
            yield Unwritten(where="code", of="comment", file=file, line=token.start[0], text=asked(token.string))


def _stubs(tree: ast.AST, file: str, around: str = "") -> Iterator[Unwritten]:
    """Yield the functions that end in ``raise NotImplementedError``; what is abstract is not one."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from _stubs(node, file, around)
            continue
        name = f"{around}.{node.name}".lstrip(".")
        if isinstance(node, ast.ClassDef):
            yield from _stubs(node, file, name)
        elif (text := _refusal(node.body[-1])) is not None and not _abstract(node):
            yield Unwritten(where="code", of=name, file=file, line=node.body[-1].lineno, text=text or f"write {name}")
        else:
            yield from _stubs(node, file, name)


def _refusal(statement: ast.stmt) -> str | None:
    """Return the text with which a statement raises ``NotImplementedError``, or None for another statement."""
    match statement:
        case ast.Raise(exc=ast.Call(func=ast.Name("NotImplementedError"), args=[ast.Constant(str(text)), *_])):
            return text
        case ast.Raise(exc=ast.Name("NotImplementedError") | ast.Call(func=ast.Name("NotImplementedError"))):
            return ""
    return None


def _abstract(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("abstractmethod" in ast.unparse(decorator) for decorator in function.decorator_list)
