"""Evidence: append-only records of runs, a file for each experiment, with raw values per seed.

A file is one JSON document with a record a line. Every record carries a seal over itself and the seal of the record before
it, so that an edit by hand shows; a line that cannot be read is reported and the rest is kept. Nothing here decides a
verdict: those are derived from the values whenever they are read.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from msgspec import field

from ectype.errors import EvidenceError, Problem
from ectype.files import write_atomically
from ectype.results import Record

SCHEMA = 1
FOLDER = "evidence"

_END = b"\n]}\n"
_RESTORE = "Restore the file from version control"


class Where(Record, frozen=True):
    """What a run ran on; ``versions`` maps a distribution to its version."""

    python: str
    platform: str
    device: str
    threads: int
    versions: dict[str, str] = field(default_factory=dict)


class Attempted(Record, frozen=True, tag="attempted", tag_field="event"):
    """An attempt, written down before it starts; ``modules`` are those that the experiment can reach, with digests."""

    id: str
    variant: str
    seed: int
    arguments: dict[str, Any]
    modules: dict[str, str]
    started: str
    command: str


class Completed(Record, frozen=True, tag="completed", tag_field="event"):
    """An attempt that came to its end: what it measured, and what was really loaded.

    ``curves`` maps the name of a logged metric to its steps and values, thinned. ``data`` and ``weights`` are digests.
    """

    attempt: str
    ended: str
    seconds: float
    metrics: dict[str, float]
    modules: dict[str, str]
    where: Where
    curves: dict[str, tuple[list[int], list[float | None]]] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    weights: dict[str, str] = field(default_factory=dict)


class Failed(Record, frozen=True, tag="failed", tag_field="event"):
    """An attempt that ended in an error, with the reason in one sentence."""

    attempt: str
    ended: str
    seconds: float
    reason: str
    detail: str = ""


class Audited(Record, frozen=True, tag="audited", tag_field="event"):
    """A completed attempt that was run again: what came out then, on which code and machine."""

    attempt: str
    ended: str
    seconds: float
    metrics: dict[str, float]
    modules: dict[str, str]
    where: Where


Event: TypeAlias = Attempted | Completed | Failed | Audited


class _Line(Record, frozen=True):
    previous: str
    seal: str
    record: Event


class _Head(Record, frozen=True):
    schema: int
    paper: str
    experiment: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a file of evidence holds.

    Args:
        file: where it is, for messages.
        events: the records that can be trusted, in order.
        problems: what could not be read or was changed by hand.
    """

    file: Path
    events: tuple[Event, ...] = ()
    problems: tuple[Problem, ...] = ()


def path(root: Path, experiment: str) -> Path:
    """Return the file of an experiment below the folder of its package."""
    return root / FOLDER / f"{experiment}.json"


def read(root: Path, paper: str, experiment: str) -> Evidence:
    """Return the evidence of an experiment, empty where there is none yet.

    Args:
        root: the folder of the package.
        paper: its slug.
        experiment: the id of the experiment.
    """
    file = path(root, experiment)
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return Evidence(file)
    except OSError as error:
        return Evidence(file, problems=(Problem(str(file), None, "readable evidence", str(error)),))
    return _parse(file, text, paper, experiment)


def append(root: Path, paper: str, experiment: str, event: Event) -> None:
    """Write one more record; several processes may do so at once.

    Raises:
        EvidenceError: the file that is there is not evidence of this experiment, so that nothing can be added to it.
        OSError: the file cannot be written.
    """
    file = path(root, experiment)
    file.parent.mkdir(parents=True, exist_ok=True)
    with _locked(file.parent):
        text = file.read_bytes() if file.exists() else _head(paper, experiment)
        if problem := _foreign(file, text, paper, experiment):
            raise EvidenceError([problem])
        lines = text.rstrip().removesuffix(b"]}").rstrip().removesuffix(b",").split(b"\n")
        previous = next((line.seal for line in reversed([_decode(item) for item in lines[1:]]) if line), "")
        record = msgspec.json.encode(event)
        new = msgspec.json.encode(_Line(previous=previous, seal=seal(previous, record), record=event))
        body = b",\n".join([item.removesuffix(b",") for item in lines[1:] if item.strip()] + [new])
        write_atomically(file, lines[0] + b"\n" + body + _END)


def seal(previous: str, record: bytes) -> str:
    """Return the seal of a record: a digest of its text and of the seal before it."""
    return hashlib.sha256(previous.encode() + b"\n" + record).hexdigest()[:16]


def _parse(file: Path, text: bytes, paper: str, experiment: str) -> Evidence:
    if problem := _foreign(file, text, paper, experiment):
        return Evidence(file, problems=(problem,))
    events: list[Event] = []
    problems: list[Problem] = []
    previous = ""
    lines = text.split(b"\n")
    for number, content in enumerate(lines[1:], start=2):
        item = content.strip().removesuffix(b",")
        if not item or item == b"]}":
            continue
        line = _decode(item)
        if line is None:
            problems.append(
                Problem(str(file), number, "a record as `ectype reproduce` writes it", _shown(item), _RESTORE)
            )
            continue
        if line.seal != seal(line.previous, msgspec.json.encode(line.record)):
            problems.append(Problem(str(file), number, "the seal of the record", "an edit by hand", _RESTORE))
            continue
        if line.previous != previous:
            problems.append(Problem(str(file), number, "the record before this one", "a gap", _RESTORE))
        previous = line.seal
        events.append(line.record)
    if not text.rstrip().endswith(b"]}"):
        problems.append(Problem(str(file), len(lines), "the end of the document", "a file that was cut off", _RESTORE))
    return Evidence(file, tuple(events), tuple(problems))


def _foreign(file: Path, text: bytes, paper: str, experiment: str) -> Problem | None:
    """Return what is wrong with the first line of a file, if anything."""
    try:
        head = msgspec.json.decode(text.partition(b"\n")[0].removesuffix(b',"records":[') + b"}", type=_Head)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Problem(str(file), 1, "the first line of a file of evidence", str(error), _RESTORE)
    if (head.schema, head.paper, head.experiment) != (SCHEMA, paper, experiment):
        received = f"schema {head.schema}, {head.paper}, {head.experiment}"
        return Problem(str(file), 1, f"evidence of schema {SCHEMA} for {paper}, {experiment}", received, _RESTORE)
    return None


def _head(paper: str, experiment: str) -> bytes:
    head = msgspec.json.encode(_Head(schema=SCHEMA, paper=paper, experiment=experiment))
    return head.removesuffix(b"}") + b',"records":[' + _END


def _decode(item: bytes) -> _Line | None:
    try:
        return msgspec.json.decode(item.strip().removesuffix(b","), type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _shown(item: bytes) -> str:
    text = item[:60].decode(errors="replace")
    return repr(text + "..." if len(item) > 60 else text)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other processes from appending to files of a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
