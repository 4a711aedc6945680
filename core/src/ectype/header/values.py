"""The values of a documentation header. What the header could not give back as it was cannot be made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ectype.header.rules import (
    Fault,
    UnfitError,
    author_faults,
    locator_faults,
    reason_faults,
    text_faults,
    url_faults,
)
from ectype.locators import Locator, parse_locators, quoted

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

_UNDER = "reproduced only under "
_CLAIM = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


class _Value:
    """A value that is checked when it is made."""

    __slots__ = ()

    def __post_init__(self) -> None:
        if faults := tuple(self._faults()):
            raise UnfitError(faults)

    def _faults(self) -> Iterator[Fault]:
        raise NotImplementedError


class _Located(_Value):
    """A value that stands at places of the paper."""

    __slots__ = ()
    at: str

    @property
    def locators(self) -> tuple[Locator, ...]:
        """The locators of ``at``."""
        return parse_locators(self.at)


@dataclass(frozen=True, slots=True)
class Covered(_Located):
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

    def _faults(self) -> Iterator[Fault]:
        yield from text_faults(self.what, "what is covered")
        yield from locator_faults(self.at)

    def __str__(self) -> str:
        return f"- [x] {self.what} ({self.at})"


@dataclass(frozen=True, slots=True)
class NotCovered(_Located):
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

    def _faults(self) -> Iterator[Fault]:
        return reason_faults(self.what, self.at, self.why)

    def __str__(self) -> str:
        return f"- [ ] {self.what} ({self.at}): {self.why}"


@dataclass(frozen=True, slots=True)
class Departure(_Located):
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

    def _faults(self) -> Iterator[Fault]:
        if not re.fullmatch("D[1-9][0-9]{0,3}", self.id):
            yield Fault("a departure id: D1, D2, ...", quoted(self.id))
        yield from reason_faults(self.what, self.at, self.why)
        distinct = dict.fromkeys(self.moves)
        bad = [claim for claim in distinct if claim == "none" or not _CLAIM.fullmatch(claim)]
        if bad or len(distinct) < len(self.moves) or not isinstance(self.moves, tuple):
            hint = "Lower-case words with hyphens, each id once, or 'none' alone."
            yield Fault("claim ids after 'moves: '", quoted(", ".join(bad or self.moves)), hint)

    def __str__(self) -> str:
        return f"- {self.id} {self.what} ({self.at}): {self.why} [moves: {', '.join(self.moves) or 'none'}]"


@dataclass(frozen=True, slots=True)
class Reproduced(_Value):
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

    def _faults(self) -> Iterator[Fault]:
        yield from text_faults(self.dataset, "the name of a data set")
        yield from text_faults(self.achieved, "the achieved metric")
        yield from text_faults(self.published, "the published metric")
        for text, mark in ((self.dataset, " - "), (self.achieved, " vs ")):
            if mark in text + mark[:-1]:
                yield Fault(f"no {mark!r} in this text, because {mark!r} ends it", quoted(text))
        reading = self.verdict.removeprefix(_UNDER)
        named = reading != self.verdict and not set("[]") & set(reading) and not any(text_faults(reading, "a reading"))
        if self.verdict not in VERDICTS and not named:
            words = f"One of: {', '.join(VERDICTS)}, {_UNDER}<reading>."
            yield Fault("a verdict in square brackets", quoted(self.verdict) if self.verdict else "nothing", words)

    def __str__(self) -> str:
        return f"- Dataset: {self.dataset} - {self.achieved} vs {self.published} [{self.verdict}]"


@dataclass(frozen=True, slots=True)
class Header(_Value):
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

    def _faults(self) -> Iterator[Fault]:
        for field in (self.authors, self.covers, self.departures, self.reproduction):
            if not isinstance(field, tuple):
                yield Fault("a tuple", type(field).__name__)
        yield from text_faults(self.title, "a title")
        yield from author_faults(self.authors)
        yield from url_faults(self.paper)
        if self.official_code is not None:
            yield from url_faults(self.official_code)
        if not self.covers:
            yield Fault("at least one item that the implementation covers or leaves out", "none")
        ids = [departure.id for departure in self.departures]
        if ids != [f"D{number}" for number in range(1, len(ids) + 1)]:
            yield Fault("departures D1, D2, ... in this order", quoted(", ".join(ids)))
        blocks = (self.covers, self.departures, self.reproduction)
        lines = 4 + sum(2 + max(1, len(items)) for items in blocks)  # each with an empty line and its name
        if lines > MAX_LINES:
            yield Fault(f"a header of at most {MAX_LINES} lines", f"{lines} lines")

    @property
    def covered(self) -> tuple[Locator, ...]:
        """Locators of the checked items: each must be cited in the code."""
        return tuple(sorted({locator for item in self.covers if item.done for locator in item.locators}))

    @property
    def locators(self) -> tuple[Locator, ...]:
        """Every locator of the header: what the code may cite."""
        items = (*self.covers, *self.departures)
        return tuple(sorted({locator for item in items for locator in item.locators}))
