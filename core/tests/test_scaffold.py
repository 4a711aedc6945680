"""A new paper: every kind is generated, verified as a skeleton beside a healthy paper, shown, and removed."""

import ast
import builtins
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import throwaway
from ectype.cli import main
from ectype.errors import UsageError
from ectype.header import read
from ectype.scaffold import command, questions
from ectype.scaffold.details import KINDS, Details
from ectype.scaffold.package import files, templates, write
from throwaway import make_workspace

ROOT = Path(__file__).parents[2]
OPTIONS = {
    "title": 'A Title With $Signs and \\Slashes and "Quotes" and {{ braces }}',
    "authors": "Ann Ångström, Bo van der Berg",
    "paper": "1708.02002v2",
    "component": "scaled mixing",
    "section": "Section 3.2, Eq. 4",
}
STEPS = ["analysis", "references", "skeleton", "components", "loss", "training", "verification", "documentation"]
ABSENT = {  # the steps in which nothing is due from the beginning
    "architecture": ["loss"],
    "loss": ["components", "training"],
    "optimizer": ["components", "loss"],
    "generative": [],
    "procedure": ["components"],
    "rl": [],
    "inference": ["loss", "training"],
}


def details(kind, **changes):
    known = {
        "slug": f"my-{kind}",
        "title": "A title",
        "authors": ("Ann A",),
        "paper": "https://arxiv.org/abs/1708.02002",
        "code": "",
        "kind": kind,
        "component": "scaled mixing",
        "section": "Section 3",
    }
    return Details(**known | changes)


def members(workspace, text='["packages/*"]'):
    (workspace.root / "pyproject.toml").write_text(f"[tool.uv.workspace]\nmembers = {text}\n", encoding="utf-8")
    return workspace


def new(workspace, slug, *arguments, **options):
    given = [part for name, value in (OPTIONS | options).items() if value for part in (f"--{name}", value)]
    return workspace.run("new", slug, *given, *arguments)


def tree(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def install(workspace, slug):
    """Do what `uv sync` does: register the entry point of a package."""
    folder = workspace.root / "packages" / slug
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ((name, value),) = project["entry-points"]["ectype.papers"].items()
    workspace.register(folder / "src", name, value, project["name"])
    return folder


@pytest.fixture(scope="module")
def skeletons(tmp_path_factory):
    """A workspace with a healthy paper and a new one of every kind, and what `verify` said of all of them."""
    workspace = members(make_workspace(tmp_path_factory.mktemp("skeletons")))
    workspace.paper("focal")
    workspace.accept("focal")
    for kind in KINDS:
        done = new(workspace, f"my-{kind}", kind=kind)
        assert done.returncode == 0, done.stderr
        install(workspace, f"my-{kind}")
    status, papers = workspace.verify("focal", *(f"my-{kind}" for kind in KINDS), "--jobs", "1")
    return workspace, status, papers


def test_skeletons_fail_nothing_and_leave_the_healthy_paper_alone(skeletons):
    workspace, status, papers = skeletons
    assert status == 0
    assert sorted(papers) == sorted(["focal", *(f"my-{kind}" for kind in KINDS)])
    assert papers["focal"]["attention"] == []
    assert workspace.verify("my-loss", "--strict")[0] == 1
    assert workspace.run("status", "focal", "my-loss").returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_paper_is_a_skeleton_with_its_steps_in_order(skeletons, kind):
    paper = skeletons[2][f"my-{kind}"]
    assert paper["problem"] == ""
    (finding,) = paper["attention"]  # nothing but what is unwritten fails
    assert (finding["level"], finding["id"]) == ("warning", "skeleton")
    due = [step["name"] for step in paper["progress"]["steps"] if step["todo"]]
    assert [step["name"] for step in paper["progress"]["steps"]] == STEPS
    assert due == [step for step in STEPS if step not in [*ABSENT[kind], "documentation"]]
    assert not any(item["done"] for item in paper["progress"]["items"])
    text = finding["detail"]
    assert f"packages/my-{kind}/README.md:5 Core contribution: Which problem" in text
    assert f"packages/my-{kind}/src/ectype_my_{kind}/__init__.py:7 name each part" in text
    assert "Section 3.2, Eq. 4: " in text
    assert "NotImplementedError" not in text


def test_a_page_of_every_skeleton_is_written(skeletons):
    workspace = skeletons[0]
    done = workspace.run("site", "--docs", "pages")
    assert done.returncode == 0, done.stderr
    for kind in KINDS:
        page = (workspace.root / f"pages/papers/my-{kind}/index.md").read_text(encoding="utf-8")
        assert "skeleton" in page
        assert "0/7 of a finished implementation" in page
        assert "README.md:5 Core contribution: Which problem" in page


def test_the_table_and_the_page_of_commands_name_the_skeleton(skeletons):
    workspace = skeletons[0]
    table = workspace.run("status", "focal", "my-rl").stdout
    assert "ok focal" in table
    assert "skeleton my-rl" in table
    shown = workspace.run("show", "my-rl").stdout
    assert "Finished: 0/7; missing: summary, diagram" in shown
    assert "Next steps:\nanalysis:\n- packages/my-rl/README.md:5" in shown
    whole = workspace.run("show", "focal").stdout
    assert "Finished: 7/7" in whole or "Finished: 6/7; missing:" in whole


def test_a_skeleton_can_be_removed(workspace):
    members(workspace).paper("focal")
    workspace.accept("focal")
    before = tree(workspace.root / "packages")
    assert new(workspace, "short", kind="loss").returncode == 0
    folder = install(workspace, "short")
    assert workspace.verify("focal", "short")[0] == 0
    shutil.rmtree(folder)
    assert tree(workspace.root / "packages") == before
    workspace.sources.remove(folder / "src")
    assert workspace.verify("focal")[0] == 0
    assert workspace.run("show", "short").returncode == 2


def test_each_step_moves_the_list_on_and_the_last_one_makes_it_a_paper(workspace):
    """The guide's focal loss is written into the skeleton, one step at a time."""
    members(workspace)
    assert new(workspace, "focal", kind="loss", component="focal loss", section="Section 3.2").returncode == 0
    folder = install(workspace, "focal")
    package = folder / "src/ectype_focal"

    def due():
        status, papers = workspace.verify("focal")
        return status, [step["name"] for step in papers["focal"]["progress"]["steps"] if step["todo"]]

    assert due() == (0, ["analysis", "references", "skeleton", "loss", "verification"])
    written, _, references = throwaway.README.partition("## References consulted")
    asked = (folder / "README.md").read_text(encoding="utf-8").partition("## References consulted")[2]
    (folder / "README.md").write_text(f"{written}## References consulted{asked}", encoding="utf-8")
    assert due() == (0, ["references", "skeleton", "loss", "verification"])
    (folder / "README.md").write_text(f"{written}## References consulted{references}", encoding="utf-8")
    assert due() == (0, ["skeleton", "loss", "verification"])
    init = package / "__init__.py"
    exports = init.read_text(encoding="utf-8").rpartition('"""')[2]
    head = throwaway.HEADER.rpartition("- Dataset")[0] + '- None\n"""'
    init.write_text(head + exports, encoding="utf-8")
    assert due() == (0, ["loss", "verification", "documentation"])  # what is ticked must be cited
    (package / "focal_loss.py").write_text(throwaway.CODE, encoding="utf-8")
    status, steps = due()
    assert (status, steps[0]) == (0, "verification")
    (package / "claims.py").write_text(throwaway.CLAIMS.replace("PACKAGE", "ectype_focal"), encoding="utf-8")
    assert due() == (1, ["documentation"])  # no skeleton any more: now it can fail
    assert workspace.run("sync", "focal").returncode == 0
    assert due() == (1, [])  # nothing is accepted yet
    workspace.accept("focal")
    assert due() == (0, [])
    shown = workspace.run("show", "focal").stdout
    assert "Finished: 7/7\n\nNext steps: none" in shown


def test_a_skeleton_cannot_be_accepted(skeletons):
    workspace, _, _ = skeletons
    done = workspace.run("accept", "my-loss", "-m", "too early")
    assert done.returncode == 2
    assert "a skeleton cannot be accepted" in done.stderr
    assert not (workspace.root / "packages" / "my-loss" / "ledger.toml").exists()


def test_what_was_accepted_once_is_no_skeleton_again(workspace):
    folder = workspace.paper("focal")
    workspace.accept("focal")
    code = folder / "src/ectype_focal/focal_loss.py"
    code.write_text(code.read_text().replace("    if gamma < 0:", "    raise NotImplementedError\n    if gamma < 0:"))
    assert workspace.verify("focal")[0] == 1
    broken = code.read_text().partition("    raise NotImplementedError")[0] + "    raise NotImplementedError\n"
    code.write_text(broken)
    status, papers = workspace.verify("focal")
    assert status == 1
    assert not any(found["id"] == "skeleton" for found in papers["focal"]["attention"])


def test_a_skeleton_that_cannot_be_imported_is_broken_and_not_a_skeleton(workspace):
    assert new(members(workspace), "short", kind="loss").returncode == 0
    folder = install(workspace, "short")
    claims = folder / "src/ectype_short/claims.py"
    claims.write_text(claims.read_text() + "import nothing_of_this_name\n")
    status, papers = workspace.verify("short")
    assert status == 1
    assert "nothing_of_this_name" in papers["short"]["problem"]


# What is written.


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_has_at_most_eight_files_in_the_form_of_the_house(kind, tmp_path):
    made = files(details(kind))
    package = f"src/ectype_my_{kind}"
    assert len(made) <= 8
    assert {"pyproject.toml", "README.md", f"{package}/__init__.py", f"{package}/claims.py"} <= set(made)
    assert made[f"{package}/py.typed"] == ""
    assert f"{package}/scaled_mixing.py" in made
    assert len(made["pyproject.toml"].splitlines()) <= 25
    assert not [name for name, text in made.items() if text and (not text.endswith("\n") or text.endswith("\n\n"))]
    ours = tomllib.loads(made["pyproject.toml"])
    theirs = tomllib.loads((ROOT / "packages/transformer/pyproject.toml").read_text(encoding="utf-8"))
    assert ours.keys() == theirs.keys()
    assert ours["project"].keys() == theirs["project"].keys() - {"optional-dependencies"}
    assert ours["build-system"] == theirs["build-system"]
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    folder = tmp_path / "packages" / f"my-{kind}"
    folder.parent.mkdir()
    write(details(kind, component="focal loss", section="Section 3.2, Eq. 4"), folder)
    for arguments in (["format", "--check"], ["check", "--no-cache"]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "packages"], cwd=tmp_path, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_the_commented_shapes_are_declarations_that_parse(kind):
    made = files(details(kind))
    shapes = made[f"src/ectype_my_{kind}/claims.py"].partition("(shapes below)\n#\n")[2]
    parsed = ast.parse("".join(line.removeprefix("#").removeprefix(" ") + "\n" for line in shapes.splitlines()))
    called = {ast.unparse(node.func) for node in ast.walk(parsed) if isinstance(node, ast.Call)}
    assert {f"paper.{name}" for name in ("equation", "reference", "property", "claim", "not_attempted")} <= called
    assert ("paper.empirical" in called) == (f"src/ectype_my_{kind}/training.py" in made)


def test_every_kind_has_its_folder_of_templates():
    folders = {path.name for path in templates().iterdir() if path.is_dir()}
    assert folders == {*KINDS, "every"}
    assert all((templates() / kind / "claims.py.jinja").is_file() for kind in KINDS)


@pytest.mark.parametrize(
    ("kind", "component"),
    [
        ("loss", "torch"),
        ("loss", "claims"),
        ("loss", "paper"),
        ("loss", "scores and targets"),
        ("architecture", "training"),
        ("architecture", "Tensor"),
    ],
)
def test_a_component_with_the_name_of_something_else_is_refused(kind, component):
    """A component called `torch` would hide the torch that the templates import."""
    with pytest.raises(UsageError, match=f"a name of its own; '{component}'"):
        files(details(kind, component=component))


# What is refused, and that nothing is written then.


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("focal", "is there already"),
        ("../outside", "'../outside'"),
        ("a/b", "'a/b'"),
        ("Focal", "'Focal'"),
        ("two_words", "'two_words'"),
        ("3d", "'3d'"),
        ("-x", "'-x'|arguments are required"),
        ("other", "ectype_other already"),
        ("ghost", "module ectype_ghost is installed"),
        ("taken", "paper 'taken' is installed"),
        ("shipped", "distribution ectype-shipped is installed"),
    ],
)
def test_a_slug_that_cannot_be_is_refused(workspace, slug, reason):
    members(workspace)
    (workspace.root / "packages/focal").mkdir(parents=True)
    (workspace.root / "packages/elsewhere/src/ectype_other").mkdir(parents=True)
    ghost = workspace.root / "lib"
    (ghost / "ectype_ghost").mkdir(parents=True)
    (ghost / "ectype_ghost/__init__.py").touch()
    workspace.register(ghost, "taken", "somewhere:paper", "else")
    workspace.register(ghost, "other-name", "elsewhere:paper", "ectype-shipped")
    before = tree(workspace.root)
    done = new(workspace, slug, kind="loss")
    assert done.returncode == 2
    assert re.search(reason, done.stderr), done.stderr
    assert tree(workspace.root) == before
    assert not (workspace.root.parent / "outside").exists()


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"title": ""}, "--title"),
        ({"authors": "", "paper": ""}, "--authors, --paper"),
        ({"paper": "not a place"}, "'not a place'"),
        ({"section": "somewhere"}, "'somewhere'"),
        ({"component": "torch"}, "'torch'"),
        ({"component": "class"}, "'class'"),
        ({"component": "../up"}, "'../up'"),
        ({"component": "3d unet"}, "'3d unet'"),
        ({"authors": "Ann,,Bo"}, "''|nothing"),
        ({"code": "ftp://x"}, "'ftp://x'"),
        ({"title": "two\nlines"}, "two"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said_and_nothing_is_written(workspace, options, received):
    members(workspace)
    before = tree(workspace.root)
    done = new(workspace, "short", **{"kind": "loss", **options})
    assert done.returncode == 2
    assert re.search(received, done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert tree(workspace.root) == before


def test_a_workspace_that_would_not_take_the_package_is_refused(workspace, tmp_path):
    assert "members" in new(members(workspace, "[]"), "short", kind="loss").stderr
    (tmp_path / "outside").mkdir()
    (members(workspace).root / "packages").symlink_to(tmp_path / "outside")
    assert "a link" in new(workspace, "short", kind="loss").stderr
    assert tree(tmp_path / "outside") == []


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    done = []

    def full(self, *args, original=Path.write_text, **kwargs):
        done.append(self)
        if len(done) == 4:
            raise OSError(28, "No space left on device")
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(UsageError, match="No space left on device"):
        write(details("loss"), tmp_path / "packages" / "my-loss")
    assert len(done) == 4
    assert tree(tmp_path) == []


def test_json_names_the_files_and_the_next_commands(workspace):
    done = new(members(workspace), "short", "--json", kind="inference")
    said = json.loads(done.stdout)
    assert said["next"] == ["uv sync --all-packages --all-extras", "ectype verify short"]
    assert said["written"] == sorted(
        path.relative_to(workspace.root).as_posix() for path in workspace.root.glob("packages/**/*") if path.is_file()
    )


def test_starting_the_command_line_imports_no_template_engine_and_no_torch():
    code = "import sys, ectype.cli; ectype.cli._parser(); print(sorted({'jinja2', 'torch', 'yaml'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_kinds_of_the_command_are_those_of_the_templates():
    assert tuple(KINDS) == command._KINDS


# Questions.


def answering(monkeypatch, *answers):
    asked, left = [], iter(answers)

    def answer(question):
        asked.append(question)
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(questions, "at_terminal", lambda: True)
    monkeypatch.setattr(builtins, "input", answer)
    return asked


def test_at_a_terminal_what_is_missing_is_asked_for(workspace, monkeypatch, capsys):
    monkeypatch.chdir(members(workspace).root)
    asked = answering(monkeypatch, "", "Ann A, Bo B", "1708.02002", "", "nonsense", "loss", "focal loss", "Eq. 4")
    assert main(["new", "short", "--title", "A title"]) == 0
    said = capsys.readouterr().out
    assert "an answer is needed" in said
    assert "one of architecture" in said
    assert len(asked) == 8
    header = read(workspace.root / "packages/short/src/ectype_short/__init__.py")
    assert (header.authors, header.paper, header.official_code) == (
        ("Ann A", "Bo B"),
        "https://arxiv.org/abs/1708.02002",
        None,
    )
    assert (workspace.root / "packages/short/src/ectype_short/focal_loss.py").is_file()


def test_a_person_who_goes_away_leaves_nothing_behind(workspace, monkeypatch):
    monkeypatch.chdir(members(workspace).root)
    before = tree(workspace.root)
    answering(monkeypatch, "A title", "Ann A")
    assert main(["new", "short"]) == 130
    assert tree(workspace.root) == before
