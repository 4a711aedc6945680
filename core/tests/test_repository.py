"""The repository itself: folders, members and entry points are one set; the public interface is what it says."""

import ast
import importlib.metadata
import re
import tomllib
from pathlib import Path

import ectype
import pytest
from ectype.freshness import Tree
from ectype.plugins import discover
from ectype.site.command import pages
from ectype.site.publication import gather

ROOT = Path(__file__).parents[2]
PAPERS = sorted(path.parent.name for path in ROOT.glob("packages/*/pyproject.toml"))


def project(path):
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_every_folder_is_a_paper_and_every_paper_is_a_folder():
    folders = sorted(path.name for path in (ROOT / "packages").iterdir() if path.is_dir())
    ours = {f"ectype-{slug}" for slug in PAPERS}
    registered = {
        point.name: point.value
        for point in importlib.metadata.entry_points(group="ectype.papers")
        if point.dist is not None and point.dist.name in ours
    }
    assert folders == PAPERS
    assert registered == {slug: f"ectype_{slug.replace('-', '_')}.claims:paper" for slug in PAPERS}


def test_every_paper_has_a_page_on_the_site_and_no_other_is_there(tmp_path):
    entries = [entry for entry in discover() if entry.distribution in {f"ectype-{slug}" for slug in PAPERS}]
    made = pages([gather(entry, tmp_path, Tree(entries)) for entry in entries])
    assert sorted({name.split("/")[1] for name in made if name.startswith("papers/")}) == PAPERS


@pytest.mark.parametrize("slug", PAPERS)
def test_a_package_is_named_after_its_slug_and_registers_one_paper(slug):
    data = project(ROOT / "packages" / slug / "pyproject.toml")
    module = f"ectype_{slug.replace('-', '_')}"
    assert data["project"]["name"] == f"ectype-{slug}"
    assert data["project"]["entry-points"] == {"ectype.papers": {slug: f"{module}.claims:paper"}}
    assert (ROOT / "packages" / slug / "src" / module / "py.typed").is_file()


def test_the_workspace_takes_members_by_glob_and_no_lock_file_is_kept():
    workspace = project(ROOT / "pyproject.toml")["tool"]["uv"]
    assert workspace["workspace"]["members"] == ["core", "packages/*"]
    assert "uv.lock" in (ROOT / ".gitignore").read_text().split()
    pins = workspace["constraint-dependencies"]
    assert all(re.match(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    assert any(pin.startswith("torch==") for pin in pins)


def test_the_public_interface_is_what_the_top_level_exports():
    assert sorted(ectype.__all__) == [
        "API_VERSION",
        "CheckFailedError",
        "EctypeError",
        "NotApplicableError",
        "NotRunError",
        "Paper",
        "Sample",
        "Target",
        "hookimpl",
    ]
    assert all(hasattr(ectype, name) for name in ectype.__all__)


def test_core_names_no_paper():
    words = {f"ectype_{slug.replace('-', '_')}" for slug in PAPERS}
    for path in (ROOT / "core/src").rglob("*.py"):
        assert not [word for word in words if word in path.read_text(encoding="utf-8")], path


def test_sessions_are_one_word_with_a_docstring_and_a_dozen_lines_at_most():
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    sessions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list]
    assert {"verify", "tests", "docs", "lint", "lock", "faults"} <= {session.name for session in sessions}
    for session in sessions:
        assert re.fullmatch("[a-z]+", session.name)
        assert ast.get_docstring(session)
        assert session.end_lineno - session.lineno < 12


def snippets(language):
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        for number, match in enumerate(re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S), 1):
            yield pytest.param(match, id=f"{path.name}-{number}")


@pytest.mark.parametrize("code", list(snippets("python")))
def test_snippets_run(code):
    exec(compile(code, "snippet", "exec"), {"__name__": "snippet"})


def test_ci_reads_its_two_commands_from_the_readme():
    start = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Start")[2].partition("\n## ")[0]
    commands = [line for line in start.splitlines() if line.startswith("python3 -m pip")]
    assert [command.rpartition(" ")[2] for command in commands] == ["verify", "tests"]


def test_no_file_of_the_project_names_a_registry_or_a_private_folder():
    listed = [path for path in ROOT.glob("*") if path.is_file() and path.name != "uv.lock"]
    texts = [
        *listed,
        *(ROOT / "core").rglob("*.py"),
        *(ROOT / "packages").rglob("*.py"),
        *(ROOT / "docs").rglob("*.md"),
    ]
    pattern = re.compile("find-" + "links|index-" + "url|/simp" + "le/|\\.\\./sha" + "red")
    assert not [path for path in texts if pattern.search(path.read_text(encoding="utf-8", errors="replace"))]


def test_the_workflow_runs_sessions_that_exist():
    """GitHub runs what a contributor runs."""
    import yaml

    workflow = yaml.safe_load((ROOT / ".github/workflows/verify.yml").read_text(encoding="utf-8"))
    commands = "\n".join(step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"])
    sessions = {word for line in re.findall(r"nox -s ([a-z ]+)", commands) for word in line.split()}
    known = set(re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text(encoding="utf-8"), re.M))
    assert sessions == {"lint", "docs", "verify", "tests", "isolated"}
    assert sessions <= known
    assert "bash .ci/run" in commands
    assert workflow["permissions"] == {"contents": "read"}
