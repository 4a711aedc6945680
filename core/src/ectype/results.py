"""What a verification found, as one schema-versioned JSON file per paper; statuses are derived from it, never typed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from ectype.errors import Problem, ResultError
from ectype.files import write_atomically

SCHEMA = 1

Status = Literal["passed", "failed", "error", "expected failure", "not applicable", "not run"]
Group = Literal["paper", "component", "equation", "reference", "property", "claim", "disagreement", "ledger"]
ClaimKind = Literal["exact", "empirical", "order", "not attempted"]


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything in a result file: immutable, keyword arguments only, unknown fields refused."""


class Outcome(Record, frozen=True):
    """What one check found.

    ``id`` is ``<group>/<what>[/<check>]`` and what ``ectype verify --only`` takes; ``summary`` is one sentence;
    ``detail`` explains a failure; ``place`` is ``file:line``; ``data`` holds measured figures.
    """

    id: str
    group: Group
    status: Status
    summary: str
    detail: str = ""
    place: str = ""
    seconds: float = 0.0
    data: dict[str, Any] = field(default_factory=dict)


class Source(Record, frozen=True):
    """Lines of a source file, relative to the root of the distribution's source folder."""

    file: str
    line: int
    end_line: int


class Layer(Record, frozen=True):
    """A module inside a component, as it was called.

    ``name`` is its path, empty for the component itself, and ``kind`` its class; ``inputs`` and ``outputs`` are the shapes
    of the tensors of its last call; ``parameters`` and ``multiply_adds`` are those inside it, the latter of matrix products,
    convolutions and attention in all of its ``calls``.
    """

    name: str
    kind: str
    parameters: int
    inputs: list[list[int]] = field(default_factory=list)
    outputs: list[list[int]] = field(default_factory=list)
    multiply_adds: int = 0
    calls: int = 0


class LayersRecord(Record, frozen=True):
    """The modules of a component in one setting, each before its parts, parts in the order in which they were called."""

    setting: str
    layers: list[Layer]


class ComponentRecord(Record, frozen=True):
    """A declared component; ``layers`` is None where it is no module, or was not asked for."""

    id: str
    kind: str
    of: str
    summary: str
    place: str
    settings: list[str]
    source: Source | None = None
    parameters: int | None = None
    layers: LayersRecord | None = None


class EquationRecord(Record, frozen=True):
    """A located formula; ``oracle`` is None where nothing checks it."""

    id: str
    locator: str
    of: str
    component: str
    place: str
    oracle: Source | None
    code: list[Source] = field(default_factory=list)


class ReferenceRecord(Record, frozen=True):
    """An independent implementation that a component is compared with."""

    id: str
    component: str
    needs: list[str]
    place: str


class PropertyRecord(Record, frozen=True):
    """A theorem, identity or invariance; ``holds`` is False for what must not hold."""

    id: str
    locator: str
    text: str
    holds: bool
    place: str


class TargetRecord(Record, frozen=True):
    """A published number: the digits printed, where, from how many runs, and what its plus-minus spans."""

    printed: str
    source: str = "paper"
    runs: int | None = None
    plus_minus: str = ""
    spans: str = ""


class Measured(Record, frozen=True):
    """Our number for a claim under one reading (None where there is only one).

    An exact number: ``match`` says how the digits came out. A trained one: ``values`` are those of the seeds, ``interval``
    is that of the mean, with its coverage; ``verdict`` and ``sentence`` say what follows.
    """

    reading: str | None
    value: float | None
    text: str
    match: str = ""
    derivations: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    interval: tuple[float, float] | None = None
    coverage: float | None = None
    verdict: str = ""
    sentence: str = ""


class TrainedRecord(Record, frozen=True):
    """How an empirical or order claim is measured and judged: all that a verdict needs beside the values.

    ``of``, ``per`` and ``control`` name variants as ``experiment/variant``; ``arguments`` and ``minutes`` are those of every
    variant named.
    """

    of: list[str]
    metric: dict[str, str]
    seeds: int
    needed: int
    arguments: dict[str, dict[str, Any]]
    minutes: dict[str, float]
    margin: float | None = None
    sd: float | None = None
    sd_from: str = ""
    better: Literal["higher", "lower", ""] = ""
    resolution: float = 0.0
    per: str = ""
    control: str = ""
    paired: bool = False
    replays: bool = False
    novel: bool = False


class EvidenceRecord(Record, frozen=True):
    """What the runs behind a claim were: counts over its seeds, ``stale`` modules, and what could not be read."""

    attempted: int
    completed: int
    failed: int
    of: int
    stale: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    last: str = ""
    seconds: float = 0.0
    device: str = ""
    threads: int = 0


class ClaimRecord(Record, frozen=True):
    """A claim with what was measured for it; ``verdict`` is derived from ``measured``."""

    id: str
    kind: ClaimKind
    locator: str
    text: str
    target: TargetRecord
    unit: str = ""
    data: str = ""
    headline: bool = False
    because: str = ""
    missing: str = ""
    margin: str = "printed digits"
    seeds: int = 0
    under: str = ""
    place: str = ""
    measured: list[Measured] = field(default_factory=list)
    trained: TrainedRecord | None = None
    evidence: EvidenceRecord | None = None
    verdict: str = "not run"


class ReadingRecord(Record, frozen=True):
    """One reading of a disagreement with what was measured under it."""

    name: str
    source: str
    place: str
    measured: dict[str, str] = field(default_factory=dict)


class DisagreementRecord(Record, frozen=True):
    """A place where paper, code, mathematics or downstream libraries differ."""

    id: str
    name: str
    at: str
    text: str
    follow: str
    departure: str = ""
    readings: list[ReadingRecord] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    place: str = ""


class Mark(Record, frozen=True):
    """k of n held; ``text`` says what was counted, or why the mark is not applicable."""

    name: str
    held: int
    of: int
    qualified: int = 0
    text: str = ""


class HeaderRecord(Record, frozen=True):
    """The documentation header as values."""

    title: str
    authors: list[str]
    paper: str
    official_code: str | None
    covers: list[dict[str, Any]]
    departures: list[dict[str, Any]]


class Unwritten(Record, frozen=True):
    """Something in the source that is not written yet, and what it asks for; ``of`` is a section, a function, or where."""

    where: Literal["analysis", "header", "code"]
    of: str
    file: str
    line: int
    text: str


class SectionRecord(Record, frozen=True):
    """A section of the analysis: whether it applies to this paper, and what is wrong with it."""

    name: str
    applicable: bool
    problems: list[str] = field(default_factory=list)


class Environment(Record, frozen=True):
    """What the verification ran on."""

    python: str
    torch: str
    ectype: str
    platform: str
    device: str
    threads: int


class Result(Record, frozen=True):
    """All that ``ectype verify`` found for one paper.

    ``inputs`` is the fingerprint of everything it depends on, ``evidence`` that of the evidence among it. ``analysis`` is empty where it is not installed. ``deferred`` names the checks that only ``--deep`` runs; ``expected_failures`` maps a check to the reason.
    """

    schema: int
    slug: str
    distribution: str
    version: str
    started: str
    seconds: float
    partial: bool
    deep: bool = False
    inputs: str = ""
    evidence: str = ""
    problem: str = ""
    problem_detail: str = ""
    header: HeaderRecord | None = None
    analysis: list[SectionRecord] = field(default_factory=list)
    unwritten: list[Unwritten] = field(default_factory=list)
    environment: Environment | None = None
    modules: dict[str, str] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    deferred: list[str] = field(default_factory=list)
    expected_failures: dict[str, str] = field(default_factory=dict)
    components: list[ComponentRecord] = field(default_factory=list)
    equations: list[EquationRecord] = field(default_factory=list)
    references: list[ReferenceRecord] = field(default_factory=list)
    properties: list[PropertyRecord] = field(default_factory=list)
    claims: list[ClaimRecord] = field(default_factory=list)
    disagreements: list[DisagreementRecord] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


def encode(result: Result) -> bytes:
    """Return the JSON text of a result, indented, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n"


def decode(text: bytes, *, file: str) -> Result:
    """Return the result in a JSON text.

    Raises:
        ResultError: if the text is not a result of this schema, with the place.
    """
    again = "Run `ectype verify` again to write a new one"
    try:
        schema = msgspec.json.decode(text, type=_Versioned).schema
        if schema != SCHEMA:
            raise ResultError([Problem(file, None, f"result schema {SCHEMA}", f"schema {schema}", again)])
        return msgspec.json.decode(text, type=Result)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ResultError([Problem(file, None, "a result file", f"{error}", again)]) from error


def path(folder: Path, slug: str) -> Path:
    """Return where the result of a paper is kept.

    Raises:
        ValueError: if the slug is not lower-case words with hyphens (it would leave the folder).
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise ValueError(f"a slug must be lower-case words joined by hyphens; received {slug!r}")
    return folder / "results" / f"{slug}.json"


def write(folder: Path, result: Result) -> Path:
    """Write a result atomically and return its file."""
    target = path(folder, result.slug)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, encode(result))
    return target


def read(folder: Path, slug: str) -> Result | None:
    """Return the stored result of a paper, or None where it was never verified here.

    Raises:
        ResultError: if the file is there and cannot be read.
    """
    source = path(folder, slug)
    try:
        text = source.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ResultError([Problem(str(source), None, "a readable result file", str(error))]) from error
    result = decode(text, file=str(source))
    if result.slug != slug:
        raise ResultError([Problem(str(source), None, f"the result of {slug!r}", f"the result of {result.slug!r}")])
    return result


class _Versioned(Struct):
    schema: int
