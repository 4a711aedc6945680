"""The command line, run as a user runs it, on small papers: what it prints, what it writes, what it returns."""

import json
import time
from xml.etree import ElementTree

import pytest
from throwaway import CLAIMS, CODE, HEADER, README

HANG = "import time\nwhile True:\n    time.sleep(1)\n"

CLAIM = '@paper.claim("Sec. 3.2", "gamma 2 divides the loss at p_t 0.9 by 100", printed="100")\n'

BROKEN = {
    "header": ({"__init__": HEADER.replace("Authors:", "Writers:")}, "paper/header", "Writers:"),
    "typed": (
        {"__init__": HEADER.replace("- not attempted vs", "- 34.1 vs")},
        "paper/scope",
        "A status is never typed",
    ),
    "analysis": ({"readme": README.replace("## Gaps", "## Holes")}, "paper/analysis", "one heading `## Gaps`"),
    "dangling": ({"focal_loss": CODE.replace("# Eq. 4:", "# Eq. 9:")}, "paper/citations", "Eq. 9"),
    "near": ({"focal_loss": CODE.replace("# Eq. 4:", "# Equation 4:")}, "paper/citations", "Equation 4"),
    "equation": (
        {"focal_loss": CODE.replace("** gamma", "* gamma")},
        "equation/eq-4/focal-loss",
        "ours against the oracle",
    ),
    "number": (
        {"claims": CLAIMS.replace("0.0) /", "1.0) /")},
        "claim/easy",
        "verdict is 'inconclusive', the ledger has",
    ),
    "target": ({"claims": CLAIMS.replace('"100"', '"99"')}, "claim/easy", "target is '99', the ledger has '100'"),
    "gone": ({"claims": CLAIMS.replace(CLAIM, "")}, "claim/easy", "is gone"),
    "nan": (
        {"claims": CLAIMS.replace("return float(", "return float('nan') + float(")},
        "claim/easy",
        "a finite number",
    ),
    "import": ({"claims": "raise RuntimeError('on purpose')"}, "", "raised RuntimeError: on purpose"),
    "exit": ({"claims": "import os\nos._exit(0)"}, "", "without a result"),
    "crash": ({"claims": "import ctypes\nctypes.string_at(0)"}, "", "SIGSEGV"),
    "hang": ({"claims": HANG}, "", "still running after"),
    "memory": ({"claims": "x = bytearray(3 * 2**30)\nfor i in range(0, len(x), 4096): x[i] = 1\n" + HANG}, "", "GiB"),
    "invalid": ({"claims": CLAIMS.replace('"Eq. 4"', '"equation four"')}, "", "'equation four'"),
    "not-a-paper": ({"claims": "class P:\n    pass\npaper = P()"}, "", "implements none of the hooks"),
}


@pytest.fixture(scope="module")
def broken(shared_workspace):
    """All broken papers between two healthy ones, verified in one run."""
    for slug in ("aaa-healthy", "zzz-healthy"):
        shared_workspace.paper(slug)
    healthy = shared_workspace.paper("model")
    shared_workspace.accept("model")
    ledger = (healthy / "ledger.toml").read_text()
    for slug, (files, _, _) in BROKEN.items():
        folder = shared_workspace.paper(f"broken-{slug}", **files)
        (folder / "ledger.toml").write_text(ledger)
    for slug in ("aaa-healthy", "zzz-healthy"):
        (shared_workspace.root / f"packages/ectype-{slug}/ledger.toml").write_text(ledger)
    slugs = ["aaa-healthy", *(f"broken-{slug}" for slug in BROKEN), "zzz-healthy"]
    return shared_workspace.verify(*slugs, "--timeout", "20", "--memory", "2000")


def failures(paper):
    return {item["id"]: item["text"] + item["detail"] for item in paper["attention"] if item["level"] == "failure"}


def test_the_run_ends_with_1_and_the_healthy_papers_are_verified(broken):
    status, papers = broken
    assert status == 1
    assert list(papers) == ["aaa-healthy", *(f"broken-{slug}" for slug in BROKEN), "zzz-healthy"]
    for slug in ("aaa-healthy", "zzz-healthy"):
        assert failures(papers[slug]) == {}
        assert all(outcome["status"] in ("passed", "not applicable") for outcome in papers[slug]["outcomes"])


@pytest.mark.parametrize("slug", BROKEN)
def test_each_broken_paper_is_a_row_with_its_reason_and_how_to_run_it_again(broken, slug):
    _, id, text = BROKEN[slug]
    paper = broken[1][f"broken-{slug}"]
    found = failures(paper)
    assert text in found[id], found
    item = next(item for item in paper["attention"] if item["id"] == id)
    assert item["rerun"] == f"ectype verify broken-{slug}" + (f" --only {id}" if id else "")


def test_what_a_failure_prints_and_returns(workspace):
    folder = workspace.paper()
    workspace.accept("focal")
    path = folder / "src/ectype_focal/focal_loss.py"
    path.write_text(CODE.replace("** gamma", "* gamma"))
    done = workspace.run("verify", "focal")
    assert done.returncode == 1
    assert "x focal" in done.stdout
    assert "failure focal: equation/eq-4/focal-loss" in done.stdout
    assert "again: ectype verify focal --only equation/eq-4/focal-loss" in done.stdout
    only = workspace.run("verify", "focal", "--only", "equation/eq-4/focal-loss")
    assert only.returncode == 1
    assert "checks: 1 failed" in only.stdout
    assert workspace.run("status", "focal").returncode == 1


def test_from_nothing_to_accepted_and_back(workspace):
    folder = workspace.paper()
    first = workspace.run("verify", "focal")
    assert first.returncode == 1
    assert 'run `ectype accept focal -m "why"`' in first.stdout
    accepted = workspace.run("accept", "focal", "-m", "first measurement")
    assert accepted.returncode == 0
    assert "claim easy: target 100, reproduced" in accepted.stdout
    assert workspace.run("verify", "focal").returncode == 0

    root = workspace.root / ".ectype"
    suite = ElementTree.fromstring((root / "junit.xml").read_bytes()).find("testsuite")
    result = json.loads((root / "results/focal.json").read_text())
    assert suite.get("tests") == str(len(result["outcomes"]))
    assert suite.get("failures") == "0"
    assert result["claims"][0]["measured"][0]["match"] in ("exactly", "rounding")

    assert workspace.run("status", "focal", "--strict").returncode == 0
    code = folder / "src/ectype_focal/focal_loss.py"
    code.write_text(CODE.replace("# Sec. 3.2: p_t", "# Sec. 3.2: again, p_t"))
    assert workspace.run("status", "focal", "--strict").returncode == 0
    code.write_text(CODE.replace("gamma: float = 2.0", "gamma: float = 2.5"))
    stale = workspace.run("status", "focal")
    assert "stale: ectype_focal.focal_loss changed" in stale.stdout
    assert stale.returncode == 0
    assert workspace.run("status", "focal", "--strict").returncode == 1
    refused = workspace.run("accept", "focal", "-m", "late")
    assert refused.returncode == 2
    assert "stale" in refused.stderr


def test_sync_writes_the_status_and_check_only_looks(workspace):
    folder = workspace.paper(__init__=HEADER.replace("- not attempted vs", "- 34.0 vs"))
    workspace.run("verify", "focal")
    assert workspace.run("sync", "focal", "--check").returncode == 1
    header = folder / "src/ectype_focal/__init__.py"
    assert "- 34.0 vs" in header.read_text()
    assert workspace.run("sync", "focal").returncode == 0
    assert header.read_text() == HEADER
    assert workspace.run("sync", "focal", "--check").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["verify", "no-such-paper"], "no paper is called 'no-such-paper'; there are: "),
        (["verify", "focal", "--only", "equation/eq-99"], "matches none"),
        (["verify", "focal", "--jobs", "0"], "must be a whole number of at least 1; received '0'"),
        (["verify", "focal", "--report", "pdf=x"], "--report must be FORMAT=FILE with a format of json, junit"),
        (["verify", "focal", "--report", "junit=missing/x.xml"], "in a folder that exists"),
        (["accept", "focal", "-m", "why"], "not verified here"),
        (["accept", "focal", "-m", ""], "focal"),
        (["show", "no-such-paper"], "no paper is called"),
        (["frobnicate"], "invalid choice"),
    ],
)
def test_a_wrong_command_is_one_line_and_returns_2(workspace, arguments, text):
    workspace.paper()
    done = workspace.run(*arguments)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_a_ledger_edited_by_hand_fails(workspace):
    folder = workspace.paper()
    workspace.accept("focal")
    ledger = folder / "ledger.toml"
    ledger.write_text(ledger.read_text().replace('target = "100"', 'target = "101"'))
    status, papers = workspace.verify("focal")
    assert status == 1
    assert "an edit by hand" in failures(papers["focal"])["ledger"]


def test_what_only_lists_never_imports_torch_and_takes_a_moment(workspace):
    workspace.paper(claims="raise RuntimeError('imported')")
    for arguments in (["list"], ["show", "focal"], ["status", "focal"], ["--help"], ["verify", "--help"], ["doctor"]):
        started = time.monotonic()
        done = workspace.run(*arguments)
        assert "imported" not in done.stderr + done.stdout, arguments
        assert time.monotonic() - started < 5, arguments


@pytest.mark.parametrize(
    "module", ["ectype", "ectype.cli", "ectype.plugins", "ectype.judge", "ectype.results", "ectype.verify"]
)
def test_the_light_modules_import_neither_torch_nor_numpy(module):
    import subprocess
    import sys

    code = f"import {module}, sys; print([m for m in ('torch', 'numpy', 'pydantic', 'rich') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_list_json_names_every_paper_with_its_problem(workspace):
    workspace.paper("good")
    workspace.paper("bad", __init__="x = 1")
    rows = {row["slug"]: row for row in json.loads(workspace.run("list", "--json").stdout)}
    assert rows["good"]["title"] == "Focal Loss for Dense Object Detection"
    assert rows["good"]["problem"] == ""
    assert "__init__.py" in rows["bad"]["problem"]
