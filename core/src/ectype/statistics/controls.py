"""Controls: trivial or broken rivals that must fail a claim, or the claim tells nothing from anything."""

from __future__ import annotations

from dataclasses import dataclass

from ectype.statistics import estimates
from ectype.statistics.intervals import Values
from ectype.statistics.judgements import Better, Judgement, Published, Verdict, conclude, judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrimination:
    """A claim judged together with its control.

    Args:
        verdict: the verdict of the claim; where it came out and its control did not fail, ``does not discriminate``
            (``error`` if the control gave none, ``inconclusive`` if it was not run).
        discriminates: whether the control differs from the target.
        claim: the judgement of the claim's values.
        control: the judgement of the control's values against the same target and margin.
        sentence: all of this in words.
    """

    verdict: Verdict
    discriminates: bool
    claim: Judgement
    control: Judgement
    sentence: str


def discriminate(
    values: Values | Judgement,
    control: Values,
    target: Published,
    *,
    margin: float,
    better: Better = "",
    needed: int = 1,
    resolution: float = 0.0,
) -> Discrimination:
    """Judge a claim and the control that must fail it; an inconclusive control has not failed.

    Args:
        values: the claim's values, one a seed, or their judgement where there is one already (a replay, scores).
        control: the control's values, one a seed; two are enough if their interval is disjoint from the margin.
        target: the published number.
        margin: how far from it still counts as the same.
        better: which way is better; empty where the claim does not say.
        needed: how many of the claim's values the declared power asks for.
        resolution: smallest step of the metric, 0 where it has none.

    Raises:
        ValueError: as ``judge`` does.
    """
    claim = (
        values
        if isinstance(values, Judgement)
        else judge(values, target, margin=margin, better=better, needed=needed, resolution=resolution)
    )
    rival = conclude(estimates.mean(control, resolution=resolution), target, margin=margin, better=better)
    failed = rival.verdict == "differs"
    verdict = claim.verdict
    if verdict in ("reproduced", "replayed") and not failed:
        unknown: dict[str, Verdict] = {"error": "error", "not run": "inconclusive"}
        verdict = unknown.get(rival.verdict, "does not discriminate")
    said = claim.sentence if verdict == claim.verdict else f"{verdict}: {claim.sentence}"
    return Discrimination(
        verdict=verdict,
        discriminates=failed,
        claim=claim,
        control=rival,
        sentence=f"{said}. The control {'fails, as it must' if failed else 'must fail and does not'}: {rival.sentence}",
    )
