"""What ``ectype site`` does: read what is there, write the pages."""

from __future__ import annotations

from pathlib import Path

from ectype.errors import InvalidError, Problem
from ectype.freshness import Tree
from ectype.plugins import discover
from ectype.site.findings import findings
from ectype.site.home import home
from ectype.site.listing import files, listing
from ectype.site.page import paper_page
from ectype.site.publication import Publication, gather
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
    entries = discover()
    tree = Tree(entries)
    return write_tree(docs, pages([gather(entry, results, tree) for entry in entries]))


def pages(papers: list[Publication]) -> dict[str, str]:
    """Return every page, by its name below the folder of the documentation.

    Raises:
        InvalidError: if a formula or link in the text of a package does not resolve.
    """
    made = {"index.md": home(papers), "findings.md": findings(papers), "checks.md": suite()}
    problems: list[Problem] = []
    for paper in papers:
        try:
            made[f"papers/{paper.slug}/index.md"] = paper_page(paper)
        except InvalidError as error:
            problems += error.problems
        if paper.files:
            made[f"papers/{paper.slug}/code.md"] = listing(paper)
            made |= {f"papers/{paper.slug}/{name}": source for name, source in files(paper).items()}
    if problems:
        raise InvalidError(problems)
    return made
