"""Answers: what authors say about a finding, as the package's analysis refers to it.

A row of the table under `References consulted` of the kind `author clarification` is an answer: its link leads to what the
authors wrote, and a name of a disagreement in its last cell says to which finding it belongs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ectype.site.markup import Markup, external, text
from ectype.site.publication import Publication

_ROW = re.compile(r"^\|\s*author clarification\s*\|([^|]*)\|[^|]*\|([^|]*)\|\s*$", re.M | re.I)
_LINK = re.compile(r"\[(?P<label>[^\]]*)\]\((?P<url>[^)\s]+)\)|(?P<bare>https?://\S+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """Something that the authors of a paper wrote.

    Args:
        label: what it is called.
        url: where it is, or empty.
        about: what it was used for, in the words of the analysis.
    """

    label: str
    url: str
    about: str


def answers(paper: Publication, finding: str) -> list[Answer]:
    """Return the answers to a finding.

    Args:
        paper: where it was found.
        finding: the id of a disagreement or claim.
    """
    named = re.compile(rf"(?<![\w-]){re.escape(finding)}(?![\w-])")
    return [answer for answer in _all(paper.analysis or "") if named.search(answer.about)]


def said(paper: Publication, finding: str) -> Markup:
    """Return the line about an author's answer."""
    found = answers(paper, finding)
    if not found:
        return Markup("No answer from the authors yet. [How to answer](answering.md)")
    listed = "; ".join(f"{external(text(answer.label), answer.url)}: {text(answer.about)}" for answer in found)
    return Markup(f"The authors' answer: {listed}")


def _all(analysis: str) -> list[Answer]:
    found = []
    for cell, about in _ROW.findall(analysis):
        link = _LINK.search(cell)
        url = (link["url"] or link["bare"]) if link else ""
        label = (link["label"] or link["bare"]) if link else cell.strip()
        found.append(Answer(label.replace("`", ""), url, about.strip().replace("`", "")))
    return found
