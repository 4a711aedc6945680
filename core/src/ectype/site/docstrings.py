"""Docstrings in the layout of this project, as parts: text, then Args, Returns, Raises, Yields, and the source."""

from __future__ import annotations

import inspect
import re

NAMED = ("Args", "Raises")
"""Sections whose entries begin with a name."""

_SECTION = re.compile(r"^(Args|Returns|Yields|Raises):[ \t]*\n((?:[ \t]+\S.*\n|[ \t]*\n)+)", re.M)
_ENTRY = re.compile(r"^(?P<name>\*{0,2}\w[\w.]*(?:, \*{0,2}\w+)*):\s+(?P<text>.*)$", re.S)


def markdown(source: str) -> str:
    """Return a docstring as Markdown: sections become lists, and what ``Source:`` names stands in a line of its own."""
    return _SECTION.sub(_listed, inspect.cleandoc(source) + "\n").strip()


def first(source: str) -> str:
    """Return the first paragraph of a docstring on one line."""
    return " ".join(inspect.cleandoc(source).partition("\n\n")[0].split())


def _listed(section: re.Match[str]) -> str:
    title, body = section[1], inspect.cleandoc(section[2])
    if title not in NAMED:
        return f"**{title}**\n\n{body}\n\n"
    return f"**{title}**\n\n{''.join(map(_entry, _entries(body)))}\n"


def _entries(body: str) -> list[str]:
    """Return the entries of a section: each begins at its margin, further lines are indented."""
    return [entry for entry in re.split(r"\n(?=\S)", body) if entry.strip()]


def _entry(text: str) -> str:
    found = _ENTRY.match(text)
    said = f"`{found['name']}`: {found['text']}" if found else text
    return f"- {' '.join(said.split())}\n"
