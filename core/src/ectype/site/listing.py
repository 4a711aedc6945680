"""Listings: the code of a paper as it is installed here, one page a file and one page that lists them."""

from __future__ import annotations

import ast

from ectype.site.excerpt import source_page
from ectype.site.highlight import numbered
from ectype.site.markup import Markup, link, page, table, text
from ectype.site.publication import Publication, declares
from ectype.site.surface import parsed


def listing(paper: Publication) -> str:
    """Return the page that lists the files, in the order of the paper."""
    rows = [
        [link(text(_name(file)), source_page(file)), _summary(source), text(str(len(source.splitlines())))]
        for file, source in paper.files.items()
    ]
    parts = [
        f"The package {link(text(paper.entry.module), 'index.md')} as it is installed here, in the order of the paper.",
        table(["File", "What it is", "Lines"], rows, right=(2,)),
    ]
    return page(f"Code of {paper.title}", parts, hide=["navigation", "toc"], searched=False)


def files(paper: Publication) -> dict[str, str]:
    """Return the page of each file, by its name relative to the page of the paper."""
    return {source_page(file): _file(paper, file) for file in paper.files}


def _file(paper: Publication, file: str) -> str:
    """Return the page of one file; line ``n`` is at ``#L<n>``."""
    up = "../" * source_page(file).count("/")
    said = "declarations" if declares(file) else "code"
    parts = [
        f"Part of the {said} of {link(text(paper.title), f'{up}index.md')}; {link(text('all files'), f'{up}code.md')}.",
        numbered(paper.files[file]),
    ]
    return page(_name(file), parts, hide=["navigation", "toc"], searched=False)


def _name(file: str) -> str:
    return file.partition("/")[2]


def _summary(source: str) -> Markup:
    """Return the first line of a file's docstring."""
    return text((ast.get_docstring(parsed(source)) or "").partition("\n")[0])
