"""How far a paper has come: the steps from paper to code in their order, and the seven items of a finished implementation.

Both are counted from a result; nobody ticks them off. A step says what is left to do, with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ectype.results import ComponentRecord, Outcome, Result, Unwritten

_REFERENCES = "References consulted"
_TRAINING = ("optimizer", "procedure", "schedule")
_INDEPENDENT = ("equation", "reference", "property")
_OF_CODE = ("component", *_INDEPENDENT, "claim", "disagreement")
_LISTED = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way from paper to code, done where nothing is left to do."""

    name: str
    todo: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One of the seven items of a finished implementation."""

    name: str
    done: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """Steps in their order, and the seven items."""

    steps: tuple[Step, ...]
    items: tuple[Item, ...]

    @property
    def due(self) -> tuple[Step, ...]:
        """The steps that are left, the next one first."""
        return tuple(step for step in self.steps if step.todo)

    @property
    def finished(self) -> str:
        """How many of the items are there: ``5/7``."""
        return f"{sum(item.done for item in self.items)}/{len(self.items)}"

    @property
    def summary(self) -> str:
        """How many of the items are there, and which are missing."""
        missing = ", ".join(item.name for item in self.items if not item.done)
        return f"{self.finished}; missing: {missing}" if missing else self.finished

    def lines(self) -> Iterator[str]:
        """Yield the steps that are left as text, each with what is left to do."""
        for step in self.due:
            yield f"{step.name}:"
            yield from (f"- {line}" for line in step.todo[:_LISTED])
            if more := len(step.todo) - _LISTED:
                yield from [f"- and {more} more"] if more > 0 else []


def progress(result: Result) -> Progress | None:
    """Return how far a paper has come, or None where too little is known.

    That is where the analysis is not installed, nothing could be imported, or only some checks ran.
    """
    if result.problem or result.partial or not result.analysis:
        return None
    return _Counted(result).progress()


def is_due_to_unwritten(outcome: Outcome) -> bool:
    """Return whether a check failed because it met code that is not written yet."""
    return outcome.status in ("failed", "error") and "NotImplementedError" in f"{outcome.summary} {outcome.detail}"


class _Counted:
    def __init__(self, result: Result) -> None:
        self.result = result
        self.outcomes = {outcome.id: outcome for outcome in result.outcomes}
        self.sections = {section.name: section for section in result.analysis}

    def progress(self) -> Progress:
        steps = {
            "analysis": [*self._section(*(name for name in self.sections if name != _REFERENCES))],
            "references": [*self._section(_REFERENCES)],
            "skeleton": [*self._header()],
            "components": [*self._code("components")],
            "loss": [*self._code("loss")],
            "training": [*self._code("training"), *self._training()],
            "verification": [*self._verification()],
            "documentation": [*self._documentation()],
        }
        written = not any(steps[name] for name in ("skeleton", "components", "loss"))
        cited = self._passed("paper/header", "paper/citations")
        items = {
            "summary": self._complete("Core contribution"),
            "diagram": self._complete("Architecture"),
            "code that cites the paper": written and not any(self._code("training")) and cited,
            "training": self._complete("Training procedure") and not steps["training"],
            "verification tests": not steps["verification"],
            "gaps": self._complete("Gaps"),
            "references": self._complete(_REFERENCES),
        }
        return Progress(
            tuple(Step(name, tuple(todo)) for name, todo in steps.items()),
            tuple(Item(name, done) for name, done in items.items()),
        )

    def _section(self, *names: str) -> Iterator[str]:
        for section in (self.sections[name] for name in names if name in self.sections):
            asked = [u for u in self.result.unwritten if u.where == "analysis" and u.of == section.name]
            yield from map(_ask, asked) if asked else section.problems

    def _complete(self, name: str) -> bool:
        return name in self.sections and not self.sections[name].problems

    def _header(self) -> Iterator[str]:
        asked = [u for u in self.result.unwritten if u.where == "header"]
        yield from map(_ask, asked) if asked else self._failures(["paper/header"])

    def _code(self, step: str) -> Iterator[str]:
        """Yield what is unwritten in code that belongs to a step, in the order in which components are declared."""
        asked = [(self._component(u), u) for u in self.result.unwritten if u.where == "code"]
        asked = [(component, u) for component, u in asked if self._step(component, u.file) == step]
        order = {component.id: rank for rank, component in enumerate(self.result.components)}
        asked.sort(key=lambda item: order[item[0].id] if item[0] else len(order))
        yield from (_ask(u) for _, u in asked)

    def _component(self, unwritten: Unwritten) -> ComponentRecord | None:
        """Return the component in whose source something is unwritten."""
        for component in self.result.components:
            source = component.source
            if source is None or not unwritten.file.endswith(f"/{source.file}"):
                continue
            if source.line <= unwritten.line <= source.end_line:
                return component
        return None

    @staticmethod
    def _step(component: ComponentRecord | None, file: str) -> str:
        """Return the step to which code belongs: by the kind of its component, else by the name of its file."""
        if component is not None:
            return "loss" if component.kind == "loss" else "training" if component.kind in _TRAINING else "components"
        name = file.rpartition("/")[2]
        if "/claims" in file:
            return "verification"
        return "training" if name.startswith(("train", "presets")) else "loss" if "loss" in name else "components"

    def _training(self) -> Iterator[str]:
        section = self.sections.get("Training procedure")
        trains = any(claim.trained for claim in self.result.claims)
        trains = trains or any(component.kind in _TRAINING for component in self.result.components)
        if section is not None and section.applicable and not section.problems and not trains:
            yield (
                "declare what is trained, as paper.experiment or a component of the kind procedure; "
                "or write `Not applicable: why` under Training procedure"
            )

    def _verification(self) -> Iterator[str]:
        asked = list(self._code("verification"))
        yield from asked
        held = {o.group for o in self.result.outcomes if o.status == "passed"}
        if not asked and not held & {*_INDEPENDENT}:
            yield "declare the oracle of an equation, a reference or a property, and make it pass"
        if not asked and not self.result.claims:
            yield "declare what the paper prints: paper.claim, paper.empirical or paper.not_attempted"
        yield from self._failures(o.id for o in self.result.outcomes if o.group in _OF_CODE)

    def _documentation(self) -> Iterator[str]:
        yield from (f"{c.place} {c.id}: write its docstring" for c in self.result.components if not c.summary)
        yield from self._failures(["paper/scope", "paper/citations"])

    def _failures(self, ids: Iterable[str]) -> Iterator[str]:
        for outcome in (self.outcomes[id] for id in ids if id in self.outcomes):
            if outcome.status in ("failed", "error") and not is_due_to_unwritten(outcome):
                yield f"{outcome.id} fails: {outcome.detail.partition(chr(10))[0] or outcome.summary}"

    def _passed(self, *ids: str) -> bool:
        return all(id in self.outcomes and self.outcomes[id].status == "passed" for id in ids)


def _ask(unwritten: Unwritten) -> str:
    of = f" {unwritten.of}:" if unwritten.where != "header" and unwritten.of != "comment" else ""
    return f"{unwritten.file}:{unwritten.line}{of} {unwritten.text}"
