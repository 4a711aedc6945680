"""Fingerprints of everything a verification depends on; while one is unchanged, so is the result.

Bytes count here, comments and headers too, because citations and headers are verified as well. What counts: the files
of the paper and of the papers it builds on, of this package and of plugins, the names and versions of everything
installed, the version of Python and the platform.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ectype.plugins import PLUGINS, Entry, discover
from ectype.results import Result


class Fingerprints:
    """The state of the tree at one moment; each file is read at most once.

    Args:
        entries: all registered papers, by import package in a result's modules.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._papers = {entry.module: entry for entry in entries}
        self._contents: dict[Path, str] = {}
        self._common = self._environment()

    def of(self, entry: Entry, builds_on: Iterable[str]) -> str:
        """Return the fingerprint of a paper.

        Args:
            entry: the paper.
            builds_on: import packages of papers whose code it runs, its own may be among them.
        """
        digest = hashlib.sha256(self._common.encode())
        for module in sorted({entry.module, *builds_on}):
            paper = self._papers.get(module)
            if paper is not None and paper.package is not None:
                digest.update(f"{module}={self._folder(paper.package)};".encode())
                if paper.root is not None:
                    digest.update(self._file(paper.root / "README.md").encode())
        return digest.hexdigest()[:16]

    def unchanged(self, entry: Entry, result: Result | None, *, deep: bool) -> bool:
        """Return whether a stored result still holds: same inputs, nothing failed, as deep as asked for."""
        if result is None or result.problem or not result.inputs or (deep and not result.deep):
            return False
        if any(outcome.status in ("failed", "error") for outcome in result.outcomes):
            return False
        return result.inputs == self.of(entry, built_on(result))

    def _environment(self) -> str:
        own = [Path(__file__).parent, *(entry.package for entry in discover(PLUGINS) if entry.package)]
        installed = sorted({item.name for item in _installed()})
        version = f"{sys.implementation.cache_tag} {platform.python_version()} {platform.platform()}"
        return "\n".join([version, *installed, *map(self._folder, own)])

    def _folder(self, folder: Path) -> str:
        files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return hashlib.sha256("".join(f"{p.relative_to(folder)}={self._file(p)};" for p in files).encode()).hexdigest()

    def _file(self, path: Path) -> str:
        if path not in self._contents:
            try:
                self._contents[path] = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError:
                self._contents[path] = "absent"
        return self._contents[path]


def built_on(result: Result) -> set[str]:
    """Return the import packages of the papers whose code a verification ran."""
    return {name.partition(".")[0] for name in result.modules if name != "ectype"}


def _installed() -> Iterator[Path]:
    """Yield the metadata folder of every installed distribution; its name holds the version."""
    for folder in sys.path:
        try:
            yield from (item for item in Path(folder or ".").iterdir() if item.suffix in (".dist-info", ".egg-info"))
        except OSError:
            continue
