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

from ectype.evidence import FOLDER
from ectype.modules import CORE
from ectype.plugins import PLUGINS, Entry, discover
from ectype.results import Result


class Fingerprints:
    """The state of the tree at the moment at which this is made; what is edited later does not count.

    Args:
        entries: all registered papers.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._papers = {entry.module: self._paper(entry) for entry in entries if entry.package is not None}
        self.plugins = discover(PLUGINS)
        self._common = self._environment()

    def of(self, entry: Entry, builds_on: Iterable[str]) -> str:
        """Return the fingerprint of a paper.

        Args:
            entry: the paper.
            builds_on: import packages of papers whose code it runs, its own may be among them.
        """
        digest = hashlib.sha256(self._common.encode())
        for module in sorted({entry.module, *builds_on}):
            digest.update(f"{module}={self._papers.get(module, 'absent')};".encode())
        return digest.hexdigest()[:16]

    def unchanged(self, entry: Entry, result: Result | None, *, deep: bool) -> bool:
        """Return whether a stored result still holds: same inputs, nothing failed, as deep as asked for."""
        if result is None or result.problem or not result.inputs or (deep and not result.deep):
            return False
        if any(outcome.status in ("failed", "error") for outcome in result.outcomes):
            return False
        return result.inputs == self.of(entry, built_on(result))

    def _environment(self) -> str:
        own = [Path(__file__).parent, *(entry.package for entry in self.plugins if entry.package)]
        installed = sorted({item.name for item in _installed()})
        version = f"{sys.implementation.cache_tag} {platform.python_version()} {platform.platform()}"
        return "\n".join([version, *installed, *map(_folder, own)])

    @staticmethod
    def _paper(entry: Entry) -> str:
        assert entry.package is not None
        if entry.root is None:
            return _folder(entry.package)
        return f"{_folder(entry.package)} {_file(entry.root / 'README.md')} {evidence_of(entry)}"


def evidence_of(entry: Entry) -> str:
    """Return a digest of the evidence of a paper, or an empty text where there is none."""
    folder = entry.root / FOLDER if entry.root else None
    return _folder(folder)[:16] if folder and any(folder.glob("*")) else ""


def built_on(result: Result) -> set[str]:
    """Return the import packages of the papers whose code a verification ran."""
    return {name.partition(".")[0] for name in result.modules} - {CORE}


def _folder(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return hashlib.sha256("".join(f"{p.relative_to(folder)}={_file(p)};" for p in files).encode()).hexdigest()


def _file(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "absent"


def _installed() -> Iterator[Path]:
    """Yield the metadata folder of every installed distribution; its name holds the version."""
    for folder in sys.path:
        try:
            yield from (item for item in Path(folder or ".").iterdir() if item.suffix in (".dist-info", ".egg-info"))
        except OSError:
            continue
