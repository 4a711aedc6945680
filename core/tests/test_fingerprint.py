"""A stored result is used again only while nothing that it depends on has changed."""

import platform

import msgspec
import pytest
from ectype import digests, fingerprint
from ectype.fingerprint import Fingerprints, built_on
from ectype.results import SCHEMA, Outcome, Result


def state(installed):
    entries = installed()
    return Fingerprints(entries.values()).of(entries["focal"], {"ectype_focal", "ectype_base"})


def append(path, text="\n# a comment\n"):
    path.write_text(path.read_text() + text)


def version(workspace, slug, number):
    """Do what an installer does for another version: the metadata folder gets another name."""
    source = workspace.root / f"packages/ectype-{slug}/src"
    (source / f"ectype_{slug}-0.1.dist-info").rename(source / f"ectype_{slug}-{number}.dist-info")


@pytest.mark.parametrize(
    "change",
    [
        lambda w, m: append(w.root / "packages/ectype-focal/src/ectype_focal/focal_loss.py"),
        lambda w, m: append(w.root / "packages/ectype-focal/src/ectype_focal/claims.py"),
        lambda w, m: append(w.root / "packages/ectype-focal/README.md"),
        lambda w, m: (w.root / "packages/ectype-focal/src/ectype_focal/data.tsv").write_text("1"),
        lambda w, m: append(w.root / "packages/ectype-base/src/ectype_base/focal_loss.py"),
        lambda w, m: w.register(w.root / "other", "other", "other:x", "new-distribution", group="console_scripts"),
        lambda w, m: version(w, "base", "0.2"),
        lambda w, m: m.setattr(platform, "python_version", lambda: "3.99.0"),
        lambda w, m: m.setattr(fingerprint, "__file__", digests.__file__.replace("digests", "checks/digests")),
    ],
    ids=["code", "claims", "analysis", "data", "built-on", "installed", "version", "python", "core"],
)
def test_every_change_changes_the_fingerprint(workspace, installed, monkeypatch, change):
    workspace.paper("base")
    workspace.paper("focal")
    before = state(installed)
    assert state(installed) == before
    change(workspace, monkeypatch)
    assert state(installed) != before


def test_a_paper_it_does_not_build_on_does_not_count(workspace, installed):
    for slug in ("base", "focal", "stranger"):
        workspace.paper(slug)
    before = state(installed)
    append(workspace.root / "packages/ectype-stranger/src/ectype_stranger/focal_loss.py")
    assert state(installed) == before


@pytest.mark.parametrize(
    ("changes", "deep", "unchanged"),
    [
        ({}, False, True),
        ({"deep": True}, True, True),
        ({}, True, False),
        ({"inputs": "0"}, False, False),
        ({"inputs": ""}, False, False),
        ({"problem": "killed"}, False, False),
        ({"outcomes": [Outcome(id="paper/x", group="paper", status="failed", summary="")]}, False, False),
        ({"outcomes": [Outcome(id="paper/x", group="paper", status="error", summary="")]}, False, False),
    ],
)
def test_what_failed_or_was_not_deep_enough_is_run_again(workspace, installed, changes, deep, unchanged):
    workspace.paper("focal")
    entry = installed()["focal"]
    now = Fingerprints([entry])
    result = Result(
        schema=SCHEMA,
        slug="focal",
        distribution="d",
        version="1",
        started="now",
        seconds=1,
        partial=False,
        inputs=now.of(entry, ["ectype_focal"]),
        modules={"ectype_focal.claims": "0", "ectype": "0"},
    )
    assert built_on(result) == {"ectype_focal"}
    assert now.unchanged(entry, msgspec.structs.replace(result, **changes), deep=deep) is unchanged
    assert not now.unchanged(entry, None, deep=False)


def test_an_unchanged_paper_is_not_run_again_and_says_since_when(workspace):
    folder = workspace.paper()
    workspace.accept("focal")
    first = workspace.run("verify", "focal")
    assert "unchanged, verified on" in first.stdout
    assert first.returncode == 0
    assert "unchanged" not in workspace.run("verify", "focal", "--fresh").stdout
    append(folder / "src/ectype_focal/focal_loss.py")
    assert "unchanged" not in workspace.run("verify", "focal").stdout
    ledger = folder / "ledger.toml"
    ledger.write_text(ledger.read_text().replace('target = "100"', 'target = "101"'))
    edited = workspace.run("verify", "focal")
    assert "unchanged, verified on" in edited.stdout
    assert edited.returncode == 1
