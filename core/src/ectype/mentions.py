"""Mentions: where an analysis speaks of what was measured. A placeholder refers to it; a number in its place is refused.

``{{claim:id}}`` stands for our value and its verdict, ``{{claim:id:reading}}`` for those under one reading,
``{{claim:id:target}}`` for the published number, ``{{finding:id}}`` for a disagreement.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation

from ectype.errors import Problem
from ectype.results import ClaimRecord, DisagreementRecord

PLACEHOLDER = re.compile(r"\{\{(?P<inner>[^{}\n]*)\}\}")
TARGET = "target"

DIGITS = 3
"""A number with fewer significant digits is found everywhere and says nothing; a whole one needs one more."""

SCALED = 6
"""So many significant digits are recognised in any unit: 63,045,632 is 63.045632 million."""

_VERBATIM = re.compile(
    r"^(?P<fence>```+|~~~+).*?^(?P=fence)|(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)|\$[^$\n]*\$", re.M | re.S
)
_ADDRESS = re.compile(r"https?://[^\s)>\]]*|\]\([^)\s]*\)")
_NUMBER = re.compile(
    r"(?<![\w.,/@#])(?<!\w-)(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?:e(?P<e>[+-]?\d+))?"
    r"(?![\w/@]|[.,]\d|-[^\W\d])",
    re.I,
)
_POWER = re.compile(r"\s*(?:\\times|\\cdot|[×·])\s*10(?:\^\{?(?P<plain>[-−]?\d+)|(?P<raised>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))")
_PERCENT = re.compile(r"\s*\\?%|\s+per\s?cent\b")
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@dataclass(frozen=True, slots=True)
class Mention:
    """A placeholder: ``claim`` or ``finding``, its id, and a reading or ``target`` where one is named."""

    kind: str
    id: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was typed, with the power of ten that follows it, and whether it is a percentage."""

    typed: str
    value: Decimal
    line: int
    percent: bool = False

    @property
    def significant(self) -> int:
        """How many of its digits say something; zeros at the end of a whole number do not."""
        return _significant(self.typed)


def parse(inner: str) -> Mention:
    """Return what stands between the braces of a placeholder, whether there is such a thing or not."""
    kind, _, rest = inner.strip().partition(":")
    id, _, part = rest.partition(":")
    return Mention(kind.strip(), id.strip(), part.strip())


def problem(
    mention: Mention, claims: Iterable[ClaimRecord], findings: Iterable[DisagreementRecord]
) -> tuple[str, str] | None:
    """Return what a placeholder must be and what to do, or None where it refers to something.

    Args:
        mention: the placeholder.
        claims: of the paper.
        findings: its disagreements.
    """
    by_id = {claim.id: claim for claim in claims}
    readings = {finding.id: [reading.name for reading in finding.readings] for finding in findings}
    if mention.kind == "finding" and not mention.part:
        return None if mention.id in readings else ("a disagreement of this paper", _known(readings))
    if mention.kind != "claim":
        return "{{claim:id}}, {{claim:id:target}}, {{claim:id:reading}} or {{finding:id}}", "Write one of these"
    if mention.id not in by_id:
        return "a claim of this paper", _known(by_id)
    named = readings.get(by_id[mention.id].under, [])
    if mention.part not in ("", TARGET, *named):
        return f"a reading of {mention.id}, or {TARGET}", _known(named)
    return None


def check(text: str, file: str, claims: Sequence[ClaimRecord], findings: Sequence[DisagreementRecord]) -> list[Problem]:
    """Return the placeholders of an analysis that refer to nothing, and the numbers that were measured and typed.

    Args:
        text: the analysis.
        file: where it stands.
        claims: of the paper, with what was measured.
        findings: its disagreements.
    """
    problems = []
    shown = _VERBATIM.sub(_blank, text)
    for match in PLACEHOLDER.finditer(shown):
        if wrong := problem(parse(match["inner"]), claims, findings):
            expected, hint = wrong
            problems.append(Problem(file, 1 + shown.count("\n", 0, match.start()), expected, match[0], hint))
    return problems + typed(text, file, claims)


def typed(text: str, file: str, claims: Sequence[ClaimRecord]) -> list[Problem]:
    """Return the numbers of an analysis that are measured values of its claims.

    A number is one if a measured value, rounded to its digits, gives it, and both have enough digits to tell. A number that
    is the target of a claim, or rounds one, is the published one, whatever we measure.

    Args:
        text: the analysis.
        file: where it stands.
        claims: of the paper, with what was measured.
    """
    published = [value for claim in claims for value in _published(claim)]
    measured = [(claim, value) for claim in claims for value in _measured(claim)]
    problems = []
    for number in numbers(text):
        if not _telling(number) or any(_rounds(value, number.value) for value in published):
            continue
        for claim, value in measured:
            if _is(number, value):
                hint = f"A result is never typed: write {{{{claim:{claim.id}}}}}. A published number is a target of a claim"
                expected = f"no measured value of claim {claim.id}"
                problems.append(Problem(file, number.line, expected, number.typed, hint))
                break
    return problems


def numbers(text: str) -> Iterator[Number]:
    """Yield the numbers of a text that are no part of a word, an address or a version."""
    shown = _ADDRESS.sub(_blank, PLACEHOLDER.sub(_blank, text))
    for match in _NUMBER.finditer(shown):
        power, exponent, end = _POWER.match(shown, match.end()), int(match["e"] or 0), match.end()
        if power is not None:
            exponent += int((power["plain"] or power["raised"].translate(_RAISED)).replace("−", "-"))
            end = power.end()
        try:
            value = Decimal(match["digits"].replace(",", "")).scaleb(exponent)
        except InvalidOperation:
            continue
        line = 1 + shown.count("\n", 0, match.start())
        yield Number(match[0], value, line, percent=bool(_PERCENT.match(shown, end)))


def _telling(number: Number) -> bool:
    """Return whether a number has enough digits to be a result; a whole number of four digits may be a year."""
    whole = "." not in number.typed and "e" not in number.typed.lower()
    if whole and number.typed.isdigit() and 1900 <= int(number.typed) <= 2100:
        return False
    return number.significant >= DIGITS + whole


def _is(number: Number, value: Decimal) -> bool:
    """Return whether a measured value, rounded to the digits of a number, gives it."""
    if len(value.normalize().as_tuple().digits) < DIGITS:
        return False
    scales = [0, 2] if number.percent else [0]
    if number.significant >= SCALED:
        scales.append(number.value.adjusted() - value.adjusted())
    return any(_rounds(value.scaleb(scale), number.value) for scale in scales)


def _rounds(value: Decimal, to: Decimal) -> bool:
    unit = Decimal(1).scaleb(int(to.as_tuple().exponent))
    try:
        return to in (value.quantize(unit, ROUND_HALF_UP), value.quantize(unit, ROUND_HALF_DOWN))
    except InvalidOperation:  # more digits than a Decimal keeps
        return False


def _significant(typed: str) -> int:
    mantissa = typed.lower().partition("e")[0].replace(",", "")
    digits = mantissa.replace(".", "").lstrip("0")
    return len(digits if "." in mantissa else digits.rstrip("0"))


def _published(claim: ClaimRecord) -> Iterator[Decimal]:
    for printed in (claim.target.printed, claim.target.plus_minus):
        try:
            yield abs(Decimal(printed))
        except InvalidOperation:
            continue


def _measured(claim: ClaimRecord) -> Iterator[Decimal]:
    for item in claim.measured:
        for value in [] if item.value is None else [item.value, *item.derivations]:
            if Decimal(value).is_finite():
                yield abs(Decimal(repr(value)))
        if item.value is None:  # of an order the means are written
            yield from (number.value for number in numbers(item.text))


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _known(names: Collection[str]) -> str:
    return f"There are: {', '.join(names)}" if names else "There is none"
