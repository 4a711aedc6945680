"""Search: what of a page is left out of the index, because nobody searches for it and it would be most of the index."""

from __future__ import annotations

import re

LEFT_OUT = (
    r'<table class="(?:digests|ledger|conformance|faults)\b[^>]*',
    r"<(?:details|dl|pre|svg)\b[^>]*",
)
"""Beginnings of elements that list what stands elsewhere, open on request, show code, or are drawn.

The search goes on at the first end of an element of the same kind, so nothing here may hold another of its kind; a list of
facts inside of what opens on request is left out by itself.
"""

_ELEMENT = re.compile("|".join(LEFT_OUT))


def lean(page: str) -> str:
    """Return a page on which the search passes over code, drawings, lists of digests and faults, and what is folded."""
    return _ELEMENT.sub(_without, page)


def _without(element: re.Match[str]) -> str:
    return element[0] if "data-search-exclude" in element[0] else f'{element[0]} data-search-exclude=""'
