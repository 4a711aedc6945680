"""The ledger of a package: what was accepted, by whom nothing is changed except by ``ectype accept``.

It pins the names of the checks, targets and margins, headline claims, accepted verdicts, expected failures, skips and
equivalent faults. Its last line is a seal over all the rest, so that an edit by hand shows.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import tomlkit
from msgspec import Struct, field

from ectype.errors import LedgerError, Problem, UsageError
from ectype.files import write_atomically
from ectype.results import ClaimRecord, Outcome, Result, TrainedRecord

SCHEMA = 1
FILE = "ledger.toml"


class Pinned(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is pinned of one claim; ``by`` says how a trained one is measured."""

    target: str
    source: str
    margin: str
    seeds: int
    headline: bool
    verdict: str
    by: str = ""


class Change(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One acceptance: when, why, and what it changed."""

    date: str
    why: str
    changes: list[str]


class Ledger(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a ledger.

    ``not_applicable`` are the checks that are owed and did not apply, or never ran, when this was accepted; ``checks`` are
    all others.
    """

    schema: int = SCHEMA
    checks: list[str] = field(default_factory=list)
    not_applicable: list[str] = field(default_factory=list)
    claims: dict[str, Pinned] = field(default_factory=dict)
    expected_failures: dict[str, str] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)
    equivalent_faults: dict[str, str] = field(default_factory=dict)
    history: list[Change] = field(default_factory=list)


def pin(claim: ClaimRecord) -> Pinned:
    """Return what is pinned of a claim as it is declared and measured."""
    return Pinned(
        target=claim.target.printed,
        source=claim.target.source,
        margin=claim.margin,
        seeds=claim.seeds,
        headline=claim.headline,
        verdict=claim.verdict,
        by=_by(claim.trained) if claim.trained else "",
    )


def _by(trained: TrainedRecord) -> str:
    """Return how a trained claim is measured, in one line."""
    metrics = ", ".join(f"{reading}: {metric}" if reading else metric for reading, metric in trained.metric.items())
    parts = {
        f"{metrics} of {' > '.join(trained.of)}": True,
        f"per {trained.per}": trained.per,
        f"{trained.better} is better": trained.better,
        f"control {trained.control}": trained.control,
        f"sd {trained.sd} ({trained.sd_from})": trained.sd,
        "paired": trained.paired,
        "the authors' own seeds": trained.replays,
        f"resolution {trained.resolution:g}": trained.resolution,
    }
    return "; ".join(text for text, said in parts.items() if said)


def read(root: Path) -> Ledger | None:
    """Return the ledger of a package, or None where there is none yet.

    Raises:
        LedgerError: if it cannot be read, or its seal shows an edit by hand.
    """
    path = root / FILE
    again = 'Restore it from version control, then run `ectype accept -m "why"`'
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
        seal = data.pop("seal", "")
        ledger = msgspec.convert(data, Ledger)
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise LedgerError([Problem(str(path), None, "a ledger", str(error), again)]) from error
    if ledger.schema != SCHEMA:
        raise LedgerError([Problem(str(path), None, f"ledger schema {SCHEMA}", str(ledger.schema), again)])
    if seal != _seal(ledger):
        raise LedgerError([Problem(str(path), None, "the seal that `ectype accept` wrote", "an edit by hand", again)])
    return ledger


def accept(root: Path, result: Result, why: str) -> list[str]:
    """Write what a result found into the ledger and return what that changed.

    Args:
        root: the folder of the package.
        result: a whole, fresh result.
        why: the reason, kept in the history.

    Raises:
        UsageError: if the reason is empty or the result is partial.
        LedgerError: if the ledger that is there cannot be read.
    """
    if not why.strip():
        raise UsageError('accept must be given a reason: -m "why"; received an empty text')
    if result.partial or result.problem:
        raise UsageError(f"accept needs a whole verification of {result.slug}: run `ectype verify {result.slug}` first")
    old = read(root) or Ledger()
    beside = not_applicable(result) | (set(result.deferred) - set(old.checks))
    new = Ledger(
        checks=sorted({*(outcome.id for outcome in result.outcomes), *result.deferred} - beside),
        not_applicable=sorted(beside),
        claims={claim.id: pin(claim) for claim in sorted(result.claims, key=lambda c: c.id)},
        expected_failures=dict(sorted(result.expected_failures.items())),
        not_run=_reasons(result, "not run"),
        equivalent_faults=old.equivalent_faults,
        history=old.history,
    )
    return _accept(root, old, new, why)


def accept_equivalent(root: Path, faults: Iterable[str], why: str, *, forget: Iterable[str] = ()) -> list[str]:
    """Write into the ledger that faults change nothing that could be checked, and return what that changed.

    Args:
        root: the folder of the package.
        faults: their ids.
        why: the reason, kept with each and in the history.
        forget: ids of faults that are accepted and should not be, because they are gone or are killed.

    Raises:
        UsageError: if the reason is empty.
        LedgerError: if the ledger that is there cannot be read.
    """
    if not why.strip():
        raise UsageError('accept must be given a reason: -m "why"; received an empty text')
    old = read(root) or Ledger()
    kept = {id: reason for id, reason in old.equivalent_faults.items() if id not in set(forget)}
    accepted = dict(sorted((kept | dict.fromkeys(faults, why.strip())).items()))
    return _accept(root, old, msgspec.structs.replace(old, equivalent_faults=accepted), why)


def _accept(root: Path, old: Ledger, new: Ledger, why: str) -> list[str]:
    changes = differences(old, new)
    if changes:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        entry = Change(date=today, why=why.strip(), changes=changes)
        sealed = msgspec.structs.replace(new, history=[*old.history, entry])
        write_atomically(root / FILE, _toml(sealed).encode())
    return changes


def differences(old: Ledger, new: Ledger) -> list[str]:
    """Return what a new ledger changes, one sentence each."""
    changes = []
    if added := sorted(set(new.checks) - set(old.checks)):
        changes.append(f"{len(added)} checks added" if len(added) > 5 else f"checks added: {', '.join(added)}")
    changes += [
        f"check removed: {name}"
        for name in sorted({*old.checks, *old.not_applicable} - {*new.checks, *new.not_applicable})
    ]
    if beside := sorted(set(old.checks) & set(new.not_applicable)):
        shown = f"{len(beside)} checks no longer apply"
        changes.append(shown if len(beside) > 5 else f"{shown}: {', '.join(beside)}")
    for name in sorted(old.claims.keys() | new.claims.keys()):
        before, after = old.claims.get(name), new.claims.get(name)
        if before is None and after is not None:
            changes.append(f"claim {name}: target {after.target}, {after.verdict}")
        elif after is None:
            changes.append(f"claim {name} removed")
        elif before is not None:
            changes += [
                f"claim {name}: {key} {getattr(before, key)!r} -> {getattr(after, key)!r}"
                for key in Pinned.__struct_fields__
                if getattr(before, key) != getattr(after, key)
            ]
    for what in ("expected_failures", "not_run", "equivalent_faults"):
        before_texts, after_texts = getattr(old, what), getattr(new, what)
        for name in sorted(before_texts.keys() | after_texts.keys()):
            if before_texts.get(name) != after_texts.get(name):
                changes.append(f"{what.replace('_', ' ')} {name}: {after_texts.get(name, 'no more')}")
    return changes


def not_applicable(result: Result) -> set[str]:
    """Return the checks that do not apply to what is checked, on whichever machine."""
    return {o.id for o in result.outcomes if o.status == "not applicable" and not o.data.get("machine")}


def _reasons(result: Result, status: str) -> dict[str, str]:
    chosen: list[Outcome] = [o for o in result.outcomes if o.status == status]
    return {outcome.id: outcome.summary for outcome in sorted(chosen, key=lambda o: o.id)}


def _seal(ledger: Ledger) -> str:
    """Return the seal of a ledger; what is empty does not count, so that a ledger outlives a new field."""
    said = {name: value for name, value in msgspec.to_builtins(ledger).items() if value}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def _toml(ledger: Ledger) -> str:
    data: dict[str, Any] = msgspec.to_builtins(ledger)
    document = tomlkit.document()
    document.add(tomlkit.comment('Written by `ectype accept -m "why"`; an edit by hand fails `ectype verify`.'))
    document["schema"] = data.pop("schema")
    document["seal"] = _seal(ledger)
    for name in ("checks", "not_applicable"):
        checks = tomlkit.array()
        checks.extend(data.pop(name))
        document[name] = checks.multiline(True)
    history = data.pop("history")
    for name, table in data.items():
        if table:
            document[name] = table
    document["history"] = history
    return tomlkit.dumps(document)
