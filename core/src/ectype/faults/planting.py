"""Planting: the faults of a paper, one after the other, each in a fork of a process that has loaded the paper once.

First the code as it is: loaded again as it would be with a fault in it, every check must pass; then each runs alone, and
the lines that it runs are written down. Then, for each fault, a fork is given the changed module and runs the checks that
run the changed line, until one fails: the ones that have killed most for their time come first. A check kills where
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
from ectype.faults.report import SCHEMA, How, Killer, Planted, Report, State
from ectype.faults.seeding import Fault, probed, seed
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
    """A check as it came out on the code as it is; then what it has killed.

    ``verdict`` is that of a claim. ``lines`` are those that it runs, by file, and ``detachable`` the faults that would cut
    off a gradient in it; None where that is not known and may be anything.
    """

    verdict: str
    seconds: float
    lines: dict[str, set[int]] | None = None
    detachable: set[str] | None = None
    tried: int = 0
    kills: int = 0
    near: Counter[str] = field(default_factory=Counter)

    def meets(self, fault: Fault, module: scope.Module) -> bool:
        """Return whether the check runs a fault, as far as can be said."""
        if fault.operator == "detached" and self.detachable is not None:
            return fault.id in self.detachable
        return self.lines is None or fault.lines is None or _ran(self.lines, fault, module)

    def promise(self, place: str, usual: float) -> float:
        """Return the expected kills a second, for a fault at a place, where usually this share of faults is killed."""
        near = 4 * self.near[place]
        return (self.kills + near + usual) / (self.tried + near + 1) / (self.seconds + 0.002)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a fault: what killed it and how, if anything did, and which checks were run."""

    by: str = ""
    how: How = ""
    detail: str = ""
    ran: tuple[str, ...] = ()

    @classmethod
    def of(cls, ended: Ended[str]) -> Verdict:
        """Return what the messages of a fork come to."""
        ran = tuple(message[1] for message in ended.messages if message[0] == "check")
        if ended.end != "done":
            return cls(ran[-1] if ran else "import", ended.end, "", ran)
        kills = [tuple(message[1:]) for message in ended.messages if message[0] == "killed"]
        verdict: tuple[str, How, str] = kills[0] if kills else ("", "", "")
        return cls(*verdict, ran)


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
            self._seed()
            self._trace()
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
        """Load the code as it is again and run every check: what fails now would fail with any fault."""
        self.server = Server(self.modules)
        gc.collect()
        gc.freeze()  # keeps the pages that forks share
        names = list(self.tasks)
        shares = {at: names[at :: self.jobs] for at in range(self.jobs)}
        calls = (Call(at, self._again(share), self._patience) for at, share in shares.items())
        imported: dict[str, None] = {}
        wrong: dict[str, str] = {}
        for ended in side_by_side(calls, self.jobs):
            for message in ended.messages:
                if message[0] == "came":
                    self._came(*message[1:], wrong=wrong)
                elif message[0] == "imported":
                    imported |= dict.fromkeys(message[1])
            if ended.end != "done":
                last = next((m[1] for m in reversed(ended.messages) if m[0] == "check"), "import")
                wrong[last] = f"ends in a {ended.end}"
        if wrong:
            text = f"checks must pass before faults are planted; {len(wrong)} of {len(self.tasks)} do not"
            detail = "\n".join(f"{name}: {wrong[name]}" for name in sorted(wrong))
            raise _Stopped(f"{text}: run `ectype verify {self.entry.slug}`", detail)
        self.known = {name: self.known[name] for name in self.tasks if name in self.known}
        for name in imported:  # once, for all forks to come
            if name.partition(".")[0] != self.entry.module:
                with suppress(Exception):
                    importlib.import_module(name)
        gc.freeze()

    def _again(self, names: Iterable[str]) -> Callable[[Send], None]:
        def again(send: Send) -> None:
            loaded = set(sys.modules)
            self.server.serve({})
            tasks = {task.id: task for task in Tasks(self.entry, load(self.entry), self.checks).collect()}
            for name in names:
                send(["check", name])
                outcome = run(tasks[name])
                send(
                    [
                        "came",
                        name,
                        outcome.status,
                        _claimed(outcome),
                        outcome.detail or outcome.summary,
                        outcome.seconds,
                    ]
                )
            send(["imported", [name for name in sys.modules if name not in loaded]])

        return again

    def _came(self, name: str, status: str, verdict: str, text: str, seconds: float, *, wrong: dict[str, str]) -> None:
        if status in ("failed", "error"):
            wrong[name] = text
        elif status in ("passed", "expected failure"):
            self.known[name] = Known(verdict, seconds)

    # The faults.

    def _seed(self) -> None:
        probes = {}
        for name in self.report.examined:
            module = self.modules[name]
            if name in self.server.specs:
                found = seed(module.source, name.removeprefix(f"{self.entry.module}."))
                self.faults |= {fault.id: (fault, module) for fault in found}
                probes[name] = self.server.code(name, probed(module.source, found))
        self.probes = probes
        if not self.faults:
            raise _Stopped(f"{self.entry.slug} must have code that a fault can be planted in; found none")
        if not self.only:
            self._note(unmatched=sorted(self.accepted.keys() - self.faults.keys()))

    def _trace(self) -> None:
        """Run every check alone, in a fork, so that nothing that another one has warmed up hides lines from it."""
        calls = (Call(name, self._traced(self.tasks[name]), self._patience) for name in self.known)
        for done, ended in enumerate(side_by_side(calls, self.jobs), 1):
            self.emit({"what": "check", "done": done, "of": len(self.known), "killed": 0})
            if ended.messages:
                check = self.known[ended.key]
                check.seconds, lines, detachable = ended.messages[-1]
                check.lines = {file: set(numbers) for file, numbers in lines.items()}
                check.detachable = None if detachable is None else set(detachable)
        self._note(baseline_seconds=round(sum(check.seconds for check in self.known.values()), 1))
        for id, (fault, module) in self.faults.items():
            everywhere = _ran(self.run_on_import, fault, module)
            self.meeting[id] = [name for name, check in self.known.items() if everywhere or check.meets(fault, module)]

    def _traced(self, task: Task) -> Callable[[Send], None]:
        files = [str(self.modules[name].file) for name in self.probes]

        def traced(send: Send) -> None:
            detachment = Detachment()
            exchanged = [self.server.exchange(name, code) for name, code in self.probes.items()]
            with Trace(files) as trace:
                outcome = run(task)
            if outcome.status in ("passed", "expected failure"):  # otherwise it cannot be traced, and may run anything
                lines = {file: sorted(numbers) for file, numbers in trace.lines.items() if numbers}
                send([outcome.seconds, lines, sorted(detachment.possible) if all(exchanged) else None])

        return traced

    def _kill(self) -> None:
        for ended in side_by_side(self._calls(), self.jobs):
            fault, module = self.faults[ended.key]
            verdict = Verdict.of(ended)
            for name in verdict.ran:
                self.known[name].tried += 1
            if verdict.by in self.known:
                self._count(verdict.by, fault)
            self._put(fault, module, verdict)
            killed = sum(planted.state == "killed" for planted in self.planted.values())
            self.emit({"what": "fault", "done": len(self.planted), "of": len(self.faults), "killed": killed})

    def _calls(self) -> Iterator[Call[str]]:
        for id, (fault, module) in self.faults.items():
            if self.meeting[id]:
                yield Call(id, self._attempt(id, self._ranked(id, fault)), self._patience)
            else:
                self._put(fault, module, Verdict())

    def _ranked(self, id: str, fault: Fault) -> list[str]:
        """Return the checks that meet a fault, the most promising first; checks of one sort are judged by each other."""
        kills: Counter[str] = Counter()
        tried: Counter[str] = Counter()
        for name, check in self.known.items():
            kills[_sort(name)] += check.kills
            tried[_sort(name)] += check.tried
        usual = {sort: (kills[sort] + 0.5) / (tried[sort] + 2) for sort in tried}
        return sorted(self.meeting[id], key=lambda name: -self.known[name].promise(fault.place, usual[_sort(name)]))

    def _count(self, name: str, fault: Fault) -> None:
        self.known[name].kills += 1
        self.known[name].near[fault.place] += 1

    def _put(self, fault: Fault, module: scope.Module, verdict: Verdict) -> None:
        why = self.accepted.get(fault.id, "")
        met = self.meeting[fault.id]
        run = met or any(_ran(check.lines or {}, fault, module) for check in self.known.values())
        state: State = "killed" if verdict.by else "equivalent" if why else "survived"
        if fault.operator == "detached" and run and not met:
            state = "no effect"
        self.planted[fault.id] = Planted(
            id=fault.id,
            module=module.name,
            file=str(module.file),
            line=fault.line,
            operator=fault.operator,
            text=fault.text,
            state=state,
            by=verdict.by,
            how=verdict.how,
            detail=verdict.detail,
            met=len(met),
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
                    yield Call(id, self._attempt(id, names, every=True), self._patience)

        for ended in side_by_side(calls(), self.jobs):
            killers = {message[1] for message in ended.messages if message[0] == "killed"}
            for name in Verdict.of(ended).ran:
                self.known[name].tried += 1
                if name in killers:
                    self._count(name, self.faults[ended.key][0])

    def _attempt(self, id: str, names: Iterable[str], *, every: bool = False) -> Callable[[Send], None]:
        """Return what a fork does with a fault: run checks until one kills it, or every one of them."""

        def attempt(send: Send) -> None:
            Detachment()
            send(["import"])
            try:
                tasks = self._tasks_with(*self.faults[id])
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

        return attempt

    def _tasks_with(self, fault: Fault, module: scope.Module) -> dict[str, Task]:
        code = self.server.code(module.name, fault.plant(module.source))
        if not (fault.on_import or _ran(self.run_on_import, fault, module)) and self.server.exchange(module.name, code):
            return self.tasks
        self.server.serve({module.name: code})
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


def _ran(lines: dict[str, set[int]], fault: Fault, module: scope.Module) -> bool:
    """Return whether one of a fault's lines is among those that were run."""
    run = lines.get(str(module.file), set())
    return fault.lines is not None and not run.isdisjoint(range(fault.lines[0], fault.lines[1] + 1))


def _claimed(outcome: Outcome) -> str:
    return str(outcome.data.get("verdict", "")) if outcome.group == "claim" else ""


def _sort(name: str) -> str:
    """Return what sort of check this is: the conformance check whatever the component, or the group."""
    group, *_, last = name.split("/")
    return last if group == "component" else group


def _sentence(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _names(name: str, package: str, only: str) -> bool:
    below = name.removeprefix(f"{package}.")
    return only in (name, below) or f"{below}.".startswith(f"{only}.")
