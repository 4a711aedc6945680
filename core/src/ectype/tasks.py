"""The checks of a paper as tasks: what ``verify`` runs on the code as it is, and ``faults`` on code with a fault in it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from ectype import claims, equations, plugins, properties, references
from ectype.checks import Check, unique
from ectype.declarations import Component, Disagreement, Equation
from ectype.errors import CheckFailedError, NotApplicableError, NotRunError
from ectype.freshness import Tree
from ectype.needs import require
from ectype.paper import Paper
from ectype.plugins import Entry, PluginError
from ectype.results import ClaimRecord, Group, Outcome, Status
from ectype.trials import Trials

Function = Callable[[], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Task:
    """One check to run: what it is called, where it was declared, how it is run, and what it calls of the package."""

    id: str
    group: Group
    place: str
    title: str
    function: Function
    expected: str = ""
    calls: tuple[Callable[..., Any] | None, ...] = ()


def load(entry: Entry) -> Paper:
    """Import a paper and return its declarations.

    Raises:
        PluginError: if it cannot be imported, or is not the paper of its package.
        DeclarationError: if its declarations contradict each other.
    """
    plugin = plugins.load(entry)
    manager = plugins.Manager(strict=True)
    manager.register(plugin, entry.slug)
    papers = manager.hook.ectype_paper()
    if len(papers) != 1 or not isinstance(papers[0], Paper):
        raise PluginError(
            f"{entry.slug}: the hook ectype_paper must return a Paper; received {[type(p).__name__ for p in papers]}"
        )
    paper = papers[0]
    if paper.package != entry.module:
        raise PluginError(f"{entry.slug}: Paper(...) must be of {entry.module!r}; received {paper.package!r}")
    paper.validate()
    return paper


def checks_of(manager: plugins.Manager) -> list[Check]:
    """Return the conformance checks of this package and of plugins, sorted by name.

    Raises:
        UsageError: if two have one name.
    """
    return unique(check for found in manager.hook.ectype_checks() for check in found)


class Tasks:
    """What is checked of a paper's code, and what the claims and disagreements among it came to.

    Args:
        entry: the paper as it is registered.
        paper: its declarations.
        checks: the conformance checks there are.
        deep: whether those that take longer than seconds are run.
    """

    def __init__(self, entry: Entry, paper: Paper, checks: list[Check], *, deep: bool = False) -> None:
        self.entry, self.paper, self.checks, self.deep = entry, paper, checks, deep
        self.claims: dict[str, ClaimRecord] = {c.id: claims.record(c) for c in paper.claims if c.trained is None}
        """What claims came to; trained ones are among them after ``of_evidence``."""
        self.measured: dict[str, dict[str, dict[str, str]]] = {}
        self.deferred: list[str] = []
        """Checks that are owed and only run when deep."""

    def of_evidence(self) -> list[Task]:
        """Judge the trained claims and return a check for each: whether there is evidence that can be trusted."""
        trials = Trials(self.entry.root, self.entry.slug, Tree(plugins.discover()).changed)
        self.claims = {
            c.id: self.claims[c.id] if c.trained is None else trials.judged(claims.record(c)) for c in self.paper.claims
        }
        return [
            Task(f"claim/{c.id}", "claim", c.place, f"{c.locator}: {c.text}", partial(self._look_at, c))
            for c in self.claims.values()
            if c.trained is not None
        ]

    def _look_at(self, claim: ClaimRecord) -> dict[str, Any]:
        assert claim.trained is not None
        found = claim.evidence
        if found is not None and found.problems:
            raise CheckFailedError("\n".join(found.problems))
        if claim.verdict == "error":
            raise CheckFailedError(claims.explain(claim))
        if claim.verdict == "not run":
            minutes = sum(claim.trained.minutes.values()) * claim.trained.seeds
            again = f"`ectype reproduce {self.entry.slug} {claim.id}`"
            raise NotRunError(f"never run on this code: {again}, about {minutes:.2g} minutes on one core")
        return {"verdict": claim.verdict, "ours": claims.explain(claim)}

    def collect(self) -> list[Task]:
        """Return every check of the code, in the order of the table."""
        tasks: list[Task] = []
        for component in self.paper.components:
            tasks += self._of_component(component)
        for equation in self.paper.formulas:
            if equation.oracle is not None:
                tasks.append(self._of_equation(equation))
        for reference in self.paper.references:
            component = self.component_of(reference.of)
            name = f"reference/{component.id}/{reference.id}"
            title = f"{component.id} equals {reference.id}"

            def compare(reference: Any = reference, component: Component = component) -> dict[str, Any]:
                return references.check(reference, component, distribution=self.entry.distribution)

            calls = (*_of(component), reference.build, reference.map_weights, reference.adapt_call)
            tasks.append(Task(name, "reference", str(reference.place), title, compare, calls=calls))
        for declared in self.paper.properties:

            def test(declared: Any = declared) -> dict[str, Any]:
                self._require(declared.needs)
                return properties.check(declared)

            title = f"{declared.locator}: {declared.text}"
            place = str(declared.place)
            tasks.append(Task(f"property/{declared.id}", "property", place, title, test, calls=(declared.function,)))
        for claim in self.paper.claims:
            if claim.kind == "exact":

                def measure(claim: Any = claim) -> dict[str, Any]:
                    self._require(claim.needs)
                    self.claims[claim.id] = msgspec.structs.replace(self.claims[claim.id], verdict="error")
                    self.claims[claim.id] = record = claims.record(claim, claims.measure(claim))
                    return {"verdict": record.verdict, "ours": claims.explain(record)}

                title = f"{claim.locator}: {claim.text}"
                calls = (claim.function, claim.second, *(_readings(claim.under) if claim.under else ()))
                tasks.append(Task(f"claim/{claim.id}", "claim", str(claim.place), title, measure, calls=calls))
        for disagreement in self.paper.disagreements:
            if disagreement.measures:

                def settle(disagreement: Disagreement = disagreement) -> dict[str, Any]:
                    self.measured[disagreement.id] = found = claims.measure_disagreement(disagreement)
                    return dict(found)

                name = f"disagreement/{disagreement.id}"
                place, text, calls = str(disagreement.place), disagreement.text, _readings(disagreement)
                tasks.append(Task(name, "disagreement", place, text, settle, calls=calls))
        return tasks

    def component_of(self, of: Callable[..., Any]) -> Component:
        """Return the declared component that a function or class is."""
        component = self.paper.component_of(of)
        assert component is not None  # validated
        return component

    def _of_component(self, component: Component) -> list[Task]:
        tasks = []
        owed = [c for c in self.checks if c.owed_by(component)]
        unknown = set(component.expected_failures) - {c.name for c in owed}
        if unknown:
            text = f"expected failures of {component.id} name checks it does not owe: {', '.join(sorted(unknown))}"
            tasks.append(
                Task(
                    f"component/{component.id}/expected-failures",
                    "component",
                    str(component.place),
                    "expected failures exist",
                    partial(_fail, text),
                )
            )
        for item in owed:
            name = f"component/{component.id}/{item.name}"
            if item.deep and not self.deep:
                self.deferred.append(name)
                continue

            def run(item: Check = item) -> dict[str, Any] | None:
                self._require(component.needs)
                return item.function(component)

            expected = component.expected_failures.get(item.name, "")
            place = str(component.place)
            tasks.append(Task(name, "component", place, item.asserts, run, expected, _of(component)))
        return tasks

    def _of_equation(self, equation: Equation) -> Task:
        component = self.component_of(equation.of)

        def compare() -> dict[str, Any]:
            self._require(component.needs)
            return equations.check(equation, component)

        title = f"{equation.locator}: {component.id} equals its oracle"
        calls = (*_of(component), equation.oracle)
        return Task(f"equation/{equation.id}", "equation", str(equation.place), title, compare, calls=calls)

    def _require(self, needs: Sequence[str]) -> None:
        for module in needs:
            require(module, self.entry.distribution)


def run(task: Task) -> Outcome:
    """Run one check; whatever it raises is its outcome."""
    began = time.monotonic()
    status: Status = "passed"
    summary, detail, data = task.title, "", {}
    try:
        data = task.function() or {}
        summary = str(data.pop("ours", summary)) if task.group == "claim" else summary
    except CheckFailedError as error:
        status, summary, detail = ("error" if task.group == "claim" else "failed"), task.title, str(error)
    except NotApplicableError as error:
        status, summary, data = "not applicable", str(error), {"machine": True} if error.machine else {}
    except NotRunError as error:
        status, summary = "not run", str(error)
    except Exception as error:
        status, detail = "error", "".join(traceback.format_exception(error)[-6:])
        summary = f"{task.title}: {type(error).__name__}: {error}"
    if task.expected:
        if status in ("failed", "error"):
            status, summary, detail = "expected failure", task.expected, detail
        elif status == "passed":
            status, detail = "failed", f"expected to fail ({task.expected}) and passes: remove the expected failure"
    seconds = round(time.monotonic() - began, 4)
    return Outcome(
        id=task.id,
        group=task.group,
        status=status,
        summary=summary,
        detail=detail,
        place=task.place,
        seconds=seconds,
        data=data,
    )


def _of(component: Component) -> tuple[Callable[..., Any] | None, ...]:
    return (component.of, component.draw, *component.limits.values())


def _readings(disagreement: Disagreement) -> tuple[Callable[..., Any], ...]:
    return (*(reading.function for reading in disagreement.readings.values()), *disagreement.measures.values())


def _fail(text: str) -> None:
    raise CheckFailedError(text)
