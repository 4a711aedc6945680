"""The process between a caller and its workers: forks one worker for each job, watches it, and clears up after it.

It has one thread and never blocks: pipes of workers and the socket of the caller are read and written when they are ready.
"""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import os
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.context import ForkProcess
from typing import Any

import psutil  # type: ignore[import-untyped]

from .worker import PR_SET_CHILD_SUBREAPER, WHERE, Pipes, prctl, work
from .workers import describe

TICK = 0.05  # seconds between two looks at time and memory
GRACE = 0.25  # seconds a worker has at its time limit to write down where it is
PATIENCE = 5.0  # seconds to wait for killed processes to disappear
MESSAGES = 64 * 2**20  # bytes a worker may send
TAIL = 64 * 2**10  # bytes kept of what a worker prints
CHUNK = 64 * 2**10


def serve(descriptor: int) -> None:
    """Read an order from the socket, run its jobs, send events and ends; stop when the caller goes away."""
    with socket.socket(fileno=descriptor) as link:
        if (order := _read(link)) is None:
            return
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        _preload(order["preload"])
        Supervisor(link, order).supervise()
    os._exit(0)  # nothing is left to do; native libraries would only write about their leaks


def keep(descriptor: int) -> None:
    """Import what is asked for once, then fork a supervisor for each socket that is received; stop when there is no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that have ended
    with socket.socket(fileno=descriptor) as link:
        if (order := _read(link, buffering=0)) is None:  # what follows comes with descriptors
            return
        _preload(order["preload"])
        while (received := socket.recv_fds(link, 1, 1))[1]:
            (caller,) = received[1]
            if os.fork() == 0:
                try:
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    link.close()
                    serve(caller)
                finally:
                    os._exit(1)
            os.close(caller)
    os._exit(0)


def _read(link: socket.socket, *, buffering: int = -1) -> dict[str, Any] | None:
    with link.makefile("rb", buffering=buffering) as lines:
        line = lines.readline()
    return json.loads(line) if line else None


def _preload(modules: list[str]) -> None:
    for module in modules:
        with suppress(Exception):
            importlib.import_module(module)
    gc.freeze()  # keeps the pages that workers share


class Tail:
    """The last bytes of a stream."""

    def __init__(self) -> None:
        self.data = b""

    def feed(self, chunk: bytes) -> None:
        """Append, and forget all but the last 64 KiB."""
        self.data = (self.data + chunk)[-TAIL:]

    def __str__(self) -> str:
        return self.data.decode("utf-8", "replace")


@dataclass(slots=True, eq=False)
class Worker:
    """A job that runs: its process, what it has sent so far, and the verdict, once it is to be killed."""

    job: int
    process: ForkProcess
    started: float
    streams: dict[int, Callable[[bytes], None]] = field(default_factory=dict)  # descriptor -> who takes what is read
    output: Tail = field(default_factory=Tail)
    faults: Tail = field(default_factory=Tail)
    line: bytearray = field(default_factory=bytearray)  # the message that is not complete yet
    sent: int = 0
    family: list[psutil.Process] = field(default_factory=list)
    peak: int = 0
    result: tuple[Any] | None = None
    exception: tuple[str, str] | None = None
    verdict: tuple[str, str] | None = None

    def condemn(self, outcome: str, reason: str) -> None:
        """Kill the worker; the first verdict stays."""
        self.verdict = self.verdict or (outcome, reason)
        self.process.kill()


class Supervisor:
    """Runs the jobs of one order.

    Args:
        link: socket to the caller.
        order: ``jobs``, ``workers``, ``threads``, ``seconds``, ``memory``.
    """

    def __init__(self, link: socket.socket, order: dict[str, Any]) -> None:
        self.link = link
        self.queue = deque(enumerate(order["jobs"]))
        self.places: int = order["workers"]
        self.threads: int = order["threads"]
        self.seconds: float = order["seconds"]
        self.memory: int = order["memory"]
        self.running: list[Worker] = []
        self.outbox = bytearray()
        self.caller = True  # still there
        self.next_look = 0.0
        self.selector = selectors.DefaultSelector()
        link.setblocking(False)
        self.selector.register(link, selectors.EVENT_READ, self.exchange)

    def supervise(self) -> None:
        """Run all jobs, or until the caller goes away; no worker is left in either case."""
        try:
            while self.caller and (self.queue or self.running or self.outbox):
                while self.queue and len(self.running) < self.places:
                    self.start(*self.queue.popleft())
                for key, events in self.selector.select(TICK if self.running else None):
                    key.data(events)
                if time.monotonic() >= self.next_look:
                    self.look()
                for worker in [each for each in self.running if each.process.exitcode is not None]:
                    self.settle(worker)
        finally:
            left, self.running = self.running, []
            for worker in left:
                self.clear(worker)

    # The caller

    def exchange(self, events: int) -> None:
        """Send what waits for the caller, and notice when the caller has gone."""
        try:
            if events & selectors.EVENT_WRITE:
                del self.outbox[: self.link.send(self.outbox[:CHUNK])]
                if not self.outbox:
                    self.selector.modify(self.link, selectors.EVENT_READ, self.exchange)
            if events & selectors.EVENT_READ and not self.link.recv(CHUNK):
                self.caller = False
        except (BrokenPipeError, ConnectionResetError):
            self.caller = False

    def post(self, **message: Any) -> None:
        """Queue one JSON line for the caller."""
        self.outbox += json.dumps(message).encode() + b"\n"
        self.selector.modify(self.link, selectors.EVENT_READ | selectors.EVENT_WRITE, self.exchange)

    # One worker

    def start(self, job: int, what: dict[str, Any]) -> None:
        """Fork a worker for a job."""
        readers, writers = zip(*(os.pipe() for _ in range(3)), strict=True)
        enter = partial(self.enter, what["target"], what["argument"], readers, Pipes(*writers), os.getpid())
        process = multiprocessing.get_context("fork").Process(target=enter)
        worker = Worker(job, process, time.monotonic())
        process.start()
        for descriptor in writers:
            os.close(descriptor)
        feeds = (partial(self.take, worker), worker.output.feed, worker.faults.feed)
        worker.streams = dict(zip(readers, feeds, strict=True))
        for descriptor in readers:
            os.set_blocking(descriptor, False)
            self.selector.register(descriptor, selectors.EVENT_READ, partial(self.pull, worker, descriptor))
        self.selector.register(process.sentinel, selectors.EVENT_READ, partial(self.wake, process.sentinel))
        self.running.append(worker)

    def enter(self, target: str, argument: dict[str, Any], readers: tuple[int, ...], pipes: Pipes, pid: int) -> None:
        """Leave what belongs to the supervisor behind, and work; runs in the new process."""
        self.selector.close()
        self.link.close()
        for descriptor in (*readers, *(each for worker in self.running for each in worker.streams)):
            os.close(descriptor)
        work(target, argument, self.threads, pipes, pid)

    def wake(self, sentinel: int, events: int) -> None:
        """Leave the selector: a worker has probably ended, and if not, the next look will tell."""
        self.selector.unregister(sentinel)

    def pull(self, worker: Worker, descriptor: int, events: int = 0) -> bool:
        """Read once from a pipe of a worker; whether there may be more."""
        try:
            chunk = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return False
        if chunk:
            worker.streams[descriptor](chunk)
        else:
            self.forget(descriptor)
        return bool(chunk)

    def forget(self, descriptor: int) -> None:
        """Stop to wait for a descriptor."""
        with suppress(KeyError):
            self.selector.unregister(descriptor)

    def take(self, worker: Worker, chunk: bytes) -> None:
        """Take what a worker sent; it runs code of others, so anything may come."""
        worker.sent += len(chunk)
        if worker.verdict:
            return
        worker.line += chunk
        if worker.sent > MESSAGES:
            worker.condemn("exception", f"sent more than {_size(MESSAGES)} of events and results")
        elif b"\n" in chunk:
            *lines, worker.line = worker.line.split(b"\n")
            for line in lines:
                self.handle(worker, line)

    def handle(self, worker: Worker, line: bytearray) -> None:
        """Handle one message."""
        try:
            match json.loads(line):
                case ["event", dict() as event]:
                    self.post(job=worker.job, event=event)
                case ["result", result, int() as peak]:
                    worker.result = (result,)
                    self.weigh(worker, peak)  # what the looks have missed
                case ["exception", str() as reason, str() as trace]:
                    worker.exception = (reason, trace)
                case _:
                    raise ValueError("neither event nor result")
        except (ValueError, RecursionError) as error:
            worker.condemn("exception", f"sent a message that cannot be read: {error}; received {bytes(line[:60])!r}")

    # Limits

    def look(self) -> None:
        """Look at time and memory of all workers."""
        for worker in self.running:
            over = time.monotonic() - worker.started - self.seconds
            if over > GRACE:
                worker.process.kill()
            elif over > 0 and worker.verdict is None:
                had = "had a result but was " if worker.result else ""
                worker.verdict = ("timeout", f"{had}still running after {self.seconds:g} s")
                with suppress(ProcessLookupError):
                    os.kill(worker.process.pid or 0, WHERE)
        self.measure()
        self.next_look = time.monotonic() + TICK

    def measure(self) -> None:
        """Measure the memory of all workers."""
        families = _families()
        for worker in self.running:
            worker.family = families.get(worker.process.pid or 0, [])
            self.weigh(worker, sum(_resident(process) for process in worker.family))

    def weigh(self, worker: Worker, used: int) -> None:
        """Compare what a worker uses, in bytes, with the limit."""
        worker.peak = max(worker.peak, used)
        if used > self.memory:
            worker.condemn("memory", f"used more than {_size(self.memory)}")

    # Ends

    def clear(self, worker: Worker) -> None:
        """Kill a worker and all it left behind.

        A worker is the subreaper of its descendants, so those that become children of the supervisor belong to a worker
        that has ended. Where there are no subreapers, the session and the last look must do.
        """
        worker.process.kill()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(worker.process.pid or 0, signal.SIGKILL)
        _kill(worker.family)
        worker.process.join(PATIENCE)
        until = time.monotonic() + PATIENCE
        while (strays := self.strays()) and time.monotonic() < until:
            _kill(strays)
            psutil.wait_procs(strays, timeout=PATIENCE / 10)

    def strays(self) -> list[psutil.Process]:
        """Descendants of this process that belong to no running worker."""
        owners = {worker.process.pid for worker in self.running}
        return [stray for owner, family in _families().items() if owner not in owners for stray in family]

    def settle(self, worker: Worker) -> None:
        """Clear up after a worker that has ended, and tell the caller how."""
        seconds = time.monotonic() - worker.started
        self.running.remove(worker)
        self.clear(worker)
        for descriptor in worker.streams:
            while self.pull(worker, descriptor):
                pass
            self.forget(descriptor)
            os.close(descriptor)
        status = worker.process.exitcode or 0
        self.forget(worker.process.sentinel)
        worker.process.close()
        outcome, reason = _judge(worker, status)
        ended = {
            "outcome": outcome,
            "result": worker.result[0] if outcome == "done" and worker.result else None,
            "reason": reason,
            "traceback": worker.exception[1] if worker.exception and outcome == "exception" else str(worker.faults),
            "output": str(worker.output),
            "seconds": seconds,
            "peak_memory": worker.peak,
        }
        self.post(job=worker.job, ended=ended)


def _judge(worker: Worker, status: int) -> tuple[str, str]:
    if worker.verdict:
        return worker.verdict
    if worker.exception:
        return "exception", worker.exception[0]
    if status == 0 and worker.result:
        return "done", ""
    if worker.result:
        return "signal" if status < 0 else "exit", f"{describe(status)} after its result"
    return ("signal", describe(status)) if status < 0 else ("exit", f"{describe(status)} without a result")


def _families() -> dict[int, list[psutil.Process]]:
    """Descendants of this process, grouped by the child of this process they come from, itself included."""
    families: dict[int, list[psutil.Process]] = {}
    owners: dict[int, int] = {}
    for process in psutil.Process().children(recursive=True):  # parents come before their children
        with suppress(psutil.Error):
            owner = owners[process.pid] = owners.get(process.ppid(), process.pid)
            families.setdefault(owner, []).append(process)
    return families


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def _size(amount: int) -> str:
    return f"{amount / 2**30:.1f} GiB" if amount >= 2**30 else f"{amount / 2**20:.0f} MiB"
