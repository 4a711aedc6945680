"""Data generators: the same data for everybody, in parts that do not overlap.

Their seeds are checked with those of samplers.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from ectype.cases import Case, arrays
from ectype.checks import check
from ectype.checks.calls import must_run
from ectype.checks.samplers import sample
from ectype.errors import CheckFailedError, NotApplicableError
from ectype.traits import Digest, Disjoint


def digest(value: Any) -> str:
    """Return the SHA-256 of all numbers in a value: their places, shapes and bytes as float64."""
    made = hashlib.sha256()
    for path, array in arrays(value):
        made.update(f"{path} {array.shape} {array.dtype.str}\n".encode())
        made.update(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes())
    return made.hexdigest()


@check("data")
def finite_data(case: Case) -> dict[str, int]:
    """Every number that is generated is finite.

    One NaN in a data set is a NaN in every weight.
    """
    count = 0
    with must_run(case):
        made = list(arrays(sample(case, 0)))
    if not made:
        raise CheckFailedError(f"{case}: it must give numbers; received none")
    for path, array in made:
        if not np.isfinite(array).all():
            raise CheckFailedError(
                f"{case}: data{path} must be finite; received {int((~np.isfinite(array)).sum())} that are not"
            )
        count += array.size
    return {"numbers": count}


@check("sampler", "data", trait=Digest)
def data_digest(case: Case, trait: Digest) -> dict[str, str]:
    """What is generated from seed 0 in the first setting has the declared SHA-256.

    Numbers that were measured on data are numbers of that data; a change of the generator must be seen.
    """
    if case.index > 0:
        raise NotApplicableError(f"the digest of {case.component.id} is that of its first setting")
    with must_run(case):
        found = digest(sample(case, 0))
    if found != trait.sha256:
        wanted = trait.sha256 or "(none declared)"
        raise CheckFailedError(f"{case}: the data must have the SHA-256 {wanted}; received {found}")
    return {"sha256": found}


@check("data", trait=Disjoint)
def disjoint_splits(case: Case, trait: Disjoint) -> dict[str, int]:
    """No row of one split stands in another.

    An item that is trained on and tested on measures memory.
    """
    rows: dict[str, int] = {}
    with must_run(case):
        made = sample(case, 0)
    known: dict[bytes, str | int] = {}
    for split in trait.splits:
        own = _rows(case, made, split)
        rows[str(split)] = len(own)
        for row in own:
            other = known.setdefault(row, split)
            if other != split:
                raise CheckFailedError(f"{case}: splits must share no row; received one in {other} and {split}")
    return rows


def _rows(case: Case, made: Any, split: str | int) -> list[bytes]:
    """Return the rows of the first array of a split."""
    try:
        part = made[split] if not isinstance(split, str) or not hasattr(made, split) else getattr(made, split)
    except (KeyError, IndexError, TypeError) as error:
        raise CheckFailedError(f"{case}: it must have the split {split!r}; received {type(made).__name__}") from error
    found = [array for _, array in arrays(part) if array.ndim]
    if not found or not len(found[0]):
        raise CheckFailedError(f"{case}: the split {split!r} must have rows; received none")
    return [np.ascontiguousarray(row).tobytes() for row in found[0]]
