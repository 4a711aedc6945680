"""The reproduction block of a header, derived from the claims of a paper."""

from __future__ import annotations

from collections.abc import Iterable

from ectype.header import Reproduced
from ectype.results import ClaimRecord


def reproduction(claims: Iterable[ClaimRecord]) -> tuple[Reproduced, ...]:
    """Return one line for every headline claim that has a data set, in the order of declaration.

    Of trained claims, those whose runs execute what is new in the paper; the rows of its baselines are on the page.
    """
    stand = (claim for claim in claims if claim.headline and claim.data)
    return tuple(_line(claim) for claim in stand if claim.trained is None or claim.trained.novel)


def _line(claim: ClaimRecord) -> Reproduced:
    unit = f" {claim.unit}" if claim.unit else ""
    achieved = next((m.text + unit for m in claim.measured if m.reading in (None, "paper") and m.text), claim.verdict)
    what = f"{claim.data} ({claim.text})".replace(" - ", ", ")  # the grammar separates the fields by " - "
    return Reproduced(what, achieved, f"{claim.target.printed}{unit}", claim.verdict)
