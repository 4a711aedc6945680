"""Citing: the entry of the paper to copy into a bibliography."""

from __future__ import annotations

from ectype.site.cite import entry
from ectype.site.markup import fence, heading, text
from ectype.site.publication import Publication


def section(paper: Publication) -> str:
    """Return the BibTeX entry of a paper."""
    if paper.header is None:
        return ""
    explained = text(
        "A result that you take from here belongs to the authors of its paper. Their publisher's entry, where there is one, is better."
    )
    return "\n\n".join(
        [heading(2, text("Cite the paper"), "cite"), explained, fence(entry(paper.slug, paper.header), "bibtex")]
    )
