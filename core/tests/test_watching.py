"""Watching a paper: every save is verified, what it touched first, by the command as a contributor runs it."""

import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest
from throwaway import CLAIMS, CODE, README

PATIENCE = 90
PAPER_CHECKS = 5  # header, scope, analysis, citations, results


class Terminal:
    """``ectype watch`` as it runs, and what it has printed."""

    def __init__(self, workspace):
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, workspace.sources)), "COLUMNS": "200"}
        self.file = workspace.root / "terminal.txt"
        with self.file.open("w") as out:
            command = [sys.executable, "-u", "-m", "ectype.cli", "watch", "focal"]
            self.process = subprocess.Popen(command, cwd=workspace.root, env=env, stdout=out, stderr=subprocess.STDOUT)
        self.read = 0

    def until(self, pattern):
        """Return the match of a pattern in what was printed since the last one."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            text = self.file.read_text(encoding="utf-8")
            if found := re.compile(pattern, re.S).search(text, self.read):
                self.read = found.end()
                return found
            time.sleep(0.02)
        pytest.fail(f"{pattern!r} was not printed; the terminal shows:\n{self.file.read_text(encoding='utf-8')}")


@pytest.fixture
def terminal(workspace):
    workspace.paper("focal")
    started = Terminal(workspace)
    yield started
    started.process.kill()
    started.process.wait()


def touched(terminal, file):
    found = terminal.until(rf"{re.escape(file)}: (\d+) checks touched, (.*?), ([\d.]+) s after the save")
    return int(found[1]), found[2]


def test_every_save_is_verified_and_what_it_touched_comes_first(workspace, terminal):
    package = workspace.root / "packages" / "ectype-focal"
    source = package / "src" / "ectype_focal"
    every, came = touched(terminal, "first look")
    assert came == "none fails"
    terminal.until(r"nothing is accepted yet.*1 paper; checks: .*\n")

    (source / "focal_loss.py").write_text(CODE.replace("return -((1", "return ((1"), encoding="utf-8")
    count, came = touched(terminal, "focal_loss.py")
    assert count == every, "everything of this package calls its one function"
    assert came == "1 fail"
    assert terminal.until(r"equation/eq-4/focal-loss: [^\n]+")
    terminal.until(r"failure focal: equation/eq-4/focal-loss.*1 paper; checks: .*failed[^\n]*\n")

    (source / "focal_loss.py").write_text(CODE, encoding="utf-8")
    assert touched(terminal, "focal_loss.py") == (every, "none fails")
    terminal.until(r"1 paper; [^\n]*\n")

    changed = CLAIMS.replace("focal_loss(x, torch.ones_like(x), 2.0))", "focal_loss(x, torch.ones_like(x), 1.0))")
    (source / "claims.py").write_text(changed.replace("PACKAGE", "ectype_focal"), encoding="utf-8")
    assert touched(terminal, "claims.py") == (PAPER_CHECKS + 1, "none fails"), "a claim has a verdict; it does not fail"
    terminal.until(r"1 paper; [^\n]*1 contradicted|1 paper; [^\n]*\n")

    (package / "README.md").write_text(README.replace("## Gaps", "## Holes"), encoding="utf-8")
    count, came = touched(terminal, "README.md")
    assert (count, came) == (PAPER_CHECKS, "1 fail")
    terminal.until(r"paper/analysis: [^\n]*Gaps")
    terminal.until(r"1 paper; [^\n]*\n")
    assert workspace.run("show", "focal").returncode == 0, "the result is stored as by verify"


def test_code_that_does_not_import_is_a_row_and_the_next_save_is_verified(workspace, terminal):
    source = workspace.root / "packages" / "ectype-focal" / "src" / "ectype_focal"
    terminal.until(r"1 paper; [^\n]*\n")
    (source / "focal_loss.py").write_text("def (", encoding="utf-8")
    terminal.until(r"SyntaxError.*1 paper; [^\n]*\n")
    (source / "focal_loss.py").write_text(CODE, encoding="utf-8")
    assert touched(terminal, "focal_loss.py")[1] == "none fails"


def test_a_save_overtakes_a_verification_that_hangs(workspace, terminal):
    source = workspace.root / "packages" / "ectype-focal" / "src" / "ectype_focal"
    terminal.until(r"1 paper; [^\n]*\n")
    (source / "focal_loss.py").write_text(f"while True:\n    pass\n{CODE}", encoding="utf-8")
    time.sleep(2)
    (source / "focal_loss.py").write_text(CODE, encoding="utf-8")
    assert touched(terminal, "focal_loss.py")[1] == "none fails"
    terminal.until(r"1 paper; [^\n]*passed[^\n]*\n")
    assert "interrupted" not in terminal.file.read_text(encoding="utf-8")


def test_ctrl_c_ends_it_and_leaves_nothing_behind(workspace, terminal):
    terminal.until(r"1 paper; [^\n]*\n")
    family = psutil.Process(terminal.process.pid).children(recursive=True)
    assert family, "workers come from a process of their own"
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.process.wait(PATIENCE) == 0
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_an_unknown_paper_is_one_line(workspace):
    workspace.paper("focal")
    done = workspace.run("watch", "fokal")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "'fokal'" in done.stderr
