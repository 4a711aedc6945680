"""Highlighting of a whole source file, with a name on every line that links can use."""

from __future__ import annotations

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer


def numbered(source: str) -> str:
    """Return a Python file as HTML; line ``n`` is at ``#L<n>``.

    Written here and not left to the Markdown of the site, so that a link to a line that is not there fails the build.
    """
    lexer = PythonLexer(stripnl=False, ensurenl=True)
    lines = highlight(source, lexer, HtmlFormatter(nowrap=True)).rstrip("\n").split("\n")
    body = "".join(
        f'<span id="L{number}"><span class="linenos" data-linenos="{number:>4} "></span>{line}\n</span>'
        for number, line in enumerate(lines, 1)
    )
    return f'<div class="highlight"><pre><code class="language-python">{body}</code></pre></div>'
