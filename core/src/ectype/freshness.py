"""Freshness: whether what a result was measured with is still what is in the tree."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path

from ectype import digests
from ectype.plugins import Entry, discover
from ectype.results import Result


def stale(result: Result, entries: Iterable[Entry] | None = None) -> str:
    """Return why a result is stale, naming the modules that changed, or an empty text if it is fresh.

    Args:
        result: a stored result.
        entries: all registered papers, where they are known already.
    """
    found = discover() if entries is None else entries
    current = {entry.module: entry.package for entry in found if entry.package}
    changed = [name for name, digest in result.modules.items() if _digest(name, current) != digest]
    if not changed:
        return ""
    return f"stale: {', '.join(changed)} changed since {result.started}"


def _digest(name: str, packages: dict[str, Path]) -> str | None:
    """Return the digest of a module as it is now, or None where it is gone."""
    top, *rest = name.split(".")
    if name == "ectype":
        return _core()
    folder = packages.get(top)
    if folder is None:
        return None
    path = folder.joinpath(*rest)
    candidates = (path / "__init__.py", path.with_suffix(".py")) if rest else (path / "__init__.py",)
    return next((digests.of_file(candidate) for candidate in candidates if candidate.is_file()), None)


@functools.cache
def _core() -> str:
    return digests.of_folder(Path(__file__).parent)
