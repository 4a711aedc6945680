"""Badges: verdicts, marks and outcomes of checks as small labels; symbol and word carry what the colour repeats."""

from __future__ import annotations

from ectype.results import Mark
from ectype.site.markup import DASH, Markup, badge, lines, small, text, whole

ONLY = "reproduced only under "

_VERDICTS = {
    "reproduced": ("good", "✓"),
    "holds": ("good", "✓"),
    "replayed": ("good", "↻"),
    "differs": ("part", "≠"),
    "inconclusive": ("part", "≈"),
    "underspecified": ("part", "?"),
    "does not discriminate": ("part", "∅"),
    "contradicted": ("bad", "✗"),
    "reversed": ("bad", "⇄"),
    "error": ("bad", "!"),
    "not attempted": ("quiet", "○"),
    "not run": ("quiet", "○"),
}

_STATUSES = {
    "passed": ("good", "✓"),
    "failed": ("bad", "✗"),
    "error": ("bad", "!"),
    "expected failure": ("part", "≠"),
    "not applicable": ("quiet", "–"),
    "not run": ("quiet", "○"),
    "unchecked": ("quiet", "○"),
}


def verdict(word: str) -> Markup:
    """Return the badge of a verdict; the readings it holds under are in small print below."""
    if word.startswith(ONLY):
        return lines(
            [badge("reproduced only", tone="part", symbol="◐"), small(text(word.removeprefix("reproduced only ")))]
        )
    tone, symbol = _VERDICTS.get(word, ("quiet", "○"))
    return badge(word, tone=tone, symbol=symbol)


def status(word: str, title: str = "") -> Markup:
    """Return the badge of what a check found."""
    tone, symbol = _STATUSES.get(word, ("quiet", "○"))
    return badge(word, tone=tone, symbol=symbol, title=title)


def mark(value: Mark) -> Markup:
    """Return a mark as k/n: filled where all is held, half where some is, a dash where there is nothing to hold."""
    if value.of == 0:
        return DASH
    tone, symbol = mark_tone(value)
    also = f"; {value.qualified} more only under another reading" if value.qualified else ""
    return badge(f"{value.held}/{value.of}", tone=tone, symbol=symbol, title=f"{value.name}: {value.text}{also}")


def mark_tone(value: Mark) -> tuple[str, str]:
    """Return tone and symbol of a mark."""
    if value.of == 0:
        return "quiet", "–"
    if value.held == value.of:
        return "good", "●"
    return ("part", "◐") if value.held or value.qualified else ("quiet", "○")


def figure(value: float) -> Markup:
    """Return a measured deviation with two digits: ``2.6e-13``, ``0.21``."""
    return whole("0" if value == 0 else f"{value:.2g}" if 0.01 <= abs(value) < 100 else f"{value:.1e}")


def verdict_tone(verdict: str) -> tuple[str, str]:
    """Return tone and symbol of a verdict."""
    return ("part", "◐") if verdict.startswith(ONLY) else _VERDICTS.get(verdict, ("quiet", "○"))


def count(number: int, verdict: str) -> Markup:
    """Return how many claims have a verdict."""
    tone, symbol = verdict_tone(verdict)
    return badge(f"{number} {verdict}", tone=tone, symbol=symbol)


def tally(number: int, word: str) -> Markup:
    """Return how many checks had a status."""
    tone, symbol = _STATUSES.get(word, ("quiet", "○"))
    return badge(f"{number} {word}", tone=tone, symbol=symbol)


def state(word: str) -> Markup:
    """Return the badge of the state of a paper's page."""
    tone, symbol = {
        "verified": ("good", "✓"),
        "needs attention": ("bad", "!"),
        "skeleton": ("part", "◔"),
        "stale": ("part", "↻"),
        "broken": ("bad", "✗"),
    }.get(word, ("quiet", "○"))
    return badge(word, tone=tone, symbol=symbol)
