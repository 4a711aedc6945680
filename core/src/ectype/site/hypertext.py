"""Hypertext: elements of HTML, for what Markdown cannot say; texts in attributes are escaped as they are everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from ectype.site.markup import Markup, text

_VOID = ("input", "br")

Attributes = Mapping[str, str | float | bool]
"""Names and values; ``True`` stands for a name without a value, ``False`` for nothing."""


def element(name: str, attributes: Attributes, *body: str) -> Markup:
    """Return an element on one line.

    Args:
        name: of the element.
        attributes: its attributes, in order.
        body: markup inside it.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items() if value is not False)
    end = "" if name in _VOID else f"{''.join(body)}</{name}>"
    return Markup(f"<{name}{written}>{end}")


def _attribute(name: str, value: str | float | bool) -> str:
    if value is True:
        return f" {name}"
    return f' {name}="{text(value) if isinstance(value, str) else f"{value:.6g}"}"'


def address(page: str) -> str:
    """Return the address in the built site of a page of the documentation: ``papers/x/index.md#claim-y``."""
    name, mark, place = page.partition("#")
    return quote(name.removesuffix(".md") + (".html" if name.endswith(".md") else "") + mark + place, safe="/#.-_")


def to(page: str, label: Markup, *, hint: str = "") -> Markup:
    """Return a link to a page of the site, from where Markdown is not read; ``ectype.site.links`` checks that it resolves.

    Args:
        page: its name below the folder of the documentation, ``page.md#place``.
        label: what is clicked.
        hint: shown on hovering.
    """
    hover = f' title="{text(hint)}"' if hint else ""
    return Markup(f'<a href="{address(page)}"{hover}>{label}</a>')


def hidden(value: str) -> Markup:
    """Return a text that is read aloud and found, but not seen."""
    return Markup(f'<span class="unseen">{text(value)}</span>')
