"""The reference of what a contributor types: the header, citations, locators, and every option of every command."""

from __future__ import annotations

import argparse
import inspect
import textwrap
from collections.abc import Iterator
from itertools import groupby

from ectype import citations
from ectype.cli import _parser
from ectype.header import grammar
from ectype.locators import FORMS
from ectype.site.markup import Markup, code, fence, heading, page, table, text

INTRODUCTION = """\
What is typed, and what is accepted, from the code that reads it. Declarations are in the [API reference](api.md), checks on
the page of [conformance checks](checks.md).
"""

_PAPER = {"papers": "papers that are installed; by default all", "paper": "a paper that is installed"}


def reference() -> str:
    """Return the page."""
    parts = [INTRODUCTION]
    for title, module in (("Header", grammar), ("Citations", citations)):
        parts.append(heading(2, text(title), title.lower()))
        parts += _documentation(inspect.getdoc(module) or "")
    parts += [heading(2, text("Locators"), "locators"), text(f"A place in a paper is one of: {FORMS}.")]
    parts.append(heading(2, text("Commands"), "commands"))
    for name, parser, summary in _commands():
        parts += [heading(3, code(f"ectype {name}"), f"ectype-{name}"), text(_sentence(summary))]
        usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
        parts.append(fence(textwrap.fill(usage, 100, subsequent_indent="    ") + "\n", "text"))
        parts.append(table(["Argument", "Is"], [*_arguments(parser)], name=f"options-{name}"))
    return page("Reference", parts)


def _documentation(docstring: str) -> Iterator[str]:
    """Yield the paragraphs of a module's docstring after its first, indented ones together and as they are."""
    paragraphs = docstring.split("\n\n")[1:]
    for shown, group in groupby(paragraphs, key=lambda paragraph: paragraph.startswith("    ")):
        if shown:
            yield fence(textwrap.dedent("\n\n".join(group)) + "\n", "text")
        else:
            yield from (text(paragraph.replace("``", "").replace("::", ":")) for paragraph in group)


def _commands() -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    (commands,) = (a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    summaries = {choice.dest: choice.help or "" for choice in commands._choices_actions}
    for name, parser in commands.choices.items():
        yield name, parser, summaries[name]


def _arguments(parser: argparse.ArgumentParser) -> Iterator[list[Markup]]:
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        values = "" if action.nargs == 0 else f" {action.metavar or '|'.join(map(str, action.choices or ()))}"
        name = (
            ", ".join(action.option_strings) + values if action.option_strings else str(action.metavar or action.dest)
        )
        yield [code(name.strip()), text(_sentence(action.help or _PAPER[action.dest]))]


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}".rstrip(".") + "."
