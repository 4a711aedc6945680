"""Excerpts: the lines of a package's code that an equation is about, cut from the source as it is now."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass

from ectype.locators import parse_locator
from ectype.results import Source
from ectype.site.highlight import excerpt as highlighted
from ectype.site.hypertext import to
from ectype.site.markup import NOTHING, Markup, code, link, small, spread, text
from ectype.site.publication import Publication, declares

LONGEST = 40
"""Lines of one excerpt; what is longer is cut, and the link leads to the rest."""

NEAR = 8
"""Citations with at most this many lines between them share an excerpt."""


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Consecutive lines of a file.

    Args:
        file: the name of the file, relative to the source folder.
        first: its first line, from 1.
        last: its last line.
        marked: the lines that are highlighted.
    """

    file: str
    first: int
    last: int
    marked: frozenset[int] = frozenset()


def cited(paper: Publication, locator: str) -> list[Excerpt]:
    """Return the code that cites a place of the paper or a part of it."""
    place = parse_locator(locator)
    found: list[Excerpt] = []
    for citation in paper.cited:
        if citation.file not in paper.files or not any(place.covers(where) for where in citation.locators):
            continue
        last = min(citation.end, citation.line + LONGEST - 1)
        lines = frozenset(range(citation.line, last + 1))
        before = found[-1] if found else None
        if (
            before
            and before.file == citation.file
            and citation.line - before.last <= NEAR
            and last - before.first < LONGEST
        ):
            found[-1] = Excerpt(before.file, before.first, max(before.last, last), before.marked | lines)
        else:
            found.append(Excerpt(citation.file, citation.line, last, lines))
    return found


def function(paper: Publication, source: Source | None) -> Excerpt | None:
    """Return the function at recorded lines, or None where they hold no whole function any more."""
    if source is None or source.line not in _functions(paper.files.get(source.file, "")).get(source.end_line, ()):
        return None
    return Excerpt(source.file, source.line, min(source.end_line, source.line + LONGEST - 1))


def body_of(paper: Publication, of: str) -> Excerpt | None:
    """Return what a package defines, behind its documentation."""
    found = definition(paper, of)
    if found is None:
        return None
    file, node = found
    documented = ast.get_docstring(node, clean=False) is not None and len(node.body) > 1
    first = node.body[1].lineno if documented else node.lineno
    return Excerpt(file, first, min(node.end_lineno or first, first + LONGEST - 1))


def show(paper: Publication, excerpt: Excerpt, *, label: str) -> str:
    """Return an excerpt with a line above it that says what it is and leads to the file."""
    where = code(f"{excerpt.file.partition('/')[2]}:{excerpt.first}")
    target = line_target(paper, excerpt.file, excerpt.first)
    caption = small(spread([text(label), link(where, target) if target else where]))
    whole = excerpt.last - excerpt.first + 1 == len(excerpt.marked)
    body = highlighted(paper.files[excerpt.file], excerpt.first, excerpt.last, () if whole else excerpt.marked)
    return f"{caption}\n\n{body}"


def line_target(paper: Publication, file: str, line: int) -> str:
    """Return where a line is shown, relative to the page of the paper, or an empty text where there is no such line."""
    if file not in paper.files or not 1 <= line <= paper.files[file].rstrip("\n").count("\n") + 1:
        return ""
    return f"{source_page(file)}#L{line}"


def line_link(paper: Publication, file: str, line: int, label: Markup) -> Markup:
    """Return a link to a line on the page that shows the file, or the label alone where there is no such line."""
    target = line_target(paper, file, line)
    return to(target, label) if target else label


def source_page(file: str) -> str:
    """Return the page that shows a source file, relative to the page of the paper."""
    return f"code/{file.partition('/')[2].removesuffix('.py')}.md"


def definition(paper: Publication, of: str) -> tuple[str, Definition] | None:
    """Return the file and the syntax of something that a package defines, ``package.module.name``."""
    module, _, name = of.rpartition(".")
    for file, source in paper.files.items():
        if file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") == module:
            return next(((file, node) for node in _definitions(source) if node.name == name), None)
    return None


def places(paper: Publication, place: str) -> Markup:
    """Return a place of a declaration such as ``claims.py:12`` as a link into the code, where it is unmistakable."""
    if not place:
        return NOTHING
    name, _, line = place.partition(":")
    named = [file for file in paper.files if f"/{file}".endswith(f"/{name}")]
    chosen = [file for file in named if declares(file)] or named
    return line_link(paper, chosen[0], int(line), code(place)) if len(chosen) == 1 and line.isdigit() else code(place)


@functools.lru_cache(maxsize=256)
def _definitions(source: str) -> tuple[Definition, ...]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    return tuple(node for node in ast.walk(tree) if isinstance(node, Definition))


@functools.lru_cache(maxsize=256)
def _functions(source: str) -> dict[int, set[int]]:
    """Return where functions begin, by where they end; one without a name ends with the statement that it is in."""
    found: dict[int, set[int]] = {}
    for node in _definitions(source):
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        found.setdefault(node.end_lineno or node.lineno, set()).add(first)
    for statement in _statements(source):
        for nameless in (node for node in ast.walk(statement) if isinstance(node, ast.Lambda)):
            for end in (nameless.end_lineno, statement.end_lineno):
                found.setdefault(end or nameless.lineno, set()).update({nameless.lineno, statement.lineno})
    return found


@functools.lru_cache(maxsize=256)
def _statements(source: str) -> tuple[ast.stmt, ...]:
    try:
        return tuple(ast.parse(source).body)
    except (SyntaxError, ValueError, RecursionError):
        return ()
