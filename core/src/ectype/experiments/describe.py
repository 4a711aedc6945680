"""What a paper declares of its experiments, as plain values, found in a worker so that the caller imports no torch."""

from __future__ import annotations

from typing import Any

import msgspec

from ectype import claims, closure
from ectype.plugins import Entry
from ectype.results import ClaimRecord, Record
from ectype.tasks import load


class Declared(Record, frozen=True):
    """The trained claims of a paper, and of each experiment the modules that it consists of and what it needs."""

    claims: list[ClaimRecord]
    modules: dict[str, dict[str, str]]
    needs: dict[str, list[str]]


def describe(argument: dict[str, Any], emit: Any) -> Any:
    """Import a paper and return what it declares; the target of a worker.

    Args:
        argument: ``entry``, the fields of an ``Entry``.
        emit: not used.
    """
    entry = Entry.of_plain(argument["entry"])
    paper = load(entry)
    return msgspec.to_builtins(
        Declared(
            claims=[claims.record(claim) for claim in paper.claims if claim.trained is not None],
            modules={e.id: closure.modules_of(e.function.__module__) for e in paper.experiments},
            needs={e.id: list(e.needs) for e in paper.experiments},
        )
    )
