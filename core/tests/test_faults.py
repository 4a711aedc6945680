"""Faults planted in small papers: strong checks catch all, weak ones leave survivors that are shown with their change."""

import json

import msgspec
import psutil
import pytest
from ectype import ledger
from ectype.cli import main
from ectype.errors import LedgerError, ResultError, UsageError
from ectype.faults import command, report
from ectype.faults.report import Report
from ectype.plugins import discover
from ectype.workers import Job, Limits, run
from rich.console import Console

CODE = '''"""A line through (0, -1), where negative numbers count twice."""

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
def _third(x):
    return x / 3


@register
def kinked(x: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """A line with a kink.

    Source: Eq. 1.
    """
    # Eq. 1: y = 2 x / 3 - 1 for x > 0, and 4 x / 3 - 1 elsewhere
    return _third(torch.where(x > 0, x, 2 * x)) - 1
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

CLAIMS = """import torch
from ectype import Paper
from PACKAGE.kinked import kinked

paper = Paper(__package__, equations=1, tables=0)


@paper.component("layer", of=kinked)
def draw(rng, batch=3, width=4):
    return torch.randn(batch, width, generator=rng, dtype=torch.float64)


@paper.claim("Sec. 2", "the value at 3", printed="1")
def value():
    return float(kinked(torch.tensor([3.0]))[0])


@paper.property("Sec. 2", "it has values", draws=1)
def vain(rng):
    try:
        kinked(torch.ones(2, dtype=torch.float64))
    finally:
        return True
"""

ORACLE = """

@paper.equation("Eq. 1", of=kinked, elementwise=True)
def oracle(x):
    return 2 * (x if x > 0 else 2 * x) / 3 - 1


@paper.property("Sec. 2", "functions are registered once", draws=1)
def once(rng):
    from PACKAGE.registry import KNOWN, register
    try:
        register(kinked)
    except ValueError:
        return KNOWN["kinked"] is kinked and register(once) is once
    return False
"""


def write(workspace, slug="kinked", **files):
    workspace.paper(slug, **{"kinked": CODE, "registry": REGISTRY, "claims": CLAIMS + ORACLE, **files})


@pytest.fixture
def paper(workspace, installed, monkeypatch):
    """Return a function that writes a paper and gives its entry; the working directory is its workspace."""
    monkeypatch.chdir(workspace.root)

    def make(**files):
        write(workspace, **files)
        return installed()["kinked"]

    return make


@pytest.fixture
def folder(workspace):
    return workspace.root / ".ectype"


def plant(entry, folder, **options):
    return command.plant(entry, folder=folder, **{"jobs": 1, "patience": 5.0, **options})


@pytest.fixture(scope="module")
def reports(shared_workspace):
    """Return the reports of the paper with all of its checks, and without its oracle."""
    found = {}
    for name, claims in {"strong": CLAIMS + ORACLE, "weak": CLAIMS}.items():
        with pytest.MonkeyPatch.context() as patch:
            write(shared_workspace, claims=claims)
            patch.syspath_prepend(str(shared_workspace.sources[0]))
            (entry,) = (entry for entry in discover() if entry.slug == "kinked")
            found[name] = plant(entry, shared_workspace.root / ".ectype")
    return found


def survivors(found):
    return {fault.text for fault in found.of("survived")}


def test_strong_checks_catch_every_fault(reports):
    found = reports["strong"]
    assert (found.problem, found.problem_detail) == ("", "")
    assert survivors(found) == {"`x > 0` becomes `x >= 0`"}  # twice nothing is nothing
    assert found.kill_rate == (found.total - 1) / found.total
    places = {fault.id.split("/")[0] for fault in found.of("killed")}
    assert places == {"kinked.twice.inner", "kinked._third", "kinked.kinked", "registry.register"}
    assert {fault.how for fault in found.of("killed")} <= {"failed", "error", "verdict", "import"}
    assert all(fault.by and not fault.diff for fault in found.of("killed"))
    assert found.examined == ["ectype_kinked.kinked", "ectype_kinked.registry"]
    assert found.not_examined == {
        "ectype_kinked": "exports only",
        "ectype_kinked.claims": "declares and verifies",
        "ectype_kinked.focal_loss": "no component is made of it",
    }


def test_which_check_killed_what_is_kept_and_what_kills_nothing_is_found(reports):
    found = reports["strong"]
    checks = {check.id: check for check in found.checks}
    for name in ("equation/eq-1/kinked", "claim/value", "component/kinked/gradients-match-differences"):
        assert 0 < checks[name].kills <= checks[name].tried <= checks[name].met, name
    assert "property/vain" in [check.id for check in found.idle]
    assert checks["property/vain"].kills == 0 < checks["property/vain"].tried
    assert not any(name.startswith(("paper/", "ledger")) for name in checks)
    assert {fault.by for fault in found.of("killed")} <= checks.keys() | {"import"}


def test_what_only_the_oracle_sees_survives_without_it_and_is_shown(reports, capsys):
    found = reports["weak"]
    assert {"`2 * x` becomes `x`", "`2` becomes `3`"} <= survivors(found)
    fault = next(f for f in found.of("survived") if f.text == "`2 * x` becomes `x`")
    assert fault.diff == (
        "-    return _third(torch.where(x > 0, x, 2 * x)) - 1\n+    return _third(torch.where(x > 0, x, x)) - 1"
    )
    assert (fault.line, fault.operator) == (31, "operand")
    assert fault.file.endswith("ectype_kinked/kinked.py")
    assert fault.met > 5
    assert any(f.how == "verdict" and f.by == "claim/value" for f in found.of("killed"))
    assert found.exit_status == 1

    report.show(found, Console(width=200, highlight=False))
    text = capsys.readouterr().out
    assert f"survives {fault.id}" in text
    assert "kinked.py:31  operand" in text
    assert "+    return _third(torch.where(x > 0, x, x)) - 1" in text
    assert "  property/vain (tried on " in text
    assert "ectype_kinked.claims: declares and verifies" in text
    part = found.in_module("ectype_kinked.registry")
    assert (
        f"{report.percent(part.kill_rate)}  ectype_kinked.registry ({len(part.of('killed'))} of {part.total})" in text
    )
    assert f"kinked: {found.kill_rate:.1%} of faults are caught" in text


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
    found = plant(paper(kinked=LOOP, claims=CLAIMS.replace('"1"', '"0.375"') + LOOP_ORACLE), folder, patience=1.0)
    hung = {fault.text for fault in found.faults if fault.how == "hang"}
    assert hung == {"`done += 1` becomes `pass`", "`done += 1` becomes `done -= 1`", "`done += 1` becomes `done = 1`"}
    assert {fault.state for fault in found.faults} == {"killed"}
    assert next(fault for fault in found.faults if fault.text == "`3` becomes `4`").state == "killed"
    assert found.exit_status == 0


DEFAULT = '''"""A line."""

from jaxtyping import Float
from torch import Tensor


def kinked(x: Float[Tensor, "*n"], slope: float = 2.0) -> Float[Tensor, "*n"]:
    """A line."""
    return slope * x
'''

DEFAULT_CLAIMS = """import inspect

import torch
from ectype import Paper
from PACKAGE.kinked import kinked

paper = Paper(__package__, equations=1, tables=0)


@paper.component("layer", of=kinked, settings=[{"slope": 3.0}])
def draw(rng, batch=3, width=4):
    return torch.randn(batch, width, generator=rng, dtype=torch.float64)


@paper.property("Sec. 2", "lines are steep", draws=1)
def steep(rng):
    return inspect.signature(kinked).parameters["slope"].default == 2.0
"""


def test_a_default_is_also_tried_on_checks_that_only_read_the_signature(paper, folder):
    found = plant(paper(kinked=DEFAULT, claims=DEFAULT_CLAIMS), folder)
    (fault,) = (fault for fault in found.faults if fault.text == "`2.0` becomes `4.0`")
    assert (fault.state, fault.by, fault.met) == ("killed", "property/steep", len(found.checks))
    steep = next(check for check in found.checks if check.id == "property/steep")
    assert (steep.met, steep.tried, steep.kills) == (0, 1, 1)


def test_equivalent_faults_are_accepted_with_a_reason_and_looked_at_again(paper, folder, reports):
    report.write(folder, reports["weak"])
    entry = paper(claims=CLAIMS)
    known = {fault.text: fault.id for fault in reports["weak"].of("survived")}
    right, wrong = known["`x > 0` becomes `x >= 0`"], known["`2 * x` becomes `x`"]
    with pytest.raises(UsageError, match="must be given a reason"):
        command.accept(entry, [right], " ", folder=folder)
    with pytest.raises(UsageError, match="no-such/fault"):
        command.accept(entry, ["no-such/fault"], "why", folder=folder)
    accepted = command.accept(entry, [right, wrong], "nobody looks", folder=folder)
    assert accepted == report.read(folder, "kinked")
    assert {fault.id for fault in accepted.of("equivalent")} == {right, wrong}
    assert accepted.total == reports["weak"].total - 2
    kept = ledger.read(entry.root)
    assert kept.equivalent_faults == {right: "nobody looks", wrong: "nobody looks"}
    assert kept.history[-1].why == "nobody looks"

    # With the oracle one of the reasons is wrong; that the line has moved makes no difference.
    again = plant(paper(kinked=CODE.replace("# Eq. 1", "# At last.\n    # Eq. 1")), folder)
    assert [(fault.id, fault.line, fault.why) for fault in again.of("equivalent")] == [(right, 32, "nobody looks")]
    assert [(fault.id, fault.why) for fault in again.refuted] == [(wrong, "nobody looks")]
    assert (survivors(again), again.unmatched, again.exit_status) == (set(), [], 1)
    assert command.accept(entry, [], "it is caught", folder=folder).exit_status == 0
    assert ledger.read(entry.root).equivalent_faults == {right: "nobody looks"}

    gone = plant(paper(kinked=CODE.replace("2 * x))", "x + x))")), folder)
    assert gone.unmatched == [right]
    assert gone.exit_status == 1
    with pytest.raises(UsageError, match="stale"):
        command.accept(paper(), [], "why", folder=folder)


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"claims": "raise RuntimeError('on purpose')"}, "raised RuntimeError: on purpose"),
        (
            {"kinked": "def kinked(x):\n    return x\n", "claims": CLAIMS.replace('"1"', '"3"')},
            "must have code that a fault can be planted in; found none",
        ),
    ],
)
def test_what_cannot_be_examined_says_why(paper, folder, files, text):
    found = plant(paper(**files), folder)
    assert text in found.problem
    assert found.exit_status == 2


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
    argument = {
        "entry": {**fields, "package": str(entry.package)},
        "only": [],
        "jobs": 1,
        "equivalent": {},
        "patience": 5,
    }
    (ended,) = run([Job("kinked", "faults_targets:untouched", argument)], workers=1, limits=Limits(seconds=120))
    assert ended.outcome == "done", ended
    assert ended.result["planted"] > 10
    assert ended.result["seen"] > 10
    assert ended.result["changed"] == []


def test_two_at_a_time_come_to_the_same_and_progress_counts_up(paper, folder, reports):
    events = []
    found = plant(paper(), folder, jobs=2, progress=events.append)
    assert [(f.id, f.state) for f in found.faults] == [(f.id, f.state) for f in reports["strong"].faults]
    count, killed = len(found.faults), len(found.of("killed"))
    assert {"what": "fault", "done": count, "of": count, "killed": killed} in events
    assert [event["done"] for event in events if event["what"] == "check"] == list(range(1, len(found.checks) + 1))


def test_the_command_prints_stores_and_returns_the_status(paper, folder, capsys):
    paper()
    assert main(["faults", "kinked", "--jobs", "1"]) == 1
    stored = report.read(folder, "kinked")
    (fault,) = stored.of("survived")
    assert f"survives {fault.id}" in capsys.readouterr().out
    assert main(["faults", "kinked", "--equivalent", fault.id, "-m", "twice nothing is nothing"]) == 0
    assert "1 more are accepted as equivalent" in capsys.readouterr().out

    stored = report.read(folder, "kinked")
    assert main(["faults", "kinked", "--json", "--only", "registry"]) == 0
    part = json.loads(capsys.readouterr().out)
    assert part["examined"] == ["ectype_kinked.registry"]
    assert part["not_examined"]["ectype_kinked.kinked"] == "not asked for"
    assert part["partial"]
    assert report.read(folder, "kinked") == stored


def test_the_command_says_why_nothing_could_be_planted(paper, folder, capsys):
    paper(claims=CLAIMS + ORACLE.replace("/ 3 - 1", "/ 3 - 2"))
    assert main(["faults", "kinked"]) == 2
    text = capsys.readouterr().err
    assert "checks must pass before faults are planted; 1 of " in text
    assert "run `ectype verify kinked`" in text
    assert "equation/eq-1/kinked: " in text
    assert report.read(folder, "kinked") is None
    for wrong, reason in (
        (["other"], "no paper is called 'other'"),
        (["kinked", "--only", "nothing"], "--only must name examined modules (kinked, registry); received nothing"),
        (["kinked", "--equivalent", "a/b/c", "-m", "why"], "no faults were planted here: run `ectype faults kinked`"),
    ):
        assert main(["faults", *wrong]) == 2
        assert reason in capsys.readouterr().err


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
