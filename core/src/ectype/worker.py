"""What happens inside a worker: one function is called; what it returns, raises, emits and prints goes through pipes."""

from __future__ import annotations

import ctypes
import faulthandler
import importlib
import io
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WHERE = signal.SIGUSR1  # asks a worker to write down where it is, even while the interpreter is locked


@dataclass(frozen=True, slots=True)
class Pipes:
    """File descriptors a worker writes to: JSON lines, standard output and error, and tracebacks of the fault handler."""

    messages: int
    output: int
    faults: int


class Channel:
    """Sends JSON lines; ``emit`` is what a target receives."""

    def __init__(self, descriptor: int) -> None:
        self.pipe = io.BufferedWriter(io.FileIO(descriptor, "wb", closefd=False))

    def send(self, *message: Any) -> None:
        """Send one line.

        Raises:
            TypeError, ValueError, RecursionError: the message is not JSON.
        """
        self.pipe.write(json.dumps(message).encode() + b"\n")
        self.pipe.flush()

    def emit(self, event: dict[str, Any]) -> None:
        """Send an event to the caller of ``workers.run`` at once.

        Raises:
            TypeError, ValueError, RecursionError: the event is not JSON.
        """
        self.send("event", event)


def work(target: str, argument: dict[str, Any], threads: int, pipes: Pipes, supervisor: int) -> None:
    """Call the target and send its result, or the exception it raised; ``SystemExit`` passes.

    Args:
        target: ``"package.module:function"``.
        argument: passed to the function.
        threads: of torch and OpenMP.
        pipes: to the supervisor.
        supervisor: its process id.
    """
    _settle_in(threads, pipes, supervisor)
    channel = Channel(pipes.messages)
    try:
        function = _load(target)
    except Exception as error:
        channel.send("exception", f"cannot load {target!r}: {_sentence(error)}", traceback.format_exc())
        return
    try:
        result = function(argument, channel.emit)
    except SystemExit:
        raise
    except BaseException as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next  # from the target on
        channel.send("exception", _sentence(error), "".join(traceback.format_exception(error)))
        return
    try:
        channel.send("result", result, _peak())
    except (TypeError, ValueError, RecursionError) as error:
        channel.send("exception", f"{target} returned what is not JSON: {error}", "")


def _load(target: str) -> Callable[[dict[str, Any], Callable[[dict[str, Any]], None]], Any]:
    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def _sentence(error: BaseException) -> str:
    first, *_ = [*str(error).splitlines(), ""]
    return f"{type(error).__name__}: {first[:500]}" if first else type(error).__name__


def _peak() -> int:
    """Return the largest resident size of this process in bytes, as the system kept it."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


def _settle_in(threads: int, pipes: Pipes, supervisor: int) -> None:
    os.setsid()
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    if os.getppid() != supervisor:  # it died before the request above
        os._exit(1)
    with suppress(OSError):  # Linux: where memory runs out, a worker is killed before the supervisor
        Path("/proc/self/oom_score_adj").write_text("1000")
    os.dup2(pipes.output, 1)
    os.dup2(pipes.output, 2)
    sys.stdout, sys.stderr = _text(1), _text(2)
    faulthandler.enable(pipes.faults)
    faulthandler.register(WHERE, pipes.faults)
    os.environ["OMP_NUM_THREADS"] = str(threads)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)


def _text(descriptor: int) -> io.TextIOWrapper:
    binary = io.BufferedWriter(io.FileIO(descriptor, "wb", closefd=False))
    return io.TextIOWrapper(binary, "utf-8", "backslashreplace", line_buffering=True)


PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def prctl(option: int, value: int) -> None:
    """Set an attribute of this process where the system is Linux; elsewhere nothing happens.

    ``PR_SET_PDEATHSIG`` sends this process a signal when its parent dies. ``PR_SET_CHILD_SUBREAPER`` makes it the parent of
    all descendants whose own parent has died, whichever session they are in, so that none gets out of sight.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0)
