"""What is not installed is "not run", with what to install."""

import importlib.util

import pytest
from ectype.errors import NotRunError
from ectype.needs import listed, require
from throwaway import CLAIMS


def test_what_is_there_has_a_version():
    assert require("numpy", "ectype").count(".") >= 1


def test_what_is_missing_says_what_to_install(tmp_path, monkeypatch):
    with pytest.raises(
        NotRunError, match="needs no_such_library, which is not installed: `pip install no-such-library`"
    ):
        require("no_such_library", "no-such-distribution")
    (tmp_path / "broken_library.py").write_text("raise OSError('a shared library is missing')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(NotRunError, match="cannot be imported: OSError: a shared library is missing"):
        require("broken_library", "ectype")


def test_the_extra_that_names_it_is_what_to_install(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "math_core" else found(name, *rest)
    )
    with pytest.raises(NotRunError, match=r"pip install 'ectype\[site\]'"):
        require("math_core", "ectype")


PROPERTY = """

@paper.property("Sec. 3.2", "the loss is not negative", needs="no_such_library")
def positive(rng):
    import no_such_library
"""

CLAIM = CLAIMS.replace('printed="100")', 'printed="100", needs=["math", "no_such_library"])')


@pytest.mark.parametrize(
    ("claims", "id"),
    [
        (CLAIMS + PROPERTY, "property/positive"),
        (CLAIM, "claim/easy"),
        (CLAIMS.replace("of=focal_loss, settings", 'of=focal_loss, needs="no_such_library", settings'), "equation"),
    ],
    ids=["property", "claim", "equation of a component"],
)
def test_what_is_declared_with_needs_is_not_run_without_them(workspace, claims, id):
    workspace.paper(claims=claims)
    _, papers = workspace.verify("focal", "--only", id)
    (outcome,) = papers["focal"]["outcomes"]
    assert outcome["status"] == "not run"
    assert outcome["summary"].startswith("needs no_such_library, which is not installed")
    assert {claim["verdict"] for claim in papers["focal"]["claims"] if claim["id"] == "easy"} == {"not run"}


def test_one_module_or_several():
    assert (listed(()), listed("math"), listed(["math", "json"])) == ((), ("math",), ("math", "json"))


def test_a_component_without_what_it_needs_is_not_run_and_earns_nothing(workspace):
    workspace.paper(
        claims=CLAIMS.replace("of=focal_loss, settings", 'of=focal_loss, needs="no_such_library", settings')
    )
    _, papers = workspace.verify("focal", "--only", "component")
    outcomes = papers["focal"]["outcomes"]
    assert {outcome["status"] for outcome in outcomes} == {"not run"}
    assert "no_such_library" in outcomes[0]["summary"]
    assert next(mark for mark in papers["focal"]["marks"] if mark["name"] == "runs")["held"] == 0
