"""Faults planted in small papers: strong checks catch all, weak ones leave survivors that are shown with their change."""

import argparse
import json

import msgspec
import psutil
import pytest
from ectype import ledger
from ectype.errors import LedgerError, ResultError, UsageError
from ectype.faults import command, report
from ectype.faults.report import Report
from ectype.workers import Job, Limits, run

CODE = '''"""A line through (1, 0), where negative numbers count twice."""

import torch
from jaxtyping import Float
from torch import Tensor

from PACKAGE.registry import register


def twice(function):
    """Return a function with twice the value."""

    def inner(x):
        return 2 * function(x)

    return inner


@twice
def _half(x):
    return x / 2


@register
def kinked(x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """A line with a kink.

    Source: Eq. 1.
    """
    # Eq. 1: y = x - 1 for x > 0, and 2 x - 1 elsewhere
    return _half(torch.where(x > 0, x, 2 * x)) - 1
'''

REGISTRY = '''"""Functions by name, each once."""

KNOWN = {}


def register(function):
    """Keep a function."""
    if function.__name__ in KNOWN:
        raise ValueError(f"{function.__name__} is registered")
    KNOWN[function.__name__] = function
    return function
'''

CLAIMS = '''import torch
from ectype import Paper
from PACKAGE.kinked import kinked

paper = Paper(__package__, equations=1, tables=0)


@paper.component("layer", of=kinked)
def draw(rng, batch=3, width=4):
    return torch.randn(batch, width, generator=rng, dtype=torch.float64)


@paper.claim("Sec. 2", "the value at 3", printed="2")
def value():
    return float(kinked(torch.tensor([3.0]))[0])
'''

ORACLE = '''

@paper.equation("Eq. 1", of=kinked, elementwise=True)
def oracle(x):
    return (x if x > 0 else 2 * x) - 1


@paper.property("Sec. 2", "functions are registered once", draws=1)
def once(rng):
    from PACKAGE.registry import KNOWN, register
    try:
        register(kinked)
    except ValueError:
        return KNOWN["kinked"] is kinked and register(once) is once
    return False
'''


@pytest.fixture
def paper(workspace, installed, monkeypatch):
    """Return a function that writes a paper and gives its entry; the working directory is its workspace."""
    monkeypatch.chdir(workspace.root)

    def make(slug="kinked", **files):
        workspace.paper(slug, **{"kinked": CODE, "registry": REGISTRY, "claims": CLAIMS + ORACLE, **files})
        return installed()[slug]

    return make


@pytest.fixture
def folder(workspace):
    return workspace.root / ".ectype"


def plant(entry, folder, **options):
    return command.plant(entry, folder=folder, jobs=1, **{"patience": 5.0, **options})


def survivors(found):
    return {fault.text for fault in found.of("survived")}


def test_strong_checks_catch_every_fault(paper, folder):
    found = plant(paper(), folder)
    assert (found.problem, found.problem_detail) == ("", "")
    assert survivors(found) == {"`x > 0` becomes `x >= 0`"}  # twice nothing is nothing
    assert found.kill_rate == (found.total - 1) / found.total
    places = {fault.id.split("/")[0] for fault in found.of("killed")}
    assert places == {"kinked.twice.inner", "kinked._half", "kinked.kinked", "registry.register"}
    assert {fault.how for fault in found.of("killed")} <= {"failed", "error", "verdict", "import"}
    assert all(fault.by and not fault.diff for fault in found.of("killed"))
    assert found.examined == ["ectype_kinked.kinked", "ectype_kinked.registry"]
    assert found.not_examined == {
        "ectype_kinked": "exports only",
        "ectype_kinked.claims": "declares and verifies",
        "ectype_kinked.focal_loss": "no component is made of it",
    }
    killers = {check.id: check.kills for check in found.checks}
    assert killers["equation/eq-1/kinked"] > 0
    assert killers["claim/value"] > 0
    assert killers["component/kinked/gradients-match-differences"] > 0
    assert not any(name.startswith(("paper/", "ledger")) for name in killers)


def test_what_only_the_oracle_sees_survives_without_it_and_is_shown(paper, folder, capsys):
    found = plant(paper(claims=CLAIMS), folder)
    assert {"`2 * x` becomes `2 / x`", "`2` becomes `3`"} <= survivors(found)
    fault = next(f for f in found.of("survived") if f.text == "`2 * x` becomes `2 / x`")
    assert fault.diff == (
        "-    return _half(torch.where(x > 0, x, 2 * x)) - 1\n+    return _half(torch.where(x > 0, x, 2 / x)) - 1"
    )
    assert (fault.line, fault.operator) == (31, "arithmetic")
    assert fault.file.endswith("ectype_kinked/kinked.py")
    assert fault.met > 5
    assert any(f.how == "verdict" and f.by == "claim/value" for f in found.of("killed"))
    assert found.exit_status == 1

    from rich.console import Console

    report.show(found, Console(width=200, highlight=False))
    text = capsys.readouterr().out
    assert f"survives {fault.id}" in text
    assert "kinked.py:31  arithmetic" in text
    assert "+    return _half(torch.where(x > 0, x, 2 / x)) - 1" in text
    assert "ectype_kinked.claims: declares and verifies" in text
    assert f"kinked: {found.kill_rate:.1%} of faults are caught" in text
    idle = [check.id for check in found.idle]
    assert idle
    assert all(f"  {name} (tried on " in text for name in idle)
    assert "claim/value" not in idle


LOOP = '''"""Halving."""

from jaxtyping import Float
from torch import Tensor

STEPS = 3


def kinked(x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """Eight times less."""
    done = 0
    while done < STEPS:
        x = x / 2
        done += 1
    return x
'''

LOOP_ORACLE = '\n\n@paper.equation("Eq. 1", of=kinked, elementwise=True)\ndef oracle(x):\n    return x / 8\n'


def test_a_fault_that_loops_for_ever_is_killed_at_its_limit_and_constants_are_loaded_anew(paper, folder):
    found = plant(paper(kinked=LOOP, claims=CLAIMS.replace('"2"', '"0.375"') + LOOP_ORACLE), folder, patience=1.0)
    hung = {fault.text for fault in found.faults if fault.how == "hang"}
    assert hung == {"`done += 1` becomes `pass`", "`done += 1` becomes `done -= 1`", "`done += 1` becomes `done = 1`"}
    assert {fault.state for fault in found.faults} == {"killed"}
    assert next(fault for fault in found.faults if fault.text == "`3` becomes `4`").state == "killed"
    assert found.exit_status == 0


def test_equivalent_faults_are_accepted_with_a_reason_and_looked_at_again(paper, folder, workspace):
    entry = paper()
    (fault,) = plant(entry, folder).of("survived")
    with pytest.raises(UsageError, match="must be given a reason"):
        command.accept(entry, [fault.id], " ", folder=folder)
    with pytest.raises(UsageError, match="no-such/fault"):
        command.accept(entry, ["no-such/fault"], "why", folder=folder)
    accepted = command.accept(entry, [fault.id], "twice nothing is nothing", folder=folder)
    assert accepted == report.read(folder, "kinked")
    assert accepted.exit_status == 0
    kept = ledger.read(entry.root)
    assert kept.equivalent_faults == {fault.id: "twice nothing is nothing"}
    assert kept.history[-1].why == "twice nothing is nothing"

    moved = CODE.replace("# Eq. 1", "# At last.\n    # Eq. 1")
    again = plant(paper(kinked=moved), folder)
    (same,) = again.of("equivalent")
    assert (same.id, same.line, same.why) == (fault.id, fault.line + 1, "twice nothing is nothing")
    assert (again.kill_rate, again.exit_status) == (1.0, 0)

    strict = ORACLE.replace("return (x if", "assert x != 0\n    return (x if")
    zero = '\n\n@draw.limit("zero")\ndef zero(rng):\n    return torch.zeros(2, dtype=torch.float64) + 1e-300\n'
    killed = plant(paper(kinked=CODE.replace("2 * x)", "3 * x)"), claims=CLAIMS + strict + zero), folder)
    assert killed.problem.startswith("checks must pass")

    changed = CODE.replace("x > 0, x, 2 * x", "x > 0, x, x + x")
    gone = plant(paper(kinked=changed), folder)
    assert gone.unmatched == [fault.id]
    assert gone.exit_status == 1

    with pytest.raises(UsageError, match="stale"):
        paper(kinked=CODE)
        command.accept(entry, [], "why", folder=folder)


def test_a_wrong_reason_is_reported_when_the_fault_is_killed(paper, folder):
    weak = paper(claims=CLAIMS)
    fault = next(f for f in plant(weak, folder).of("survived") if f.text == "`2 * x` becomes `2 / x`")
    command.accept(weak, [fault.id], "nobody looks at negative numbers", folder=folder)
    found = plant(paper(), folder)
    assert [(f.id, f.why) for f in found.refuted] == [(fault.id, "nobody looks at negative numbers")]
    assert found.exit_status == 1
    command.accept(paper(), [f.id for f in found.of("survived")], "twice nothing is nothing", folder=folder)
    assert fault.id not in ledger.read(weak.root).equivalent_faults


def test_a_paper_whose_own_checks_fail_is_not_examined(paper, folder):
    found = plant(paper(claims=CLAIMS + ORACLE.replace("- 1", "- 2")), folder)
    assert found.problem.startswith("checks must pass before faults are planted; 1 of ")
    assert "run `ectype verify kinked`" in found.problem
    assert found.problem_detail.startswith("equation/eq-1/kinked: ")
    assert (found.exit_status, found.faults) == (2, [])
    assert report.read(folder, "kinked") is None


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"claims": "raise RuntimeError('on purpose')"}, "raised RuntimeError: on purpose"),
        ({"claims": "import os\nos._exit(0)"}, "without a result"),
        ({"kinked": "def kinked(x):\n    return x\n"}, "must have code that a fault can be planted in; found none"),
    ],
)
def test_what_cannot_be_examined_says_why(paper, folder, files, text):
    entry = paper(**files, **({} if "claims" in files else {"claims": CLAIMS.replace('"2"', '"3"')}))
    found = plant(entry, folder)
    assert text in found.problem
    assert found.exit_status == 2


def test_chosen_modules_are_examined_alone_and_not_stored(paper, folder):
    entry = paper()
    found = plant(entry, folder, only=["registry"])
    assert found.examined == ["ectype_kinked.registry"]
    assert found.not_examined["ectype_kinked.kinked"] == "not asked for"
    assert found.partial
    assert report.read(folder, "kinked") is None
    wrong = plant(entry, folder, only=["nothing"])
    assert wrong.problem == "--only must name examined modules (kinked, registry); received nothing"
    assert wrong.exit_status == 2


def test_an_interrupt_stops_everything_and_stores_nothing(paper, folder):
    entry = paper()

    def interrupt(event):
        if event["what"] == "fault":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plant(entry, folder, progress=interrupt)
    assert report.read(folder, "kinked") is None
    assert psutil.Process().children(recursive=True) == []


def test_the_process_that_plants_is_the_same_afterwards(paper):
    entry = paper()
    fields = {name: getattr(entry, name) for name in ("slug", "value", "distribution", "version", "problem")}
    argument = {"entry": {**fields, "package": str(entry.package)}, "only": [], "jobs": 1, "equivalent": {}, "patience": 5}
    (ended,) = run([Job("kinked", "faults_targets:untouched", argument)], workers=1, limits=Limits(seconds=120))
    assert ended.outcome == "done", ended
    assert ended.result["planted"] > 10
    assert ended.result["changed"] == []


def test_two_runs_come_to_the_same_and_progress_counts_up(paper, folder):
    entry, events = paper(), []
    one, two = (plant(entry, folder, progress=events.append, jobs=jobs) for jobs in (1, 2))
    assert [(f.id, f.state) for f in one.faults] == [(f.id, f.state) for f in two.faults]
    faults = [event for event in events if event["what"] == "fault"]
    assert faults[len(one.faults) - 1] == {
        "what": "fault",
        "done": len(one.faults),
        "of": len(one.faults),
        "killed": len(one.of("killed")),
    }


def arguments(**given):
    return argparse.Namespace(
        **{"paper": "kinked", "json": False, "only": [], "jobs": 1, "equivalent": [], "message": "", **given}
    )


def test_the_command_prints_stores_and_returns_the_status(paper, folder, capsys):
    paper()
    assert command.faults(arguments()) == 1
    (fault,) = report.read(folder, "kinked").of("survived")
    assert f"survives {fault.id}" in capsys.readouterr().out
    assert command.faults(arguments(equivalent=[fault.id], message="twice nothing is nothing")) == 0
    assert "1 more are accepted as equivalent" in capsys.readouterr().out.replace("\n", " ")
    assert command.faults(arguments(json=True, only=["registry"])) == 0
    assert json.loads(capsys.readouterr().out)["examined"] == ["ectype_kinked.registry"]
    paper(claims=CLAIMS + ORACLE.replace("- 1", "- 2"))
    assert command.faults(arguments()) == 2
    captured = capsys.readouterr()
    assert "checks must pass before faults are planted" in captured.err
    assert "equation/eq-1/kinked" in captured.err
    with pytest.raises(UsageError, match="no paper is called 'other'"):
        command.faults(arguments(paper="other"))
    with pytest.raises(UsageError, match="--jobs must be at least 1; received 0"):
        command.faults(arguments(jobs=0))


def test_options_are_parsed():
    parser = argparse.ArgumentParser()
    command.add_options(parser)
    parsed = parser.parse_args(["--only", "a", "--only", "b", "--jobs", "2", "--equivalent", "x/y/z", "-m", "why"])
    assert vars(parsed) == {"only": ["a", "b"], "jobs": 2, "equivalent": ["x/y/z"], "message": "why"}


def test_a_ledger_edited_by_hand_is_refused(paper, folder):
    entry = paper()
    ledger.accept_equivalent(entry.root, ["a/b/c"], "why")
    path = entry.root / "ledger.toml"
    path.write_text(path.read_text().replace("a/b/c", "a/b/d"))
    with pytest.raises(LedgerError, match="an edit by hand"):
        plant(entry, folder)


BLANK = Report(
    schema=1, slug="x", distribution="ectype-x", version="1", started="2026-01-01T00:00:00", seconds=1.0, partial=False
)


def test_a_report_comes_back_as_it_was_written(tmp_path):
    assert report.read(tmp_path, "x") is None
    report.write(tmp_path, BLANK)
    assert report.read(tmp_path, "x") == BLANK
    assert BLANK.exit_status == 2


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[1]", report.encode(msgspec.structs.replace(BLANK, schema=2)), report.encode(BLANK)]
)
def test_a_file_that_is_no_report_of_the_paper_is_an_error(tmp_path, text):
    path = report.file(tmp_path, "y")
    path.parent.mkdir()
    path.write_bytes(text)
    with pytest.raises(ResultError, match="ectype faults y"):
        report.read(tmp_path, "y")
