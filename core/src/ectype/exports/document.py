"""The document: one JSON file a paper with header, marks, claims, values a seed, verdicts and findings."""

from __future__ import annotations

import math
from collections.abc import Iterator
from importlib.metadata import version
from typing import Literal

import msgspec
from msgspec import field

from ectype.errors import Problem, ResultError, UsageError
from ectype.results import (
    ClaimKind,
    ClaimRecord,
    DisagreementRecord,
    EvidenceRecord,
    HeaderRecord,
    Mark,
    Measured,
    Record,
    TargetRecord,
)
from ectype.site.publication import Publication
from ectype.trials import Measurement, Values

SCHEMA = 1

Seeds = dict[int, float | None]
"""A value a seed; null where its attempt gave none."""


class Method(Record, frozen=True):
    """How a claim over seeds is measured: variants as ``experiment/variant``, seeds 0 to ``seeds - 1``, what is compared.

    ``needed`` is the number of runs that the declared power asks for; ``per`` is what the metric is divided by;
    ``resolution`` is the smallest step of the metric.
    """

    variants: list[str]
    seeds: int
    needed: int
    margin: float | None
    better: Literal["higher", "lower", ""]
    resolution: float
    per: str
    control: str
    paired: bool
    novel: bool


class Reading(Record, frozen=True):
    """Our number under one reading, null where there is only one: of an exact claim with its digits, else over seeds.

    ``value`` is a mean over seeds, ``interval`` holds it with ``coverage``, ``prediction`` is where as many runs as were
    published would fall; ``control`` holds the values of the rival that must fail.
    """

    reading: str | None
    metric: str
    value: float | None
    verdict: str
    sentence: str
    match: str = ""
    derivations: list[float] = field(default_factory=list)
    values: Seeds = field(default_factory=dict)
    interval: tuple[float, float] | None = None
    coverage: float | None = None
    prediction: tuple[float, float] | None = None
    control: Seeds = field(default_factory=dict)


class Claim(Record, frozen=True):
    """A published number or order, what was measured for it, and the verdict.

    ``rows`` holds the values of an order claim by variant; ``command`` repeats the measurement.
    """

    id: str
    kind: ClaimKind
    locator: str
    text: str
    target: TargetRecord
    unit: str
    data: str
    headline: bool
    margin: str
    because: str
    verdict: str
    command: str
    method: Method | None = None
    readings: list[Reading] = field(default_factory=list)
    rows: dict[str, Seeds] = field(default_factory=dict)
    evidence: EvidenceRecord | None = None


class Document(Record, frozen=True):
    """All that is exported of a paper; ``stale`` says why it is out of date, ``problems`` what could not be read."""

    schema: int
    ectype: str
    slug: str
    distribution: str
    version: str
    verified: str
    stale: str
    problems: list[str]
    header: HeaderRecord | None
    marks: list[Mark]
    claims: list[Claim]
    findings: list[DisagreementRecord]


def document(paper: Publication) -> Document:
    """Return the document of a paper; verdicts follow from the evidence as it is now.

    Raises:
        UsageError: if it was not verified here, or could not be.
    """
    result = paper.measured
    if result is None:
        reason = paper.broken or "; ".join(paper.problems) or "not verified here"
        raise UsageError(f"{paper.slug} must have a result to export; {reason}. Run `ectype verify {paper.slug}` first")
    return Document(
        schema=SCHEMA,
        ectype=version("ectype"),
        slug=paper.slug,
        distribution=result.distribution,
        version=result.version,
        verified=result.started,
        stale=paper.stale,
        problems=list(paper.problems),
        header=result.header,
        marks=result.marks,
        claims=[_claim(paper, claim) for claim in result.claims],
        findings=result.disagreements,
    )


def encode(document: Document) -> bytes:
    """Return the JSON text of a document, indented, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def decode(text: bytes, *, file: str) -> Document:
    """Return the document in a JSON text.

    Raises:
        ResultError: if the text is not a document of this schema.
    """
    try:
        found = msgspec.json.decode(text, type=Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ResultError([Problem(file, None, "a document of `ectype export`", str(error))]) from error
    if found.schema != SCHEMA:
        raise ResultError([Problem(file, None, f"a document of schema {SCHEMA}", f"schema {found.schema}")])
    return found


def schema() -> bytes:
    """Return the JSON Schema of documents."""
    return msgspec.json.format(msgspec.json.encode(msgspec.json.schema(Document)), indent=1) + b"\n"


def measured(document: Document) -> Iterator[tuple[Claim, Reading]]:
    """Yield empirical claims, under each reading, whose declared runs are all there and of the code as it is."""
    for claim in document.claims:
        found = claim.evidence
        if claim.kind != "empirical" or claim.method is None or found is None or found.stale or found.problems:
            continue
        for reading in claim.readings:
            if reading.value is not None and len(reading.values) == claim.method.seeds:
                yield claim, reading


def _claim(paper: Publication, claim: ClaimRecord) -> Claim:
    exact = f"ectype verify {paper.slug} --only claim/{claim.id}" if claim.kind == "exact" else ""
    made = Claim(
        id=claim.id,
        kind=claim.kind,
        locator=claim.locator,
        text=claim.text,
        target=claim.target,
        unit=claim.unit,
        data=claim.data,
        headline=claim.headline,
        margin=claim.margin,
        because=claim.because,
        verdict=claim.verdict,
        command=exact,
        readings=[_exact(claim, item) for item in claim.measured],
        evidence=claim.evidence,
    )
    trained = claim.trained
    if trained is None or paper.trials is None:
        return made
    [metric, *_] = trained.metric.values()
    rows = trained.of if claim.kind == "order" else []
    return msgspec.structs.replace(
        made,
        command=f"ectype reproduce {paper.slug} {claim.id}",
        method=Method(
            variants=trained.of,
            seeds=trained.seeds,
            needed=trained.needed,
            margin=trained.margin,
            better=trained.better,
            resolution=trained.resolution,
            per=trained.per,
            control=trained.control,
            paired=trained.paired,
            novel=trained.novel,
        ),
        readings=[_over_seeds(item) for item in paper.trials.under_readings(claim)] or made.readings,
        rows={variant: _plain(paper.trials.values(claim, variant, metric)) for variant in rows},
    )


def _exact(claim: ClaimRecord, item: Measured) -> Reading:
    return Reading(
        reading=item.reading,
        metric=next(iter(claim.trained.metric.values())) if claim.trained else "",
        value=item.value,
        verdict=item.verdict or claim.verdict,
        sentence=item.sentence or item.text,
        match=item.match,
        derivations=item.derivations,
    )


def _over_seeds(item: Measurement) -> Reading:
    ours = item.found.claim
    return Reading(
        reading=item.reading,
        metric=item.metric,
        value=ours.mean,
        verdict=item.found.verdict,
        sentence=item.found.sentence,
        values=_plain(item.values),
        interval=(ours.interval.low, ours.interval.high) if ours.interval else None,
        coverage=ours.interval.coverage if ours.interval else None,
        prediction=(ours.prediction.low, ours.prediction.high) if ours.prediction else None,
        control=_plain(item.control),
    )


def _plain(values: Values) -> Seeds:
    return {seed: value if math.isfinite(value) else None for seed, value in values.items()}
