"""Papers that changed against a revision of git, with those that build on them; tests of one paper by its name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from throwaway import CODE, make_workspace

BUILT_ON = "Metadata-Version: 2.1\nName: ectype-{0}\nVersion: 0.1\nRequires-Dist: Ectype_{1}>=0.1\n"


OWN = ("alone", "first", "second", "third")


def git(workspace, *arguments):
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=workspace.root, check=True, capture_output=True)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Three papers, of which the second builds on the first and the third on the second, and one alone."""
    workspace = make_workspace(tmp_path_factory.mktemp("changed"))
    for slug in ("first", "second", "third", "alone"):
        workspace.paper(slug)
    for slug, other in {"second": "first", "third": "second"}.items():
        metadata = workspace.root / f"packages/ectype-{slug}/src/ectype_{slug}-0.1.dist-info/METADATA"
        metadata.write_text(BUILT_ON.format(slug, other), encoding="utf-8")
    (workspace.root / ".gitignore").write_text(".ectype/\n__pycache__/\n", encoding="utf-8")
    git(workspace, "init")
    git(workspace, "add", "-A")
    git(workspace, "commit", "-m", "all")
    return workspace


@pytest.fixture
def clean(repository):
    yield repository
    git(repository, "reset", "--hard", "main")
    git(repository, "clean", "-fd")


def listed(workspace, revision="HEAD"):
    done = workspace.run("list", "--changed", revision)
    assert done.returncode == 0, done.stderr
    return [slug for line in done.stdout.splitlines() if (slug := line.split()[0]) in OWN]


@pytest.mark.parametrize(
    ("file", "slugs"),
    [
        ("packages/ectype-first/src/ectype_first/focal_loss.py", ["first", "second", "third"]),
        ("packages/ectype-second/README.md", ["second", "third"]),
        ("packages/ectype-third/ledger.toml", ["third"]),
        ("packages/ectype-alone/évidence/new file.json", ["alone"]),
        ("pyproject.toml", ["alone", "first", "second", "third"]),
        ("docs/guide.md", []),
        ("packages/ectype-first.md", []),
    ],
)
def test_a_file_changes_its_paper_and_those_that_build_on_it(clean, file, slugs):
    path = clean.root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(path.read_text(encoding="utf-8") + "\n# more\n" if path.exists() else "new", encoding="utf-8")
    assert listed(clean) == slugs


def test_nothing_changed_lists_nothing_and_verifies_nothing(clean):
    assert listed(clean) == []
    done = clean.run("verify", "--changed", "HEAD")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "no paper changed since HEAD\n"


def test_what_was_committed_since_counts_and_what_the_other_branch_did_does_not(clean):
    git(clean, "checkout", "-b", "side")
    (clean.root / "packages/ectype-alone/README.md").write_text("changed", encoding="utf-8")
    git(clean, "commit", "-am", "alone")
    git(clean, "checkout", "main")
    (clean.root / "packages/ectype-third/README.md").write_text("changed", encoding="utf-8")
    git(clean, "commit", "-am", "third")
    try:
        assert listed(clean, "side") == ["third"]
    finally:
        git(clean, "reset", "--hard", "HEAD~1")


def test_only_what_changed_is_verified(clean):
    (clean.root / "packages/ectype-third/src/ectype_third/focal_loss.py").write_text(CODE + "\n", encoding="utf-8")
    _, papers = clean.verify("--changed", "HEAD")
    assert [*papers] == ["third"]


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", ""])
def test_a_revision_that_is_none_is_one_line(clean, revision):
    done = clean.run("verify", f"--changed={revision}")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "revision" in done.stderr
    assert not (clean.root / "x").exists()


def test_outside_a_repository_is_one_line(workspace):
    workspace.paper("focal")
    done = workspace.run("list", "--changed", "HEAD")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr


# The same for pytest.


def run_pytest(workspace, *arguments):
    """Return the exit status of pytest in the workspace, the tests that it ran, and what it said."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, workspace.sources))}
    env.pop("PYTEST_ADDOPTS", None)
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "--rootdir", str(workspace.root)]
    done = subprocess.run(
        [*command, *arguments], cwd=workspace.root, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    passed = {line.split()[0].rpartition("/")[2] for line in done.stdout.splitlines() if " PASSED" in line}
    return done.returncode, passed, done.stdout + done.stderr


@pytest.fixture
def with_tests(clean):
    for slug in ("first", "second", "alone"):
        tests = clean.root / f"packages/ectype-{slug}/tests"
        tests.mkdir()
        (tests / f"test_{slug}.py").write_text("def test_it():\n    assert True\n", encoding="utf-8")
    git(clean, "add", "-A")
    git(clean, "commit", "-m", "tests")
    yield clean
    git(clean, "reset", "--hard", "HEAD~1")


def test_a_paper_is_tested_by_its_name(with_tests):
    assert run_pytest(with_tests, "second")[:2] == (0, {"test_second.py::test_it"})
    assert run_pytest(with_tests, "second", "alone")[:2] == (0, {"test_second.py::test_it", "test_alone.py::test_it"})
    status, _, said = run_pytest(with_tests, "secnd")
    assert status == 4
    assert "secnd" in said


def test_what_changed_is_tested(with_tests):
    (with_tests.root / "packages/ectype-first/README.md").write_text("changed", encoding="utf-8")
    expected = {"test_first.py::test_it", "test_second.py::test_it"}
    assert run_pytest(with_tests, "--changed", "HEAD")[:2] == (0, expected)
    assert run_pytest(with_tests, "--changed", "HEAD", "-n", "2")[0] == 0


def test_nothing_changed_tests_nothing_and_says_so(with_tests):
    status, passed, said = run_pytest(with_tests, "--changed", "HEAD")
    assert (status, passed) == (0, set())
    assert "no package changed since HEAD" in said


def test_tests_of_a_revision_that_is_none_are_a_usage_error(with_tests):
    status, _, said = run_pytest(with_tests, "--changed", "nowhere")
    assert status == 4
    assert "nowhere" in said


def test_a_change_of_the_harness_concerns_everything(monkeypatch):
    from ectype import changed
    from ectype.plugins import discover

    entries = discover()
    harness = Path(changed.__file__).resolve()
    monkeypatch.setattr(changed, "changed_files", lambda revision: [harness])
    assert changed.changed_papers("HEAD", entries) == entries
    monkeypatch.setattr(changed, "changed_files", lambda revision: [harness.parents[2] / "tests" / "test_x.py"])
    assert changed.changed_papers("HEAD", entries) == []
