"""Modules: the source of this package, of papers and of plugins at one moment, found and digested without importing any."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from ectype.digests import Remembered
from ectype.plugins import PAPERS, PLUGINS, Entry, discover

CORE = "ectype"

READING = ("cli", "judge", "ledger", "report", "site", "statistics")
"""Parts of this package that read results: what they derive is derived again whenever a result is read."""

RECORDING = ("ectype.errors", "ectype.files", "ectype.experiments.metrics")
"""What words an error, writes a file or logs: an experiment imports it, and no number depends on it."""


class Modules:
    """The modules of all packages that are part of the project; each file is read at most once.

    Args:
        packages: import packages with their folders.
        remembered: digests that were computed before.
    """

    def __init__(self, packages: Mapping[str, Path], remembered: Remembered | None = None) -> None:
        self.packages = packages
        self._digests = remembered or Remembered()
        self._contents: dict[Path, bytes | None] = {}

    def hold(self) -> Modules:
        """Read every file now, so that an edit from here on is not taken for what ran."""
        for folder in self.packages.values():
            for path in folder.rglob("*.py"):
                self._read(path)
        return self

    def file(self, name: str) -> Path | None:
        """Return the file of a module, or None where there is none in these packages."""
        top, *rest = name.split(".")
        if top not in self.packages:
            return None
        path = self.packages[top].joinpath(*rest)
        candidates = (path / "__init__.py", path.with_name(f"{path.name}.py")) if rest else (path / "__init__.py",)
        return next((candidate for candidate in candidates if candidate.is_file()), None)

    def source(self, name: str) -> bytes | None:
        """Return the source of a module, or None where there is none."""
        path = self.file(name)
        return None if path is None else self._read(path)

    def digest(self, name: str) -> str | None:
        """Return the digest of a module, or None where there is none."""
        source = self.source(name)
        return None if source is None else self._digests.of(source)

    def loaded(self) -> dict[str, str]:
        """Return the digest of every module that this process has imported, less those that only read results."""
        found = {}
        for name, module in sorted(sys.modules.items()):
            top, _, rest = name.partition(".")
            file = getattr(module, "__file__", None)
            if top not in self.packages or not file or (top == CORE and rest.partition(".")[0] in READING):
                continue
            if (source := self._read(Path(file))) is not None:
                found[name] = self._digests.of(source)
        return found

    def _read(self, path: Path) -> bytes | None:
        if path not in self._contents:
            try:
                self._contents[path] = path.read_bytes()
            except OSError:
                self._contents[path] = None
        return self._contents[path]


def packages(entries: Iterable[Entry] | None = None) -> dict[str, Path]:
    """Return the import packages of papers and plugins, and this one, with their folders.

    Args:
        entries: the papers and plugins; by default all that are registered.
    """
    entries = [*discover(PAPERS), *discover(PLUGINS)] if entries is None else entries
    found = {entry.module: entry.package for entry in entries if entry.package is not None}
    return {**found, CORE: Path(__file__).parent}
