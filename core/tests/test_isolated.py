"""``nox -s isolated``: a package that imports what it does not declare passes in the shared environment and fails alone."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from throwaway import CLAIMS, CODE, HEADER, README

ROOT = Path(__file__).parents[2]
UNDECLARED = "import hypothesis  # a tool of the workspace, which the package does not declare\n"


@pytest.fixture(scope="module")
def uv():
    """Return where uv is, with nox for it, or skip."""
    found = os.environ.get("UV") or shutil.which("uv")
    if found is None:
        pytest.skip("needs uv")
    return found


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """Return a copy of this workspace with one small paper in it instead of ours."""
    root = tmp_path_factory.mktemp("isolated") / "a wörkspace"
    ignore = shutil.ignore_patterns("tests", "__pycache__", "benchmarks")
    shutil.copytree(ROOT / "core", root / "core", ignore=ignore)
    for name in ("pyproject.toml", "noxfile.py"):
        shutil.copy(ROOT / name, root / name)
    package = root / "packages/focal/src/ectype_focal"
    package.mkdir(parents=True)
    (package.parents[1] / "README.md").write_text(README, encoding="utf-8")
    project = (ROOT / "packages/mnist1d/pyproject.toml").read_text(encoding="utf-8").replace("mnist1d", "focal")
    before, _, after = project.partition("[project.optional-dependencies]")
    after = after[after.index("[project.entry-points") :]
    (package.parents[1] / "pyproject.toml").write_text(before + after, encoding="utf-8")
    for name, text in {"__init__": HEADER, "focal_loss": CODE, "claims": CLAIMS}.items():
        (package / f"{name}.py").write_text(text.replace("PACKAGE", "ectype_focal"), encoding="utf-8")
    tests = root / "packages/focal/tests"
    tests.mkdir()
    (tests / "test_focal.py").write_text("import ectype_focal\n\ndef test_it():\n    assert ectype_focal\n")
    return root


def isolated(uv, root):
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "UV_", "VIRTUAL_ENV"))}
    env |= {"PATH": f"{Path(uv).parent}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "200"}
    command = [uv, "tool", "run", "--from", "nox[uv]", "nox", "-s", "isolated", "--", "focal"]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False, timeout=580)


@pytest.mark.timeout(1200)
def test_an_undeclared_import_fails_alone_and_only_there(uv, copied):
    (copied / "packages/focal/src/ectype_focal/focal_loss.py").write_text(UNDECLARED + CODE, encoding="utf-8")
    failed = isolated(uv, copied)
    said = failed.stdout + failed.stderr
    if "Failed to fetch" in said or "error sending request" in said:
        pytest.skip(f"needs the packages, which cannot be fetched here: {said.strip()[-300:]}")
    assert failed.returncode != 0
    assert "No module named 'hypothesis'" in said, said[-3000:]
    (copied / "packages/focal/src/ectype_focal/focal_loss.py").write_text(CODE, encoding="utf-8")
    again = isolated(uv, copied)
    said = again.stdout + again.stderr
    assert "nothing is accepted yet" in said, said[-3000:]
    assert "1 paper; checks: 24 passed; claims:" in said, said[-3000:]
    assert not (copied / ".ectype").exists(), "results of the isolated environment are not those of the workspace"
