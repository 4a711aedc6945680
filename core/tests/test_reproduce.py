"""``ectype reproduce``, ``power`` and ``audit``, run as a user runs them, on a small paper."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import experiments_paper
import pytest
from experiments_paper import DECLARED, TRAINING


def start(workspace, *arguments, **environment):
    """Start ``ectype`` in the workspace and return at once."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, workspace.sources)), "COLUMNS": "200", **environment}
    return subprocess.Popen(
        [sys.executable, "-m", "ectype.cli", *arguments],
        cwd=workspace.root,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def records(folder):
    return [line["record"] for line in json.loads((folder / "evidence" / "line.json").read_text())["records"]]


def completed(folder):
    ids = {r["id"]: (r["variant"], r["seed"]) for r in records(folder) if r["event"] == "attempted"}
    return {ids[r["attempt"]]: r for r in records(folder) if r["event"] == "completed"}


def replace(file, before, after):
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


@pytest.fixture(scope="module")
def reproduced(shared_workspace):
    """A paper whose claims were accepted and reproduced."""
    folder = experiments_paper.add(shared_workspace, "line")
    shared_workspace.accept("line")
    done = shared_workspace.run("reproduce", "line")
    assert done.returncode == 0, done.stderr
    return shared_workspace, folder, done.stdout


def test_it_shows_cost_progress_and_verdicts(reproduced):
    _, _, printed = reproduced
    assert "11 runs to do, 0 finished" in printed
    assert re.search(r"\[11/11\] line/\w+ seed \d completed", printed)
    assert "reproduced  slope (Tab. 2)" in printed
    assert "The control fails, as it must" in printed
    assert "holds  steep-noisy-flat (Sec. 5)" in printed


def test_every_attempt_is_written_down_before_it_ends(reproduced):
    _, folder, _ = reproduced
    events = records(folder)
    for end in (e for e in events if e["event"] == "completed"):
        before = [e.get("id") for e in events[: events.index(end)]]
        assert end["attempt"] in before
    assert len(completed(folder)) == 11


def test_a_record_holds_what_a_sceptic_asks_for(reproduced):
    _, folder, _ = reproduced
    run = completed(folder)["noisy", 2]
    assert run["metrics"].keys() == {"slope", "loss"}
    assert run["modules"].keys() >= {"ectype_line.training", "ectype.experiments.run"}
    assert "ectype_line.claims" not in run["modules"]
    assert run["where"]["versions"]["torch"]
    assert run["where"]["threads"] == 1
    assert run["data"].keys() == {"x", "y"}
    assert run["weights"]["training"]
    assert len(run["curves"]["loss"][0]) == 30


def test_nothing_finished_is_run_twice(reproduced):
    workspace, folder, _ = reproduced
    before = (folder / "evidence" / "line.json").read_bytes()
    done = workspace.run("reproduce", "line")
    assert "0 runs to do, 11 finished" in done.stdout
    assert done.returncode == 0
    assert (folder / "evidence" / "line.json").read_bytes() == before


def test_sync_writes_the_status_and_verify_knows_it(reproduced):
    workspace, folder, _ = reproduced
    assert workspace.run("sync", "line").returncode == 0
    header = (folder / "src" / "ectype_line" / "__init__.py").read_text()
    assert re.search(r"- Dataset: line \(slope\) - \d\.\d+ \[\d\.\d+, \d\.\d+\] vs 2\.0 \[reproduced\]", header)
    status, papers = workspace.verify("line")
    assert status == 1  # the verdicts are not the accepted ones
    verdicts = {claim["id"]: claim["verdict"] for claim in papers["line"]["claims"]}
    assert verdicts == {
        "ap-gamma-2": "not attempted",
        "easy": "reproduced",
        "slope": "reproduced",
        "steep-noisy-flat": "holds",
    }
    mark = next(mark for mark in papers["line"]["marks"] if mark["name"] == "reproduced")
    assert (mark["held"], mark["of"]) == (1, 2)
    workspace.accept("line")
    assert workspace.verify("line")[0] == 0


def test_an_audit_gives_the_same_numbers(reproduced):
    workspace, folder, _ = reproduced
    done = workspace.run("audit", "line", "--sample", "2", "--seed", "1")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("identical: 2 metrics, bit for bit") == 2
    assert sum(record["event"] == "audited" for record in records(folder)) == 2


def test_power_says_how_many_runs_a_margin_needs(workspace):
    declared = DECLARED.replace('because="the digits printed",', 'because="digits", sd=0.05, sd_from="a pilot",')
    experiments_paper.add(workspace, "line", declared=declared)
    done = workspace.run("power", "line", "slope", "--json")
    [row] = json.loads(done.stdout)
    from ectype.statistics import runs_needed

    assert row["needed"] == runs_needed(0.05, 0.05)
    assert "runs for a power of 0.8" in workspace.run("power", "line").stdout


def test_margins_and_seeds_are_accepted_before_the_first_run(workspace):
    folder = experiments_paper.add(workspace, "line")
    done = workspace.run("reproduce", "line")
    assert done.returncode == 2
    assert "must be accepted before its first run" in done.stderr
    workspace.accept("line")
    replace(folder / "src" / "ectype_line" / "claims.py", "margin=0.05", "margin=0.5")
    done = workspace.run("reproduce", "line")
    assert done.returncode == 2
    assert "other ones than the ledger has" in done.stderr
    assert not (folder / "evidence").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing-of-the-kind"], "received 'nothing-of-the-kind'"),
        (["--budget", "soon"], "must be a time such as"),
        (["--seeds", "0"], "at least 1"),
    ],
)
def test_wrong_arguments_are_refused(reproduced, arguments, said):
    workspace, _, _ = reproduced
    done = workspace.run("reproduce", "line", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_budget_takes_what_fits_and_says_what_it_leaves_out(workspace):
    declared = DECLARED.replace("minutes=0.02", 'minutes={"noisy": 0.1, "flat": 0.1, "steep": 60}')
    experiments_paper.add(workspace, "line", declared=declared)
    done = workspace.run("reproduce", "line", "--budget", "5m", "--dry-run", "--jobs", "1")
    assert done.returncode == 0
    assert "8 runs to do" in done.stdout
    assert "left out, beyond the budget: steep-noisy-flat" in done.stdout
    plan = json.loads(workspace.run("reproduce", "line", "--dry-run", "--json").stdout)
    assert len(plan["runs"]) == 11
    assert plan["seconds"] > 3600


def test_killed_at_any_moment_it_goes_on_to_the_same_weights(workspace):
    slow = TRAINING.replace("pause: float = 0.0", "pause: float = 0.02")
    folder = experiments_paper.add(workspace, "line", training=slow)
    workspace.accept("line")
    chance = random.Random(2)
    for _ in range(4):
        with start(workspace, "reproduce", "line", "slope", "--jobs", "2") as process:
            time.sleep(chance.uniform(4, 9))
            process.kill()
    done = workspace.run("reproduce", "line", "slope")
    assert done.returncode == 0, done.stdout + done.stderr
    attempts = [(r["variant"], r["seed"]) for r in records(folder) if r["event"] == "attempted"]
    assert len(attempts) == len(set(attempts)) == 8  # what was interrupted went on, and is no other attempt
    weights = {key: run["weights"] for key, run in completed(folder).items()}
    (folder / "evidence" / "line.json").unlink()
    subprocess.run(["rm", "-r", str(workspace.root / ".ectype" / "runs")], check=True)
    assert workspace.run("reproduce", "line", "slope").returncode == 0
    assert {key: run["weights"] for key, run in completed(folder).items()} == weights


def test_interrupted_it_says_so_and_leaves_no_process(workspace):
    slow = TRAINING.replace("pause: float = 0.0", "pause: float = 0.05")
    experiments_paper.add(workspace, "line", training=slow)
    workspace.accept("line")
    process = start(workspace, "reproduce", "line")
    until = time.monotonic() + 100
    while not list(workspace.root.glob(".ectype/runs/**/training.safetensors")) and time.monotonic() < until:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "go on where they were with the same command" in printed
    left = subprocess.run(["pgrep", "-f", str(workspace.root)], capture_output=True, text=True, check=False).stdout
    assert not left


def test_two_at_once_do_every_run_once(workspace):
    folder = experiments_paper.add(workspace, "line")
    workspace.accept("line")
    both = [start(workspace, "reproduce", "line") for _ in range(2)]
    printed = [process.communicate(timeout=200)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], printed
    events = records(folder)
    assert sum(e["event"] == "attempted" for e in events) == sum(e["event"] == "completed" for e in events) == 11


def test_a_run_that_fails_is_a_record_with_its_reason(workspace):
    broken = TRAINING.replace(
        "    return {", '    if run.seed == 1 and slope == 2.0:\n        raise RuntimeError("broke")\n    return {'
    )
    folder = experiments_paper.add(workspace, "line", training=broken)
    workspace.accept("line")
    done = workspace.run("reproduce", "line", "slope")
    assert done.returncode == 1
    assert "failed: RuntimeError: broke" in done.stdout
    assert "error  slope" in done.stdout
    [failed] = [record for record in records(folder) if record["event"] == "failed"]
    assert "RuntimeError: broke" in failed["reason"]
    status, papers = workspace.verify("line")
    assert status == 1
    assert next(o for o in papers["line"]["outcomes"] if o["id"] == "claim/slope")["status"] == "error"


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ('{"slope": float("nan")}', "must be finite"),
        ("{}", "must return metrics by name"),
        ('{"slope": "two"}', "must be numbers"),
    ],
)
def test_metrics_that_are_no_numbers_are_no_result(workspace, metrics, said):
    broken = re.sub(r"return \{.*\}\n$", f"return {metrics}\n", TRAINING)
    experiments_paper.add(workspace, "line", training=broken)
    workspace.accept("line")
    done = workspace.run("reproduce", "line", "slope", "--seeds", "1")
    assert done.returncode == 1
    assert said in done.stdout


@pytest.mark.parametrize(
    ("file", "before", "after", "stale"),
    [
        ("training.py", '"""Fit a line through noisy points."""', '"""Another docstring."""', ""),
        ("training.py", "import os\n", "import os  # a comment\n\n\n", ""),
        ("training.py", "lr=0.05", "lr=0.04", "ectype_line.training"),
        ("claims.py", "margin=0.05", "margin=0.04", ""),
    ],
)
def test_a_changed_constant_expires_evidence_and_a_comment_does_not(workspace, file, before, after, stale):
    folder = experiments_paper.add(workspace, "line")
    workspace.accept("line")
    assert workspace.run("reproduce", "line").returncode == 0
    replace(folder / "src" / "ectype_line" / file, before, after)
    _, papers = workspace.verify("line")
    claim = next(claim for claim in papers["line"]["claims"] if claim["id"] == "slope")
    assert claim["evidence"]["stale"] == ([stale] if stale else [])
    assert claim["verdict"] == "reproduced"
    if stale:
        attention = next(f for f in papers["line"]["attention"] if f["text"].startswith("stale evidence"))
        assert stale in attention["text"]
        assert attention["level"] == "warning"


def test_status_says_that_evidence_is_newer_or_stale(workspace):
    folder = experiments_paper.add(workspace, "line")
    workspace.accept("line")
    assert workspace.run("reproduce", "line").returncode == 0
    assert "stale: evidence was recorded since" in workspace.run("status", "line").stdout
    workspace.run("sync", "line")
    workspace.accept("line")
    assert "stale" not in workspace.run("status", "line").stdout
    replace(folder / "src" / "ectype_line" / "training.py", "lr=0.05", "lr=0.04")
    assert "ectype_line.training" in workspace.run("status", "line").stdout


def test_evidence_and_status_edited_by_hand_are_refused(workspace):
    folder = experiments_paper.add(workspace, "line")
    workspace.accept("line")
    assert workspace.run("reproduce", "line").returncode == 0
    workspace.run("sync", "line")
    workspace.accept("line")
    assert workspace.verify("line")[0] == 0
    header = folder / "src" / "ectype_line" / "__init__.py"
    text = header.read_text()
    header.write_text(re.sub(r"- Dataset: line \(slope\) - \d", "- Dataset: line (slope) - 3", text))
    status, papers = workspace.verify("line")
    assert status == 1
    assert "A status is never typed" in json.dumps(papers)
    header.write_text(text)
    file = folder / "evidence" / "line.json"
    file.write_text(re.sub(r'"slope":1\.9', '"slope":2.0', file.read_text(), count=1))
    status, papers = workspace.verify("line")
    assert status == 1
    assert "an edit by hand" in json.dumps(papers)


def test_an_audit_reports_a_number_that_does_not_come_out(workspace):
    from ectype import evidence

    folder = experiments_paper.add(workspace, "line")
    workspace.accept("line")
    assert workspace.run("reproduce", "line", "slope").returncode == 0
    events = evidence.read(folder, "line", "line").events
    (folder / "evidence" / "line.json").unlink()
    for event in events:  # forged with a right seal
        if isinstance(event, evidence.Completed):
            event.metrics["slope"] += 1e-6
        evidence.append(folder, "line", "line", event)
    done = workspace.run("audit", "line", "--all")
    assert done.returncode == 1
    assert done.stdout.count("differs: slope") == 8


def test_an_audit_of_nothing_is_an_error(workspace):
    experiments_paper.add(workspace, "line")
    done = workspace.run("audit", "line")
    assert done.returncode == 2
    assert "received none" in done.stderr
