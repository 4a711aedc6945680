"""The analysis: the package's README, below the results."""

from __future__ import annotations

from ectype.site.excerpt import line_link
from ectype.site.markup import heading, text
from ectype.site.prose import render
from ectype.site.publication import Publication


def section(paper: Publication) -> str:
    """Return the analysis of a paper.

    Raises:
        InvalidError: if a formula or link in it does not resolve.
    """
    if not (paper.analysis and paper.analysis.strip() and paper.entry.root):
        return ""

    def resolve(target: str) -> str:
        """Return the address of a file of the package: its place on the page with the code."""
        path = target.partition("#")[0].removeprefix("./").removeprefix("src/")
        found = line_link(paper, path, 1, text(""))
        return str(found).partition("(")[2].rstrip(")").replace(".md#", ".html#")

    file = str(paper.entry.root / "README.md")
    body = render(paper.analysis, file=file, shift=1, prefix="analysis", resolve=resolve)
    return f"{heading(2, text('Analysis'), 'analysis')}\n\n{body}" if body else ""
