"""The grammar of a documentation header, one line per key and item however long.

No indentation, one empty line before each block, and a line feed at the end (so the closing quotes stand on a line of
their own)::

    Implementation of: <title>
    Authors: <name>, <name>
    Paper: <URL>
    Official code: <URL, or "Not available">

    This implementation covers:
    - [x] <what> (<locators>)
    - [ ] <what> (<locators>): <why not>

    Known differences from paper:
    - D1 <what> (<locators>): <why> [moves: <claim ids, or "none">]

    Reproduction status:
    - Dataset: <name> - <achieved> vs <published> [<verdict>]

The last two blocks hold ``- None`` where there is nothing to list. Nothing else is accepted, neither other spaces nor
other indentation, so ``parse`` and ``render`` are exact inverses: ``render(parse(text)) == text`` for every text that
parses, ``parse(render(header)) == header`` for every header that can be made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from ectype.errors import HeaderError, Problem
from ectype.header.items import read_coverage, read_departure, read_reproduced
from ectype.header.rules import Fault, UnfitError, author_faults, text_faults, url_faults
from ectype.header.values import MAX_LINES, Header
from ectype.locators import quoted

TITLE = "Implementation of"
_NOT_AVAILABLE = "Not available"
_NONE = "- None"


def _code_faults(value: str) -> Iterator[Fault]:
    if value != _NOT_AVAILABLE:
        yield from url_faults(value, f"Write {_NOT_AVAILABLE!r} where there is no official code.")


_FIELDS: dict[str, Callable[[str], Iterator[Fault]]] = {
    TITLE: lambda value: text_faults(value, "a title"),
    "Authors": lambda value: author_faults(value.split(", ")),
    "Paper": url_faults,
    "Official code": _code_faults,
}
_BLOCKS = _COVERS, _DIFFERENCES, REPRODUCTION = (
    "This implementation covers",
    "Known differences from paper",
    "Reproduction status",
)
_ORDER = (*_FIELDS, *_BLOCKS)
_ORDER_HINT = f"The keys are, in this order: {', '.join(f'{name}:' for name in _ORDER)}"
_KEY = re.compile(r"([A-Za-z][A-Za-z ]*):")
_T = TypeVar("_T")


def render(header: Header) -> str:
    """Write a header; the text ends with a line feed."""
    values = (header.title, ", ".join(header.authors), header.paper, header.official_code or _NOT_AVAILABLE)
    blocks = (header.covers, header.departures, header.reproduction)
    lines = [f"{name}: {value}" for name, value in zip(_FIELDS, values, strict=True)]
    for name, items in zip(_BLOCKS, blocks, strict=True):
        lines += ["", f"{name}:", *(map(str, items) if items else [_NONE])]
    return "\n".join([*lines, ""])


def parse(text: str, *, file: str = "<header>", first_line: int = 1) -> Header:
    """Read a header.

    Args:
        text: the docstring as Python sees it.
        file: the file to name in problems.
        first_line: the line of that file on which the text begins.

    Raises:
        HeaderError: every problem of the text, each with its line.
    """
    return _Parser(text, file, first_line).header()


class _Parser:
    """Collects the keys and items of a text with every problem on the way; lines are counted from 0."""

    def __init__(self, text: str, file: str, first_line: int) -> None:
        self.file, self.first_line = file, first_line
        self.problems: list[Problem] = []
        self.keys: dict[str, tuple[int, str]] = {}  # name -> line, what follows the colon
        self.items: dict[str, list[tuple[int, str]]] = {name: [] for name in _BLOCKS}
        *self.lines, rest = text.split("\n")
        if rest:
            self.lines.append(rest)
            self.fault(len(self.lines) - 1, Fault("a line feed at the end of the header", quoted(rest[-20:])))

    def fault(self, line: int, fault: Fault) -> None:
        self.problems.append(Problem(self.file, self.first_line + line, *fault))

    def refusal(self, expected: str, received: str) -> HeaderError:
        return HeaderError([Problem(self.file, self.first_line, expected, received)])

    def header(self) -> Header:
        if len(self.lines) > MAX_LINES:
            raise self.refusal(f"a header of at most {MAX_LINES} lines", f"{len(self.lines)} lines")
        self.collect()
        if not self.keys:
            first = self.lines[0] if self.lines else ""
            raise self.refusal(f"a header that begins with '{TITLE}: <title>'", quoted(first))
        self.find_missing()
        values = [self.field(name) for name in _FIELDS if name in self.keys]
        covers = self.block(_COVERS, read_coverage)
        departures = self.block(_DIFFERENCES, read_departure)
        reproduction = self.block(REPRODUCTION, read_reproduced)
        if self.problems:
            raise HeaderError(sorted(self.problems))
        title, authors, paper, code = values
        official = None if code == _NOT_AVAILABLE else code
        return Header(title, tuple(authors.split(", ")), paper, official, covers, departures, reproduction)

    def collect(self) -> None:
        current = ""
        for number, line in enumerate(self.lines):
            key = self.key(number)
            if not line.strip():
                if line or self.key(number + 1) in ("", *_FIELDS):
                    self.fault(number, Fault("one empty line before each block and none elsewhere", quoted(line)))
            elif key in _ORDER:
                self.place(number, current := key)
            elif line.startswith("-"):
                if current in _BLOCKS:
                    self.items[current].append((number, line))
                elif current in ("", *_FIELDS):
                    self.fault(number, Fault("items under one of the blocks", quoted(line), _ORDER_HINT))
            elif key:
                self.fault(number, Fault("a known key", quoted(f"{key}:"), _ORDER_HINT))
                current = key
            else:
                hint = "Start in the first column; an item stays on one line, however long."
                self.fault(number, Fault("a key, a block or an item that begins with '- '", quoted(line), hint))

    def key(self, number: int) -> str:
        match = _KEY.match(self.lines[number]) if number < len(self.lines) else None
        return match[1] if match else ""

    def place(self, number: int, name: str) -> None:
        if name in _BLOCKS and number and self.lines[number - 1].strip():
            self.fault(number, Fault(f"an empty line before '{name}:'", quoted(self.lines[number - 1])))
        if name in self.keys:
            self.fault(number, Fault(f"'{name}:' once", "it again"))
            return
        later = [other for other in self.keys if _ORDER.index(other) > _ORDER.index(name)]
        if later:
            self.fault(number, Fault(f"'{name}:' before '{later[0]}:'", "it after", _ORDER_HINT))
        self.keys[name] = number, self.lines[number][len(name) + 1 :]

    def find_missing(self) -> None:
        for rank, name in enumerate(_ORDER):
            if name not in self.keys:
                after = (self.keys[other][0] for other in _ORDER[rank:] if other in self.keys)
                line = next(after, len(self.lines) - 1)
                self.fault(line, Fault(f"'{name}:'", "a header without it", _ORDER_HINT))

    def field(self, name: str) -> str:
        number, rest = self.keys[name]
        if rest and rest[0] != " ":
            self.fault(number, Fault(f"one space after '{name}:'", quoted(rest)))
        value = rest.removeprefix(" ")
        for fault in _FIELDS[name](value):
            self.fault(number, fault)
        return value

    def block(self, name: str, read_item: Callable[[str, int], _T]) -> tuple[_T, ...]:
        if name not in self.keys:
            return ()
        number, rest = self.keys[name]
        if rest:
            self.fault(number, Fault(f"nothing after '{name}:'", quoted(rest)))
        lines = self.items[name]
        may_be_empty = name != _COVERS
        if may_be_empty and [line for _, line in lines] == [_NONE]:
            return ()
        if not lines:
            self.fault(number, Fault(f"items after '{name}:'", "none", f"Write {_NONE!r}." if may_be_empty else ""))
        items: list[_T] = []
        for position, (number, line) in enumerate(lines, 1):
            if line == _NONE:
                alone = "without other items" if may_be_empty else "never in this block"
                self.fault(number, Fault(f"{_NONE!r} {alone}", quoted(line)))
            elif not line.startswith("- "):
                self.fault(number, Fault("'- ' before an item", quoted(line)))
            else:
                try:
                    items.append(read_item(line[2:], position))
                except UnfitError as unfit:
                    for fault in unfit.faults:
                        self.fault(number, fault)
        return tuple(items)
