"""One entry of a BibTeX file as fields in Unicode: what a citation copied from a publisher's page needs, and no more."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from ectype.errors import UsageError

_START = re.compile(r"@\s*(?P<kind>\w+)\s*[{(]")
_BARE = re.compile(r"[^\s,#{}\"()]+")
_ACCENTS = dict(
    zip(
        "`'^~\"=.uvHcrkdb",
        "\u0300\u0301\u0302\u0303\u0308\u0304\u0307\u0306\u030c\u030b\u0327\u030a\u0328\u0323\u0331",
        strict=True,
    )
)
_LETTERS = {"ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å"}
_LETTERS |= {"AA": "Å", "i": "ı", "j": "ȷ", "dj": "đ", "DJ": "Đ", "textendash": "–", "textemdash": "—"}
_ACCENT = re.compile(r"\\(?:([`'^~\"=.])\s*|([uvHcrkdb])(?=\s*\{|\s))\s*\{?\s*\\?([A-Za-z])\}?")
_COMMAND = re.compile(r"\\([A-Za-z]+)\s*")


def read(text: str) -> dict[str, str]:
    """Return the fields of the one entry in a text, by their names in lower case, LaTeX markup included.

    Raises:
        UsageError: if there is no entry, or more than one, or it cannot be read.
    """
    entries = [m for m in _START.finditer(text) if m["kind"].lower() not in ("comment", "preamble", "string")]
    if len(entries) != 1:
        raise UsageError(f"a BibTeX file must hold one entry; received {len(entries)}")
    return dict(_fields(text, entries[0].end()))


def plain(text: str) -> str:
    r"""Return a value without LaTeX markup, formulas as they are: ``{\"O}zdemir`` is ``Özdemir``."""
    parts = re.split(r"(\$[^$]*\$)", " ".join(text.split()))
    return unicodedata.normalize("NFC", "".join(p if p.startswith("$") else _unicode(p) for p in parts)).strip()


def names(text: str) -> tuple[str, ...]:
    """Return the names in an author field, given names first."""
    return tuple(_name(part) for part in _split(text, r"\s+and\s+") if part.strip().lower() != "others")


def _name(text: str) -> str:
    last, *rest = [plain(part) for part in _split(text, ",")]
    *suffix, first = rest or [""]
    return " ".join(part.replace(",", "") for part in (first, last, *suffix) if part)


def _split(text: str, separator: str) -> list[str]:
    """Return the parts of a text between separators that stand outside braces."""
    parts, start = [], 0
    for match in re.finditer(separator, text):
        if text.count("{", 0, match.start()) == text.count("}", 0, match.start()):
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]


def _unicode(text: str) -> str:
    text = _ACCENT.sub(lambda m: m[3] + _ACCENTS[m[1] or m[2]], text)
    text = _COMMAND.sub(lambda m: _LETTERS.get(m[1], ""), text)
    text = re.sub(r"\\([&%$#_{}])", r"\1", text)
    text = text.replace("---", "—").replace("--", "–").replace("``", "“").replace("''", "”")
    return re.sub(r"[{}\\]", "", text.replace("~", " "))


def _fields(text: str, at: int) -> Iterator[tuple[str, str]]:
    _, comma, _ = text[at:].partition(",")  # behind the key
    at = text.index(",", at) + 1 if comma else len(text)
    while match := re.compile(r"[\s,]*([A-Za-z][\w:.+/-]*)\s*=\s*").match(text, at):
        values, at = [], match.end()
        while True:
            value, at = _value(text, at, match[1])
            values.append(value)
            if not (more := re.compile(r"\s*#\s*").match(text, at)):
                break
            at = more.end()
        yield match[1].lower(), "".join(values)
    if not re.compile(r"[\s,]*[})]").match(text, at):
        raise UsageError(f"a BibTeX entry must go on with a field or end; received {text[at : at + 40].strip()!r}")


def _value(text: str, at: int, name: str) -> tuple[str, int]:
    if text[at : at + 1] in ("{", '"'):
        closing, depth = ("}", 0) if text[at] == "{" else ('"', 0)
        for end in range(at + 1, len(text)):
            if text[end] == closing and depth == 0:
                return text[at + 1 : end], end + 1
            depth += (text[end] == "{") - (text[end] == "}")
    elif bare := _BARE.match(text, at):
        return bare[0], bare.end()
    raise UsageError(f"the BibTeX field {name!r} must have a value that ends; received {text[at : at + 40]!r}")
