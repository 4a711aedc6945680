"""Judging a result: what the ledger accepts, what is worse, and the exit status that follows.

A result is a measurement; this page of code compares it with what was accepted. It judges our code, not the paper:
an accepted ``contradicted`` is no failure, a verdict that changed is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ectype.claims import explain
from ectype.errors import LedgerError
from ectype.ledger import Ledger, Pinned, not_applicable, pin, read
from ectype.progress import is_due_to_unwritten, progress
from ectype.results import ClaimRecord, Outcome, Result

Level = Literal["failure", "warning"]

SKELETON = "skeleton"
"""The id of the finding that says that a paper is still being written."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: what failed or is worse than accepted, and the command that re-runs only that."""

    level: Level
    id: str
    text: str
    detail: str
    rerun: str


def is_skeleton(result: Result, ledger: Ledger | None) -> bool:
    """Return whether a paper is still being written: something is unwritten, and nothing of it was ever accepted."""
    return ledger is None and not result.problem and bool(result.unwritten)


def judge(result: Result, ledger: Ledger | None) -> list[Finding]:
    """Return everything about a result that a person must look at, failures first.

    Args:
        result: what was measured.
        ledger: what was accepted, or None where nothing was yet.
    """
    findings = []
    if result.problem:
        findings.append(_finding(result, "failure", "", result.problem, result.problem_detail))
        return findings
    if is_skeleton(result, ledger):
        return _judge_skeleton(result)
    for outcome in result.outcomes:
        findings += _judge_outcome(result, outcome)
    if not result.outcomes:
        findings.append(_finding(result, "failure", "", "no check ran: nothing was verified"))
    if ledger is None:
        findings.append(_finding(result, "failure", "ledger", f"nothing is accepted yet: {_accept(result)}"))
    else:
        findings += _judge_ledger(result, ledger)
    return sorted(findings, key=lambda f: f.level)


def judge_as_accepted(result: Result, root: Path | None) -> list[Finding]:
    """Judge a result by the ledger of its package; one that cannot be read is a failure of its own.

    Args:
        result: of a verification.
        root: the folder of the package, or None where there is no source, and so no ledger.
    """
    try:
        return judge(result, read(root) if root else None)
    except LedgerError as error:
        wrong = Finding("failure", "ledger", str(error), "", f"ectype verify {result.slug}")
        return [wrong, *(finding for finding in judge(result, None) if finding.id != "ledger")]


def exit_status(findings: Iterable[Finding], *, strict: bool = False) -> int:
    """Return 1 if something failed (with ``strict``: or needs attention), else 0."""
    levels = {finding.level for finding in findings}
    return int("failure" in levels or (strict and "warning" in levels))


def _accept(result: Result) -> str:
    return f'look at the verdicts, then run `ectype accept {result.slug} -m "why"`'


def _finding(result: Result, level: Level, id: str, text: str, detail: str = "") -> Finding:
    only = f" --only {id}" if id and not id.startswith(("ledger", SKELETON)) else ""
    return Finding(level, id, text, detail, f"ectype verify {result.slug}{only}")


def _judge_outcome(result: Result, outcome: Outcome) -> list[Finding]:
    place = f" [{outcome.place}]" if outcome.place else ""
    text = f"{outcome.summary}{place}"
    if outcome.status in ("failed", "error"):
        return [_finding(result, "failure", outcome.id, text, outcome.detail)]
    if outcome.status == "not run":
        return [_finding(result, "warning", outcome.id, f"not run: {text}", outcome.detail)]
    return []


def _judge_skeleton(result: Result) -> list[Finding]:
    """Return what comes next, then what fails although it is written; all of it warnings."""
    known = {"paper/analysis"} | ({"paper/header"} if result.header else set())  # listed with what is unwritten
    failing = [
        replace(finding, level="warning")
        for outcome in result.outcomes
        if outcome.id not in known and not is_due_to_unwritten(outcome)
        for finding in _judge_outcome(result, outcome)
    ]
    far = progress(result)
    if far is None:
        return failing
    text = f"a skeleton, {far.finished} finished; next: {', '.join(step.name for step in far.due)}"
    return [_finding(result, "warning", SKELETON, text, "\n".join(far.lines())), *failing]


def _judge_ledger(result: Result, ledger: Ledger) -> list[Finding]:
    findings = []
    for claim in result.claims:
        findings += _judge_claim(result, claim, ledger.claims.get(claim.id))
    for name in sorted(result.expected_failures.keys() | ledger.expected_failures.keys()):
        declared, accepted = result.expected_failures.get(name), ledger.expected_failures.get(name)
        if declared != accepted:
            text = f"the expected failure is declared as {declared!r}; the ledger has {accepted!r}"
            findings.append(_finding(result, "failure", name, f"{text}; {_accept(result)}"))
    findings += [
        _finding(result, "failure", name, f"a check that the ledger has and that no longer applies; {_accept(result)}")
        for name in sorted(not_applicable(result) & set(ledger.checks))
    ]
    if result.partial:
        return findings
    ran = {*(outcome.id for outcome in result.outcomes), *result.deferred}
    known = {*ledger.checks, *ledger.not_applicable}
    missing = sorted(known - ran)
    findings += [
        _finding(result, "failure", name, f"a check that the ledger has and that is gone; {_accept(result)}")
        for name in missing
    ]
    gone = sorted(ledger.claims.keys() - {claim.id for claim in result.claims})
    findings += [
        _finding(result, "failure", f"claim/{name}", f"a claim that the ledger has and that is gone; {_accept(result)}")
        for name in gone
    ]
    if added := sorted(ran - known):
        shown = ", ".join(added[:3]) + (", ..." if len(added) > 3 else "")
        text = f"{len(added)} checks that the ledger does not have yet ({shown}); {_accept(result)}"
        findings.append(_finding(result, "warning", "ledger", text))
    return findings


def _judge_claim(result: Result, claim: ClaimRecord, accepted: Pinned | None) -> list[Finding]:
    id = f"claim/{claim.id}"
    unmeasured = claim.verdict == "error" or (claim.verdict == "not run" and claim.trained is None)
    if accepted is None and unmeasured:  # what went wrong is an outcome of its own
        return []
    if accepted is None:
        return [
            _finding(result, "failure", id, f"not in the ledger: {claim.verdict}; {_accept(result)}", explain(claim))
        ]
    declared = pin(claim)
    changed = [
        f"{key} is {getattr(declared, key)!r}, the ledger has {getattr(accepted, key)!r}"
        for key in Pinned.__struct_fields__
        if getattr(declared, key) != getattr(accepted, key) and not (unmeasured and key == "verdict")
    ]
    found = []
    if changed:
        found.append(_finding(result, "failure", id, f"{'; '.join(changed)}; {_accept(result)}", explain(claim)))
    if claim.evidence and claim.evidence.stale:
        again = f"`ectype reproduce {result.slug} {claim.id}` measures it again"
        text = f"stale evidence: {', '.join(claim.evidence.stale)} changed since it was measured; {again}"
        found.append(_finding(result, "warning", id, text))
    if claim.verdict == "inconclusive" and claim.trained is not None:
        found.append(_finding(result, "warning", id, explain(claim)))
    return found


def verdict_counts(claims: Sequence[ClaimRecord]) -> dict[str, int]:
    """Return how many claims have each verdict, most frequent first; readings are left out of the words."""
    counts: dict[str, int] = {}
    for claim in claims:
        word = "reproduced only under a reading" if claim.verdict.startswith("reproduced only") else claim.verdict
        counts[word] = counts.get(word, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
