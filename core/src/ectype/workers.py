"""Named jobs, each in a process of its own, so that whatever a job does is one result and never the end of the run.

Three processes are involved. The caller starts a *supervisor*, which imports torch once and then forks one *worker* for
each job. The supervisor, not the caller, watches time, memory and output: limits hold while the caller is busy with a
result, and when the caller goes away, even killed, the supervisor sees the end of their socket and leaves nothing behind.
The supervisor is a fresh interpreter, so the caller's main module never runs in a worker. Only JSON travels between them.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from .errors import UsageError

JSON: TypeAlias = Any  # None, bool, int, float (NaN and infinities too), str, list, dict with str keys
Outcome: TypeAlias = Literal["done", "exception", "exit", "signal", "timeout", "memory", "interrupted"]

_SUPERVISOR = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); fd = int(sys.argv[2]); del sys.argv[1:];"
    "from ectype.supervisor import {0}; {0}(fd)"
)
_PATIENCE = 15.0  # seconds the supervisor gets to end its workers before it is killed itself


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use.

    Args:
        seconds: wall-clock time.
        memory: bytes, the sum of the resident sizes of the worker and all its descendants; pages that processes share
            count once for each. Looked at every 50 ms.
    """

    seconds: float = 300.0
    memory: int = 8 * 2**30


@dataclass(frozen=True, slots=True)
class Job:
    """One function to call in a worker.

    Args:
        name: shown to people; comes back with the result.
        target: ``"package.module:function"``. The worker calls ``function(argument, emit)``: ``emit(event)`` sends a
            dictionary to the caller of ``run`` at once, and the value returned is the result. Events and result are JSON
            and may be 64 MiB in all.
        argument: JSON.
    """

    name: str
    target: str
    argument: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """How one job ended.

    Args:
        name: of the job.
        outcome: ``done``: returned and exited with status 0. ``exception``: raised, or sent what is not JSON. ``exit``: left
            the interpreter, before its result or with a status other than 0. ``signal``: killed by one. ``timeout`` and
            ``memory``: killed at a limit. ``interrupted``: the supervisor itself ended.
        result: what the function returned if ``done``, otherwise None.
        reason: one sentence for a person; empty if ``done``.
        traceback: Python's, of the exception, or of where the worker was at a fatal signal or at the time limit.
        output: the last 64 KiB of standard output and error together.
        seconds: wall-clock time.
        peak_memory: bytes, the largest resident size of worker and descendants that was seen.
    """

    name: str
    outcome: Outcome
    result: JSON
    reason: str
    traceback: str
    output: str
    seconds: float
    peak_memory: int


class Warm:
    """A process that has imported what workers need, and forks a supervisor for each run: the next one starts at once.

    A context manager. What it has imported stays as it was; only what workers import themselves is new in each run.

    Args:
        preload: modules that it imports.
    """

    def __init__(self, preload: Sequence[str]) -> None:
        self._link, self._process = _start("keep")
        self._runs: list[socket.socket] = []
        self._link.sendall(json.dumps({"preload": list(preload)}).encode() + b"\n")

    def __enter__(self) -> Warm:
        """Return this."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process, and with it what it has started."""
        self.interrupt()
        self._link.close()
        _end(self._process)

    def interrupt(self) -> None:
        """End the runs that are going on; from any thread. What was not done is ``interrupted``."""
        for link in self._runs:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def supervisor(self) -> Iterator[_Link]:
        """Fork a supervisor and return the link to it.

        Raises:
            UsageError: if the process has ended.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._link, [b"."], [theirs.fileno()])
            except OSError as error:
                raise UsageError(f"the process that workers come from {describe(self._process.wait())}") from error
        self._runs.append(ours)
        try:
            yield ours, lambda: "was interrupted"
        finally:
            self._runs.remove(ours)
            with suppress(OSError):
                ours.shutdown(socket.SHUT_WR)
                ours.settimeout(_PATIENCE)
                while ours.recv(2**16):  # until it has cleared up
                    pass
            ours.close()


def run(
    jobs: Sequence[Job],
    *,
    workers: int,
    limits: Limits | None = None,
    threads: int = 1,
    on_event: Callable[[str, dict[str, JSON]], None] | None = None,
    preload: Sequence[str] = ("torch", "torch._dynamo"),
    warm: Warm | None = None,
) -> Iterator[Ended]:
    """Run jobs side by side; they start in the given order and are yielded as they end.

    Workers see the caller's working directory, environment and ``sys.path``. When the iterator is closed, or an exception
    such as ``KeyboardInterrupt`` passes through it, all workers and their descendants are killed first.

    Args:
        jobs: names may repeat.
        workers: how many jobs run at a time.
        limits: of each job; by default ``Limits()``.
        threads: of torch and OpenMP in each worker. 1 keeps results independent of the number of cores.
        on_event: called as ``on_event(name, event)`` while the iterator waits for the next result.
        preload: modules the supervisor imports before it forks; one that fails to import is left to the jobs.
        warm: where the supervisor comes from; by default a new process.

    Returns:
        One ``Ended`` for each job.

    Raises:
        UsageError: a number is not positive, an argument is not JSON, or the system cannot fork.
    """
    limits = limits or Limits()
    numbers = {"workers": workers, "threads": threads, "seconds": limits.seconds, "memory": limits.memory}
    for name, number in numbers.items():
        if not number > 0:
            raise UsageError(f"{name} must be positive; received {number!r}")
    if not hasattr(os, "fork"):
        raise UsageError(f"workers need a system that can fork (Linux, macOS, WSL); received {sys.platform}")
    order = {
        **numbers,
        "preload": list(preload),
        "jobs": [{"target": job.target, "argument": dict(job.argument)} for job in jobs],
    }
    try:
        request = json.dumps(order).encode() + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"arguments of jobs must be JSON; received one that is not: {error}") from error
    return _run([job.name for job in jobs], request, on_event, warm.supervisor if warm else _supervisor)


_Link: TypeAlias = tuple[socket.socket, Callable[[], str]]  # and how the supervisor at the other end has ended


def _run(
    names: list[str],
    request: bytes,
    on_event: Callable[[str, dict[str, JSON]], None] | None,
    supervisor: Callable[[], AbstractContextManager[_Link]],
) -> Iterator[Ended]:
    open_jobs = dict(enumerate(names))
    if not open_jobs:
        return
    with supervisor() as (link, how):
        with suppress(BrokenPipeError, ConnectionResetError), link.makefile("rb") as messages:
            link.sendall(request)
            while open_jobs and (line := messages.readline()):
                message = json.loads(line)
                if "ended" in message:
                    yield Ended(name=open_jobs.pop(message["job"]), **message["ended"])
                elif on_event is not None:
                    on_event(open_jobs[message["job"]], message["event"])
        if open_jobs:
            reason = f"the supervisor of the workers {how()}"
            for name in open_jobs.values():
                yield Ended(name, "interrupted", None, reason, "", "", 0.0, 0)


@contextmanager
def _supervisor() -> Iterator[_Link]:
    """Start a supervisor of its own; it clears up when the link is closed."""
    link, process = _start("serve")
    try:
        yield link, lambda: describe(process.wait())
    finally:
        link.close()
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
    finally:
        process.kill()  # does nothing where it has ended
        process.wait()


def _start(function: str) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start a function of the supervisor's module in a session of its own, where a terminal's Ctrl-C does not reach it."""
    ours, theirs = socket.socketpair()
    path = [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100  ("" is the working directory)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _SUPERVISOR.format(function), json.dumps(path), str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            # Set before torch and NumPy are imported: pools of threads do not survive a fork.
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
    return ours, process


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def describe(status: int) -> str:
    """Say what an exit status means: the negative of a signal's number, or the number given to ``exit``."""
    if status >= 0:
        return f"left the interpreter with status {status}"
    try:
        number = signal.Signals(-status)
    except ValueError:
        return f"was killed by signal {-status}"
    return f"was killed by {number.name} ({(signal.strsignal(number) or 'no description').lower()})"
