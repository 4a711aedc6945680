"""What a text must be to stand in a documentation header, and to come back as it was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ectype.locators import FORMS, parse_locator, quoted

LOCATED = re.compile(r" \(([^()]*)\): ")  # the first one ends <what>; locators hold no brackets
_URL = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]{1,5})?(?:[/?#]\S*)?")


class Fault(NamedTuple):
    """What is wrong with a value, before it is known where it stands."""

    expected: str
    received: str
    hint: str = ""


class UnfitError(ValueError):
    """A value that the header could not give back as it was."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"expected {fault.expected}; received {fault.received}" for fault in self.faults))


def text_faults(text: str, what: str) -> Iterator[Fault]:
    """Say why a text cannot stand on a line of the header."""
    if not text or not text.isprintable() or text != text.strip():
        hint = "No tabs, line breaks or other invisible characters, and no spaces around it."
        yield Fault(f"{what} in printable characters on one line", quoted(text) if text else "nothing", hint)


def author_faults(authors: Sequence[str]) -> Iterator[Fault]:
    """Say why names cannot stand behind ``Authors:``."""
    bad = [name for name in dict.fromkeys(authors) if "," in name or any(text_faults(name, "a name"))]
    if bad or not authors:
        yield Fault("names, with a comma and a space between them", quoted(bad[0]) if bad else "nothing")


def url_faults(url: str, hint: str = "") -> Iterator[Fault]:
    """Say why a text is not a URL."""
    if not url.isprintable() or not _URL.fullmatch(url):
        expected = "a URL that begins with http:// or https:// and names a host"
        yield Fault(expected, quoted(url) if url else "nothing", hint)


def locator_faults(at: str) -> Iterator[Fault]:
    """Say why a text is not a list of locators."""
    bad = [part for part in dict.fromkeys(at.split(", ")) if not _is_locator(part)]
    if bad:
        received = quoted(", ".join(bad)) if any(bad) else "nothing"
        yield Fault("locators, with a comma and a space between them", received, f"A locator is one of: {FORMS}.")


def _is_locator(text: str) -> bool:
    try:
        parse_locator(text)
    except ValueError:
        return False
    return True


def reason_faults(what: str, at: str, why: str) -> Iterator[Fault]:
    """Say why texts cannot stand as ``<what> (<at>): <why>``."""
    yield from text_faults(what, "what it is")
    if LOCATED.search(f"{what} "):
        yield Fault("one place in brackets before ': '", quoted(what), "Say it without ' (...): '.")
    yield from locator_faults(at)
    yield from text_faults(why, "the reason why")
