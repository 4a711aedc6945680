"""The analysis of a paper (the package's README): its fixed headings, each with something under it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ectype import unwritten
from ectype.errors import Problem

HEADINGS = (
    "Core contribution",
    "Architecture",
    "Training procedure",
    "Evaluation protocol",
    "Gaps",
    "References consulted",
)
"""The second-level headings, in this order."""

_NOT_APPLICABLE = re.compile(r"Not applicable: \S+")
_KINDS = ("official", "third-party", "related", "author clarification", "article")


@dataclass(frozen=True, slots=True)
class Section:
    """One section of an analysis.

    Args:
        name: its heading.
        line: the line of the heading, or None where it is absent.
        applicable: whether it does not say "Not applicable: why".
        placeholders: lines that ask for something, each with its number.
        problems: what is wrong with it, the placeholders among it.
    """

    name: str
    line: int | None
    applicable: bool
    placeholders: tuple[tuple[int, str], ...]
    problems: tuple[Problem, ...]


def check(path: Path) -> list[Problem]:
    """Return what is wrong with an analysis, every place with its line.

    Args:
        path: the ``README.md`` of a package.
    """
    sections = read(path)
    problems = [problem for section in sections for problem in section.problems]
    lines = {section.name: section.line for section in sections if section.line is not None}
    if len(lines) == len(HEADINGS) and (present := sorted(lines, key=lambda name: lines[name])) != list(HEADINGS):
        problems.append(
            Problem(str(path), None, f"the headings in the order {', '.join(HEADINGS)}", ", ".join(present))
        )
    return list(dict.fromkeys(problems))


def read(path: Path) -> list[Section]:
    """Return the sections of an analysis in the order in which they are due, with what is wrong with each.

    Args:
        path: the ``README.md`` of a package.
    """
    file = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        wrong = Problem(file, None, "the analysis of the paper", str(error), "Write README.md in the package")
        return [Section(name, None, True, (), (wrong,)) for name in HEADINGS]
    found: dict[str, list[tuple[int, str]]] = {name: [] for name in HEADINGS}
    for name, line, body in _sections(text):
        if name in found:
            found[name].append((line, body))
    return [_section(file, name, bodies) for name, bodies in found.items()]


def _section(file: str, name: str, bodies: list[tuple[int, str]]) -> Section:
    if len(bodies) != 1:
        wrong = Problem(file, None, f"one heading `## {name}`", f"{len(bodies)} of them")
        return Section(name, bodies[0][0] if bodies else None, True, (), (wrong,))
    ((line, body),) = bodies
    placeholders = tuple((line + 1 + number, asked) for number, asked in unwritten.in_prose(body))
    problems = [Problem(file, at, f"no placeholder under `## {name}`", repr(asked)) for at, asked in placeholders]
    applicable = not _NOT_APPLICABLE.match(body.lstrip())
    if applicable:
        problems += _missing(file, name, line, body)
    return Section(name, line, applicable, placeholders, tuple(problems))


def _missing(file: str, name: str, line: int, body: str) -> list[Problem]:
    if len(re.findall(r"\w+", body)) < 12:
        hint = "Write it, or `Not applicable: why`"
        return [Problem(file, line, f"something said under `## {name}`", f"{body.strip()[:60]!r}", hint)]
    problems = []
    if name == "Architecture" and "```" not in body:
        problems.append(Problem(file, line, "a diagram in a fenced block under `## Architecture`", "none"))
    if name == "References consulted":
        rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\|.*\|$", body, re.M)]
        kinds = [row[0].lower() for row in rows[2:]]
        if not kinds or any(kind not in _KINDS for kind in kinds) or any(len(row) != 4 for row in rows):
            expected = f"a table kind | link | licence | used for, kinds {', '.join(_KINDS)}"
            problems.append(Problem(file, line, expected, ", ".join(kinds) or "no rows"))
    return problems


def _sections(text: str) -> list[tuple[str, int, str]]:
    """Return every second-level section as heading, line and body; headings inside fenced blocks do not count."""
    from markdown_it import MarkdownIt

    lines = text.splitlines()
    tokens = MarkdownIt("commonmark").parse(text)
    starts = [
        (tokens[i + 1].content.strip(), token.map[0])
        for i, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h2" and token.map
    ]
    ends = [line for _, line in starts] + [len(lines)]
    return [
        (name, start + 1, "\n".join(lines[start + 1 : end]))
        for (name, start), end in zip(starts, ends[1:], strict=True)
    ]
