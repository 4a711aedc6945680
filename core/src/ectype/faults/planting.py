"""Planting: the faults of a paper, one after the other, each in a fork of a process that has loaded the paper once.

First the code as it is: loaded again as it would be with a fault in it, every check must pass; then each runs alone, and
the lines that it runs are written down. Then, for each fault, a fork is given the changed module and runs the checks that
run the changed line, until one fails: the ones that have killed most for their time come first. A check kills where
``ectype verify`` would fail: it passed and now fails or raises, or its claim comes to another verdict.
"""

from __future__ import annotations

import datetime
import hashlib
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any, cast

import msgspec
from jaxtyping import install_import_hook

from ectype.errors import EctypeError, UsageError
from ectype.faults import scope, unchanged
from ectype.faults.forks import Call, Ended, Send, side_by_side
from ectype.faults.killers import Killer, ranked
from ectype.faults.loaded import Loaded
from ectype.faults.report import SCHEMA, How, Planted, Report, State, Tried
from ectype.faults.seeding import Fault, probed, seed
from ectype.faults.serving import Detachment
from ectype.modules import Modules, packages
from ectype.plugins import Entry
from ectype.shapes import CHECKED
from ectype.tasks import Task, run

TRIES = 12
"""On how many faults a check is tried that has killed none yet."""

UNCHANGED = 30
"""How many times as long a check may take on the code as it is."""

Emit = Callable[[dict[str, Any]], None]


def plant(argument: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """Plant the faults of one paper and return the report as plain values; the target of a worker.

    Args:
        argument: ``entry`` (fields of an ``Entry``), ``only`` (modules, below the package), ``jobs`` (forks at a time),
            ``equivalent`` (ids of faults with reasons), ``patience`` (seconds that any check may take).
        emit: receives ``{"what": "check" or "fault", "done": k, "of": n, "killed": m}``.
    """
    entry = Entry.of_plain(argument["entry"])
    report = Report(
        schema=SCHEMA,
        slug=entry.slug,
        distribution=entry.distribution,
        version=entry.version,
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        seconds=0.0,
        partial=bool(argument["only"]),
    )
    clock = time.monotonic()
    try:
        with install_import_hook(entry.module, CHECKED):
            found = _Planting(Loaded(entry), argument, emit).run()
    except EctypeError as error:
        cause = error.__cause__
        detail = "".join(traceback.format_exception(cause)) if cause else getattr(error, "detail", "")
        found = {"problem": str(error), "problem_detail": detail}
    seconds = round(time.monotonic() - clock, 1)
    return cast("dict[str, Any]", msgspec.to_builtins(msgspec.structs.replace(report, seconds=seconds, **found)))


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


class _Planting:
    def __init__(self, loaded: Loaded, argument: dict[str, Any], emit: Emit) -> None:
        self.loaded, self.emit = loaded, emit
        self.only: list[str] = argument["only"]
        self.jobs: int = argument["jobs"]
        self.accepted: dict[str, str] = argument["equivalent"]
        self.patience: float = argument["patience"]
        self.faults: dict[str, tuple[Fault, scope.Module]] = {}
        self.meeting: dict[str, list[str]] = {}
        self.planted: dict[str, Planted] = {}

    def run(self) -> dict[str, Any]:
        """Return the fields of the report."""
        examined, beside = self._scope()
        patience = UNCHANGED * self.patience
        self.killers = unchanged.run_again(self.loaded, jobs=self.jobs, patience=patience)
        probes = self._seed(examined)
        for done, _ in enumerate(
            unchanged.trace(self.loaded, self.killers, probes, jobs=self.jobs, patience=patience), start=1
        ):
            self.emit({"what": "check", "done": done, "of": len(self.killers), "killed": 0})
        self._meet()
        self._kill()
        self._try_idle_checks()
        return {
            "examined": examined,
            "not_examined": dict(sorted(beside.items())),
            "unchanged_seconds": round(sum(killer.seconds for killer in self.killers.values()), 1),
            "modules": Modules(packages()).loaded(),
            "faults": [self.planted[id] for id in self.faults],
            "checks": [self._tried(name, killer) for name, killer in self.killers.items()],
            "unmatched": [] if self.only else sorted(self.accepted.keys() - self.faults.keys()),
        }

    def _scope(self) -> tuple[list[str], dict[str, str]]:
        entry = self.loaded.entry
        examined, beside = scope.examined(
            self.loaded.modules,
            components={component.of.__module__ for component in self.loaded.paper.components},
            declared_in=entry.value.partition(":")[0],
        )
        if not self.only:
            return examined, beside
        wanted = [name for name in examined if any(_names(name, entry.module, only) for only in self.only)]
        if not wanted:
            known = ", ".join(name.removeprefix(f"{entry.module}.") for name in examined) or "none"
            raise UsageError(f"--only must name examined modules ({known}); received {', '.join(self.only)}")
        return wanted, beside | {name: "not asked for" for name in examined if name not in wanted}

    def _seed(self, examined: Iterable[str]) -> dict[str, CodeType]:
        """Find the faults, and return the code of the modules in which values are asked whether they have a gradient."""
        probes = {}
        for name in examined:
            module = self.loaded.modules[name]
            if name in self.loaded.server.specs:
                found = seed(module.source, name.removeprefix(f"{self.loaded.entry.module}."))
                self.faults |= {fault.id: (fault, module) for fault in found}
                probes[name] = self.loaded.server.code(name, probed(module.source, found))
        if not self.faults:
            raise UsageError(
                f"{self.loaded.entry.slug} must have code that a fault can be planted in; found none. "
                "Declare components that are made of code of the package"
            )
        return probes

    def _meet(self) -> None:
        """Find out which checks may notice each fault: those that run its line, or all where the import runs it."""
        for id, (fault, module) in self.faults.items():
            everywhere = self.loaded.is_run_on_import(fault, module)
            self.meeting[id] = [n for n, killer in self.killers.items() if everywhere or killer.meets(fault, module)]

    def _kill(self) -> None:
        for ended in side_by_side(self._calls(), self.jobs):
            fault, module = self.faults[ended.key]
            verdict = Verdict.of(ended)
            for name in verdict.ran if verdict.by else ():  # what nothing catches says nothing about who tried
                self.killers[name].tried += name == verdict.by or self.killers[name].meets(fault, module)
            if verdict.by in self.killers:
                self.killers[verdict.by].count(fault.kin)
            self._put(fault, module, verdict)

    def _calls(self) -> Iterator[Call[str]]:
        for id, (fault, module) in self.faults.items():
            if self.meeting[id]:
                names = ranked(self.killers, self.meeting[id], fault.kin)
                yield Call(id, self._attempt(id, names), self._patience)
            else:
                self._put(fault, module, Verdict())

    def _put(self, fault: Fault, module: scope.Module, verdict: Verdict) -> None:
        why = self.accepted.get(fault.id, "")
        met = self.meeting[fault.id]
        state: State = "killed" if verdict.by else "equivalent" if why else "survived"
        if fault.operator == "detached" and not met and any(k.runs(fault, module) for k in self.killers.values()):
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
        killed = sum(planted.state == "killed" for planted in self.planted.values())
        self.emit({"what": "fault", "done": len(self.planted), "of": len(self.faults), "killed": killed})

    def _try_idle_checks(self) -> None:
        """Try the checks that have killed nothing, because others came first, on faults that are known to be caught."""
        caught = [id for id, planted in self.planted.items() if planted.how in ("failed", "error", "verdict")]
        caught.sort(key=lambda id: hashlib.sha256(id.encode()).digest())  # faults of all places, not those of one
        idle = {name for name, killer in self.killers.items() if not killer.kills}

        def calls() -> Iterator[Call[str]]:
            for id in caught:
                left = [name for name in self.meeting[id] if name in idle and self.killers[name].tried < TRIES]
                names = [name for name in left if self.killers[name].meets(*self.faults[id])]
                if names:
                    yield Call(id, self._attempt(id, names, every=True), self._patience)

        for ended in side_by_side(calls(), self.jobs):
            kills = {message[1] for message in ended.messages if message[0] == "killed"} - {"import"}
            for name in Verdict.of(ended).ran:
                self.killers[name].tried += 1
            for name in kills:
                self.killers[name].count(self.faults[ended.key][0].kin)
            idle -= kills

    def _attempt(self, id: str, names: Iterable[str], *, every: bool = False) -> Callable[[Send], None]:
        """Return what a fork does with a fault: run checks until one kills it, or every one of them."""

        def attempt(send: Send) -> None:
            Detachment()
            send(["import"])
            try:
                tasks = self.loaded.tasks_with(*self.faults[id])
            except BaseException as error:
                send(["killed", "import", "import", _sentence(error)])
                return
            for name in names:
                send(["check", name])
                how, detail = _worse(self.killers[name], tasks.get(name))
                if how:
                    send(["killed", name, how, detail])
                    if not every:
                        return

        return attempt

    def _patience(self, message: Any) -> float:
        killer = self.killers.get(message[1]) if message and message[0] == "check" else None
        return max(self.patience, 10 * killer.seconds if killer else 0.0)

    def _tried(self, name: str, killer: Killer) -> Tried:
        met = sum(killer.meets(*planted) for planted in self.faults.values())
        return Tried(id=name, met=met, tried=killer.tried, kills=killer.kills, seconds=killer.seconds)


def _worse(killer: Killer, task: Task | None) -> tuple[How, str]:
    """Run a check and return how it is worse than on the code as it is, or an empty text."""
    if task is None:
        return "error", "the check is gone"
    try:
        outcome = run(task)
    except BaseException as error:  # such as SystemExit
        return "error", _sentence(error)
    if outcome.status in ("failed", "error"):
        failed = outcome.status == "failed"
        return ("failed", outcome.detail[:500]) if failed else ("error", outcome.summary[:500])
    if unchanged.verdict(outcome) != killer.verdict:
        return "verdict", f"{killer.verdict} becomes {unchanged.verdict(outcome)}"
    return "", ""


def _sentence(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _names(name: str, package: str, only: str) -> bool:
    below = name.removeprefix(f"{package}.")
    return only in (name, below) or f"{below}.".startswith(f"{only}.")
