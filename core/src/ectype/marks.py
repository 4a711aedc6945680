"""Marks: what a paper has earned, each as k of n with the denominator from the paper; prose changes none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ectype.results import ClaimRecord, ComponentRecord, EquationRecord, Mark, Outcome

NAMES = ("runs", "equations", "reference", "properties", "numbers", "reproduced")

_HELD = ("passed", "expected failure", "not applicable")


def derive(
    *,
    outcomes: Iterable[Outcome],
    components: Iterable[ComponentRecord],
    equations: Iterable[EquationRecord],
    claims: Iterable[ClaimRecord],
    numbered: int,
    inapplicable: Mapping[str, str],
) -> list[Mark]:
    """Return the marks of a paper.

    Args:
        outcomes: of all checks.
        components: the declared ones.
        equations: the declared ones.
        claims: with their verdicts.
        numbered: how many numbered equations the paper has.
        inapplicable: marks that the paper cannot earn, with the reason.
    """
    every = list(outcomes)
    marks = [
        _runs(every, list(components)),
        _equations(every, list(equations), numbered),
        _reference(every, list(components)),
        _properties(every),
        *_numbers(list(claims)),
    ]
    return [_excused(mark, inapplicable) for mark in marks]


def _excused(mark: Mark, inapplicable: Mapping[str, str]) -> Mark:
    if mark.name in inapplicable and mark.of == 0:
        return Mark(name=mark.name, held=0, of=0, text=f"not applicable: {inapplicable[mark.name]}")
    return mark


def _runs(outcomes: list[Outcome], components: list[ComponentRecord]) -> Mark:
    by_component: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.group == "component":
            by_component.setdefault(outcome.id.split("/")[1], []).append(outcome)
    held = [
        c.id
        for c in components
        if any(o.status == "passed" for o in by_component.get(c.id, []))
        and all(o.status in _HELD for o in by_component[c.id])
    ]
    return Mark(name="runs", held=len(held), of=len(components), text="components that pass every conformance check")


def _equations(outcomes: list[Outcome], equations: list[EquationRecord], numbered: int) -> Mark:
    statuses = {o.id.removeprefix("equation/"): o.status for o in outcomes if o.group == "equation"}
    by_locator: dict[str, list[str]] = {}
    for equation in equations:
        status = statuses.get(equation.id, "not run") if equation.oracle else "not run"
        by_locator.setdefault(equation.locator, []).append(status)
    declared = sum(locator.startswith("Eq.") for locator in by_locator)
    located = len(by_locator) - declared
    held = sum(all(status == "passed" for status in found) for found in by_locator.values())
    text = f"{numbered} numbered equations of the paper and {located} located formulas, checked against oracles"
    return Mark(name="equations", held=held, of=max(numbered, declared) + located, text=text)


def _reference(outcomes: list[Outcome], components: list[ComponentRecord]) -> Mark:
    by_component: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.group == "reference":
            by_component.setdefault(outcome.id.split("/")[1], []).append(outcome.status)
    held = [
        found for found in by_component.values() if "passed" in found and all(s in ("passed", "not run") for s in found)
    ]
    text = "components equal to an independent implementation"
    return Mark(name="reference", held=len(held), of=len(components), text=text)


def _properties(outcomes: list[Outcome]) -> Mark:
    found = [outcome.status for outcome in outcomes if outcome.group == "property"]
    return Mark(name="properties", held=found.count("passed"), of=len(found), text="theorems, identities, invariances")


def _numbers(claims: list[ClaimRecord]) -> list[Mark]:
    exact = [claim for claim in claims if claim.kind == "exact"]
    headline = [
        claim
        for claim in claims
        if claim.headline and (claim.trained.novel if claim.trained else claim.kind == "not attempted")
    ]
    return [_verdicts("numbers", exact, "exact claims"), _verdicts("reproduced", headline, "empirical headline claims")]


def _verdicts(name: str, claims: list[ClaimRecord], what: str) -> Mark:
    held = sum(claim.verdict in ("reproduced", "holds") for claim in claims)
    qualified = sum(claim.verdict.startswith("reproduced only under") for claim in claims)
    return Mark(name=name, held=held, of=len(claims), qualified=qualified, text=what)
