"""The analysis: the package's README; what the paper contributes comes first on the page, the rest after what was measured."""

from __future__ import annotations

from ectype import analysis, mentions
from ectype.errors import InvalidError
from ectype.site import prose, referring
from ectype.site.excerpt import line_target
from ectype.site.hypertext import address
from ectype.site.markup import heading, slug, text
from ectype.site.publication import Publication

CONTRIBUTION, ARCHITECTURE, *_ = analysis.HEADINGS


def contribution(paper: Publication) -> str:
    """Return what the paper contributes.

    Raises:
        InvalidError: if a formula, link or placeholder in the analysis does not resolve, or a result was typed into it.
    """
    check(paper)
    found = read(paper, shift=0).get(CONTRIBUTION, "")
    return f"{heading(2, text(CONTRIBUTION), _name(CONTRIBUTION))}\n\n{found}" if found else ""


def section(paper: Publication) -> str:
    """Return the rest of the analysis: how it is trained and evaluated, what the paper leaves open, what was consulted."""
    found = [
        f"{heading(3, text(title), _name(title))}\n\n{body}"
        for title, body in read(paper, shift=1).items()
        if title not in (CONTRIBUTION, ARCHITECTURE) and body
    ]
    return "\n\n".join([heading(2, text("Analysis"), "analysis"), *found]) if found else ""


def read(paper: Publication, *, shift: int) -> dict[str, str]:
    """Return the sections of the analysis as parts of the page, by their headings.

    Args:
        paper: whose analysis it is.
        shift: how many levels headings inside them move down.

    Raises:
        InvalidError: if a formula, link or placeholder in it does not resolve.
    """
    if not (paper.analysis and paper.analysis.strip() and paper.entry.root):
        return {}

    def resolve(target: str) -> str:
        """Return the address of a file of the package: its place on the page with the code."""
        path = target.partition("#")[0].removeprefix("./").removeprefix("src/")
        found = line_target(paper, path, 1)
        return address(found) if found else ""

    return prose.sections(
        paper.analysis,
        file=_file(paper),
        shift=shift,
        prefix="analysis",
        resolve=resolve,
        refer=lambda inner: referring.refer(paper, inner),
    )


def check(paper: Publication) -> None:
    """Refuse results that were typed.

    Raises:
        InvalidError: if a number in the analysis is one that was measured, with the line.
    """
    if paper.analysis and paper.measured and paper.entry.root:
        problems = mentions.typed(paper.analysis, _file(paper), paper.measured.claims)
        if problems:
            raise InvalidError(problems)


def _file(paper: Publication) -> str:
    return str(paper.entry.root and paper.entry.root / "README.md")


def _name(title: str) -> str:
    return f"analysis-{slug(title)}"
