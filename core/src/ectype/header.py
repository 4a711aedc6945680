"""The documentation header of a paper package: the docstring of its ``__init__.py``, read and written exactly.

The grammar, one line per key and item however long, no indentation, one empty line before each block, and a line feed
at the end (so the closing quotes stand on a line of their own)::

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

import ast
import dataclasses
import io
import os
import re
import tokenize
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple, TypeVar

from ectype.errors import HeaderError, Problem
from ectype.locators import FORMS, Locator, parse_locator, parse_locators, quoted

VERDICTS = (
    "reproduced",
    "differs",
    "contradicted",
    "underspecified",
    "inconclusive",
    "holds",
    "reversed",
    "replayed",
    "not attempted",
    "not run",
    "error",
    "does not discriminate",
)
"""Every verdict but "reproduced only under <reading>"."""

MAX_LINES = 1000
"""A longer text is not taken for a header."""

_FIELDS = ("Implementation of", "Authors", "Paper", "Official code")
_COVERS, _DIFFERENCES, _REPRODUCTION = _BLOCKS = (
    "This implementation covers",
    "Known differences from paper",
    "Reproduction status",
)
_ORDER = (*_FIELDS, *_BLOCKS)
_KEYS_HINT = f"The keys are, in this order: {', '.join(f'{name}:' for name in _ORDER)}"
_NOT_AVAILABLE = "Not available"
_NONE = "- None"
_UNDER = "reproduced only under "

_KEY = re.compile(r"([A-Za-z][A-Za-z ]*):")
_URL = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]{1,5})?(?:[/?#]\S*)?")
_CLAIM = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LOCATED = re.compile(r" \(([^()]*)\): ")  # the first one ends <what>; locators hold no brackets


class Fault(NamedTuple):
    """What is wrong with a value, before it is known where it stands."""

    expected: str
    received: str
    hint: str = ""


class _UnfitError(ValueError):
    """A value that the header could not give back as it was."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "; ".join(f"expected {expected}; received {received}" for expected, received, _ in self.faults)
        )


def _refuse(faults: Iterable[Fault]) -> None:
    if found := tuple(faults):
        raise _UnfitError(found)


def _text_faults(text: str, what: str) -> Iterator[Fault]:
    if not text or not text.isprintable() or text != text.strip():
        hint = "No tabs, line breaks or other invisible characters, and no spaces around it."
        yield Fault(f"{what} in printable characters on one line", quoted(text) if text else "nothing", hint)


def _author_faults(authors: Sequence[str]) -> Iterator[Fault]:
    bad = [name for name in dict.fromkeys(authors) if "," in name or any(_text_faults(name, "a name"))]
    if bad or not authors:
        yield Fault("names, with a comma and a space between them", quoted(bad[0]) if bad else "nothing")


def _url_faults(url: str) -> Iterator[Fault]:
    if not url.isprintable() or not _URL.fullmatch(url):
        yield Fault("a URL that begins with http:// or https:// and names a host", quoted(url) if url else "nothing")


def _code_faults(url: str) -> Iterator[Fault]:
    if url != _NOT_AVAILABLE:
        for expected, received, _ in _url_faults(url):
            yield Fault(expected, received, f"Write {_NOT_AVAILABLE!r} where there is no official code.")


def _is_locator(text: str) -> bool:
    try:
        return bool(parse_locator(text))
    except ValueError:
        return False


def _locator_faults(at: str) -> Iterator[Fault]:
    bad = [part for part in dict.fromkeys(at.split(", ")) if not _is_locator(part)]
    if bad:
        received = quoted(", ".join(bad)) if any(bad) else "nothing"
        yield Fault("locators, with a comma and a space between them", received, f"A locator is one of: {FORMS}.")


def _located_faults(what: str, at: str, why: str) -> Iterator[Fault]:
    yield from _text_faults(what, "what it is")
    if _LOCATED.search(f"{what} "):
        yield Fault("one place in brackets before ': '", quoted(what), "Say it without ' (...): '.")
    yield from _locator_faults(at)
    yield from _text_faults(why, "the reason why")


@dataclass(frozen=True, slots=True)
class Covered:
    """A part of the paper that the package implements.

    Args:
        what: the part, in words.
        at: its locators as the header spells them: "Section 3.2, Eq. 1".

    Raises:
        ValueError: a value that the header could not give back.
    """

    what: str
    at: str
    done: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _refuse([*_text_faults(self.what, "what is covered"), *_locator_faults(self.at)])

    @property
    def locators(self) -> tuple[Locator, ...]:
        """The locators of ``at``."""
        return parse_locators(self.at)

    def __str__(self) -> str:
        return f"- [x] {self.what} ({self.at})"


@dataclass(frozen=True, slots=True)
class NotCovered:
    """A part of the paper that the package leaves out.

    Args:
        what: the part, in words.
        at: its locators as the header spells them.
        why: the reason.

    Raises:
        ValueError: a value that the header could not give back.
    """

    what: str
    at: str
    why: str
    done: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _refuse(_located_faults(self.what, self.at, self.why))

    @property
    def locators(self) -> tuple[Locator, ...]:
        """The locators of ``at``."""
        return parse_locators(self.at)

    def __str__(self) -> str:
        return f"- [ ] {self.what} ({self.at}): {self.why}"


@dataclass(frozen=True, slots=True)
class Departure:
    """A place where the package follows something else than the paper.

    Args:
        id: "D1", "D2", ... in the order of the header.
        what: the difference, in words.
        at: its locators as the header spells them.
        why: the reason.
        moves: ids of the claims that it moves; empty for none.

    Raises:
        ValueError: a value that the header could not give back.
    """

    id: str
    what: str
    at: str
    why: str
    moves: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse(self._faults())

    def _faults(self) -> Iterator[Fault]:
        if not re.fullmatch("D[1-9][0-9]{0,3}", self.id):
            yield Fault("a departure id: D1, D2, ...", quoted(self.id))
        yield from _located_faults(self.what, self.at, self.why)
        distinct = dict.fromkeys(self.moves)
        bad = [claim for claim in distinct if claim == "none" or not _CLAIM.fullmatch(claim)]
        if bad or len(distinct) < len(self.moves) or not isinstance(self.moves, tuple):
            hint = "Lower-case words with hyphens, each id once, or 'none' alone."
            yield Fault("claim ids after 'moves: '", quoted(", ".join(bad or self.moves)) or "nothing", hint)

    @property
    def locators(self) -> tuple[Locator, ...]:
        """The locators of ``at``."""
        return parse_locators(self.at)

    def __str__(self) -> str:
        return f"- {self.id} {self.what} ({self.at}): {self.why} [moves: {', '.join(self.moves) or 'none'}]"


@dataclass(frozen=True, slots=True)
class Reproduced:
    """One line of the reproduction status.

    Args:
        dataset: what was measured on; without " - ".
        achieved: our metric, with its value; without " vs ".
        published: the paper's metric, with its value.
        verdict: one of ``VERDICTS``, or "reproduced only under <reading>".

    Raises:
        ValueError: a value that the header could not give back.
    """

    dataset: str
    achieved: str
    published: str
    verdict: str

    def __post_init__(self) -> None:
        _refuse(self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from _text_faults(self.dataset, "the name of a data set")
        yield from _text_faults(self.achieved, "the achieved metric")
        yield from _text_faults(self.published, "the published metric")
        for text, mark in ((self.dataset, " - "), (self.achieved, " vs ")):
            if mark in text + mark[:-1]:
                yield Fault(f"no {mark!r} in this text, because {mark!r} ends it", quoted(text))
        reading = self.verdict.removeprefix(_UNDER)
        named = reading != self.verdict and not set("[]") & set(reading) and not any(_text_faults(reading, "a reading"))
        if self.verdict not in VERDICTS and not named:
            words = f"One of: {', '.join(VERDICTS)}, {_UNDER}<reading>."
            yield Fault("a verdict in square brackets", quoted(self.verdict) if self.verdict else "nothing", words)

    def __str__(self) -> str:
        return f"- Dataset: {self.dataset} - {self.achieved} vs {self.published} [{self.verdict}]"


Item = Covered | NotCovered | Departure | Reproduced
_T = TypeVar("_T", bound=Item)


@dataclass(frozen=True, slots=True)
class Header:
    """A documentation header.

    Args:
        title: the title of the paper.
        authors: their names, at least one.
        paper: URL of the paper, with the version where there is one.
        official_code: URL of the official code, or None where there is none.
        covers: what is and what is not implemented, at least one item.
        departures: D1, D2, ... in order.
        reproduction: what came out, written by ``ectype sync``.

    Raises:
        ValueError: a value that the header could not give back.
    """

    title: str
    authors: tuple[str, ...]
    paper: str
    official_code: str | None
    covers: tuple[Covered | NotCovered, ...]
    departures: tuple[Departure, ...] = ()
    reproduction: tuple[Reproduced, ...] = ()

    def __post_init__(self) -> None:
        _refuse(self._faults())

    def _faults(self) -> Iterator[Fault]:
        for field in (self.authors, self.covers, self.departures, self.reproduction):
            if not isinstance(field, tuple):
                yield Fault("a tuple", type(field).__name__)
        yield from _text_faults(self.title, "a title")
        yield from _author_faults(self.authors)
        yield from _url_faults(self.paper)
        if self.official_code is not None:
            yield from _url_faults(self.official_code)
        if not self.covers:
            yield Fault("at least one item that the implementation covers or leaves out", "none")
        ids = [departure.id for departure in self.departures]
        if ids != [f"D{number}" for number in range(1, len(ids) + 1)]:
            yield Fault("departures D1, D2, ... in this order", quoted(", ".join(ids)))
        if len(self._lines()) > MAX_LINES:
            yield Fault(f"a header of at most {MAX_LINES} lines", f"{len(self._lines())} lines")

    @property
    def covered(self) -> tuple[Locator, ...]:
        """Locators of the checked items: each must be cited in the code."""
        return tuple(sorted({locator for item in self.covers if item.done for locator in item.locators}))

    @property
    def locators(self) -> tuple[Locator, ...]:
        """Every locator of the header: what the code may cite."""
        items = (*self.covers, *self.departures)
        return tuple(sorted({locator for item in items for locator in item.locators}))

    def _lines(self) -> list[str]:
        blocks: tuple[Sequence[Item], ...] = (self.covers, self.departures, self.reproduction)
        lines = [
            f"{_FIELDS[0]}: {self.title}",
            f"{_FIELDS[1]}: {', '.join(self.authors)}",
            f"{_FIELDS[2]}: {self.paper}",
            f"{_FIELDS[3]}: {self.official_code or _NOT_AVAILABLE}",
        ]
        for name, items in zip(_BLOCKS, blocks, strict=True):
            lines += ["", f"{name}:", *_item_lines(items)]
        return lines


def _item_lines(items: Sequence[Item]) -> list[str]:
    return [str(item) for item in items] or [_NONE]


def render(header: Header) -> str:
    """Write a header; the text ends with a line feed."""
    return "\n".join([*header._lines(), ""])


def _read_coverage(text: str, _: int) -> Covered | NotCovered:
    box, rest = text[:4], text[4:]
    if box == "[x] ":
        what, opening, at = rest.rpartition(" (")
        if not opening or not at.endswith(")"):
            hint = "A covered item ends with its locator in brackets and needs no reason."
            raise _UnfitError([Fault("'- [x] <what> (<locator>)'", quoted(text), hint)])
        return Covered(what, at[:-1])
    if box == "[ ] ":
        located = _LOCATED.search(rest)
        if not located:
            hint = "An item that is left out has a locator, and a reason why after the colon."
            raise _UnfitError([Fault("'- [ ] <what> (<locator>): <why not>'", quoted(text), hint)])
        return NotCovered(rest[: located.start()], located[1], rest[located.end() :])
    raise _UnfitError([Fault("an item that begins with '- [x] ' or '- [ ] '", quoted(f"- {text}"))])


def _read_departure(text: str, position: int) -> Departure:
    id_, _, rest = text.partition(" ")
    body, opening, moves = rest.rpartition(" [moves: ")
    located = _LOCATED.search(body)
    if not located or not opening or not moves.endswith("]"):
        form = f"'- D{position} <what> (<locator>): <why> [moves: <claim ids, or none>]'"
        raise _UnfitError([Fault(form, quoted(text))])
    wrong = [] if id_ == f"D{position}" else [Fault(f"the departure id D{position} here", quoted(id_))]
    claims = () if moves == "none]" else tuple(moves[:-1].split(", "))
    try:
        departure = Departure(f"D{position}", body[: located.start()], located[1], body[located.end() :], claims)
    except _UnfitError as unfit:
        raise _UnfitError([*wrong, *unfit.faults]) from None
    _refuse(wrong)
    return departure


def _read_reproduced(text: str, _: int) -> Reproduced:
    dataset, dash, rest = text.removeprefix("Dataset: ").partition(" - ")
    metrics, bracket, verdict = rest.rpartition(" [")
    achieved, versus, published = metrics.partition(" vs ")
    if not (text.startswith("Dataset: ") and dash and versus and bracket and verdict.endswith("]")):
        form = "'- Dataset: <name> - <achieved metric> vs <paper metric> [<verdict>]'"
        raise _UnfitError([Fault(form, quoted(text), "This block is written by 'ectype sync'.")])
    return Reproduced(dataset, achieved, published, verdict[:-1])


_FIELD_FAULTS: dict[str, Callable[[str], Iterator[Fault]]] = {
    "Implementation of": lambda value: _text_faults(value, "a title"),
    "Authors": lambda value: _author_faults(value.split(", ")),
    "Paper": _url_faults,
    "Official code": _code_faults,
}


class _Parser:
    """Collects the keys and items of a text with every problem on the way."""

    def __init__(self, text: str, file: str, first_line: int) -> None:
        self.file, self.first_line = file, first_line
        self.problems: list[Problem] = []
        self.keys: dict[str, tuple[int, str]] = {}  # name -> line, what follows the colon
        self.items: dict[str, list[tuple[int, str]]] = {name: [] for name in _BLOCKS}
        self.lines = text.split("\n")
        if self.lines[-1] == "":
            self.lines.pop()
        else:
            self.fault(len(self.lines) - 1, Fault("a line feed at the end of the header", quoted(self.lines[-1][-20:])))

    def fault(self, line: int, fault: Fault) -> None:
        self.problems.append(Problem(self.file, self.first_line + line, *fault))

    def header(self) -> Header:
        if len(self.lines) > MAX_LINES:
            self.problems.clear()
            self.fault(0, Fault(f"a header of at most {MAX_LINES} lines", f"{len(self.lines)} lines"))
            raise HeaderError(self.problems)
        self.collect()
        if not self.keys:
            self.problems.clear()
            first = self.lines[0] if self.lines else ""
            self.fault(0, Fault(f"a header that begins with '{_FIELDS[0]}: <title>'", quoted(first)))
            raise HeaderError(self.problems)
        self.find_missing()
        values = {name: self.field(name) for name in _FIELDS if name in self.keys}
        covers = self.block(_COVERS, _read_coverage)
        departures = self.block(_DIFFERENCES, _read_departure)
        reproduction = self.block(_REPRODUCTION, _read_reproduced)
        if self.problems:
            raise HeaderError(sorted(self.problems))
        title, authors, paper, code = values.values()
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
                    self.fault(number, Fault("items under one of the blocks", quoted(line), _KEYS_HINT))
            elif key:
                self.fault(number, Fault("a known key", quoted(f"{key}:"), _KEYS_HINT))
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
            self.fault(number, Fault(f"'{name}:' before '{later[0]}:'", "it after", _KEYS_HINT))
        self.keys[name] = number, self.lines[number][len(name) + 1 :]

    def find_missing(self) -> None:
        for rank, name in enumerate(_ORDER):
            if name not in self.keys:
                after = [self.keys[other][0] for other in _ORDER[rank:] if other in self.keys]
                line = after[0] if after else len(self.lines) - 1
                self.fault(line, Fault(f"'{name}:'", "a header without it", _KEYS_HINT))

    def field(self, name: str) -> str:
        number, rest = self.keys[name]
        if rest and rest[0] != " ":
            self.fault(number, Fault(f"one space after '{name}:'", quoted(rest)))
        value = rest.removeprefix(" ")
        for fault in _FIELD_FAULTS[name](value):
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
                except _UnfitError as unfit:
                    for fault in unfit.faults:
                        self.fault(number, fault)
        return tuple(items)


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


def read(package_init: Path) -> Header:
    """Read the header of a package from source: import nothing, parse nothing behind the docstring.

    Raises:
        HeaderError: the file cannot be read, is not Python up to its docstring, or its header has problems.
    """
    file = str(package_init)
    docstring = _docstring(decode(load(package_init), file), file)
    return parse(docstring.text, file=file, first_line=docstring.first)


def replace_reproduction(package_init: Path, reproduction: Iterable[Reproduced]) -> bool:
    """Write the reproduction status into the header of a package; leave every other byte of the file as it is.

    The file is replaced in one step, so that a reader finds the old or the new one; nothing is written where nothing
    changes.

    Returns:
        Whether the file has changed.

    Raises:
        HeaderError: ``read`` would raise it, or the docstring is written in a way that cannot be changed exactly.
        ValueError: more lines than a header may have.
    """
    file = str(package_init)
    old = load(package_init)
    docstring = _docstring(decode(old, file), file)
    header = parse(docstring.text, file=file, first_line=docstring.first)
    wanted = dataclasses.replace(header, reproduction=tuple(reproduction))
    if wanted == header:
        return False
    new = _with_status(old.decode(), docstring, wanted, file).encode()
    _check_written(new, render(wanted), file, docstring.first)
    _replace_file(package_init.resolve(), new)  # resolved: a link stays a link
    return True


def load(path: Path) -> bytes:
    """Read a file.

    Raises:
        HeaderError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        received = getattr(error, "strerror", None) or str(error)
        raise HeaderError([Problem(str(path), None, "a file that can be read", received)]) from error


def decode(content: bytes, file: str) -> str:
    r"""Decode Python source; line ends become ``\n`` and a byte order mark goes.

    Raises:
        HeaderError: it is not UTF-8, declares another encoding, or holds null bytes.
    """

    def problem(line: int, received: str) -> HeaderError:
        return HeaderError([Problem(file, line, "Python source in UTF-8", received)])

    try:
        text = content.decode("utf-8-sig")
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise problem(line, f"byte 0x{error.object[error.start]:02x}") from error
    except SyntaxError as error:
        raise problem(1, str(error)) from error
    if not encoding.startswith("utf-8"):
        raise problem(1, f"the declared encoding {encoding!r}")
    if "\0" in text:
        raise problem(text.count("\n", 0, text.index("\0")) + 1, "a null byte")
    return text.replace("\r\n", "\n").replace("\r", "\n")


class _Docstring(NamedTuple):
    text: str
    first: int  # lines of the file, from 1
    last: int


def _docstring(source: str, file: str) -> _Docstring:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes; whoever imports the file gets them
            body = ast.parse(_first_statement(source)).body
    except SyntaxError as error:
        raise HeaderError([Problem(file, error.lineno, "Python source", f"a syntax error: {error.msg}")]) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise HeaderError([Problem(file, 1, "a docstring first", f"{type(error).__name__}: {error}")]) from error
    match body:
        case [ast.Expr(value=ast.Constant(value=str(text)) as node), *_]:
            return _Docstring(text, node.lineno, node.end_lineno or node.lineno)
    line = body[0].lineno if body else 1
    received = "another statement" if body else "no statement"
    raise HeaderError([Problem(file, line, f"a docstring that begins with '{_FIELDS[0]}: <title>'", received)])


# A docstring behind comments, to the end of its line. What looks otherwise is parsed with the rest of the file.
_FIRST_STATEMENT = re.compile(
    r"""(?:[ \t\f]*(?:\#[^\n]*)?\n)*+
        [rRuU]?(?P<quotes>"{3}|'{3})(?:(?!(?P=quotes))[^\\]|\\.)*+(?P=quotes)
        [ \t]*(?:\#[^\n]*)?(?:\n|\Z)""",
    re.DOTALL | re.VERBOSE,
)


def _first_statement(source: str) -> str:
    match = _FIRST_STATEMENT.match(source)
    return match[0] if match else source


def _with_status(source: str, docstring: _Docstring, header: Header, file: str) -> str:
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", source)
    heading = f"{_REPRODUCTION}:"
    values = docstring.text.split("\n")
    row = docstring.first - 1 + values.index(heading)
    opening = re.match(r"\W*?([A-Za-z]*)(\"{3}|'{3})", lines[docstring.first - 1])
    regular = opening and len(values) == docstring.last - docstring.first + 1
    if not opening or not regular or lines[row].rstrip("\r\n") != heading:
        expected = "one triple-quoted docstring whose lines are lines of the file"
        raise _cannot_write(file, docstring.first, expected, "another one")
    prefix, quotes = opening.groups()
    end = lines[row][len(heading) :]
    items = _item_lines(header.reproduction)
    if "r" not in prefix.lower():
        escaped = "\\" + "\\".join(quotes)
        items = [item.replace("\\", r"\\").replace(quotes, escaped) for item in items]
    elif bad := [item for item in items if quotes in item]:
        raise _cannot_write(file, row + 1, f"no {quotes} in a raw docstring", quoted(bad[0]))
    return "".join([*lines[: row + 1], *(item + end for item in items), *lines[docstring.last - 1 :]])


def _check_written(content: bytes, text: str, file: str, line: int) -> None:
    try:
        written = _docstring(decode(content, file), file).text
    except HeaderError:
        written = ""
    if written != text:
        raise _cannot_write(file, line, "a docstring that can be changed in place", "one that would not read the same")


def _cannot_write(file: str, line: int, expected: str, received: str) -> HeaderError:
    return HeaderError([Problem(file, line, expected, received, "Nothing was written.")])


def _replace_file(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode & 0o7777)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
