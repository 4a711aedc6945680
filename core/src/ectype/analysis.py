"""The analysis of a paper (the package's README): its fixed headings, each with something under it."""

from __future__ import annotations

import re
from pathlib import Path

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
_PLACEHOLDER = re.compile(r"\bTODO\b|\bFIXME\b|<[a-z][a-z ]*>|\?\?\?")
_KINDS = ("official", "third-party", "related", "author clarification", "article")


def check(path: Path) -> list[Problem]:
    """Return what is wrong with an analysis, every place with its line.

    Args:
        path: the ``README.md`` of a package.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return [Problem(str(path), None, "the analysis of the paper", str(error), "Write README.md in the package")]
    sections = _sections(text)
    names = [name for name, _, _ in sections]
    problems = []
    for name in HEADINGS:
        if names.count(name) != 1:
            problems.append(Problem(str(path), None, f"one heading `## {name}`", f"{names.count(name)} of them"))
    present = [name for name in names if name in HEADINGS]
    if not problems and present != list(HEADINGS):
        problems.append(
            Problem(str(path), None, f"the headings in the order {', '.join(HEADINGS)}", ", ".join(present))
        )
    for name, line, body in sections:
        if name in HEADINGS:
            problems += _check_section(str(path), name, line, body)
    return problems


def _check_section(file: str, name: str, line: int, body: str) -> list[Problem]:
    if _NOT_APPLICABLE.match(body):
        return []
    if len(re.findall(r"\w+", body)) < 12:
        hint = "Write it, or `Not applicable: why`"
        return [Problem(file, line, f"something said under `## {name}`", f"{body[:60]!r}", hint)]
    problems = []
    outside = re.sub(r"`[^`\n]*`|\$[^$\n]*\$", "", _outside_fences(body))
    if found := _PLACEHOLDER.search(outside):
        problems.append(Problem(file, line, f"no placeholder under `## {name}`", repr(found.group())))
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
        (name, start + 1, "\n".join(lines[start + 1 : end]).strip())
        for (name, start), end in zip(starts, ends[1:], strict=True)
    ]


def _outside_fences(body: str) -> str:
    return re.sub(r"^```.*?^```", "", body, flags=re.M | re.S)
