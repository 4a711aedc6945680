"""Examining one paper, inside its worker: import it, run every check, measure every exact claim, return the result."""

from __future__ import annotations

import datetime
import importlib.metadata
import inspect
import platform
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import msgspec
import torch
from jaxtyping import install_import_hook

from ectype import analysis, citations, header, layers, marks, mentions, plugins, unwritten, workspace
from ectype.cases import cases
from ectype.declarations import Component, Disagreement, Equation
from ectype.errors import (
    CheckFailedError,
    EctypeError,
    HeaderError,
    InvalidError,
    NotRunError,
    Problem,
)
from ectype.header import Header
from ectype.modules import Modules, packages
from ectype.plugins import Entry
from ectype.reproduction import reproduction
from ectype.results import (
    SCHEMA,
    ComponentRecord,
    DisagreementRecord,
    Environment,
    EquationRecord,
    HeaderRecord,
    Outcome,
    PropertyRecord,
    ReadingRecord,
    ReferenceRecord,
    Result,
    SectionRecord,
    Source,
    Unwritten,
)
from ectype.shapes import CHECKED
from ectype.tasks import Task, Tasks, checks_of, load, run

Emit = Callable[[dict[str, Any]], None]


def examine(argument: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """Verify one paper and return its result as plain values; the target of a worker.

    Args:
        argument: ``entry`` (fields of an ``Entry``), ``only`` (ids or their beginnings), ``deep``, and ``known``: what each
            check called when it last ran, or None. What has changed since is then run first.
        emit: receives ``{"check": id, "done": k, "of": n}`` before each check, its outcome after it, and where there is
            something known what checks call now, and which of them are run first, before them all.
    """
    entry = Entry.of_plain(argument["entry"])
    with install_import_hook(entry.module, CHECKED):
        result = _Examination(entry, argument["only"], argument["deep"], emit, argument["known"]).run()
    return cast("dict[str, Any]", msgspec.to_builtins(result))


class _Examination:
    def __init__(
        self, entry: Entry, only: list[str], deep: bool, emit: Emit, known: dict[str, str] | None = None
    ) -> None:
        self.entry, self.only, self.deep, self.emit, self.known = entry, only, deep, emit, known
        self.started = datetime.datetime.now(datetime.UTC)
        self.clock = time.monotonic()
        self.modules = Modules(packages()).hold()
        assert entry.package is not None
        self.package = entry.package
        self.sections = analysis.read(entry.root / "README.md") if entry.root else []
        self.base = workspace.root(entry.root) if entry.root else self.package.parent.resolve()
        self.unwritten = unwritten.find(self.package.resolve(), base=self.base)
        self.header: Header | None = None
        self.header_error: HeaderError | None = None

    def run(self) -> Result:
        try:
            self.paper = load(self.entry)
            hooks = plugins.manager()
            self.tasks = Tasks(self.entry, self.paper, checks_of(hooks), deep=self.deep)
        except EctypeError as error:
            cause = error.__cause__
            detail = "".join(traceback.format_exception(cause)) if cause is not None else ""
            return self._result(problem=str(error), detail=detail)
        try:
            self.header = header.read(self.package / "__init__.py")
        except HeaderError as error:
            self.header_error = error
        self.scan = citations.scan(self.package.parent, sorted(self.package.rglob("*.py")))
        tasks = self._every()
        if hooks.problems:
            tasks.insert(0, Task("paper/plugins", "paper", "", "plugins load", lambda: _raise(hooks.problems)))
        chosen = [task for task in tasks if not self.only or any(_matches(task.id, name) for name in self.only)]
        outcomes = {}
        for done, task in enumerate(self._touched_first(chosen)):
            self.emit({"check": task.id, "done": done, "of": len(chosen)})
            outcomes[task.id] = outcome = run(task)
            self.emit({"outcome": msgspec.to_builtins(outcome)})
        return self._result(outcomes=[outcomes[task.id] for task in chosen])

    def _touched_first(self, tasks: list[Task]) -> list[Task]:
        if self.known is None:
            return tasks
        from ectype.watching.touched import Calls  # only watching needs it, and what it imports

        calls = Calls(self.entry)
        now = {task.id: calls.digest(task) for task in tasks}
        touched = {task.id for task in tasks if not task.calls or now[task.id] != self.known.get(task.id)}
        self.emit({"calls": now, "touched": len(touched)})
        return sorted(tasks, key=lambda task: task.id not in touched)

    # The checks, in the order of the table.

    def _every(self) -> list[Task]:
        tasks = [
            Task("paper/header", "paper", "__init__.py", "the header follows the grammar", self._check_header),
            Task("paper/scope", "paper", "__init__.py", "header and declarations agree", self._check_scope),
            Task("paper/analysis", "paper", "README.md", "the analysis is complete", self._check_analysis),
            Task("paper/citations", "paper", "", "citations in the code resolve", self._check_citations),
        ]
        typed = Task("paper/results", "paper", "README.md", "no result is typed into the analysis", self._check_results)
        return [*tasks, *self.tasks.collect(), *self.tasks.of_evidence(), typed]

    def _check_header(self) -> None:
        if self.header_error is not None:
            _raise(self.header_error.problems)
        hint = "Write what it asks for"
        left = [item for item in self.unwritten if item.where == "header"]
        _raise(Problem(item.file, item.line, "no placeholder in the header", repr(item.text), hint) for item in left)

    def _check_analysis(self) -> None:
        if self.entry.root is None:
            raise NotRunError("the analysis travels with the source of the package, which is not installed here")
        _raise(analysis.check(self.entry.root / "README.md"))

    def _check_results(self) -> None:
        """Look for placeholders that refer to nothing, and for results that were typed; every claim has been measured."""
        if self.entry.root is None:
            raise NotRunError("the analysis travels with the source of the package, which is not installed here")
        path = self.entry.root / "README.md"
        if not path.is_file():
            raise NotRunError("there is no analysis")
        findings = [self._disagreement_record(d) for d in self.paper.disagreements]
        _raise(mentions.check(path.read_text(encoding="utf-8"), str(path), [*self.tasks.claims.values()], findings))

    def _check_citations(self) -> dict[str, Any]:
        stated = self.header.locators if self.header else ()
        declared = [*stated, *(e.locator for e in self.paper.formulas), *(c.locator for c in self.paper.claims)]
        declared += [p.locator for p in self.paper.properties]
        declared += [where for d in self.paper.disagreements for where in d.locators]
        must = [e.locator for e in self.paper.formulas] + list(self.header.covered if self.header else ())
        departures = [d.id for d in self.header.departures] if self.header else []
        found = citations.check(self.scan, declared=declared, departures=departures, must_be_cited=must)
        _raise([*self.scan.problems, *found])
        return {"citations": len(self.scan.citations)}

    def _check_scope(self) -> None:
        """Compare the header with the declarations: departures, the claims they move, the reproduction block."""
        if self.header is None:
            raise NotRunError("the header cannot be read")
        file, problems = str(self.package / "__init__.py"), []
        followed = {d.departure: d for d in self.paper.disagreements if d.departure}
        for departure in self.header.departures:
            if departure.id not in followed:
                hint = f'Declare one with departure="{departure.id}"'
                problems.append(Problem(file, None, f"a disagreement that follows {departure.id}", "none", hint))
            for name in departure.moves:
                if name not in self.tasks.claims:
                    problems.append(Problem(file, None, f"{departure.id} to move declared claims", repr(name)))
        for name, disagreement in followed.items():
            if name not in {d.id for d in self.header.departures}:
                place = disagreement.place
                problems.append(Problem(place.file, place.line, f"{name} in the header", "no such departure"))
        due = reproduction(self.tasks.claims.values())
        if self.header.reproduction != due:
            expected = "the reproduction status that was measured:\n" + "\n".join(
                f"  {line}" for line in due or ["- None"]
            )
            received = "\n" + "\n".join(f"  {line}" for line in self.header.reproduction or ["- None"])
            hint = f"A status is never typed: run `ectype sync {self.entry.slug}`"
            problems.append(Problem(file, None, expected, received, hint))
        _raise(problems)

    # The result.

    def _result(self, *, outcomes: Iterable[Outcome] = (), problem: str = "", detail: str = "") -> Result:
        blank = Result(
            schema=SCHEMA,
            slug=self.entry.slug,
            distribution=self.entry.distribution,
            version=self.entry.version,
            started=self.started.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - self.clock, 3),
            partial=bool(self.only),
            deep=self.deep,
            problem=problem,
            problem_detail=detail,
            environment=_environment(),
            modules=self.modules.loaded(),
            analysis=[
                SectionRecord(name=s.name, applicable=s.applicable, problems=list(map(str, s.problems)))
                for s in self.sections
            ],
            unwritten=[*self._asked_in_analysis(), *self.unwritten],
        )
        if problem:
            return blank
        done = list(outcomes)
        components = [self._component_record(c) for c in self.paper.components]
        formulas = [self._equation_record(e) for e in self.paper.formulas]
        found = list(self.tasks.claims.values())
        return msgspec.structs.replace(
            blank,
            header=_header_record(self.header) if self.header else None,
            outcomes=done,
            deferred=[] if self.only else self.tasks.deferred,
            expected_failures={
                f"component/{c.id}/{name}": reason
                for c in self.paper.components
                for name, reason in c.expected_failures.items()
            },
            components=components,
            equations=formulas,
            references=[
                ReferenceRecord(
                    id=r.id, component=self.tasks.component_of(r.of).id, needs=list(r.needs), place=str(r.place)
                )
                for r in self.paper.references
            ],
            properties=[
                PropertyRecord(id=p.id, locator=str(p.locator), text=p.text, holds=p.holds, place=str(p.place))
                for p in self.paper.properties
            ],
            claims=found,
            disagreements=[self._disagreement_record(d) for d in self.paper.disagreements],
            marks=marks.derive(
                outcomes=done,
                components=components,
                equations=formulas,
                claims=found,
                numbered=self.paper.equations,
                inapplicable=self.paper.inapplicable,
            ),
        )

    def _asked_in_analysis(self) -> list[Unwritten]:
        if self.entry.root is None:
            return []
        file = (self.entry.root / "README.md").resolve().relative_to(self.base).as_posix()
        return [
            Unwritten(where="analysis", of=section.name, file=file, line=line, text=text)
            for section in self.sections
            for line, text in section.placeholders
        ]

    def _component_record(self, component: Component) -> ComponentRecord:
        try:
            built = cases(component)[0].build()
            parameters = sum(p.numel() for p in built.parameters()) if isinstance(built, torch.nn.Module) else None
        except Exception:  # the checks say what is wrong with it
            parameters = None
        return ComponentRecord(
            id=component.id,
            kind=component.kind,
            of=f"{component.of.__module__}.{component.of.__qualname__}",
            summary=(inspect.getdoc(component.of) or "").partition("\n")[0],
            place=str(component.place),
            settings=[str(case) for case in cases(component)],
            source=self._source(component.of),
            parameters=parameters,
            layers=None if self.only else layers.measure(component),
        )

    def _equation_record(self, equation: Equation) -> EquationRecord:
        code = [
            Source(file=c.file, line=c.line, end_line=c.end)
            for c in self.scan.citations
            if any(equation.locator.covers(where) for where in c.locators)
        ]
        return EquationRecord(
            id=equation.id,
            locator=str(equation.locator),
            of=equation.of.__qualname__,
            component=self.tasks.component_of(equation.of).id,
            place=str(equation.place),
            oracle=self._source(equation.oracle) if equation.oracle else None,
            code=code,
        )

    def _disagreement_record(self, disagreement: Disagreement) -> DisagreementRecord:
        measured = self.tasks.measured.get(disagreement.id, {})
        return DisagreementRecord(
            id=disagreement.id,
            name=disagreement.name,
            at=", ".join(map(str, disagreement.locators)),
            text=disagreement.text,
            follow=disagreement.follow,
            departure=disagreement.departure,
            readings=[
                ReadingRecord(name=r.name, source=r.source, place=str(r.place), measured=measured.get(r.name, {}))
                for r in disagreement.readings.values()
            ],
            claims=[claim.id for claim in self.paper.claims if claim.under is disagreement],
            place=str(disagreement.place),
        )

    def _source(self, function: Callable[..., Any]) -> Source | None:
        try:
            function = inspect.unwrap(function)
            lines, first = inspect.getsourcelines(function)
            file = Path(inspect.getsourcefile(function) or "").relative_to(self.package.parent)
        except (OSError, TypeError, ValueError):
            return None
        return Source(file=file.as_posix(), line=first, end_line=first + len(lines) - 1)


def _matches(id: str, name: str) -> bool:
    return id == name or id.startswith(name.rstrip("/") + "/")


def _raise(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise CheckFailedError(str(InvalidError(found)))


def _header_record(value: Header) -> HeaderRecord:
    return HeaderRecord(
        title=value.title,
        authors=list(value.authors),
        paper=value.paper,
        official_code=value.official_code,
        covers=[{"done": c.done, "what": c.what, "at": c.at, "why": getattr(c, "why", "")} for c in value.covers],
        departures=[
            {"id": d.id, "what": d.what, "at": d.at, "why": d.why, "moves": list(d.moves)} for d in value.departures
        ],
    )


def _environment() -> Environment:
    return Environment(
        python=platform.python_version(),
        torch=str(torch.__version__),
        ectype=importlib.metadata.version("ectype"),
        platform=platform.platform(aliased=True, terse=True),
        device="cpu",
        threads=torch.get_num_threads(),
    )
