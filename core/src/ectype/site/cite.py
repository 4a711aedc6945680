"""How to cite: this project from its citation file, and every paper from its header, as BibTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from ectype import workspace
from ectype.header import Header
from ectype.site.markup import fence, heading, page, text
from ectype.site.publication import Publication
from ectype.site.tree import SAID

FILE = "CITATION.cff"

PAPERS = """\
A result that you take from here belongs to the authors of its paper: cite them. All entries are in
[papers.bib](papers.bib); where a publisher has an entry of its own, that one is better.
"""

_ARXIV = re.compile(
    r"arxiv\.org/(?:abs|pdf)/(?P<id>(?P<year>\d{2})\d{2}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/(?P<old>\d{2})\d{5})"
)
_TEX = {"\\": "", "{": "", "}": "", **{sign: f"\\{sign}" for sign in "&%#_$"}, "~": r"\~{}", "^": r"\^{}"}


def cite(project: Path | None = None) -> str:
    """Return the page.

    Args:
        project: the folder with the citation file; by default the root of the workspace.
    """
    said = _read((project or workspace.root()) / FILE)
    own = (
        [text(str(said.get("message", ""))), fence(_entry("software", "ectype", _fields(said)), "bibtex")]
        if said
        else []
    )
    return page("How to cite", [*own, heading(2, text("The papers"), "papers"), PAPERS], hide=["navigation", "toc"])


def bibliography(papers: Sequence[Publication]) -> str:
    """Return an entry for every paper whose header can be read."""
    entries = [entry(paper.slug, paper.header) for paper in papers if paper.header]
    return "\n\n".join([f"% {SAID}", *entries]) + "\n"


def entry(slug: str, header: Header) -> str:
    """Return the BibTeX entry of a paper; the year is known for a paper on arXiv, from its number.

    Args:
        slug: what it is cited by.
        header: of its package.
    """
    found = _ARXIV.search(header.paper)
    fields = {"title": f"{{{_tex(header.title)}}}", "author": " and ".join(map(_tex, header.authors))}
    if found:
        digits = int(found["year"] or found["old"])
        year = str(digits + (1900 if digits > 90 else 2000))
        fields |= {"year": year, "eprint": _tex(found["id"]), "archivePrefix": "arXiv"}
    return _entry("misc", slug, {**fields, "url": _tex(header.paper)})


def _fields(said: Mapping[str, Any]) -> dict[str, str]:
    authors = [_person(author) for author in said.get("authors", []) if isinstance(author, dict)]
    fields = {
        "title": f"{{{_tex(str(said.get('title', '')))}}}",
        "author": " and ".join(authors),
        "year": str(said.get("date-released", ""))[:4],
        "version": _tex(str(said.get("version", ""))),
        "url": _tex(str(said.get("repository-code") or said.get("url") or "")),
    }
    return {name: value for name, value in fields.items() if value}


def _person(author: Mapping[str, Any]) -> str:
    """Return a name as BibTeX reads it; one that is not a person's is kept together."""
    if "family-names" in author:
        return _tex(", ".join(str(author[key]) for key in ("family-names", "given-names") if key in author))
    return f"{{{_tex(str(author.get('name', '')))}}}"


def _entry(kind: str, key: str, fields: Mapping[str, str]) -> str:
    width = max(map(len, fields))
    body = ",\n".join(f"  {name.ljust(width)} = {{{value}}}" for name, value in fields.items())
    return f"@{kind}{{{key},\n{body}\n}}"


def _tex(value: str) -> str:
    return "".join(_TEX.get(character, character) for character in " ".join(value.split()))


def _read(path: Path) -> Mapping[str, Any]:
    """Return a citation file, or nothing where there is none that can be read."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}
