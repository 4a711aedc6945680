"""What ``ectype site`` does: read what is there, write the pages."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ectype.errors import InvalidError, Problem
from ectype.freshness import Tree
from ectype.plugins import Entry, discover
from ectype.site import api
from ectype.site.changelog import changelog
from ectype.site.cite import bibliography, cite
from ectype.site.feed import as_atom, as_json
from ectype.site.findings import findings
from ectype.site.fleet import fleet
from ectype.site.grammar import reference
from ectype.site.home import home
from ectype.site.indexes import claims, components, equations
from ectype.site.lineage import lineage, parents
from ectype.site.links import unresolved
from ectype.site.listing import files, listing
from ectype.site.page import paper_page
from ectype.site.publication import Publication, gather
from ectype.site.search import lean
from ectype.site.suite import suite
from ectype.site.tree import Written
from ectype.site.tree import write as write_tree


def write(docs: Path, *, results: Path) -> Written:
    """Write the pages of all registered papers; imports none of them.

    Args:
        docs: the folder of the documentation; pages that a person wrote there are left alone.
        results: the folder that ``ectype verify`` writes into.

    Raises:
        InvalidError: if a formula or link in the text of a package does not resolve; all of them, with their places.
        UsageError: if a page written by hand is in the way.
    """
    return publish(discover(), docs, results=results)


def publish(entries: Sequence[Entry], docs: Path, *, results: Path) -> Written:
    """Write the pages of some papers, as ``write`` does those of all."""
    with _collecting_nothing():
        tree = Tree(entries)
        return write_tree(docs, pages([gather(entry, results, tree) for entry in entries]))


@contextmanager
def _collecting_nothing() -> Iterator[None]:
    """Keep the collector of circular garbage out: there is next to none, and looking for it takes a fifth of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def pages(papers: list[Publication]) -> dict[str, str]:
    """Return every page, by its name below the folder of the documentation.

    Raises:
        InvalidError: if a formula or link in the text of a package does not resolve.
    """
    made = {
        "index.md": home(papers),
        "findings.md": findings(papers),
        "findings.json": as_json(papers),
        "findings.xml": as_atom(papers),
        "claims.md": claims(papers),
        "equations.md": equations(papers),
        "components.md": components(papers),
        "lineage.md": lineage(papers, parents([paper.entry for paper in papers])),
        "fleet.md": fleet(papers),
        "changelog.md": changelog(papers),
        "cite.md": cite(),
        "api.md": api.core(papers),
        "reference.md": reference(),
        "papers.bib": bibliography(papers),
        "checks.md": suite(),
    }
    problems: list[Problem] = []
    for paper in papers:
        try:
            made[f"papers/{paper.slug}/index.md"] = lean(paper_page(paper))
        except InvalidError as error:
            problems += error.problems
        if paper.files:
            try:
                made[f"papers/{paper.slug}/api.md"] = api.package(paper)
            except InvalidError as error:
                problems += error.problems
            made[f"papers/{paper.slug}/code.md"] = listing(paper)
            made |= {f"papers/{paper.slug}/{name}": source for name, source in files(paper).items()}
    problems = problems or unresolved(made)
    if problems:
        raise InvalidError(problems)
    return made
