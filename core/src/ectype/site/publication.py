"""Publication: what is known about one paper without importing it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from ectype import citations, header, ledger, marks, results
from ectype.citations import Citation
from ectype.errors import HeaderError, LedgerError, ResultError
from ectype.faults import report
from ectype.faults.report import Report
from ectype.freshness import Tree
from ectype.header import Header
from ectype.judge import Finding, is_skeleton, judge
from ectype.ledger import Ledger
from ectype.locators import Kind, Locator
from ectype.plugins import Entry
from ectype.results import Outcome, Result
from ectype.trials import Trials

_NAME = re.compile(r"(\w+/)+\w+\.py")

State = Literal["verified", "needs attention", "skeleton", "stale", "broken", "not verified here"]


@dataclass(frozen=True)
class Publication:
    """A paper as the site shows it.

    Args:
        entry: the registered plugin.
        header: its documentation header, or None where it cannot be read.
        result: what was verified here, or None.
        accepted: its ledger, or None.
        stale: why the result is stale, or an empty text.
        problems: what could not be read, one sentence each.
        analysis: the text of its README, or None where it is not installed.
        files: source files, in the order of the paper: name relative to the source folder, and text.
        cited: the citations in them.
        faults: what was planted in its code here, or None.
        faults_stale: why that is stale, or an empty text.
        trials: its evidence; the verdicts in ``result`` were derived from it when this was gathered.
    """

    entry: Entry
    header: Header | None
    result: Result | None
    accepted: Ledger | None
    stale: str
    problems: tuple[str, ...]
    analysis: str | None
    files: dict[str, str]
    cited: Sequence[Citation]
    faults: Report | None = None
    faults_stale: str = ""
    trials: Trials | None = None

    @property
    def slug(self) -> str:
        """The name of the paper in commands and addresses."""
        return self.entry.slug

    @property
    def title(self) -> str:
        """The title, or the slug where there is no header."""
        return self.header.title if self.header else self.slug

    @property
    def broken(self) -> str:
        """Why nothing could be verified, or an empty text."""
        return self.entry.problem or (self.result.problem if self.result else "")

    @property
    def measured(self) -> Result | None:
        """The result, where there is one that measured something."""
        return self.result if self.result and not self.result.problem else None

    @cached_property
    def attention(self) -> list[Finding]:
        """What a person must look at, failures first."""
        return judge(self.result, self.accepted) if self.result else []

    @property
    def state(self) -> State:
        """The worst that is to be said about what this page shows."""
        if self.broken:
            return "broken"
        if self.result is None:
            return "not verified here"
        if self.stale:
            return "stale"
        if is_skeleton(self.result, self.accepted) and not self.problems:
            return "skeleton"
        failed = any(finding.level == "failure" for finding in self.attention)
        return "needs attention" if failed or self.problems else "verified"

    def outcome(self, id: str) -> Outcome | None:
        """Return what a check found, by its id."""
        return self._outcomes.get(id)

    @cached_property
    def _outcomes(self) -> dict[str, Outcome]:
        return {outcome.id: outcome for outcome in self.result.outcomes} if self.result else {}


def gather(entry: Entry, folder: Path, tree: Tree) -> Publication:
    """Return what is known about a paper.

    Args:
        entry: the registered plugin.
        folder: where ``verify`` keeps results.
        tree: the source of all registered papers as it is now.
    """
    problems: list[str] = []
    result = head = accepted = planted = None
    try:
        result = results.read(folder, entry.slug)
    except ResultError as error:
        problems.append(str(error))
    try:
        planted = report.read(folder, entry.slug)
    except ResultError as error:
        problems.append(str(error))
    if entry.package is not None:
        try:
            head = header.read(entry.package / "__init__.py")
        except HeaderError as error:
            problems.append(str(error))
    if entry.root is not None:
        try:
            accepted = ledger.read(entry.root)
        except LedgerError as error:
            problems.append(str(error))
    stale = tree.stale(result) if result and not result.problem else ""
    trials = Trials(entry.root, entry.slug, tree.changed)
    if result is not None:
        result = judged(result, trials)
        problems += dict.fromkeys(p for claim in result.claims if claim.evidence for p in claim.evidence.problems)
    files, cited = _sources(entry.package)
    return Publication(
        entry=entry,
        header=head,
        result=result,
        accepted=accepted,
        stale=stale,
        problems=tuple(problems),
        analysis=_text(entry.root / "README.md") if entry.root else None,
        files=files,
        cited=cited,
        faults=planted,
        faults_stale=tree.stale(cast("Any", planted)) if planted else "",
        trials=trials,
    )


def judged(result: Result, trials: Trials) -> Result:
    """Return a result with the verdicts of trained claims, and the marks that count them, derived anew from the evidence."""
    if all(claim.trained is None for claim in result.claims):
        return result
    claims = [trials.judged(claim) for claim in result.claims]
    counted = marks.derive(outcomes=(), components=(), equations=(), claims=claims, numbered=0, inapplicable={})
    anew = {mark.name: mark for mark in counted if mark.of}
    return msgspec.structs.replace(result, claims=claims, marks=[anew.get(mark.name, mark) for mark in result.marks])


def declares(file: str) -> bool:
    """Return whether a file holds declarations, ``claims.py`` or a module of ``claims``, and not code of the paper."""
    return file.endswith("/claims.py") or "/claims/" in file


def _sources(package: Path | None) -> tuple[dict[str, str], Sequence[Citation]]:
    """Return the source files and their citations: first the header, then what cites the earliest section."""
    if package is None:
        return {}, ()
    found = citations.scan(package.parent, sorted(package.rglob("*.py")))
    sections: dict[str, list[Locator]] = {}
    for citation in found.citations:
        places = [place for place in citation.locators if place.kind is Kind.SECTION]
        sections.setdefault(citation.file, []).extend(places)

    def order(name: str) -> tuple[Any, ...]:
        cites = sections.get(name)
        rank = 3 if declares(name) else 0 if name.endswith("__init__.py") else 1 if cites else 2
        return (rank, min(cites), name) if cites and rank == 1 else (rank, name)

    texts = {name: _text(package.parent / name) for name in sorted(found.files, key=order)}
    return {
        name: source for name, source in texts.items() if source and source.strip() and _NAME.fullmatch(name)
    }, found.citations


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
