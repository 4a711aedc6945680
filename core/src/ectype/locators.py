"""Locators: places in a paper ("Sec. 3.2", "Eq. 1", "Tab. 3b"), with one short and one long spelling each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import total_ordering


class Kind(StrEnum):
    """What a locator points at, in the order in which locators of different kinds are listed."""

    ABSTRACT = "abstract"
    SECTION = "section"
    APPENDIX = "appendix"
    EQUATION = "equation"
    ALGORITHM = "algorithm"
    TABLE = "table"
    FIGURE = "figure"
    THEOREM = "theorem"
    PROPOSITION = "proposition"
    PROPERTY = "property"
    LEMMA = "lemma"
    COROLLARY = "corollary"
    DEFINITION = "definition"
    FOOTNOTE = "footnote"

    @property
    def short(self) -> str:
        """The word of the short form: "Eq."."""
        return _SHORT.get(self, self.long)

    @property
    def long(self) -> str:
        """The word of the long form: "Equation"."""
        return self.value.capitalize()


_SHORT = {
    Kind.SECTION: "Sec.",
    Kind.APPENDIX: "App.",
    Kind.EQUATION: "Eq.",
    Kind.ALGORITHM: "Alg.",
    Kind.TABLE: "Tab.",
    Kind.FIGURE: "Fig.",
    Kind.THEOREM: "Thm.",
    Kind.PROPOSITION: "Prop.",
    Kind.LEMMA: "Lem.",
    Kind.COROLLARY: "Cor.",
    Kind.DEFINITION: "Def.",
    Kind.FOOTNOTE: "Fn.",
}
_RANKS = {kind: rank for rank, kind in enumerate(Kind)}
_KINDS = {word: kind for kind in Kind for word in (kind.short, kind.long)}

# A part is "3", "B", "S2" or "IV"; a number is parts with dots between, with a letter after a last digit: "A.2", "3b".
_PART = r"(?:(?:[A-Z]|[IVXL]{2,6})(?:[1-9][0-9]{0,5})?|0|[1-9][0-9]{0,5})"
_NUMBER = re.compile(rf"{_PART}(?:\.{_PART}){{0,5}}(?:(?<=[0-9])[a-z])?")

FORMS = ", ".join(
    [Kind.ABSTRACT.long]
    + [f"{kind.short} 1 or {kind.long} 1" if kind in _SHORT else f"{kind.long} 1" for kind in list(Kind)[1:]]
)
"""The accepted forms, for messages."""


def quoted(text: str, width: int = 80) -> str:
    """Quote a received text for a message, cut to ``width`` characters."""
    return repr(text) if len(text) <= width else f"{text[:width]!r}..."


@total_ordering
@dataclass(frozen=True, slots=True)
class Locator:
    """A place in a paper; ordered by kind, then by number as people count (Eq. 2 before Eq. 10).

    Args:
        kind: what is located.
        number: its number as printed, without brackets: "3.2.1", "A.2", "3b", "IV.B"; empty for the abstract only.

    Raises:
        ValueError: the number is not of this form.
    """

    kind: Kind
    number: str = ""

    def __post_init__(self) -> None:
        numbered = self.kind is not Kind.ABSTRACT
        if not (_NUMBER.fullmatch(self.number) if numbered else self.number == ""):
            wanted = "a number such as '3', '3.2', 'A.2' or '3b'" if numbered else "no number"
            raise ValueError(f"expected {wanted} for {self.kind}; received {quoted(self.number)}")

    @property
    def long(self) -> str:
        """The form with the whole word: "Section 3.2"."""
        return f"{self.kind.long} {self.number}".rstrip()

    @property
    def slug(self) -> str:
        """The form for ids and anchors, different for different locators: "sec-3-2-1"."""
        return str(self).lower().replace(". ", "-").replace(" ", "-").replace(".", "-")

    def covers(self, other: Locator) -> bool:
        """Whether ``other`` is this place or a part of it: Sec. 3.2 covers Sec. 3.2.1, Tab. 1 covers Tab. 1b."""
        rest = other.number.removeprefix(self.number)
        inside = other.number.startswith(self.number) and (rest == "" or rest[0] == "." or rest.islower())
        return self.kind is other.kind and inside

    def __str__(self) -> str:
        return f"{self.kind.short} {self.number}".rstrip()

    def __lt__(self, other: Locator) -> bool:
        return self._key() < other._key()

    def _key(self) -> tuple[int, list[list[tuple[int, str]]]]:
        parts = [re.findall("[0-9]+|[A-Za-z]+", part) for part in self.number.split(".")]
        # Digits sort as integers and before letters.
        return _RANKS[self.kind], [[(int(t), "") if t.isdigit() else (10**6, t) for t in part] for part in parts]


def parse_locator(text: str) -> Locator:
    """Read one locator in its short or its long form, exactly: "Eq. 1", "Equation 1", "Abstract".

    Raises:
        ValueError: the text is none of these forms.
    """
    word, space, number = text.partition(" ")
    kind = _KINDS.get(word)
    numbered = kind is not Kind.ABSTRACT
    if kind is None or bool(space) is not numbered or (numbered and not _NUMBER.fullmatch(number)):
        raise ValueError(f"expected a locator ({FORMS}; numbers as 3, 3.2, A.2, 3b); received {quoted(text)}")
    return Locator(kind, number)


def parse_locators(text: str) -> tuple[Locator, ...]:
    """Read one or more locators separated by a comma and a space: "Section 3.2, Eq. 1, Algorithm 2".

    Raises:
        ValueError: one of them is not a locator.
    """
    return tuple(parse_locator(part) for part in text.split(", "))
