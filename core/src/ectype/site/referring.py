"""Referring: what stands on the page for a placeholder of the analysis, with its verdict and a link to where it is shown."""

from __future__ import annotations

from ectype import mentions
from ectype.results import ClaimRecord, Measured
from ectype.site import badges
from ectype.site.hypertext import to
from ectype.site.markup import NOTHING, Markup, spread, text
from ectype.site.publication import Publication
from ectype.site.sections import claims, disagreements

UNKNOWN = "not measured here"


def refer(paper: Publication, inner: str) -> Markup:
    """Return what a placeholder stands for, or nothing where it refers to nothing.

    Args:
        paper: whose analysis it is; where nothing was measured, nothing is known to refer to.
        inner: what stands between its braces.
    """
    result, mention = paper.measured, mentions.parse(inner)
    if result is None:
        return text(UNKNOWN)
    if mentions.problem(mention, result.claims, result.disagreements):
        return NOTHING
    if mention.kind == "finding":
        found = next(item for item in result.disagreements if item.id == mention.id)
        return to(f"#finding-{found.id}", text(disagreements.name(found)))
    claim = next(claim for claim in result.claims if claim.id == mention.id)
    if mention.part == mentions.TARGET:
        deviation = f" ± {claim.target.plus_minus}" if claim.target.plus_minus else ""
        return _shown(claim, f"{claim.target.printed}{deviation}")
    measured = _under(claim, mention.part)
    if measured is None:
        return spread([to(f"#claim-{claim.id}", text(UNKNOWN)), badges.verdict(claim.verdict)], " ")
    said = measured.text if claim.trained else claims.value(measured, claim.target.printed)
    return spread([_shown(claim, said), _verdict(claim, measured, mention.part)], " ")


def _shown(claim: ClaimRecord, said: str) -> Markup:
    return to(f"#claim-{claim.id}", text(f"{said} {claim.unit}"), hint=f"{claim.locator}: {claim.text}")


def _under(claim: ClaimRecord, reading: str) -> Measured | None:
    """Return what was measured under a reading; under that of the paper where none is named."""
    by_reading = {item.reading or "": item for item in claim.measured}
    names = (reading,) if reading else ("", "paper", *by_reading)
    return next((by_reading[name] for name in names if name in by_reading), None)


def _verdict(claim: ClaimRecord, measured: Measured, reading: str) -> Markup:
    """Return the verdict of a claim, or that of the named reading."""
    if not reading:
        return badges.verdict(claim.verdict)
    return badges.verdict(measured.verdict or ("reproduced" if measured.match else "differs"))
