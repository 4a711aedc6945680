"""Claims: what we measure for a published number, and the verdict that follows from it."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from ectype.declarations import Claim, Disagreement, Reading, Trained, bind
from ectype.errors import CheckFailedError
from ectype.printed import Printed
from ectype.results import ClaimRecord, Measured, TargetRecord, TrainedRecord

AGREE = 1e-9
"""Two derivations are the same number within this, relative."""


def record(claim: Claim, measured: list[Measured] | None = None) -> ClaimRecord:
    """Return a claim with what was measured for it and the verdict; of a trained one, how it is to be judged."""
    trained = None if claim.trained is None else _trained(claim.trained)
    margin = "printed digits"
    if claim.trained is not None:
        margin = "none" if claim.trained.margin is None else f"{claim.trained.margin:g}: {claim.because}"
    blank = ClaimRecord(
        id=claim.id,
        kind=claim.kind,
        locator=str(claim.locator),
        text=claim.text,
        target=_target(claim),
        unit=claim.unit,
        data=claim.data,
        headline=claim.headline,
        because=claim.because,
        missing=claim.missing,
        margin=margin,
        seeds=trained.seeds if trained else 0,
        under=claim.under.id if claim.under else "",
        place=str(claim.place),
        measured=measured or [],
        trained=trained,
    )
    return msgspec.structs.replace(blank, verdict=verdict(blank))


def _target(claim: Claim) -> TargetRecord:
    if claim.target is None:
        assert claim.trained is not None
        return TargetRecord(printed=" > ".join(variant.name for variant in claim.trained.of))
    return TargetRecord(
        printed=claim.target.printed,
        source=claim.target.source,
        runs=claim.target.runs,
        plus_minus=claim.target.plus_minus,
        spans=claim.target.spans,
    )


def _trained(trained: Trained) -> TrainedRecord:
    needed = trained.seeds
    if trained.sd is not None and trained.margin is not None:
        from ectype.statistics import runs_needed

        needed = max(needed, runs_needed(trained.sd, trained.margin))
    return TrainedRecord(
        of=[str(variant) for variant in trained.of],
        metric={reading or "": metric for reading, metric in trained.metric.items()},
        seeds=trained.seeds,
        needed=needed,
        arguments={str(variant): dict(variant.arguments) for variant in trained.variants},
        minutes={str(variant): variant.experiment.minutes[variant.name] for variant in trained.variants},
        margin=trained.margin,
        sd=trained.sd,
        sd_from=trained.sd_from,
        better=trained.better,
        resolution=trained.resolution,
        per=str(trained.per or ""),
        control=str(trained.control or ""),
        paired=trained.paired,
        replays=trained.replays,
        novel=any(variant.name in variant.experiment.novel for variant in trained.of),
    )


def measure(claim: Claim) -> list[Measured]:
    """Measure an exact claim under every reading.

    Raises:
        CheckFailedError: if the measurement gives no finite number, or two derivations differ.
    """
    assert claim.function is not None
    readings: list[Reading | None] = list(claim.under.readings.values()) if claim.under else [None]
    return [_measure(claim, reading) for reading in readings]


def _measure(claim: Claim, reading: Reading | None) -> Measured:
    named: dict[str, Any] = {"row": claim.row, "reading": reading}
    functions = [function for function in (claim.function, claim.second) if function is not None]
    values = [_number(bind(f, (), named, what=f"the measurement of {claim.id}"), claim) for f in functions]
    if len(values) == 2 and not math.isclose(*values, rel_tol=AGREE):
        raise CheckFailedError(f"two derivations of {claim.id} must agree; they give {values[0]!r} and {values[1]!r}")
    return Measured(
        reading=reading.name if reading else None,
        value=values[0],
        text=f"{values[0]:.10g}",
        match=Printed(claim.target.printed if claim.target else "").match(values[0]) or "",
        derivations=values[1:],
    )


def _number(value: Any, claim: Claim) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise CheckFailedError(f"{claim.id} must measure a number; received {type(value).__name__}") from error
    if not math.isfinite(number):
        raise CheckFailedError(f"{claim.id} must measure a finite number; received {number}")
    return number


def verdict(claim: ClaimRecord) -> str:
    """Return the verdict of a claim from its raw measurements.

    That of a trained one follows from its evidence: see ``trials``. An exact claim is ``reproduced`` when the printed digits come out under the paper's reading, ``reproduced only
    under <reading>`` under another one; otherwise ``underspecified`` where an input is missing, ``contradicted`` where
    two independent derivations agree, and ``inconclusive`` with one derivation only.
    """
    if claim.kind == "not attempted":
        return "not attempted"
    if claim.trained is not None or not claim.measured:
        return "not run"
    printed = Printed(claim.target.printed)
    matching = [m for m in claim.measured if m.value is not None and printed.match(m.value)]
    if any(m.reading in (None, "paper") for m in matching):
        return "reproduced"
    if matching:
        return f"reproduced only under {', '.join(str(m.reading) for m in matching)}"
    if claim.missing:
        return "underspecified"
    return "contradicted" if all(m.derivations for m in claim.measured) else "inconclusive"


def explain(claim: ClaimRecord) -> str:
    """Return one sentence: published number, our number under every reading, how the digits came out."""
    unit = f" {claim.unit}" if claim.unit else ""
    published = f"published {claim.target.printed}{unit}"
    if claim.kind == "not attempted":
        return f"{published}; not attempted: {claim.because}"
    if not claim.measured:
        return f"{published}; not run"
    if claim.trained is not None:
        return "; ".join(f"{f'under {m.reading}: ' if m.reading else ''}{m.sentence}" for m in claim.measured)
    ours = "; ".join(
        f"{m.text}{f' under {m.reading}' if m.reading else ''}{f' ({m.match})' if m.match else ''}"
        for m in claim.measured
    )
    missing = f"; the paper does not state {claim.missing}" if claim.verdict == "underspecified" else ""
    once = "; one derivation only" if claim.verdict == "inconclusive" else ""
    return f"{published}; ours {ours}{missing}{once}"


def measure_disagreement(disagreement: Disagreement) -> dict[str, dict[str, str]]:
    """Return what each declared measure gives under each reading, as text.

    Raises:
        CheckFailedError: if a measure gives something that is not a number or a short text.
    """
    found: dict[str, dict[str, str]] = {}
    for name, reading in disagreement.readings.items():
        found[name] = {}
        for text, function in disagreement.measures.items():
            value = bind(function, (), {"reading": reading}, what=f"the measure {text!r} of {disagreement.id}")
            if isinstance(value, bool) or not isinstance(value, (int, float, str)):
                raise CheckFailedError(
                    f"the measure {text!r} must give a number or a text; received {type(value).__name__}"
                )
            found[name][text] = value if isinstance(value, str) else f"{value:.6g}"
    return found
