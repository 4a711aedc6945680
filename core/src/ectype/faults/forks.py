"""Forks: a function called in a copy of this process, which is gone afterwards with all that the function did."""

from __future__ import annotations

import json
import os
import resource
import selectors
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from ectype.worker import PR_SET_PDEATHSIG, prctl

K = TypeVar("K")
Send: TypeAlias = Callable[[Any], None]
End = Literal["done", "hang", "crash"]

ASLEEP = 20
"""How many times its patience a fork may take by the clock, where it sleeps or has to wait for a processor."""

MEMORY = 4 * 2**30
"""Bytes that a fork may use above what this process has."""


@dataclass(frozen=True, slots=True)
class Call(Generic[K]):
    """A function to call in a fork.

    Args:
        key: comes back with what the function sent.
        function: called with a function that sends JSON; what it prints is lost.
        patience: seconds of its own processor time until the next message, or the end, after each message and (with None)
            at the start. How busy the machine is makes no difference, up to ``ASLEEP`` times as long by the clock.
    """

    key: K
    function: Callable[[Send], None]
    patience: Callable[[Any], float]


@dataclass(frozen=True, slots=True)
class Ended(Generic[K]):
    """What came of a call: ``hang`` where patience ran out, ``crash`` where the fork ended before the function did."""

    key: K
    messages: list[Any]
    end: End


@dataclass(slots=True)
class _Child(Generic[K]):
    call: Call[K]
    pid: int
    pipe: int
    messages: list[Any] = field(default_factory=list)
    rest: bytes = b""
    done: bool = False
    heard: float = 0.0
    used: float = 0.0
    patience: float = 0.0
    deadline: float = 0.0

    def wait(self, message: Any) -> None:
        """Be patient again from now on, after a message."""
        self.heard, self.used, self.patience = time.monotonic(), _used(self.pid), self.call.patience(message)
        self.deadline = self.heard + self.patience

    def is_late(self) -> bool:
        """Return whether patience has run out; what has not had its time on a processor gets it."""
        now = time.monotonic()
        if now <= self.deadline:
            return False
        left = self.patience - (_used(self.pid) - self.used)
        self.deadline = min(now + max(left, 0.1), self.heard + ASLEEP * self.patience)
        return left <= 0 or now > self.deadline


def side_by_side(calls: Iterable[Call[K]], jobs: int) -> Iterator[Ended[K]]:
    """Run calls in forks, some at a time, and yield what came of each as it ends.

    The calls are asked for one by one, when there is room for the next. Closing the iterator kills what runs.
    """
    queue = iter(calls)
    running: dict[int, _Child[K]] = {}
    selector = selectors.DefaultSelector()
    try:
        while True:
            while len(running) < jobs and (call := next(queue, None)) is not None:
                child = _start(call)
                running[child.pipe] = child
                selector.register(child.pipe, selectors.EVENT_READ)
            if not running:
                return
            nearest = min(child.deadline for child in running.values())
            ready = {key.fd for key, _ in selector.select(max(0.0, nearest - time.monotonic()))}
            for child in list(running.values()):
                open_still = _read(child) if child.pipe in ready else True
                if child.done or not open_still or child.is_late():
                    selector.unregister(child.pipe)
                    del running[child.pipe]
                    _clear(child)
                    yield Ended(
                        child.call.key, child.messages, "done" if child.done else "hang" if open_still else "crash"
                    )
    finally:
        for child in running.values():
            _clear(child)
        selector.close()


def _start(call: Call[K]) -> _Child[K]:
    read, write = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read)
            _run(call, write, parent)
        finally:
            os._exit(1)
    os.close(write)
    with suppress(ProcessLookupError, PermissionError):
        os.setpgid(pid, pid)
    child = _Child(call, pid, read)
    child.wait(None)
    return child


def _used(pid: int) -> float:
    """Return the seconds of processor time that a process has used; where the system does not say, the time of day."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return time.monotonic()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _run(call: Call[K], pipe: int, parent: int) -> None:
    """Be the fork: a process group of its own that dies with its parent, silent and with bounded memory."""
    os.setpgid(0, 0)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the request above
        return
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    _bound_memory()

    def send(message: Any) -> None:
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(pipe, data) :]

    call.function(send)
    send(None)
    os._exit(0)


def _read(child: _Child[K]) -> bool:
    """Take what a fork has sent and return whether it may send more."""
    data = os.read(child.pipe, 2**16)
    *lines, child.rest = (child.rest + data).split(b"\n")
    for line in lines:
        message = json.loads(line)
        if message is None:
            child.done = True
        else:
            child.messages.append(message)
            child.wait(message)
    return bool(data)


def _clear(child: _Child[K]) -> None:
    """Kill a fork and what it started, and take back their process ids."""
    os.close(child.pipe)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    with suppress(ChildProcessError):  # until none of the group is left
        while True:
            os.waitpid(-child.pid, 0)


def _bound_memory() -> None:
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[5])
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.getrlimit(resource.RLIMIT_DATA)[1]))
