"""Layers: things in columns, so that each stands behind everything it rests on, and lines between them cross little."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

ROUNDS = 4


def layers(rests_on: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return names in columns: a column more than the furthest thing that a name rests on.

    Args:
        rests_on: every name with those that it rests on; in a circle nobody comes first and all share a column.
    """
    try:
        order = list(TopologicalSorter(rests_on).static_order())
    except CycleError:
        return [sorted(rests_on)]
    column: dict[str, int] = {}
    for name in order:
        column[name] = 1 + max((column[below] for below in rests_on[name]), default=-1)
    found: list[list[str]] = [[] for _ in range(max(column.values(), default=0) + 1)]
    for name in sorted(rests_on):
        found[column[name]].append(name)
    return _untangled(found, rests_on)


def _untangled(columns: list[list[str]], rests_on: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Order each column by where its neighbours stand, there and back a few times."""
    near: dict[str, set[str]] = {name: set(below) for name, below in rests_on.items()}
    for name, below in rests_on.items():
        for one in below:
            near[one].add(name)
    for turn in range(ROUNDS):
        place = {name: row / len(column) for column in columns for row, name in enumerate(column)}
        for column in columns if turn % 2 == 0 else reversed(columns):
            column.sort(key=lambda name: (sum(map(place.__getitem__, near[name])) / (len(near[name]) or 1), name))
            place |= {name: row / len(column) for row, name in enumerate(column)}
    return columns
