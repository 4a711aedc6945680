"""A result is stale when code that ran has changed, says which, and nothing else makes it stale."""

import importlib
import sys

import msgspec
import pytest
from ectype import digests, freshness, modules
from ectype.freshness import Tree
from ectype.modules import Modules
from ectype.results import SCHEMA, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from throwaway import CODE


def result(**changes):
    blank = Result(
        schema=SCHEMA, slug="focal", distribution="d", version="1", started="2026-01-01", seconds=1, partial=False
    )
    return msgspec.structs.replace(blank, **changes)


@pytest.fixture
def tree(workspace, installed, monkeypatch):
    """Return a function that gives the tree of two papers as it is at that moment."""
    monkeypatch.chdir(workspace.root)
    workspace.paper("base")
    workspace.paper("focal", claims="", extra="from ectype_base import focal_loss")
    return lambda: Tree(installed().values())


def recorded(tree, *names):
    return {name: tree()._modules.digest(name) for name in names}


RAN = ("ectype", "ectype.checks.layers", "ectype_base.focal_loss", "ectype_focal", "ectype_focal.focal_loss")


def edit(workspace, slug, old, new):
    path = workspace.root / f"packages/ectype-{slug}/src/ectype_{slug}/focal_loss.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("slug", "old", "new", "changed"),
    [
        ("focal", "gamma: float = 2.0", "gamma: float = 2.5", ["ectype_focal.focal_loss"]),
        ("base", "gamma: float = 2.0", "gamma: float = 2.5", ["ectype_base.focal_loss"]),
        ("focal", "# Sec. 3.2: p_t", "# Sec. 3.2: again", []),
        ("base", '"""Focal loss."""', '"""Loss."""', []),
        ("focal", "    log_p = -F.", "    log_p = (\n        -F.", ["ectype_focal.focal_loss"]),  # does not parse
        ("focal", "if gamma < 0:", "if (gamma   <   0):", []),
    ],
)
def test_what_changed_is_named_and_form_does_not_count(workspace, tree, slug, old, new, changed):
    before = recorded(tree, *RAN)
    assert tree().changed(before) == []
    edit(workspace, slug, old, new)
    assert tree().changed(before) == changed
    assert tree().stale(result(modules=before)) == (
        f"stale: {', '.join(changed)} changed since 2026-01-01" if changed else ""
    )


def test_what_is_gone_has_changed(workspace, tree):
    before = recorded(tree, *RAN)
    (workspace.root / "packages/ectype-base/src/ectype_base/focal_loss.py").unlink()
    assert tree().changed(before) == ["ectype_base.focal_loss"]
    assert tree().changed({"ectype_stranger": "0", "numpy": "0", "ectype.never": "0", "": "0"}) == [
        "ectype_stranger",
        "numpy",
        "ectype.never",
        "",
    ]


def test_a_result_that_does_not_say_what_ran_is_stale(tree):
    assert tree().stale(result()) == "stale: it does not say what ran"
    assert "killed" not in tree().stale(result(problem="killed"))


@pytest.mark.parametrize(
    ("init", "changed"),
    [
        ("from ectype_base.focal_loss import focal_loss\nfrom ectype_base.other import more\n", []),
        ("from ectype_base.other import focal_loss\n", ["ectype_base"]),
        ("from ectype_base.focal_loss import other as focal_loss\n", ["ectype_base"]),
        ("from ectype_base.focal_loss import focal_loss\nfocal_loss = 1\n", ["ectype_base"]),
        ("", ["ectype_base"]),
    ],
)
def test_another_export_does_not_count_and_another_origin_does(workspace, tree, init, changed):
    before = {"ectype_base": "re-exports focal_loss=ectype_base.focal_loss.focal_loss"}
    file = workspace.root / "packages/ectype-base/src/ectype_base/__init__.py"
    file.write_text("from ectype_base.focal_loss import focal_loss\n")
    assert tree().changed(before) == []
    file.write_text(init)
    assert tree().changed(before) == changed


def test_where_nothing_changed_nothing_is_parsed(workspace, tree, monkeypatch):
    (workspace.root / ".ectype").mkdir()
    before = recorded(tree, *RAN)
    tree().changed(before)
    monkeypatch.setattr(digests, "of_bytes", lambda data: pytest.fail("parsed"))
    assert tree().changed(before) == []


def test_core_counts_module_by_module_and_what_reads_results_does_not(workspace):
    workspace.paper()
    _, papers = workspace.verify("focal")
    ran = papers["focal"]["modules"]
    core = {name for name in ran if name.partition(".")[0] == "ectype"}
    assert {"ectype", "ectype.examine", "ectype.checks.layers", "ectype.equations", "ectype.claims"} <= core
    assert {name for name in ran if name not in core} == {
        f"ectype_focal{end}" for end in ("", ".claims", ".focal_loss")
    }
    for part in ("site", "statistics", "cli", "report", "ledger", "judge", "faults", "scaffold"):
        assert not any(name.startswith(f"ectype.{part}") for name in core), part
    assert ran["ectype_focal.focal_loss"] == digests.of_source(CODE)


def test_every_part_that_only_reads_results_is_one(monkeypatch):
    for part in modules.READING:
        importlib.import_module(f"ectype.{part}")
    loaded = Modules(modules.packages([])).loaded()
    assert {f"ectype.{part}" for part in modules.READING} <= sys.modules.keys()
    assert not any(name.split(".")[1] in modules.READING for name in loaded if "." in name)
    assert loaded["ectype.modules"] == digests.of_file(modules.Path(modules.__file__))


def test_an_edit_while_it_runs_is_not_taken_for_what_ran(workspace, installed, monkeypatch):
    workspace.paper("focal")
    installed()
    held = Modules(modules.packages()).hold()
    importlib.import_module("ectype_focal.focal_loss")
    edit(workspace, "focal", "2.0", "2.5")
    assert held.loaded()["ectype_focal.focal_loss"] == digests.of_source(CODE)
    assert Modules(modules.packages()).digest("ectype_focal.focal_loss") != digests.of_source(CODE)


EDITS_ITSELF = """
import time
from pathlib import Path
Path(__file__).with_name("moment.txt").write_text(str(time.time_ns()))
"""


def test_a_paper_that_was_edited_while_it_was_verified_is_verified_again(workspace):
    folder = workspace.paper()
    claims = folder / "src/ectype_focal/claims.py"
    claims.write_text(claims.read_text() + EDITS_ITSELF)
    workspace.accept("focal")
    assert "unchanged" not in workspace.run("verify", "focal").stdout
    claims.write_text(claims.read_text().replace(EDITS_ITSELF, ""))
    workspace.run("verify", "focal")
    assert "unchanged" in workspace.run("verify", "focal").stdout


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(RAN)), st.sets(st.sampled_from(RAN)))
def test_changed_are_exactly_the_modules_whose_digest_differs(names, wrong):
    class Fixed:
        def digest(self, name):
            return f"now {name}"

    tree = object.__new__(freshness.Tree)
    tree._modules, tree._remembered = Fixed(), digests.Remembered()
    record = {name: f"{'then' if name in wrong else 'now'} {name}" for name in sorted(names)}
    assert tree.changed(record) == sorted(names & wrong)
