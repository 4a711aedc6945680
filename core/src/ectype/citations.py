"""Citations: comments that say which place of the paper a line of code comes from.

The grammar is exact, one comment on one line, and the text says what the line does::

    # Eq. 3: scores of all pairs
    # Alg. 1 l. 5-7, Sec. 3.2: the inner loop
    # D1: mean over positives, as the official code

Locators stand in their short form, each with the lines of the paper's listing where there are any; ``D1`` is a departure
of the header. A comment on a line of its own explains what comes next, a comment behind code its own line.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ectype import sources
from ectype.errors import HeaderError, Problem
from ectype.locators import Kind, Locator, parse_locator, quoted
from ectype.spans import Spans


@dataclass(frozen=True, slots=True)
class Passage:
    """What a citation points at.

    Args:
        locator: the place in the paper.
        lines: first and last line of a listing there, or None for the whole.
    """

    locator: Locator
    lines: tuple[int, int] | None = None

    def __str__(self) -> str:
        if self.lines is None:
            return str(self.locator)
        first, last = self.lines
        return f"{self.locator} l. {first}" if first == last else f"{self.locator} l. {first}-{last}"


@dataclass(frozen=True, slots=True)
class Citation:
    """One citing comment.

    Args:
        file: the file, relative to the root of the scan.
        line: the line of the comment, from 1.
        passages: places of the paper that it cites.
        departures: ids of departures that it cites.
        text: what it says about them.
        start: first line of the code that it explains.
        end: last line of that code.
    """

    file: str
    line: int
    passages: tuple[Passage, ...]
    departures: tuple[str, ...]
    text: str
    start: int
    end: int

    @property
    def locators(self) -> tuple[Locator, ...]:
        """The locators of the passages."""
        return tuple(passage.locator for passage in self.passages)


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found in the files of one package.

    Args:
        root: the folder that file names are relative to.
        files: every file that was asked for.
        citations: in the order of files and lines.
        problems: comments that try to cite and miss the grammar, and files that cannot be read.
    """

    root: Path
    files: tuple[str, ...]
    citations: tuple[Citation, ...]
    problems: tuple[Problem, ...]


def scan(root: Path, files: Iterable[Path]) -> Scan:
    """Find the citations in Python files.

    Args:
        root: the folder of the package.
        files: Python files, absolute or relative to ``root``.

    Returns:
        Citations and problems; a file that cannot be read or parsed is a problem.
    """
    names: list[str] = []
    found: list[Citation | Problem] = []
    for path in files:
        path = root / path
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
        names.append(name)
        found += _scan_file(path, name)
    return Scan(
        root,
        tuple(names),
        tuple(item for item in found if isinstance(item, Citation)),
        tuple(item for item in found if isinstance(item, Problem)),
    )


def check(
    scan: Scan, *, declared: Iterable[Locator], departures: Iterable[str], must_be_cited: Iterable[Locator]
) -> list[Problem]:
    """Compare citations with what the header declares.

    Args:
        scan: the citations; its own problems are not repeated.
        declared: what may be cited: these locators and what they cover.
        departures: ids of the header's departures; each must be cited, and no others.
        must_be_cited: each must be cited itself or in a part that it covers.

    Returns:
        Dangling citations with their lines, then missing ones with the root of the scan.
    """
    declared, departures = tuple(declared), tuple(dict.fromkeys(departures))
    cited = {locator for citation in scan.citations for locator in citation.locators}
    cited_departures = {departure for citation in scan.citations for departure in citation.departures}
    known = {locator for locator in cited if any(place.covers(locator) for place in declared)}
    problems = []
    for citation in scan.citations:
        for locator in citation.locators:
            if locator not in known:
                hint = "Add it to the header, or cite the place that the header names."
                expected = "a locator that the header declares or covers"
                problems.append(Problem(citation.file, citation.line, expected, quoted(str(locator)), hint))
        for departure in citation.departures:
            if departure not in departures:
                hint = "List it under 'Known differences from paper:'."
                problems.append(
                    Problem(citation.file, citation.line, "a departure that the header lists", quoted(departure), hint)
                )
    missing = [str(locator) for locator in dict.fromkeys(must_be_cited) if not any(map(locator.covers, cited))]
    missing += [departure for departure in departures if departure not in cited_departures]
    for name in missing:
        hint = f"Write '# {name}: <what the line does>' above the code, or take it from the header."
        problems.append(Problem(str(scan.root), None, f"a citation of {name}", "none", hint))
    return problems


def _scan_file(path: Path, name: str) -> Iterator[Citation | Problem]:
    try:
        source = sources.decode(sources.load(path, name), name)
        spans = Spans(sources.parse(source, name))
        comments = sources.comments(source, name)
    except HeaderError as error:
        yield from error.problems
        return
    lines = source.split("\n")
    for token in comments:
        line, column = token.start
        yield from _read_comment(token, name, lines[line - 1][:column], spans)


def _read_comment(token: tokenize.TokenInfo, file: str, before: str, spans: Spans) -> Iterator[Citation | Problem]:
    line, column = token.start
    comment = token.string.rstrip()
    parsed = _parse(comment)
    if parsed is None:
        if corrected := _near_miss(comment):
            hint = f"Write '# {corrected}: <what the line does>', or begin the comment with another word."
            yield Problem(file, line, "a citation such as '# Eq. 3: <text>'", quoted(comment), hint)
        return
    span = spans.at(line) if before.strip() else spans.after(line, column)
    if span is None:
        hint = "Indent the comment like the line that it explains."
        yield Problem(file, line, "code that the citation explains", f"none below {quoted(comment)}", hint)
        return
    yield Citation(file, line, *parsed, *span)


class _Parsed(NamedTuple):
    passages: tuple[Passage, ...]
    departures: tuple[str, ...]
    text: str


_DEPARTURE = re.compile("D[1-9][0-9]{0,3}")
_LINES = re.compile("([1-9][0-9]{0,5})(?:-([1-9][0-9]{0,5}))?")


def _parse(comment: str) -> _Parsed | None:
    head, colon, text = comment.removeprefix("# ").partition(": ")
    if not comment.startswith("# ") or not colon or not text or text[0].isspace():
        return None
    parts = head.split(", ")
    departures = tuple(part for part in parts if _DEPARTURE.fullmatch(part))
    passages = [_passage(part) for part in parts if part not in departures]
    complete = tuple(passage for passage in passages if passage)
    return _Parsed(complete, departures, text) if len(complete) == len(passages) else None


def _passage(text: str) -> Passage | None:
    name, mark, numbers = text.partition(" l. ")
    try:
        locator = parse_locator(name)
    except ValueError:
        return None
    if str(locator) != name:
        return None
    if not mark:
        return Passage(locator)
    match = _LINES.fullmatch(numbers)
    if not match:
        return None
    first, last = int(match[1]), int(match[2] or match[1])
    in_order = first < last if match[2] else True
    return Passage(locator, (first, last)) if in_order else None


# Near misses: comments that begin with a word for a place in a paper and a number, but are no citation. Prose must pass
# ("tab 3 spaces", "fig1 is the left plot"), so what is not unmistakable needs a colon behind the number.

_WORDS = {word: kind for kind in list(Kind)[1:] for word in (kind.value, kind.short.rstrip(".").lower())}
_WORDS |= {"§": Kind.SECTION, "sect": Kind.SECTION, "eqn": Kind.EQUATION, "algo": Kind.ALGORITHM}
_WORDS |= {f"{word}s": kind for word, kind in _WORDS.items()}
_UNMISTAKABLE = {"eq", "eqn", "alg", "fig", "thm", "§"}
_LINKS = {"and", "or", "to", "l", "ll", "line", "lines", "row", "rows", "column", "columns", "panel"}
_ATTEMPT = re.compile(r"(?P<word>[A-Za-z]+|§)(?P<dot>\.?)(?P<gap>[\s~]*)[(\[]?(?P<number>[A-Z]?[0-9][\w.]*|[A-Z]+\b)")
_DEPARTURE_ATTEMPT = re.compile("[dD]-?([1-9][0-9]*)(?![0-9A-Za-z])")


def _near_miss(comment: str) -> str:
    """Return what the comment seems to cite, or nothing where it is an ordinary comment."""
    body = comment.lstrip("#:! \t([")
    if departure := _DEPARTURE_ATTEMPT.match(body):
        return f"D{departure[1]}" if _only_places_before_colon(body) else ""
    attempt = _ATTEMPT.match(body)
    kind = _WORDS.get(attempt["word"].lower()) if attempt else None
    if not attempt or not kind:
        return ""
    word, number = attempt["word"].lower().removesuffix("s"), attempt["number"].rstrip("._")
    capital, dotted, listed = not attempt["word"].islower(), bool(attempt["dot"]), _only_places_before_colon(body)
    if not any(character.isdigit() for character in number):  # "Appendix A", "Table II"
        cites = capital and (dotted or listed or kind is Kind.APPENDIX)
    elif capital:
        cites = dotted or listed or word == kind or word in _UNMISTAKABLE
    else:
        cites = (listed and bool(attempt["gap"] or dotted)) or (dotted and word in _UNMISTAKABLE)
    return f"{kind.short} {number}" if cites else ""


def _only_places_before_colon(body: str) -> bool:
    head, colon, _ = body.partition(":")
    words = re.findall(r"\w+|§", head)
    return bool(colon) and all(
        re.fullmatch("[A-Za-z]?[0-9]+[a-z]?|[A-Z]|[IVXL]+", word) or word.lower() in _LINKS or word.lower() in _WORDS
        for word in words
    )
