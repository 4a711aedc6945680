"""Trained claims: what was measured over seeds, how it is judged, and what that rests on."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ectype.results import ClaimRecord, EvidenceRecord, TrainedRecord
from ectype.site import badges
from ectype.site.figures.strip import strip
from ectype.site.markup import (
    DASH,
    NOTHING,
    Markup,
    badge,
    code,
    counted,
    details,
    lines,
    small,
    spread,
    strong,
    text,
    whole,
)
from ectype.site.measurements import finite
from ectype.site.publication import Publication
from ectype.site.sections.environment import when
from ectype.statistics import wording
from ectype.trials import Measurement, Values

Fact = tuple[str, Markup]


def ours(paper: Publication, claim: ClaimRecord) -> Markup:
    """Return our number with its interval under each reading, drawn and written; for an order, the means."""
    if claim.kind == "order":
        return lines(text(item.text) for item in claim.measured) or DASH
    assert paper.trials is not None
    return lines(line for item in paper.trials.under_readings(claim) for line in _drawn(claim, item)) or DASH


def verdict(claim: ClaimRecord) -> Markup:
    """Return the verdict, and what speaks against trusting it: old code, damaged evidence, runs that failed."""
    said = [badges.verdict(claim.verdict)]
    if len(claim.measured) > 1:
        said += [small(text(f"{item.reading}: {item.verdict}")) for item in claim.measured if item.verdict]
    found = claim.evidence
    if found is not None:
        if found.problems:
            said.append(badge("damaged evidence", tone="bad", symbol="!", title="; ".join(found.problems)))
        if found.stale:
            said.append(badge("stale", tone="part", symbol="↻", title=f"changed since: {', '.join(found.stale)}"))
        if found.failed:
            said.append(small(text(f"{counted(found.failed, 'run')} failed")))
    return lines(said)


def facts(paper: Publication, claim: ClaimRecord) -> list[Fact]:
    """Return what a verdict over seeds rests on, each fact with its name."""
    assert claim.trained is not None
    assert paper.trials is not None
    trained, found = claim.trained, claim.evidence
    said = [("Measured", _what(trained)), ("Margin", text(claim.margin)), ("Seeds", _seeds(trained))]
    if claim.kind == "order":
        said.append(("Judged", text(" ".join(item.sentence for item in claim.measured))))
        for variant in trained.of:
            for metric in trained.metric.values():
                said.append(("Values", _values(variant, paper.trials.values(claim, variant, metric))))
    for item in paper.trials.under_readings(claim):
        said += [
            (f"{name} under {item.reading}" if item.reading else name, what) for name, what in _judged(claim, item)
        ]
    if trained.control and not claim.measured:
        said.append(("Control", Markup(f"{code(trained.control)} must fail")))
    said += _ran(found) if found is not None and found.attempted else [("Runs", _cost(trained))]
    said += [("Problem", text(problem)) for problem in (found.problems if found is not None else [])]
    return said


def gist(paper: Publication, claim: ClaimRecord) -> list[str]:
    """Return in a few words what a verdict over seeds rests on: margin and its origin, seeds, control, age."""
    assert claim.trained is not None
    trained, found = claim.trained, claim.evidence
    margin = "" if trained.margin is None else f"margin ± {claim.margin}"
    said = [claim.kind, margin, counted(trained.seeds, "seed"), _control(paper, claim)]
    if found is not None and found.completed:
        said += [f"last run {found.last[:10]}", "stale" if found.stale else "fresh"]
    return said


def _control(paper: Publication, claim: ClaimRecord) -> str:
    assert claim.trained is not None
    assert paper.trials is not None
    found = [item.found.discriminates for item in paper.trials.under_readings(claim)]
    if not (claim.trained.control and found):
        return ""
    return "control fails, as it must" if all(found) else "control does not fail, as it must"


def _drawn(claim: ClaimRecord, item: Measurement) -> Iterable[Markup]:
    assert claim.trained is not None
    judged = item.found.claim
    values, bounds = finite(item.values), judged.interval
    if item.reading:
        yield Markup(f"{small(text(item.reading))} {badges.verdict(item.found.verdict)}")
    if judged.mean is None:
        yield text(f"{counted(len(item.values) - len(values), 'run')} gave no number")
        return
    written = wording.number(judged.mean, judged.margin)
    if bounds is not None:
        low, high = (wording.number(bound, judged.margin) for bound in (bounds.low, bounds.high))
        yield Markup(f"{strong(text(written))} {whole(f'[{low}, {high}]')}")
    else:
        yield strong(text(written))
    described = f"published {claim.target.printed} ± {judged.margin:g}; {judged.sentence}"
    drawn = strip(
        judged.target, judged.margin, values, (bounds.low, bounds.high) if bounds else None, description=described
    )
    covered = f", {100 * bounds.coverage:.3g} % interval" if bounds else ", no interval"
    yield Markup(f"{drawn}{small(text(f'{_of(len(values), claim.trained.seeds)}{covered}'))}")


def _what(trained: TrainedRecord) -> Markup:
    metrics = spread([Markup(f"{code(metric)}{_under(reading)}") for reading, metric in trained.metric.items()], ", ")
    below = Markup(f", divided by {code(trained.per)} seed by seed") if trained.per else NOTHING
    return Markup(f"{metrics} of {spread(map(code, trained.of), ', ')}{below}")


def _under(reading: str) -> Markup:
    return text(f" under {reading}") if reading else NOTHING


def _seeds(trained: TrainedRecord) -> Markup:
    supposed = f"; supposed deviation {trained.sd:g}, {trained.sd_from}" if trained.sd is not None else ""
    needed = f"; {trained.needed} needed for the declared power" if trained.needed != trained.seeds else ""
    return text(f"0 to {trained.seeds - 1}{needed}{supposed}")


def _judged(claim: ClaimRecord, item: Measurement) -> Iterable[Fact]:
    assert claim.trained is not None
    judged = item.found.claim
    yield "Judged", text(judged.sentence)
    yield "Values", _values(claim.trained.of[0], item.values)
    must = "fails, as it must" if item.found.discriminates else "must fail and does not"
    yield "Control", Markup(f"{code(claim.trained.control)} {must}: {text(item.found.control.sentence)}")
    yield "Values", _values(claim.trained.control, item.control)


def _values(variant: str, values: Values) -> Markup:
    """Return the raw values of all seeds, opened on request."""
    written = {seed: "no number" if math.isnan(value) else repr(value) for seed, value in values.items()}
    listed = lines(whole(f"seed {seed}: {value}") for seed, value in written.items())
    return details(Markup(f"{counted(len(values), 'seed')} of {code(variant)}"), listed) if listed else NOTHING


def _ran(found: EvidenceRecord) -> list[Fact]:
    failed = f", {found.failed} failed" if found.failed else ""
    said = [("Runs", text(f"attempted {found.attempted}, completed {found.completed}{failed} of {found.of}"))]
    if found.completed:
        machine = f"{found.device}, {counted(found.threads, 'thread')}"
        said.append(("Ran on", text(f"{machine}; last on {when(found.last)}; {duration(found.seconds)} in all")))
    return said


def _cost(trained: TrainedRecord) -> Markup:
    minutes = trained.seeds * sum(trained.minutes.values())
    return text(f"none yet; about {duration(60 * minutes)} on a core")


def _of(there: int, declared: int) -> str:
    return counted(there, "run") if there == declared else f"{there} of {declared} runs"


def duration(seconds: float) -> str:
    """Return a time in the two largest units that it has: ``1 h 5 min``, ``12 s``."""
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
