"""Freshness: whether what a result was measured with is still what is in the tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ectype.closure import recorded_now
from ectype.digests import Remembered
from ectype.fingerprint import Fingerprints, built_on, evidence_of
from ectype.modules import Modules, packages
from ectype.plugins import Entry
from ectype.results import Result
from ectype.workspace import results_folder


class Tree:
    """The source of all papers and of this package as it is now.

    Args:
        entries: all registered papers.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {entry.slug: entry for entry in entries}
        self._bytes = Fingerprints(self._entries.values())
        self._remembered = Remembered(results_folder() / "digests.json")
        self._modules = Modules(packages([*self._entries.values(), *self._bytes.plugins]), self._remembered)

    def stale(self, result: Result) -> str:
        """Return why a result is stale, naming the modules that changed, or an empty text if it is fresh.

        Where no byte changed nothing is parsed; where some did, comments, docstrings and formatting do not count.
        """
        entry = self._entries.get(result.slug)
        if entry is not None and result.inputs and result.inputs == self._bytes.of(entry, built_on(result)):
            return ""
        if entry is not None and isinstance(result, Result) and result.evidence != evidence_of(entry):
            return f"stale: evidence was recorded since {result.started}"
        if not (result.modules or result.problem):
            return "stale: it does not say what ran"
        changed = self.changed(result.modules)
        return f"stale: {', '.join(changed)} changed since {result.started}" if changed else ""

    def changed(self, modules: Mapping[str, str]) -> list[str]:
        """Return those of a record's modules that have changed or are gone, in the order of the record.

        Args:
            modules: name to what was recorded, as in a result or from ``ectype.closure.modules_of``.
        """
        changed = [
            name for name, recorded in modules.items() if recorded_now(self._modules, name, recorded) != recorded
        ]
        self._remembered.keep()
        return changed
