"""Badges as SVG files: one a mark and one for all, in the colours of the site, legible where no font is loaded."""

from __future__ import annotations

from ectype.exports.document import Document
from ectype.results import Mark
from ectype.site.badges import mark_tone
from ectype.site.figures.svg import element
from ectype.site.markup import text

COLOURS = {"good": "#1d6b45", "part": "#7d5200", "bad": "#a12a24", "quiet": "#5b6169"}
"""Those of the light stylesheet, behind white letters."""

_LABEL = "#23405e"
_NARROW, _WIDE = "fijl.,:;'|!()[] ", "mwMW@%—"


def badges(document: Document) -> dict[str, str]:
    """Return the badges of a paper by file name: ``overall.svg`` and one a mark."""
    found = {f"{mark.name}.svg": _mark(mark, stale=bool(document.stale)) for mark in document.marks}
    return {"overall.svg": overall(document), **found}


def overall(document: Document) -> str:
    """Return the badge for all: the headline numbers that were reproduced, else the first mark that says something."""
    marks = {mark.name: mark for mark in document.marks}
    chosen = next(
        (marks[name] for name in ("reproduced", "numbers", "equations", "runs") if name in marks and marks[name].of),
        None,
    )
    if chosen is None:
        return badge("Ectype", "nothing to hold", tone="quiet", title=f"{document.slug}: no mark applies")
    tone, _ = mark_tone(chosen)
    message = f"{chosen.name} {chosen.held} of {chosen.of}"
    title = f"{document.slug}: {message}; {chosen.text}"
    return _finished("Ectype", message, tone, title, stale=bool(document.stale))


def badge(label: str, message: str, *, tone: str, title: str) -> str:
    """Return a badge.

    Args:
        label: on the left.
        message: on the right.
        tone: ``good``, ``part``, ``bad`` or ``quiet``.
        title: what is read aloud and shown on hovering.
    """
    left, right = width(label) + 12, width(message) + 12
    total = left + right
    body = [
        element("title", {}, text(title)),
        element("rect", {"width": total, "height": 20.0, "rx": 4.0, "fill": COLOURS[tone]}),
        element("path", {"d": f"M4 0H{left:.1f}V20H4A4 4 0 0 1 0 16V4A4 4 0 0 1 4 0Z", "fill": _LABEL}),
        _text(6, label),
        _text(left + 6, message),
    ]
    size: dict[str, str | float] = {"width": total, "height": 20.0, "viewBox": f"0 0 {total:.1f} 20"}
    named = {"xmlns": "http://www.w3.org/2000/svg", "role": "img", "aria-label": text(title)}
    return element("svg", size | named, "".join(body)) + "\n"


def width(value: str) -> float:
    """Return about how many pixels a text is wide at 11 pixels; the badge stretches it to exactly that."""
    return sum(4.0 if c in _NARROW else 10.5 if c in _WIDE else 7.0 if c.isascii() else 11.0 for c in value)


def _mark(mark: Mark, *, stale: bool) -> str:
    if mark.of == 0:
        word = "not applicable" if mark.text.startswith("not applicable") else "none declared"
        return badge(mark.name, word, tone="quiet", title=f"{mark.name}: {word}; {mark.text}")
    tone, _ = mark_tone(mark)
    message = f"{mark.held} of {mark.of}"
    also = f"; {mark.qualified} more only under another reading" if mark.qualified else ""
    return _finished(mark.name, message, tone, f"{mark.name}: {message}; {mark.text}{also}", stale=stale)


def _finished(label: str, message: str, tone: str, title: str, *, stale: bool) -> str:
    if stale:
        return badge(label, f"{message}, stale", tone="quiet", title=f"{title}; the code has changed since")
    return badge(label, message, tone=tone, title=title)


def _text(x: float, value: str) -> str:
    style: dict[str, str | float] = {
        "x": x,
        "y": 14.0,
        "textLength": width(value),
        "lengthAdjust": "spacingAndGlyphs",
        "fill": "#ffffff",
        "font-family": "Verdana, DejaVu Sans, sans-serif",
        "font-size": 11.0,
    }
    return element("text", style, text(value))
