"""Prose: the Markdown that a package's author wrote, as HTML in which nothing but prose is left.

Raw HTML is shown as text, images become links to them, links that are neither http, https nor inside the package are
dropped, formulas between dollars become MathML, placeholders what they refer to. Headings stay Markdown, so that they are in
the table of contents.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ectype.errors import InvalidError, Problem
from ectype.mentions import PLACEHOLDER
from ectype.site.markup import NOTHING, Markup, heading, slug, text
from ectype.site.mathematics import mathml

Resolve = Callable[[str], str]
"""Gives the address on the site for a relative link, or an empty text where there is none."""

Refer = Callable[[str], Markup]
"""Gives what stands for a placeholder, or nothing where it refers to nothing."""


def render(
    source: str, *, file: str, shift: int, prefix: str, resolve: Resolve, refer: Refer = lambda _: NOTHING
) -> str:
    """Return prose as a part of a page.

    Args:
        source: Markdown. A heading of the first level and what is before it is left out.
        file: where it stands, for errors.
        shift: how many levels headings move down.
        prefix: begins the names of headings on the page.
        resolve: what a relative link points at.
        refer: what a placeholder stands for.

    Raises:
        InvalidError: if a formula, a link or a placeholder cannot be resolved; all of them, with their lines.
    """
    parser = _parser()
    tokens, known = _read(parser, source, file=file, prefix=prefix, resolve=resolve, refer=refer)
    return "\n\n".join(_parts(parser, tokens, shift, known))


def sections(
    source: str, *, file: str, shift: int, prefix: str, resolve: Resolve, refer: Refer = lambda _: NOTHING
) -> dict[str, str]:
    """Return what stands under each heading of the second level, without that heading; arguments as of ``render``.

    Raises:
        InvalidError: as ``render`` does.
    """
    parser = _parser()
    tokens, known = _read(parser, source, file=file, prefix=prefix, resolve=resolve, refer=refer)
    starts = [
        i for i, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h2" and not token.level
    ]
    found = {}
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        body = "\n\n".join(_parts(parser, tokens[start + 3 : end], shift, known))
        found[tokens[start + 1].content.strip()] = body
    return found


def _read(
    parser: MarkdownIt, source: str, *, file: str, prefix: str, resolve: Resolve, refer: Refer
) -> tuple[list[Token], dict[str, str]]:
    """Return the parts of prose with everything resolved, and the names of its headings on the page."""
    tokens = parser.parse(source)
    titles = [tokens[i + 1] for i, token in enumerate(tokens) if token.type == "heading_open" and token.level == 0]
    known = {
        slug(title.content): f"{prefix}-{slug(title.content)}"
        for title in titles
        if re.search(r"[a-z0-9]", title.content.lower())
    }
    problems = _resolve(tokens, file=file, names=known, resolve=resolve, refer=refer)
    if problems:
        raise InvalidError(problems)
    return tokens, known


def _parts(parser: MarkdownIt, tokens: Sequence[Token], shift: int, names: dict[str, str]) -> list[str]:
    parts: list[str] = []
    pending: list[Token] = []

    def flush() -> None:
        if pending:
            body = parser.renderer.render(pending, parser.options, {})
            parts.append(f'<div class="prose">\n{body.rstrip()}\n</div>')
            pending.clear()

    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type == "heading_open" and token.level == 0:
            flush()
            title, level = tokens[index + 1].content, int(token.tag[1:])
            name = names.get(slug(title)) if re.search(r"[a-z0-9]", title.lower()) else None
            if level > 1 and name:
                parts.append(heading(min(level + shift, 6), text(title), name))
            index += 3
        else:
            pending.append(token)
            index += 1
    flush()
    return parts


def _resolve(
    tokens: Sequence[Token], *, file: str, names: dict[str, str], resolve: Resolve, refer: Refer
) -> list[Problem]:
    """Turn formulas into MathML, placeholders into what they stand for, links into addresses on the site, in place."""
    problems: list[Problem] = []
    line = 0
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        for item in [token, *(token.children or [])]:
            if item.type in ("math_inline", "math_block"):
                try:
                    display = item.meta["display"]
                    item.content = mathml(item.content, display=display, file=file, line=line + item.meta["line"])
                except InvalidError as error:
                    problems += error.problems
            elif item.type == "placeholder":
                if not (standing := refer(item.content)):
                    expected = "a placeholder that refers to a claim or a finding of this paper"
                    problems.append(Problem(file, line + item.meta["line"], expected, f"{{{{{item.content}}}}}"))
                item.content = standing
            elif item.type == "image":
                target = str(item.attrGet("src"))
                if urlsplit(target).scheme not in ("http", "https"):
                    expected = "a figure as a diagram in text, or at a web address"
                    problems.append(Problem(file, line, expected, f"an image {target!r}"))
            elif item.type == "link_open":
                target = str(item.attrGet("href"))
                if urlsplit(target).scheme in ("http", "https"):
                    continue
                found = names.get(target[1:], "") if target.startswith("#") else resolve(target)
                if not found:
                    expected = "a link to a web page, a heading of this file or a file of the package"
                    problems.append(Problem(file, line, expected, repr(target)))
                item.attrSet("href", f"#{found}" if target.startswith("#") else found)
    return problems


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.block.ruler.before("fence", "math_block", _math_block, {"alt": ["paragraph", "blockquote", "list"]})
    parser.inline.ruler.after("escape", "math_inline", _math_inline)
    parser.inline.ruler.before("escape", "placeholder", _placeholder)
    parser.validateLink = _is_link  # type: ignore[method-assign]
    rules: dict[str, Any] = {
        "math_inline": _content,
        "placeholder": _content,
        "math_block": lambda *given: f'<div class="formula">{_content(*given)}</div>\n',
        "image": _image,
        "table_open": lambda *_: '<div class="table"><table>',
        "table_close": lambda *_: "</table></div>\n",
        "fence": _code,
        "code_block": _code,
    }
    for name, rule in rules.items():
        parser.add_render_rule(name, rule)
    return parser


def _is_link(url: str) -> bool:
    """Return whether a link is kept; browsers ignore white space and case in a scheme."""
    bare = re.sub(r"[\s\x00-\x20]", "", html.unescape(url)).lower()
    return ":" not in bare.partition("/")[0] or bare.startswith(("http://", "https://"))


def _content(_: Any, tokens: Sequence[Token], index: int, *rest: Any) -> str:
    return tokens[index].content


def _code(_: Any, tokens: Sequence[Token], index: int, *rest: Any) -> str:
    return f'<div class="highlight"><pre><code>{html.escape(tokens[index].content)}</code></pre></div>\n'


def _image(_: Any, tokens: Sequence[Token], index: int, *rest: Any) -> str:
    """Return an image as a link to it: the site makes no request to another host."""
    source, label = str(tokens[index].attrGet("src")), html.escape(tokens[index].content or "image")
    if urlsplit(source).scheme in ("http", "https"):
        return f'<a href="{html.escape(source)}">{label}</a>'
    return label


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read ``$$`` at the beginning of a line up to ``$$`` at the end of this or a later one."""
    first = state.getLines(start, start + 1, state.blkIndent, False).strip()
    if state.is_code_block(start) or not first.startswith("$$"):
        return False
    collected: list[str] = []
    for number in range(start, end):
        line = state.getLines(number, number + 1, state.blkIndent, False).strip()
        if not line:
            return False
        collected.append(line)
        joined = "\n".join(collected)[2:]
        closing = joined.rstrip(" .,;")
        if closing.endswith("$$") and len(closing) > 2:
            if silent:
                return True
            latex = closing[:-2] + joined[len(closing) :]
            if "$$" in latex:
                return False
            token = state.push("math_block", "math", 0)
            token.content, token.map, token.block = latex, [start, number + 1], True
            token.meta = {"display": True, "line": 0}
            state.line = number + 1
            return True
    return False


def _placeholder(state: StateInline, silent: bool) -> bool:
    match = PLACEHOLDER.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        token = state.push("placeholder", "", 0)
        token.content = match["inner"]
        token.meta = {"line": state.src.count("\n", 0, state.pos)}
    state.pos = match.end()
    return True


def _math_inline(state: StateInline, silent: bool) -> bool:
    """Read ``$...$`` without spaces inside its dollars, or ``$$...$$``."""
    source, start = state.src, state.pos
    if source[start] != "$":
        return False
    pattern = (
        r"\$\$(?P<latex>(?:\\.|[^$\\])+)\$\$"
        if source.startswith("$$", start)
        else r"\$(?P<latex>(?![\s$])(?:\\.|[^$\\])*?(?<!\s))\$(?!\d)"
    )
    match = re.compile(pattern, re.S).match(source, start)
    if match is None or not match["latex"].strip():
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = match["latex"]
        token.meta = {"display": source.startswith("$$", start), "line": source.count("\n", 0, start)}
    state.pos = match.end()
    return True
