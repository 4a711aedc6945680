"""A paper outside this repository: generated, installed by its entry point, and verified and shown the same way."""

import os
import shutil
import subprocess
import tomllib

import pytest
from throwaway import CLAIMS, CODE, HEADER, README, Workspace

NEW = ["--title", "Focal Loss", "--authors", "Tsung-Yi Lin", "--paper", "1708.02002v2", "--code", "none"]
KIND = ["--kind", "loss", "--component", "focal loss", "--section", "Section 3.2, Eq. 4"]


@pytest.fixture
def elsewhere(tmp_path):
    """Return a folder of somebody else, where nothing is a workspace."""
    root = tmp_path / "sömewhere else"
    root.mkdir()
    return Workspace(root)


def new(workspace, *arguments):
    return workspace.run("new", "my-focal", "--to", ".", *NEW, *KIND, *arguments)


def finish(folder):
    """Write what the paper needs, as its author would."""
    package = folder / "src" / "ectype_my_focal"
    for name, text in {"__init__": HEADER, "focal_loss": CODE, "claims": CLAIMS}.items():
        (package / f"{name}.py").write_text(text.replace("PACKAGE", "ectype_my_focal"), encoding="utf-8")
    (folder / "README.md").write_text(README, encoding="utf-8")


def test_a_generated_package_stands_alone(elsewhere):
    made = new(elsewhere)
    assert made.returncode == 0, made.stderr
    folder = elsewhere.root / "my-focal"
    assert "pip install --editable" in made.stdout
    assert str(folder) in made.stdout
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["ectype.papers"] == {"my-focal": "ectype_my_focal.claims:paper"}
    assert "tool" not in project, "there is no workspace to find ectype in"


def test_it_is_verified_accepted_and_shown_as_any_other(elsewhere):
    assert new(elsewhere).returncode == 0
    folder = elsewhere.root / "my-focal"
    elsewhere.register(folder / "src", "my-focal", "ectype_my_focal.claims:paper", "ectype-my-focal")
    status, papers = elsewhere.verify("my-focal")
    assert status == 0
    assert papers["my-focal"]["attention"][0]["id"] == "skeleton"
    finish(folder)
    elsewhere.accept("my-focal")
    status, papers = elsewhere.verify("my-focal")
    assert (status, papers["my-focal"]["attention"]) == (0, [])
    assert (folder / "ledger.toml").is_file()
    assert "Focal Loss for Dense Object Detection" in elsewhere.run("list").stdout
    assert "[reproduced] Sec. 3.2" in elsewhere.run("show", "my-focal").stdout
    assert "my-focal" in elsewhere.run("status", "my-focal").stdout
    docs = elsewhere.root / "docs"
    assert elsewhere.run("site", "--docs", str(docs)).returncode == 0
    assert "Focal Loss for Dense Object Detection" in (docs / "papers" / "my-focal" / "index.md").read_text("utf-8")


def test_it_is_found_and_verified_as_an_installed_wheel(elsewhere):
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        pytest.skip("needs uv to build and install a wheel")
    assert new(elsewhere).returncode == 0
    folder, target = elsewhere.root / "my-focal", elsewhere.root / "installed"
    finish(folder)
    install = [uv, "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(folder)]
    done = subprocess.run(install, capture_output=True, text=True, check=False, timeout=240)
    if "uv_build" in done.stderr and "fetch" in done.stderr.lower():
        pytest.skip(f"needs the build backend, which cannot be fetched here: {done.stderr.strip()[:200]}")
    assert done.returncode == 0, done.stderr
    shutil.rmtree(folder)
    installed = Workspace(elsewhere.root, [target])
    status, papers = installed.verify("my-focal")
    outcomes = {outcome["id"]: outcome["status"] for outcome in papers["my-focal"]["outcomes"]}
    assert outcomes["equation/eq-4/focal-loss"] == "passed"
    assert outcomes["paper/analysis"] == "not run", "it is not in the wheel"
    assert {status for id, status in outcomes.items() if id not in ("paper/analysis", "paper/results")} <= {
        "passed",
        "not applicable",
    }
    assert [f["id"] for f in papers["my-focal"]["attention"] if f["level"] == "failure"] == ["ledger"]
    assert status == 1, "nothing was accepted"
    refused = installed.run("accept", "my-focal", "-m", "why")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize(("to", "said"), [("nowhere", "a folder that is there"), ("member", "outside a uv workspace")])
def test_a_place_that_cannot_be_is_refused(elsewhere, to, said):
    if to == "member":
        (elsewhere.root / to).mkdir()
        text = '[tool.uv.workspace]\nmembers = ["packages/*"]\n'
        (elsewhere.root / "pyproject.toml").write_text(text, encoding="utf-8")
    before = sorted(elsewhere.root.rglob("*"))
    done = elsewhere.run("new", "my-focal", "--to", to, *NEW, *KIND)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr
    assert sorted(elsewhere.root.rglob("*")) == before


def test_without_a_workspace_the_way_out_is_named(elsewhere):
    done = elsewhere.run("new", "my-focal", *NEW, *KIND)
    assert done.returncode == 2
    assert "--to FOLDER" in done.stderr
