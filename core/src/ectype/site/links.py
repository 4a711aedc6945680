"""Links: every link that is written as HTML leads to a page and a place that is there; Markdown's are checked by the build."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from posixpath import dirname, join, normpath
from urllib.parse import unquote

from ectype.errors import Problem

_LINK = re.compile(r'<a href="([^"#:]*)(?:#([^"]*))?"')
_NAMES = (re.compile(r' id="([^"]+)"'), re.compile(r"\{ #([\w.-]+) \}"))


def unresolved(pages: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with the links between pages.

    Args:
        pages: every page by its name below the folder of the documentation.
    """
    names: dict[str, set[str]] = {}
    wrong: dict[tuple[str, str], Problem] = {}
    for page, source in pages.items():
        if not page.endswith(".md"):
            continue
        for target, place in _LINK.findall(source):
            there = _page(page, target)
            if there not in pages:
                if there.endswith(".md"):
                    wrong[page, target] = Problem(page, None, "a link to a page of the site", repr(target))
                continue
            if place and there not in names:
                names[there] = {html.unescape(name) for form in _NAMES for name in form.findall(pages[there])}
            if place and unquote(place) not in names[there]:
                wrong[page, f"{target}#{place}"] = Problem(page, None, "a link to a place", repr(f"{target}#{place}"))
    return list(wrong.values())


def _page(page: str, target: str) -> str:
    """Return the page that an address on another page leads to; an empty address is that page."""
    if not target:
        return page
    return normpath(join(dirname(page), unquote(target))).removesuffix(".html") + (
        ".md" if target.endswith(".html") else ""
    )
