"""Highlighting of source: a whole file with a name on every line that links can use, or an excerpt with lines marked.

Written here and not left to the Markdown of the site, so that a link to a line that is not there fails the build.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from ectype.site.markup import Markup

_BEGIN = re.compile(r'^(?P<tags>(?:<span class="\w+">)*)(?P<space>[ \t]*)')


def numbered(source: str) -> str:
    """Return a Python file as HTML; line ``n`` is at ``#L<n>``."""
    body = "".join(
        f'<span id="L{number}">{_number(number, 4)}{line}\n</span>' for number, line in enumerate(_lines(source), 1)
    )
    return _block(body)


def excerpt(source: str, first: int, last: int, marked: Collection[int]) -> Markup:
    """Return lines of a Python file as HTML, without the indentation that all of them share.

    Args:
        source: the whole file, so that what begins before the excerpt is read as what it is.
        first: the first line, from 1.
        last: the last line.
        marked: the lines that are highlighted, in the same count.
    """
    chosen = source.split("\n")[first - 1 : last]
    filled = [line for line in chosen if line.strip()]
    indent = min((len(line) - len(line.lstrip(" \t")) for line in filled), default=0)
    shown = _lines(source)[first - 1 : last]
    body = "\n".join(
        f'<span class="{"line cited" if number in marked else "line"}">{_number(number, len(str(last)))}{line}</span>'
        for number, line in enumerate((_without(line, indent) for line in shown), first)
    )
    return _block(body, "highlight excerpt")


def _without(line: str, indent: int) -> str:
    """Return a highlighted line without so many characters of white space at its beginning."""
    return _BEGIN.sub(lambda begin: begin["tags"] + begin["space"][indent:], line, count=1)


def _block(body: str, name: str = "highlight") -> Markup:
    return Markup(f'<div class="{name}"><pre><code class="language-python">{body}</code></pre></div>')


def _number(number: int, width: int) -> str:
    return f'<span class="linenos" data-linenos="{number:>{width}} "></span>'


@functools.lru_cache(maxsize=64)
def _lines(source: str) -> tuple[str, ...]:
    lexer = PythonLexer(stripnl=False, ensurenl=True)
    return tuple(highlight(source, lexer, HtmlFormatter(nowrap=True)).rstrip("\n").split("\n"))
