"""Forks: whatever the function in one does is one result, and nothing of it stays."""

import pytest
from ectype.workers import Job, Limits, run


def target(name, **argument):
    (ended,) = run([Job(name, f"faults_targets:{name}", argument)], workers=1, limits=Limits(seconds=60), preload=())
    assert ended.outcome == "done", ended
    return ended.result


@pytest.mark.parametrize(
    ("function", "messages", "end"),
    [
        ("_count", [{"number": 0}, {"number": 1}, {"number": 2}], "done"),
        ("_print", ["said"], "done"),
        ("_large", ["x" * 2**20], "done"),
        ("_raise", ["begins"], "crash"),
        ("_leave", [], "crash"),
        ("_kill", [], "crash"),
        ("_fill", ["refused"], "done"),
        ("_change", ["changed"], "done"),
    ],
)
def test_what_a_fork_does_comes_back_and_changes_nothing_here(function, messages, end):
    found = target("ends", function=function)
    assert (found["key"], found["messages"], found["end"]) == ("key", messages, end)
    assert not found["changed"]


def test_a_fork_that_hangs_is_killed_when_patience_runs_out():
    found = target("ends", function="_loop", patience=0.5)
    assert found["messages"] == ["begins"]
    assert found["end"] == "hang"


@pytest.mark.parametrize(("patience", "end"), [(0.05, "done"), (0.005, "hang")])
def test_a_fork_that_uses_no_processor_has_more_time_but_not_for_ever(patience, end):
    assert target("ends", function="_sleep", patience=patience)["end"] == end  # it sleeps 0.3 s


def test_a_fork_has_its_time_on_the_processor_however_many_share_it():
    assert target("crowded", count=6, work=0.3, patience=0.6) == {"ends": ["done"] * 6}


def test_what_a_fork_started_is_killed_with_it():
    found = target("ends", function="_stray")
    assert len(found["messages"]) == 1
    assert found["alive"] == []


def test_forks_run_side_by_side_and_calls_are_asked_for_when_there_is_room():
    two, one = target("together", count=4, jobs=2), target("together", count=4, jobs=1)
    assert sorted(two["keys"]) == one["keys"] == [0, 1, 2, 3]
    assert max(two["asked"][:2]) < 0.3 <= min(two["asked"][2:])
    assert one["seconds"] >= 1.2 > two["asked"][3]


def test_closing_the_iterator_kills_what_runs():
    found = target("closed")
    assert found["running"] >= 1
    assert found["left"] == 0
