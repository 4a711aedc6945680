"""The code as it is: every check must pass on it, and tells how long it takes and which lines it runs."""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import CodeType
from typing import Any

from ectype.errors import UsageError
from ectype.faults.forks import Call, Send, side_by_side
from ectype.faults.killers import Killer
from ectype.faults.loaded import Loaded
from ectype.faults.serving import Detachment
from ectype.faults.tracing import Trace
from ectype.results import Outcome
from ectype.tasks import Task, run

HELD = ("passed", "expected failure")


class UnchangedError(UsageError):
    """Checks fail on the code as it is.

    Args:
        problem: one sentence.
        detail: every check that fails, with what it says.
    """

    def __init__(self, problem: str, detail: str) -> None:
        super().__init__(problem)
        self.detail = detail


def run_again(loaded: Loaded, *, jobs: int, patience: float) -> dict[str, Killer]:
    """Load the code as it is again, as for a fault, and run every check: what fails now would fail with any fault.

    What the checks import is imported here too, once for all forks to come.

    Args:
        loaded: the paper.
        jobs: forks at a time.
        patience: seconds that a check may take.

    Returns:
        The checks that pass, or fail as expected, by id.

    Raises:
        UnchangedError: if one fails.
    """
    names = list(loaded.tasks)
    shares = [names[at::jobs] for at in range(jobs)]
    calls = (Call(at, _again(loaded, share), lambda _: patience) for at, share in enumerate(shares) if share)
    came: dict[str, dict[str, Any]] = {}
    imported: dict[str, None] = {}
    for ended in side_by_side(calls, jobs):
        for message in ended.messages:
            came |= message.get("came", {})
            imported |= dict.fromkeys(message.get("imported", ()))
        if ended.end != "done":
            last = next((message["check"] for message in reversed(ended.messages) if "check" in message), "import")
            came[last] = {"status": "error", "says": f"ends in a {ended.end}"}
    if wrong := sorted(name for name, outcome in came.items() if outcome["status"] in ("failed", "error")):
        raise UnchangedError(
            f"checks must pass before faults are planted; {len(wrong)} of {len(names)} do not: "
            f"run `ectype verify {loaded.entry.slug}`",
            "\n".join(f"{name}: {came[name]['says']}" for name in wrong),
        )
    for name in imported:
        if name.partition(".")[0] != loaded.entry.module:
            with suppress(Exception):
                importlib.import_module(name)
    gc.freeze()
    held = [name for name in names if came[name]["status"] in HELD]
    return {name: Killer(came[name]["verdict"], came[name]["seconds"]) for name in held}


def _again(loaded: Loaded, names: list[str]) -> Callable[[Send], None]:
    def again(send: Send) -> None:
        before = set(sys.modules)
        tasks = loaded.tasks_again()
        for name in names:
            send({"check": name})
            outcome = run(tasks[name])
            says = outcome.detail or outcome.summary
            found = {"status": outcome.status, "verdict": verdict(outcome), "says": says, "seconds": outcome.seconds}
            send({"came": {name: found}})
        send({"imported": [name for name in sys.modules if name not in before]})

    return again


def trace(
    loaded: Loaded, killers: dict[str, Killer], probes: dict[str, CodeType], *, jobs: int, patience: float
) -> Iterator[str]:
    """Run every check alone, so that nothing that another one has warmed up hides lines from it; yield each as it ends.

    Args:
        loaded: the paper.
        killers: the checks; they are told what they run and how long it takes.
        probes: code of the modules that are traced, in which values are asked whether they have a gradient.
        jobs: forks at a time.
        patience: seconds that a check may take.
    """
    calls = (Call(name, _traced(loaded, loaded.tasks[name], probes), lambda _: patience) for name in killers)
    for ended in side_by_side(calls, jobs):
        if ended.messages:
            killer = killers[ended.key]
            killer.seconds, lines, detachable = ended.messages[-1]
            killer.lines = {file: set(numbers) for file, numbers in lines.items()}
            killer.detachable = None if detachable is None else set(detachable)
        yield ended.key


def _traced(loaded: Loaded, task: Task, probes: dict[str, CodeType]) -> Callable[[Send], None]:
    files = [str(loaded.modules[name].file) for name in probes]

    def traced(send: Send) -> None:
        detachment = Detachment()
        exchanged = [loaded.server.exchange(name, code) for name, code in probes.items()]
        with Trace(files) as trace:
            outcome = run(task)
        if outcome.status in HELD:  # otherwise it cannot be traced, and may run anything
            lines = {file: sorted(numbers) for file, numbers in trace.lines.items() if numbers}
            send([outcome.seconds, lines, sorted(detachment.possible) if all(exchanged) else None])

    return traced


def verdict(outcome: Outcome) -> str:
    """Return the verdict of a claim, and an empty text for other checks."""
    return str(outcome.data.get("verdict", "")) if outcome.group == "claim" else ""
