"""Nothing fails open: where something is missing, broken or gone, a run ends with an error and never with a green row."""

import json

import pytest
from ectype import tasks, verify
from ectype.errors import CheckFailedError, NotApplicableError, NotRunError, UsageError
from ectype.judge import exit_status, judge
from ectype.plugins import Entry
from ectype.tasks import Task
from ectype.workers import Ended
from throwaway import CLAIMS, CODE

RETURN = "    return float(focal_loss(x, torch.ones_like(x), 0.0)"


def fails(*raised):
    def function():
        for error in raised:
            raise error
        return {}

    return function


def outcome(*raised, group="component", expected=""):
    return tasks.run(Task("a/b", group, "here", "the title", fails(*raised), expected))


# A check.


@pytest.mark.parametrize(
    ("raised", "group", "status"),
    [
        ((), "component", "passed"),
        ((CheckFailedError("off by 1"),), "component", "failed"),
        ((CheckFailedError("received nan"),), "claim", "error"),
        ((ValueError("broken"),), "component", "error"),
        ((ValueError("broken"),), "claim", "error"),
        ((AssertionError(),), "component", "error"),
        ((RuntimeError("out of memory"),), "equation", "error"),
        ((NotRunError("needs x"),), "reference", "not run"),
        ((NotApplicableError("no axis"),), "component", "not applicable"),
    ],
)
def test_whatever_a_check_raises_is_its_outcome(raised, group, status):
    assert outcome(*raised, group=group).status == status


def test_an_expected_failure_that_passes_fails():
    assert outcome(CheckFailedError("known"), expected="a reason").status == "expected failure"
    passing = outcome(expected="a reason")
    assert (passing.status, "remove the expected failure" in passing.detail) == ("failed", True)


# A measurement.


@pytest.mark.parametrize(
    "measurement",
    ["    raise ValueError('broken')\n", "    return float('nan')\n", "    return None\n", "    return 0.0 / 0.0\n"],
    ids=["raises", "nan", "nothing", "zero by zero"],
)
def test_an_error_in_a_measurement_is_an_error_and_no_verdict(workspace, measurement):
    head, _, tail = CLAIMS.partition(RETURN)
    folder = workspace.paper()
    workspace.accept("focal")
    (folder / "src/ectype_focal/claims.py").write_text(
        (head + measurement + tail.partition("\n")[2]).replace("PACKAGE", "ectype_focal")
    )
    status, papers = workspace.verify("focal", "--only", "claim")
    (found,) = papers["focal"]["outcomes"]
    (claim,) = (claim for claim in papers["focal"]["claims"] if claim["id"] == "easy")
    assert (status, found["status"], claim["verdict"], claim["measured"]) == (1, "error", "error", [])


# Nothing to verify.


def test_zero_papers_are_an_error(monkeypatch):
    monkeypatch.setattr(verify, "discover", list)
    with pytest.raises(UsageError, match="at least one paper must be registered"):
        verify.select([])


def test_a_worker_that_returns_something_else_is_a_problem(tmp_path):
    entry = Entry("focal", "ectype_focal.claims:paper", "ectype-focal", "0.1", tmp_path)
    for returned in ({}, {"slug": "focal"}, [], "passed", None):
        found = verify._result(entry, Ended("focal", "done", returned, "", "", "", 1.0, 1))
        assert "not a result" in found.problem
        assert exit_status(judge(found, None)) == 1


# Files.


def test_a_result_that_cannot_be_read_is_an_error_and_is_measured_again(workspace):
    workspace.paper()
    workspace.accept("focal")
    file = workspace.root / ".ectype/results/focal.json"
    whole = json.loads(file.read_text())
    for text in ("{", json.dumps({**whole, "colour": "green"})):
        file.write_text(text)
        assert workspace.run("status").returncode == 1
    assert workspace.run("show", "focal").returncode == 2
    assert workspace.run("accept", "focal", "-m", "why").returncode == 2
    assert "unchanged" not in workspace.run("verify", "focal").stdout
    assert workspace.run("status", "focal").returncode == 0


@pytest.mark.parametrize(
    ("file", "id"), [("README.md", "paper/analysis"), ("ledger.toml", "ledger"), ("src/ectype_focal/focal_loss.py", "")]
)
def test_a_file_that_is_missing_fails(workspace, file, id):
    folder = workspace.paper()
    workspace.accept("focal")
    (folder / file).unlink()
    status, papers = workspace.verify("focal")
    assert status == 1
    assert id in {item["id"] for item in papers["focal"]["attention"] if item["level"] == "failure"}


# The suite of a paper.


def test_a_paper_cannot_lose_a_check_by_making_it_not_apply(workspace):
    folder = workspace.paper()
    workspace.accept("focal")
    claims = folder / "src/ectype_focal/claims.py"
    claims.write_text(claims.read_text().replace("batch=3, anchors=7", "anchors=7").replace("(batch,", "(3,"))
    status, papers = workspace.verify("focal")
    assert status == 1
    lost = {i["id"]: i["text"] for i in papers["focal"]["attention"] if i["level"] == "failure"}
    assert "no longer applies" in lost["component/focal-loss/batch-independence"]
    workspace.accept("focal")
    assert "no longer appl" in (folder / "ledger.toml").read_text()


OVERRIDE = """
from ectype import hookimpl
from ectype.checks import check

@check("layer")
def runs(component):
    '''It runs.

    A check of the same name as one that there is.
    '''

@hookimpl
def ectype_checks():
    return [runs]
"""


def test_a_check_of_the_same_name_overrides_nothing(workspace):
    workspace.paper()
    source = workspace.root / "extra"
    (source / "ectype_extra").mkdir(parents=True)
    (source / "ectype_extra/__init__.py").write_text(OVERRIDE)
    workspace.register(source, "extra", "ectype_extra", "ectype-extra", group="ectype.plugins")
    status, papers = workspace.verify("focal")
    assert status == 1
    assert "two are called 'runs'" in papers["focal"]["problem"]


def test_the_hooks_of_a_paper_change_no_check(workspace):
    added = OVERRIDE.replace("def ectype_checks", "def none").replace("return [runs]", "return []")
    subclass = added + "\nclass Own(Paper):\n    @hookimpl\n    def ectype_checks(self):\n        return [runs]\n"
    workspace.paper(
        claims=CLAIMS.replace("\npaper = Paper(", subclass + "\npaper = Own("),
        focal_loss=CODE.replace("    if gamma < 0:", "    if gamma >= 0:"),
    )
    status, papers = workspace.verify("focal", "--only", "component/focal-loss/runs")
    (found,) = papers["focal"]["outcomes"]
    assert (status, found["status"]) == (1, "failed")
