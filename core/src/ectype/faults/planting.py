"""Planting: the faults of a paper, one after the other, each in a fork of a process that has loaded the paper once.

First every check runs alone in a fork, on the code as it is, and the lines that it runs are written down. Then, for each
fault, a fork loads the changed module and those that import it again under their own names and runs the checks that run
the changed line, until one fails: the ones that have killed most for their time come first. A check kills where
``ectype verify`` would fail: it passed and now fails or raises, or its claim comes to another verdict.
"""

from __future__ import annotations

import datetime
import gc
import hashlib
import importlib
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec
from jaxtyping import install_import_hook

from ectype import plugins
from ectype.errors import EctypeError
from ectype.examine import modules_that_ran
from ectype.faults import scope
from ectype.faults.forks import Call, Ended, Send, side_by_side
from ectype.faults.report import SCHEMA, Killer, Planted, Report, State
from ectype.faults.seeding import Fault, seed
from ectype.faults.serving import Detachment, Server
from ectype.faults.tracing import Trace
from ectype.plugins import Entry
from ectype.results import Outcome
from ectype.tasks import Task, Tasks, checks_of, load, run

TRIES = 12
"""On how many faults a check is tried that has killed none yet."""

Emit = Callable[[dict[str, Any]], None]


def plant(argument: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """Plant the faults of one paper and return the report as plain values; the target of a worker.

    Args:
        argument: ``entry`` (fields of an ``Entry``), ``only`` (modules, below the package), ``jobs`` (forks at a time),
            ``equivalent`` (ids of faults with reasons), ``patience`` (seconds that any check may take).
        emit: receives ``{"what": "check" or "fault", "done": k, "of": n, "killed": m}``.
    """
    entry = Entry(**{**argument["entry"], "package": Path(argument["entry"]["package"])})
    with install_import_hook(entry.module, "beartype.beartype"):
        report = _Planting(entry, argument, emit).run()
    return cast("dict[str, Any]", msgspec.to_builtins(report))


@dataclass(slots=True)
class Known:
    """A check as it came out on the code as it is: what lines it runs, how long it takes; then what it has killed."""

    status: str
    verdict: str
    summary: str
    seconds: float
    lines: dict[str, set[int]]
    tried: int = 0
    kills: int = 0
    near: Counter[str] = field(default_factory=Counter)

    def meets(self, fault: Fault, module: scope.Module) -> bool:
        """Return whether the check runs the line of a fault."""
        run = self.lines.get(str(module.file), set())
        return fault.on_import or not run.isdisjoint(range(fault.lines[0], fault.lines[1] + 1))

    def promise(self, place: str) -> float:
        """Return the expected kills a second, for a fault at a place."""
        near = 4 * self.near[place]
        return (self.kills + near + 1) / (self.tried + near + 2) / (self.seconds + 0.002)


class _Stopped(Exception):  # noqa: N818  (not an error of the code)
    """The faults cannot be planted; the text says why."""

    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(problem)
        self.detail = detail


class _Planting:
    def __init__(self, entry: Entry, argument: dict[str, Any], emit: Emit) -> None:
        assert entry.package is not None
        self.entry, self.emit = entry, emit
        self.only: list[str] = argument["only"]
        self.jobs: int = argument["jobs"]
        self.accepted: dict[str, str] = argument["equivalent"]
        self.patience: float = argument["patience"]
        self.clock = time.monotonic()
        self.modules = scope.modules(entry.module, entry.package)
        self.known: dict[str, Known] = {}
        self.faults: dict[str, tuple[Fault, scope.Module]] = {}
        self.meeting: dict[str, list[str]] = {}
        self.planted: dict[str, Planted] = {}
        self.report = Report(
            schema=SCHEMA,
            slug=entry.slug,
            distribution=entry.distribution,
            version=entry.version,
            started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            seconds=0.0,
            partial=bool(self.only),
        )

    def run(self) -> Report:
        try:
            self._load()
            self._choose()
            self._run_unchanged()
            self._warm_up()
            self._seed()
            self._control()
            self._kill()
            self._try_idle_checks()
        except _Stopped as stop:
            self._note(problem=str(stop), problem_detail=stop.detail)
        self._note(
            seconds=round(time.monotonic() - self.clock, 1),
            modules=modules_that_ran(self.modules[self.entry.module].file.parent),
            faults=[self.planted[id] for id in self.faults if id in self.planted],
            checks=[
                Killer(
                    id=name,
                    met=sum(name in names for names in self.meeting.values()),
                    tried=check.tried,
                    kills=check.kills,
                    seconds=check.seconds,
                )
                for name, check in self.known.items()
            ],
        )
        return self.report

    def _note(self, **values: Any) -> None:
        self.report = msgspec.structs.replace(self.report, **values)

    # The code as it is.

    def _load(self) -> None:
        files = [str(module.file) for module in self.modules.values()]
        try:
            with Trace(files) as trace:
                self.paper = load(self.entry)
            self.checks = checks_of(plugins.manager())
        except EctypeError as error:
            cause = error.__cause__
            raise _Stopped(str(error), "".join(traceback.format_exception(cause)) if cause else "") from None
        self.tasks = {task.id: task for task in Tasks(self.entry, self.paper, self.checks).collect()}
        self.run_on_import = trace.lines
        gc.collect()
        gc.freeze()  # keeps the pages that forks share

    def _choose(self) -> None:
        examined, beside = scope.examined(
            self.modules,
            components={component.of.__module__ for component in self.paper.components},
            declared_in=self.entry.value.partition(":")[0],
        )
        if self.only:
            wanted = [name for name in examined if any(_names(name, self.entry.module, only) for only in self.only)]
            beside |= {name: "not asked for" for name in examined if name not in wanted}
            if not wanted:
                known = ", ".join(name.partition(".")[2] for name in examined) or "none"
                raise _Stopped(f"--only must name examined modules ({known}); received {', '.join(self.only)}")
            examined = wanted
        self._note(examined=examined, not_examined=dict(sorted(beside.items())))

    def _run_unchanged(self) -> None:
        """Run every check alone, in a fork, so that nothing that another one has warmed up hides lines from it."""
        self.imported: list[str] = []
        files = {str(self.modules[name].file) for name in self.report.examined}
        calls = (
            Call(name, _Baseline(task, files), lambda _: 10 * self.patience + 60) for name, task in self.tasks.items()
        )
        wrong, began = {}, time.monotonic()
        for done, ended in enumerate(side_by_side(calls, self.jobs), 1):
            self.emit({"what": "check", "done": done, "of": len(self.tasks), "killed": 0})
            found: dict[str, Any] = (
                ended.messages[-1] if ended.messages else {"status": ended.end, "summary": ended.end}
            )
            if found["status"] in ("failed", "error", "hang", "crash"):
                wrong[ended.key] = found["summary"]
            elif found["status"] in ("passed", "expected failure"):
                self.imported += [name for name in found.pop("imported") if name not in self.imported]
                lines = {file: set(numbers) for file, numbers in found.pop("lines").items()}
                self.known[ended.key] = Known(**found, lines=lines)
        if wrong:
            text = f"checks must pass before faults are planted; {len(wrong)} of {len(self.tasks)} do not"
            detail = "\n".join(f"{name}: {summary}" for name, summary in sorted(wrong.items()))
            raise _Stopped(f"{text}: run `ectype verify {self.entry.slug}`", detail)
        self.known = {name: self.known[name] for name in self.tasks if name in self.known}
        self._note(baseline_seconds=round(time.monotonic() - began, 1))

    def _warm_up(self) -> None:
        """Import once, for all forks, what the checks have imported."""
        for name in self.imported:
            if name.partition(".")[0] != self.entry.module:
                with suppress(Exception):
                    importlib.import_module(name)
        gc.freeze()

    # The faults.

    def _seed(self) -> None:
        self.server = Server(self.modules)
        for name in self.report.examined:
            module = self.modules[name]
            if name in self.server.specs:
                below = name.removeprefix(f"{self.entry.module}.")
                self.faults |= {fault.id: (fault, module) for fault in seed(module.source, below)}
        if not self.faults:
            raise _Stopped(f"{self.entry.slug} must have code that a fault can be planted in; found none")
        for id, (fault, module) in self.faults.items():
            now = self.run_on_import.get(str(module.file), set())
            everywhere = not now.isdisjoint(range(fault.lines[0], fault.lines[1] + 1))
            self.meeting[id] = [name for name, check in self.known.items() if everywhere or check.meets(fault, module)]
        if not self.only:
            self._note(unmatched=sorted(self.accepted.keys() - self.faults.keys()))

    def _control(self) -> None:
        """Load the code as it is again, as with a fault, and run every check: what kills it would kill anything."""
        names = list(self.known)
        shares = [names[start :: self.jobs] for start in range(self.jobs)]
        calls = (Call(at, self._attempt(None, share), self._patience) for at, share in enumerate(shares) if share)
        for ended in side_by_side(calls, self.jobs):
            verdict = _verdict(ended)
            if verdict["by"]:
                text = (
                    f"the unchanged code must pass when it is loaded again; {verdict['by']} does not ({verdict['how']})"
                )
                raise _Stopped(text, verdict["detail"])

    def _kill(self) -> None:
        for ended in side_by_side(self._calls(), self.jobs):
            fault, module = self.faults[ended.key]
            verdict = _verdict(ended)
            for name in verdict["ran"]:
                self.known[name].tried += 1
            if verdict["by"] in self.known:
                self._count(verdict["by"], fault)
            self._put(fault, module, verdict)
            killed = sum(planted.state == "killed" for planted in self.planted.values())
            self.emit({"what": "fault", "done": len(self.planted), "of": len(self.faults), "killed": killed})

    def _calls(self) -> Iterator[Call[str]]:
        for id, (fault, module) in self.faults.items():
            if self.meeting[id]:
                names = sorted(self.meeting[id], key=lambda name: -self.known[name].promise(fault.place))
                yield Call(id, self._attempt((fault, module), names), self._patience)
            else:
                self._put(fault, module, {"by": "", "how": "", "detail": "", "ran": [], "effective": True})

    def _count(self, name: str, fault: Fault) -> None:
        self.known[name].kills += 1
        self.known[name].near[fault.place] += 1

    def _put(self, fault: Fault, module: scope.Module, verdict: dict[str, Any]) -> None:
        why = self.accepted.get(fault.id, "")
        idle = fault.operator == "detached" and not verdict["effective"]
        state: State = "killed" if verdict["by"] else "no effect" if idle else "equivalent" if why else "survived"
        self.planted[fault.id] = Planted(
            id=fault.id,
            module=module.name,
            file=str(module.file),
            line=fault.line,
            operator=fault.operator,
            text=fault.text,
            state=state,
            by=verdict["by"],
            how=verdict["how"],
            detail=verdict["detail"],
            met=len(self.meeting[fault.id]),
            diff="" if state == "killed" else fault.diff(module.source),
            why=why,
        )

    def _try_idle_checks(self) -> None:
        """Try the checks that have killed nothing, because others came first, on faults that are known to be caught."""
        caught = [id for id, planted in self.planted.items() if planted.how in ("failed", "error", "verdict")]
        caught.sort(key=lambda id: hashlib.sha256(id.encode()).digest())  # faults of all places, not those of one

        def calls() -> Iterator[Call[str]]:
            for id in caught:
                names = [n for n in self.meeting[id] if not self.known[n].kills and self.known[n].tried < TRIES]
                if names:
                    yield Call(id, self._attempt(self.faults[id], names, every=True), self._patience)

        for ended in side_by_side(calls(), self.jobs):
            killers = {message[1] for message in ended.messages if message[0] == "killed"}
            for name in _verdict(ended)["ran"]:
                self.known[name].tried += 1
                if name in killers:
                    self._count(name, self.faults[ended.key][0])

    def _attempt(
        self, planted: tuple[Fault, scope.Module] | None, names: Iterable[str], *, every: bool = False
    ) -> Callable[[Send], None]:
        """Return what a fork does: load the package with a fault in it (or as it is), run checks until one kills it."""

        def attempt(send: Send) -> None:
            detachment = Detachment()
            send(["import"])
            try:
                tasks = self._tasks_with(planted)
            except BaseException as error:
                send(["killed", "import", "import", _sentence(error)])
                return
            for name in names:
                send(["check", name])
                how, detail = self._worse(name, tasks.get(name))
                if how:
                    send(["killed", name, how, detail])
                    if not every:
                        return
            send(["survived", detachment.effective])

        return attempt

    def _tasks_with(self, planted: tuple[Fault, scope.Module] | None) -> dict[str, Task]:
        if planted is None:
            self.server.serve(self.modules, {})
        else:
            fault, module = planted
            code = self.server.code(module.name, fault.plant(module.source))
            self.server.serve(scope.dependents(self.modules, module.name), {module.name: code})
        return {task.id: task for task in Tasks(self.entry, load(self.entry), self.checks).collect()}

    def _worse(self, name: str, task: Task | None) -> tuple[str, str]:
        """Run a check and return how it is worse than on the code as it is, or an empty text."""
        if task is None:
            return "error", "the check is gone"
        try:
            outcome = run(task)
        except BaseException as error:  # such as SystemExit
            return "error", _sentence(error)
        if outcome.status in ("failed", "error"):
            return outcome.status, (outcome.detail if outcome.status == "failed" else outcome.summary)[:500]
        if _claimed(outcome) != self.known[name].verdict:
            return "verdict", f"{self.known[name].verdict} becomes {_claimed(outcome)}"
        return "", ""

    def _patience(self, message: Any) -> float:
        check = self.known.get(message[1]) if message and message[0] == "check" else None
        return max(self.patience, 10 * check.seconds if check else 0.0)


@dataclass(frozen=True, slots=True)
class _Baseline:
    """What a fork does with a check on the code as it is: run it and send how, how long, on which lines, with what."""

    task: Task
    files: set[str]

    def __call__(self, send: Send) -> None:
        loaded = set(sys.modules)
        with Trace(self.files) as trace:
            outcome = run(self.task)
        lines = trace.lines
        if outcome.status in ("failed", "error"):  # perhaps it cannot be traced
            outcome = run(self.task)
            lines = {file: set(range(1, 10_000)) for file in self.files}
        send(
            {
                "status": outcome.status,
                "verdict": _claimed(outcome),
                "summary": outcome.detail or outcome.summary,
                "seconds": outcome.seconds,
                "lines": {file: sorted(numbers) for file, numbers in lines.items() if numbers},
                "imported": [name for name in sys.modules if name not in loaded],
            }
        )


def _claimed(outcome: Outcome) -> str:
    return str(outcome.data.get("verdict", "")) if outcome.group == "claim" else ""


def _verdict(ended: Ended[Any]) -> dict[str, Any]:
    """Return what the messages of a fork come to: who killed, how, what ran, whether a detachment did anything."""
    ran = [message[1] for message in ended.messages if message[0] == "check"]
    if ended.end != "done":
        return {"by": ran[-1] if ran else "import", "how": ended.end, "detail": "", "ran": ran, "effective": True}
    _, *last = ended.messages[-1]
    by, how, detail = last if len(last) == 3 else ("", "", "")
    return {"by": by, "how": how, "detail": detail, "ran": ran, "effective": bool(by) or last[0]}


def _sentence(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _names(name: str, package: str, only: str) -> bool:
    below = name.removeprefix(f"{package}.")
    return only in (name, below) or f"{below}.".startswith(f"{only}.")
