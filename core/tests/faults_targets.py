"""Targets of the tests of forks and of planting: run in a worker, where forking is safe."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ectype.faults.forks import Call, side_by_side


def _count(send):
    for number in range(3):
        send({"number": number})


def _print(send):
    print("lost")
    os.write(2, b"lost\n")
    send("said")


def _loop(send):
    send("begins")
    while True:
        pass


def _sleep(send):
    time.sleep(0.3)
    send(time.monotonic())


def _raise(send):
    send("begins")
    raise LookupError


def _leave(send):
    os._exit(0)


def _kill(send):
    os.kill(os.getpid(), signal.SIGKILL)


def _fill(send):
    try:
        bytearray(64 * 2**30)
    except MemoryError:
        send("refused")


def _stray(send):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    send(child.pid)


def _large(send):
    send("x" * 2**20)


def _change(send):
    os.environ["CHANGED"] = "yes"
    sys.modules["changed"] = sys
    send("changed")


def ends(argument, emit):
    """Run one function in a fork and return what came of it."""
    call = Call("key", globals()[argument["function"]], lambda message: argument.get("patience", 20.0))
    (ended,) = side_by_side([call], 1)
    return {
        "key": ended.key,
        "messages": ended.messages,
        "end": ended.end,
        "changed": "CHANGED" in os.environ or "changed" in sys.modules,
        "alive": [pid for pid in ended.messages if isinstance(pid, int) and _runs(pid)],
    }


def together(argument, emit):
    """Run several sleeping forks, and return when they ended, when calls were asked for, and how long it took."""
    began, asked = time.monotonic(), []

    def calls():
        for key in range(argument["count"]):
            asked.append(time.monotonic() - began)
            yield Call(key, _sleep, lambda message: 20.0)

    keys = [ended.key for ended in side_by_side(calls(), argument["jobs"])]
    return {"keys": keys, "asked": asked, "seconds": time.monotonic() - began}


def crowded(argument, emit):
    """Run forks that work for some processor time, all on one processor, and return how they ended."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    def work(send):
        while time.process_time() < argument["work"]:
            pass

    calls = [Call(key, work, lambda message: argument["patience"]) for key in range(argument["count"])]
    return {"ends": [ended.end for ended in side_by_side(calls, argument["count"])]}


def closed(argument, emit):
    """Close the iterator while a fork runs, and return how many children are left."""
    import psutil

    iterator = side_by_side([Call(0, _count, lambda _: 20.0), Call(1, _loop, lambda _: 20.0)], 2)
    next(iterator)
    running = len(psutil.Process().children())
    iterator.close()
    return {"running": running, "left": len(psutil.Process().children())}


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def untouched(argument, emit):
    """Plant the faults of a paper, and return what is different in this process afterwards."""
    from ectype.faults import loaded, planting

    before = {}

    class Watched(loaded.Loaded):
        def __init__(self, entry):
            super().__init__(entry)
            before.update(_state(entry.module))

    planting.Loaded = Watched
    report = planting.plant(argument, emit)
    assert not report["problem"], report["problem"] + report["problem_detail"]
    now = _state(report["examined"][0].partition(".")[0])
    changed = [name for name in before | now if before.get(name) is not now.get(name)]
    return {"planted": len(report["faults"]), "seen": len(before), "changed": changed}


def _state(package):
    state = {}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == package:
            state[name] = module
            state |= {f"{name}.{key}": value for key, value in vars(module).items() if not key.startswith("__")}
            state |= {f"{key}()": value.__code__ for key, value in state.items() if hasattr(value, "__code__")}
    return state
