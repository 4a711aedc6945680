from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from ectype.errors import UsageError
from ectype.workers import Ended, Job, Limits, run

HERE = str(Path(__file__).parent)


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(HERE)  # the workers get the caller's sys.path


def job(function: str, name: str = "", **argument) -> Job:
    return Job(name or function, f"worker_targets:{function}", argument)


def one(function: str, *, seconds: float = 20, memory: int = 2**30, on_event=None, **argument) -> Ended:
    limits = Limits(seconds, memory)
    (ended,) = run([job(function, **argument)], workers=1, limits=limits, on_event=on_event, preload=())
    return ended


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def all_gone(pids: list[int], within: float) -> bool:
    until = time.monotonic() + within
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.02)
    return not any(map(alive, pids))


# Results


def test_result_events_time_and_memory():
    events = []
    ended = one("answer", value=42, steps=3, on_event=lambda *event: events.append(event))
    assert (ended.name, ended.outcome, ended.result, ended.reason) == ("answer", "done", {"answer": 42}, "")
    assert events == [("answer", {"step": step, "loss": math.inf}) for step in range(3)]
    assert 0 < ended.seconds < 5
    assert 2**20 < ended.peak_memory < 2**30


def test_floats_survive():
    nan, *others = one("floats").result
    assert math.isnan(nan)
    assert others == [math.inf, -math.inf, 0.0, 0.1 + 0.2]
    assert math.copysign(1, others[2]) == -1


def test_a_large_result_arrives():
    assert len(one("large").result) == 20 * 2**20


def test_surroundings(tmp_path, monkeypatch):
    folder = tmp_path / "with space, é"
    folder.mkdir()
    (folder / "json.py").write_text("raise SystemExit('shadowed')")
    (folder / "marker.py").write_text("")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path, ""])
    jobs = [job("surroundings"), job("surroundings")]
    first, second = run(jobs, workers=1, limits=Limits(20), threads=2, preload=["marker", "absent"])
    assert first.result == second.result
    assert first.result["cwd"] == str(folder)
    assert first.result["path"] == [*sys.path[:-1], str(folder)]
    assert first.result["main"] is None  # nothing of the caller's main module is run
    assert first.result["marker"]
    assert first.result["omp"] == "2"
    assert not first.result["torch"]
    assert first.result["descriptors"] < 16


def test_torch_is_imported_once(capfd):
    jobs = [job("matrix", "first"), job("matrix", "second")]
    first, second = run(jobs, workers=1, threads=2)
    assert first.result == second.result == {"threads": 2, "sum": 200.0**3}
    assert second.seconds < 0.5
    assert capfd.readouterr() == ("", "")


# Every way to end


def test_exception():
    ended = one("raises", text="no spring\nin this table")
    assert (ended.outcome, ended.result, ended.reason) == ("exception", None, "LookupError: no spring")
    assert ended.traceback.splitlines()[1].endswith("in raises")
    assert ended.traceback.endswith("LookupError: no spring\nin this table\n")
    assert ended.output == "about to raise\n"


@pytest.mark.parametrize(
    ("target", "received"),
    [
        ("worker_targets:absent", "no attribute 'absent'"),
        ("absent_module:f", "No module named 'absent_module'"),
        ("worker_targets", "no attribute ''"),
        (":f", "Empty module name"),
    ],
)
def test_unknown_target(target, received):
    (ended,) = run([Job("a", target)], workers=1, preload=())
    assert ended.outcome == "exception"
    assert ended.reason.startswith(f"cannot load {target!r}: ")
    assert received in ended.reason


@pytest.mark.parametrize("function", ["set_returned", "cyclic"])
def test_result_that_is_not_json(function):
    ended = one(function)
    assert (ended.outcome, ended.result) == ("exception", None)
    assert ended.reason.startswith(f"worker_targets:{function} returned what is not JSON: ")


@pytest.mark.parametrize("text", ["no json\n", '["event", 3]\n', '{"result": 1}\n', "[" * 100_000 + "\n", "\0\n"])
def test_malformed_message(text):
    ended = one("garbles", text=text)
    assert ended.outcome == "exception"
    assert ended.reason.startswith("sent a message that cannot be read: ")
    assert repr(text.encode()[:-1][:20])[2:-1] in ended.reason


def test_endless_message():
    ended = one("floods")
    assert (ended.outcome, ended.reason) == ("exception", "sent more than 64 MiB of events and results")


@pytest.mark.parametrize("status", [0, 3])
@pytest.mark.parametrize("function", ["leaves", "leaves_at_once"])
def test_leaving_before_a_result(function, status):
    ended = one(function, status=status)
    assert (ended.outcome, ended.result) == ("exit", None)
    assert ended.reason == f"left the interpreter with status {status} without a result"


def test_leaving_after_a_result():
    ended = one("leaves_after_result")
    assert (ended.outcome, ended.result) == ("exit", None)
    assert ended.reason == "left the interpreter with status 3 after its result"


def test_segmentation_fault():
    ended = one("segfault")
    assert (ended.outcome, ended.reason) == ("signal", "was killed by SIGSEGV (segmentation fault)")
    assert "in segfault" in ended.traceback
    assert ended.output == "last words\n"


def test_abort():
    ended = one("aborts")
    assert (ended.outcome, ended.reason) == ("signal", "was killed by SIGABRT (aborted)")
    assert "in aborts" in ended.traceback


@pytest.mark.parametrize("function", ["loops", "backtracks"])
def test_hang(function):
    ended = one(function, seconds=0.4)
    assert (ended.outcome, ended.reason) == ("timeout", "still running after 0.4 s")
    assert f"in {function}" in ended.traceback  # says where, even while the interpreter is locked
    assert 0.4 < ended.seconds < 3


def test_hang_after_a_result():
    ended = one("hangs_after_result", seconds=0.4)
    assert (ended.outcome, ended.result) == ("timeout", None)
    assert ended.reason == "had a result but was still running after 0.4 s"


@pytest.mark.parametrize("function", ["fills", "fills_for_a_moment", "fills_in_child"])
def test_memory(function):
    ended = one(function, memory=200 * 2**20)
    assert (ended.outcome, ended.reason) == ("memory", "used more than 200 MiB")
    assert 200 * 2**20 < ended.peak_memory < 2**30


def test_printing_keeps_the_end():
    ended = one("prints", megabytes=100)
    assert ended.outcome == "done"
    assert len(ended.output.encode()) < 2**17
    assert ended.output.endswith("x\nstandard output, é\nstandard error\n\N{REPLACEMENT CHARACTER} raw\n")


def test_closed_descriptors_are_no_result():
    ended = one("closes_everything")
    assert (ended.outcome, ended.reason) == ("exit", "left the interpreter with status 1 without a result")


def test_a_supervisor_that_dies_is_reported():
    pids = []
    jobs = [job("sleeps", "long", seconds=60), job("kills_supervisor", "rogue"), job("answer", "never", value=1)]
    ends = list(run(jobs, workers=2, on_event=lambda name, event: pids.append(event["pid"]), preload=()))
    assert {(end.name, end.outcome) for end in ends} == {(name, "interrupted") for name in ("long", "rogue", "never")}
    assert {end.reason for end in ends} == {"the supervisor of the workers was killed by SIGKILL (killed)"}
    assert all_gone(pids, within=2)


# Several


def test_jobs_overlap_and_arrive_as_they_end():
    spans: dict[str, dict] = {}
    jobs = [job("sleeps", "long", seconds=0.8), job("sleeps", "short", seconds=0.3)]
    ends = list(run(jobs, workers=2, on_event=lambda n, event: spans.setdefault(n, {}).update(event), preload=()))
    assert [ended.name for ended in ends] == ["short", "long"]
    assert spans["long"]["begin"] < spans["short"]["end"] < spans["long"]["end"]
    assert spans["short"]["begin"] < spans["long"]["end"]


@pytest.mark.parametrize("workers", [1, 2])
def test_jobs_start_in_order_and_no_more_than_asked(workers):
    names = [f"job {number}" for number in range(6)]
    spans: dict[str, dict] = {name: {} for name in names}
    jobs = [job("sleeps", name, seconds=0.1) for name in names]
    ends = list(run(jobs, workers=workers, on_event=lambda name, event: spans[name].update(event), preload=()))
    assert sorted(ended.name for ended in ends) == names
    for name in names:
        assert sum(span["begin"] <= spans[name]["begin"] < span["end"] for span in spans.values()) <= workers
    if workers == 1:  # two that were started one after the other may begin in either order
        assert sorted(names, key=lambda name: spans[name]["begin"]) == names


def test_one_bad_job_leaves_the_others_alone():
    bad = ["segfault", "leaves_after_result", "raises", "set_returned"]
    jobs = [job(name, text="x") for name in bad] + [job("answer", f"good {n}", value=n) for n in range(4)]
    ends = {ended.name: ended for ended in run(jobs, workers=3, preload=())}
    assert [ends[name].outcome for name in bad] == ["signal", "exit", "exception", "exception"]
    assert [ends[f"good {number}"].result for number in range(4)] == [{"answer": number} for number in range(4)]


def test_limits_hold_while_the_caller_is_busy():
    ends = run([job("answer", value=1), job("loops")], workers=2, limits=Limits(seconds=0.5), preload=())
    assert next(ends).outcome == "done"
    time.sleep(2)
    (late,) = ends
    assert late.outcome == "timeout"
    assert late.seconds < 1.5


def test_no_jobs():
    assert list(run([], workers=1)) == []


@pytest.mark.parametrize(
    ("received", "jobs", "options"),
    [
        ("workers must be positive; received 0", [], {"workers": 0}),
        ("threads must be positive; received -1", [], {"workers": 1, "threads": -1}),
        ("seconds must be positive; received 0", [], {"workers": 1, "limits": Limits(seconds=0)}),
        ("memory must be positive; received 0", [], {"workers": 1, "limits": Limits(memory=0)}),
        ("type set is not JSON", [Job("a", "m:f", {"x": {1}})], {"workers": 1}),
    ],
)
def test_usage(received, jobs, options):
    with pytest.raises(UsageError, match=received):
        run(jobs, **options)


# Nothing stays


@pytest.mark.parametrize(("seconds", "outcome"), [(0, "done"), (60, "timeout")])
def test_children_left_behind(seconds, outcome):
    pids = []
    (ended,) = run(
        [job("leaves_children", seconds=seconds)],
        workers=1,
        limits=Limits(seconds=1.5),
        on_event=lambda _, event: pids.extend(event["pids"]),
        preload=(),
    )
    assert (ended.outcome, len(pids)) == (outcome, 6)
    assert not any(map(alive, pids))
    assert not any(map(psutil.pid_exists, pids[:4]))  # reaped too


def test_children_of_another_worker_are_left_alone():
    pids = []
    jobs = [job("leaves_children", seconds=60), job("sleeps", seconds=0.7)]
    ends = run(jobs, workers=2, on_event=lambda _, event: pids.extend(event.get("pids", [])), preload=())
    assert next(ends).name == "sleeps"
    assert len(pids) == 6
    assert all(map(alive, pids))
    ends.close()


def test_closing_early_leaves_nothing():
    pids = []
    jobs = [job("leaves_children", seconds=60), job("sleeps", seconds=0.7)]
    ends = run(jobs, workers=2, on_event=lambda _, event: pids.extend(event.get("pids", [])), preload=())
    assert next(ends).name == "sleeps"
    assert len(pids) == 6
    ends.close()
    assert not any(map(alive, pids))


def test_an_exception_of_the_callback_leaves_nothing():
    pids = []

    def callback(_, event):
        pids.extend(event["pids"])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run([job("leaves_children", seconds=60)], workers=1, on_event=callback, preload=()))
    assert len(pids) == 6
    assert not any(map(alive, pids))


CALLER = """
import json
from ectype.workers import Job, run

if __name__ != "__main__":
    raise RuntimeError("the main module must not be imported again")
jobs = [Job("a", "worker_targets:leaves_children", {"seconds": 60}), Job("b", "worker_targets:loops")]
for ended in run(jobs, workers=2, on_event=lambda name, event: print(json.dumps(event), flush=True), preload=()):
    print(ended)
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_signal_to_the_caller_leaves_nothing(tmp_path, number, status):
    script = tmp_path / "a caller"
    script.write_text(CALLER)
    environment = {**os.environ, "PYTHONPATH": HERE}
    with subprocess.Popen(
        [sys.executable, str(script)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    ) as caller:
        pids = json.loads(caller.stdout.readline())["pids"]
        started = time.monotonic()
        caller.send_signal(number)
        _, errors = caller.communicate(timeout=20)
    assert caller.returncode == status
    assert errors.splitlines()[-1:] == (["KeyboardInterrupt"] if number == signal.SIGINT else [])
    assert len(pids) == 6
    assert all_gone(pids, within=5)
    assert time.monotonic() - started < 6


def test_the_caller_imports_nothing_heavy():
    code = "import sys, ectype.workers; print([m for m in ('torch', 'rich', 'pydantic', 'psutil') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
