"""Targets of the tests of workers: each does one thing a job may do."""

import ctypes
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path


def answer(argument, emit):
    for step in range(argument.get("steps", 0)):
        emit({"step": step, "loss": float("inf")})
    return {"answer": argument["value"]}


def floats(argument, emit):
    return [float("nan"), float("inf"), float("-inf"), -0.0, 0.1 + 0.2]


def surroundings(argument, emit):
    return {
        "cwd": str(Path.cwd()),
        "path": sys.path,
        "main": getattr(sys.modules["__main__"], "__file__", None),
        "marker": sys.modules.get("marker") is not None,
        "omp": os.environ["OMP_NUM_THREADS"],
        "torch": "torch" in sys.modules,
        "descriptors": len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0,
    }


def matrix(argument, emit):
    import torch

    return {"threads": torch.get_num_threads(), "sum": (torch.ones(200, 200) @ torch.ones(200, 200)).sum().item()}


def raises(argument, emit):
    print("about to raise")
    raise LookupError(argument["text"])


def leaves(argument, emit):
    sys.exit(argument["status"])


def leaves_at_once(argument, emit):
    os._exit(argument["status"])


def leaves_after_result(argument, emit):
    threading.Thread(target=lambda: (time.sleep(0.1), os._exit(3))).start()
    return "a result"


def segfault(argument, emit):
    print("last words")
    ctypes.string_at(0)


def aborts(argument, emit):
    os.abort()


def loops(argument, emit):
    while True:
        pass


def backtracks(argument, emit):
    re.match(r"(a+)+$", "a" * 60 + "b")


def hangs_after_result(argument, emit):
    threading.Thread(target=time.sleep, args=(60,)).start()
    return "a result"


def sleeps(argument, emit):
    emit({"begin": time.monotonic(), "pid": os.getpid(), "supervisor": os.getppid()})
    time.sleep(argument["seconds"])
    emit({"end": time.monotonic()})
    return argument["seconds"]


def fills(argument, emit):
    hoard = []
    while True:
        hoard.append(bytearray(os.urandom(1)) * (8 * 2**20))
        time.sleep(0.005)


def fills_for_a_moment(argument, emit):
    return len(b"x" * (300 * 2**20))


def fills_in_child(argument, emit):
    subprocess.run([sys.executable, "-c", "b = bytearray(b'x') * (300 * 2**20); import time; time.sleep(60)"])


def prints(argument, emit):
    for _ in range(argument["megabytes"]):
        os.write(1, b"x" * 2**20)
    print("\nstandard output, é")
    print("standard error", file=sys.stderr, flush=True)
    os.write(2, b"\xff raw\n")


def leaves_children(argument, emit):
    """Leave behind a child, one in a session of its own, one whose parent is gone too, and one that forked only."""
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    pids = [subprocess.Popen(sleep).pid, subprocess.Popen(sleep, start_new_session=True).pid]
    orphan = (
        f"import subprocess; print(subprocess.Popen({sleep!r}, stdout=subprocess.DEVNULL, start_new_session=True).pid)"
    )
    pids.append(int(subprocess.run([sys.executable, "-c", orphan], stdout=subprocess.PIPE, check=True).stdout))
    if (pid := os.fork()) == 0:
        signal.pause()
    pids.append(pid)
    emit({"pids": [*pids, os.getpid(), os.getppid()]})
    time.sleep(argument.get("seconds", 0))
    return pids


def set_returned(argument, emit):
    return {1, 2}


def cyclic(argument, emit):
    loop = []
    loop.append(loop)
    return loop


def garbles(argument, emit):
    os.write(emit.__self__.pipe.fileno(), argument["text"].encode())
    time.sleep(60)


def floods(argument, emit):
    return "x" * (65 * 2**20)


def large(argument, emit):
    return "x" * (20 * 2**20)


def kills_supervisor(argument, emit):
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


def closes_everything(argument, emit):
    os.closerange(3, 1000)
    time.sleep(0.2)
