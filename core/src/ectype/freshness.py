"""Freshness: whether what a result was measured with is still what is in the tree."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path

from ectype import digests
from ectype.fingerprint import Fingerprints, built_on
from ectype.plugins import Entry
from ectype.results import Result


class Tree:
    """The source of all papers and of this package as it is now.

    Args:
        entries: all registered papers.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {entry.slug: entry for entry in entries}
        self._packages = {entry.module: entry.package for entry in self._entries.values() if entry.package}
        self._bytes = Fingerprints(self._entries.values())
        self._core = functools.cache(lambda: digests.of_folder(Path(__file__).parent))

    def stale(self, result: Result) -> str:
        """Return why a result is stale, naming the modules that changed, or an empty text if it is fresh.

        Where no byte changed nothing is parsed; where some did, comments, docstrings and formatting do not count.
        """
        entry = self._entries.get(result.slug)
        if entry is not None and result.inputs and result.inputs == self._bytes.of(entry, built_on(result)):
            return ""
        changed = [name for name, digest in result.modules.items() if self._digest(name) != digest]
        return f"stale: {', '.join(changed)} changed since {result.started}" if changed else ""

    def _digest(self, name: str) -> str | None:
        """Return the digest of a module as it is now, or None where it is gone."""
        top, *rest = name.split(".")
        if name == "ectype":
            return self._core()
        folder = self._packages.get(top)
        if folder is None:
            return None
        path = folder.joinpath(*rest)
        candidates = (path / "__init__.py", path.with_suffix(".py")) if rest else (path / "__init__.py",)
        return next((digests.of_file(candidate) for candidate in candidates if candidate.is_file()), None)
