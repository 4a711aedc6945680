"""Markup: the only way text from a package gets onto a page, so that nothing in it can be markup.

``Markup`` is text that is safe inside a line of Markdown. Every character that Markdown, HTML or an extension could
read as more than itself becomes a numeric character reference; browsers and the search index show the character.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence
from typing import NewType
from urllib.parse import quote, urlsplit

from ectype.errors import UsageError

Markup = NewType("Markup", str)
"""Text that may stand inside a line, or a cell of a table, as it is."""

NOTHING = Markup("")
DASH = Markup('<span class="dash" aria-label="none">–</span>')

_SPECIAL = re.compile(r"""[\\`*_{}\[\]()<>#!|$&~^=:"'@%]|^[-+.]|^\d+[.)](?=\s|$)""")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff]")


def text(value: str) -> Markup:
    """Return a text of a package as markup on one line that shows exactly its characters."""
    return Markup(_SPECIAL.sub(_reference, _line(value)))


def _line(value: str) -> str:
    return _INVISIBLE.sub("\N{REPLACEMENT CHARACTER}", " ".join(value.split()))


def _reference(match: re.Match[str]) -> str:
    return "".join(c if c.isdecimal() else f"&#{ord(c)};" for c in match[0])


def code(value: str) -> Markup:
    """Return a text as inline code."""
    return Markup(f"<code>{text(value)}</code>")


def strong(value: Markup) -> Markup:
    """Return markup that stands out."""
    return Markup(f"<strong>{value}</strong>")


def command(line: str) -> Markup:
    """Return a command to copy: the theme puts a button on it."""
    return Markup(f'<div class="highlight command"><pre><code>{text(line)}</code></pre></div>')


def small(value: Markup) -> Markup:
    """Return markup in small print."""
    return Markup(f"<small>{value}</small>")


def whole(value: str) -> Markup:
    """Return a text that is not broken over lines."""
    return Markup(f'<span class="whole">{text(value)}</span>')


def counted(number: int, noun: str) -> str:
    """Return how many of something: ``1 claim``, ``2 claims``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def link(label: Markup, target: str) -> Markup:
    """Return a link to a page of the site, ``page.md#anchor``; the build fails if it does not resolve."""
    return Markup(f"[{label}]({quote(target, safe='/#.-_')})")


def external(label: Markup, url: str) -> Markup:
    """Return a link to another site; what is not an http or https address stays text."""
    if urlsplit(url).scheme not in ("http", "https"):
        return label
    return Markup(f"[{label}]({quote(url, safe=':/?#@!$&+,;=%~.-')})")


def badge(word: str, *, tone: str, symbol: str = "", title: str = "") -> Markup:
    """Return a small label whose symbol and word say what its colour says.

    Args:
        word: what it says.
        tone: ``good``, ``part``, ``bad`` or ``quiet``; a class of the stylesheet.
        symbol: one character before the word, not read aloud.
        title: a longer text, shown on hovering.
    """
    sign = f'<span aria-hidden="true">{text(symbol)}</span> ' if symbol else ""
    hover = f' title="{text(title)}"' if title else ""
    return Markup(f'<span class="badge badge--{tone}"{hover}>{sign}{text(word)}</span>')


def lines(parts: Iterable[Markup]) -> Markup:
    """Return markup with each part on a line of its own; empty parts are left out."""
    return Markup("<br>".join(part for part in parts if part))


def spread(parts: Iterable[Markup], between: str = " · ") -> Markup:
    """Return parts side by side; empty ones are left out."""
    return Markup(between.join(part for part in parts if part))


def anchor(name: str) -> Markup:
    """Return a place that links can point at."""
    return Markup(f'<span id="{text(name)}"></span>')


def details(summary: Markup, body: Markup) -> Markup:
    """Return what opens on request, inside a line or a cell."""
    return Markup(f'<details class="more"><summary>{summary}</summary>{body}</details>')


def folded(summary: Markup, body: str) -> str:
    """Return Markdown that opens on request."""
    return f'<details class="folded" markdown>\n<summary>{summary}</summary>\n\n{body}\n\n</details>'


def table(
    columns: Sequence[str], rows: Iterable[Sequence[Markup]], *, name: str = "", right: Iterable[int] = ()
) -> str:
    """Return a table.

    Args:
        columns: the headings, words of the generator.
        rows: the cells.
        name: a class of the stylesheet.
        right: indexes of the columns that are aligned to the right.
    """
    ends = set(right)
    rules = ["---:" if index in ends else "---" for index in range(len(columns))]
    body = "\n".join(f"| {' | '.join(cell or ' ' for cell in row)} |" for row in rows)
    return block(f"| {' | '.join(columns)} |\n| {' | '.join(rules)} |\n{body}", name=f"table {name}".strip())


def block(body: str, *, name: str) -> str:
    """Return Markdown inside an element with a class of the stylesheet."""
    return f'<div class="{name}" markdown>\n\n{body}\n\n</div>'


def heading(level: int, title: Markup, name: str) -> str:
    """Return a heading with the name that links use."""
    return f"{'#' * level} {title} {{ #{name} }}"


def notice(tone: str, title: Markup, body: str = "") -> str:
    """Return a box: ``warning``, ``failure`` or ``info``."""
    inner = f"\n\n{body}" if body else ""
    return f'<div class="admonition {tone}" markdown>\n\n{title}\n{{ .admonition-title }}{inner}\n\n</div>'


def fence(source: str, language: str, *, first: int = 0, marked: Iterable[int] = ()) -> str:
    """Return a block of code.

    Args:
        source: the code, whatever it contains.
        language: for the colours; ``text`` for none.
        first: the number of its first line, or 0 for no numbers.
        marked: which lines, counted from 1 in this block, are highlighted.
    """
    longest = max((len(run) for run in re.findall("`+", source)), default=0)
    ticks = "`" * max(3, longest + 1)
    numbers = f' linenums="{first}"' if first else ""
    chosen = " ".join(map(str, sorted(set(marked))))
    highlights = f' hl_lines="{chosen}"' if chosen else ""
    body = source.rstrip("\n")
    return f"{ticks}{{ .{language}{numbers}{highlights} }}\n{body}\n{ticks}"


def page(title: str, parts: Iterable[str], *, hide: Sequence[str] = (), searched: bool = True) -> str:
    """Return a page.

    Args:
        title: its heading of the first level; themes put titles into the page as they are, so it is escaped for them.
        parts: what follows, with an empty line between.
        hide: sidebars that are left out: ``navigation``, ``toc``.
        searched: whether its text is found by the search.
    """
    escaped = json.dumps(html.escape(_line(title)), ensure_ascii=False)
    meta = [f"title: {escaped}", *([f"hide: [{', '.join(hide)}]"] if hide else [])]
    head = ["---", GENERATED, *meta, *([] if searched else ["search: {exclude: true}"]), "---"]
    return "\n\n".join(["\n".join(head), heading(1, text(title), "top"), *(part for part in parts if part)]) + "\n"


GENERATED = "# Written by `ectype site` from what was measured; an edit here is overwritten."
"""The first line inside every generated page."""


def slug(value: str) -> str:
    """Return a text as lower-case words with hyphens, for a name inside a page.

    Raises:
        UsageError: if nothing is left of it.
    """
    words = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
    if not words:
        raise UsageError(f"a name inside a page must have letters or digits; received {value!r}")
    return words
