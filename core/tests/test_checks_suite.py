"""The suite as a whole: how checks are made and chosen, traits, and the pytest integration."""

import pkgutil
import sys
from contextlib import suppress

import pytest
import torch
from conformance import component, normal, rows, tanh
from ectype import checks, traits
from ectype.checks import BuiltIn, Check, check, unique
from ectype.declarations import KINDS
from ectype.errors import CheckFailedError, DeclarationError, NotApplicableError, UsageError
from ectype.paper import Paper
from ectype.testing import parametrize_with_checks

EVERY = unique(BuiltIn().ectype_checks())


def test_every_kind_owes_checks():
    assert {kind for item in EVERY for kind in item.kinds} == set(KINDS)


def test_every_trait_selects_a_check_or_is_read_by_one():
    selecting = {item.trait for item in EVERY if item.trait}
    declared = {value for value in vars(traits).values() if isinstance(value, type) and issubclass(value, traits.Trait)}
    assert declared - selecting == {traits.Trait, traits.TrainingDiffers, traits.Overfits}


@pytest.mark.parametrize("item", [item for item in EVERY if item.trait], ids=lambda item: item.name)
def test_a_trait_is_for_the_kinds_that_owe_its_check(item):
    assert set(item.trait.kinds) == item.kinds


@pytest.mark.parametrize("item", EVERY, ids=lambda item: item.name)
def test_the_documentation_of_a_check_says_what_and_why(item):
    assert item.asserts.endswith(".")
    assert len(item.asserts) <= 120
    assert len(item.why) >= 40


def test_every_module_with_checks_is_searched():
    names = {module.name for module in pkgutil.iter_modules(checks.__path__)}
    assert {item.function.__module__.rpartition(".")[2] for item in EVERY} <= names
    assert len(EVERY) >= 60


def test_a_check_needs_kinds_that_exist_and_a_docstring():
    with pytest.raises(ValueError, match=r"received \['gadget'\]"):
        check("gadget")
    with pytest.raises(ValueError, match="must say what is asserted, then why"):
        check("layer")(lambda component: None)


def test_two_checks_of_one_name_are_refused():
    twin = Check(EVERY[0].name, EVERY[0].kinds, lambda component: None)
    with pytest.raises(UsageError, match=f"two are called {EVERY[0].name!r}"):
        unique([*EVERY, twin])


def test_a_check_is_owed_by_kind_and_trait():
    by_name = {item.name: item for item in EVERY}
    plain, causal = component("layer", tanh, rows), component("layer", tanh, rows, traits=[traits.Causal("length")])
    assert not by_name["causality"].owed_by(plain)
    assert by_name["causality"].owed_by(causal)
    assert by_name["runs"].owed_by(plain)
    assert not by_name["closure"].owed_by(plain)


@check("layer")
def positive(case):
    """The scale is positive.

    It stands for any check that does not apply in some setting.
    """
    scale = case.named["scale"]
    if scale == 0:
        raise NotApplicableError("the scale is zero")
    if scale < 0:
        raise CheckFailedError(f"{case}: must be positive")
    return {"scale": scale, "setting": case.index, "kind": case.component.kind}


def scales(*values):
    return component("layer", lambda x, scale: x * scale, rows, *({"scale": value} for value in values))


def test_a_check_runs_in_every_setting():
    assert positive.function(scales(1.0, 3.0, 2.0)) == {"scale": 3.0, "setting": 2, "kind": "layer"}


def test_where_it_does_not_apply_in_one_setting_it_runs_in_the_others():
    assert positive.function(scales(0.0, 2.0))["scale"] == 2.0
    with pytest.raises(CheckFailedError, match=r"scale=-1\.0"):
        positive.function(scales(0.0, -1.0))
    with pytest.raises(NotApplicableError, match=r"^the scale is zero$"):
        positive.function(scales(0.0, 0.0))


def test_a_check_runs_for_every_trait_that_it_is_about():
    causality = next(item for item in EVERY if item.name == "causality")
    along = [traits.Causal("length"), traits.Causal("batch")]
    assert causality.function(component("layer", tanh, rows, traits=along)) == {"inputs": 1}
    with pytest.raises(CheckFailedError, match="of batch must not depend on later inputs"):
        causality.function(component("layer", lambda x: x + x.sum(0), rows, traits=along))


def test_different_figures_are_listed():
    cost_order = next(item for item in EVERY if item.name == "cost-order")
    made = component(
        "layer", lambda x, copies: sum(x @ x.mT for _ in range(copies)), rows, {"copies": 1}, {"copies": 2}
    )
    made.traits = (traits.Cost("batch", 1),)
    once = [2 * batch * 3 * 3 * 4 for batch in (3, 4, 5)]
    assert cost_order.function(made) == {"batch": [once, [2 * count for count in once]]}


@pytest.mark.parametrize(
    ("kind", "trait", "text"),
    [
        ("layer", traits.Causal("time"), r"a free axis of the draw \(batch, length\); received 'time'"),
        ("layer", traits.ShiftInvariant(0, ("length", "time")), "received 'time'"),
        ("layer", traits.Digest("0"), "Digest to be declared for a sampler or data; received a layer"),
        ("layer", traits.LowerBound(), "LowerBound to be declared for a loss"),
    ],
)
def test_a_trait_that_means_nothing_is_refused(kind, trait, text):
    with pytest.raises(DeclarationError, match=text):
        component(kind, tanh, rows, traits=[trait])


# In pytest


def paper(of=tanh, **keywords):
    made = Paper("ectype", equations=0, tables=0)
    made.component("layer", of=of, id="specimen", **keywords)(rows)
    return made


def by_id(made, **keywords):
    return {case.id: case for case in parametrize_with_checks(made, **keywords).args[1]}


@parametrize_with_checks(paper())
def test_conformance_of_a_specimen(check):
    check()


def test_ids_are_those_of_outcomes():
    ids = set(by_id(paper()))
    assert "component/specimen/runs" in ids
    assert "component/specimen/causality" not in ids
    assert "component/specimen/compiles" not in ids
    assert set(by_id(paper(), deep=True)) - ids == {"component/specimen/compiles", "component/specimen/exports"}


def test_what_fails_raises():
    (run,) = by_id(paper(lambda x: x.float()))["component/specimen/types-kept"].values
    with pytest.raises(CheckFailedError, match=r"torch\.float64"):
        run()


def test_what_does_not_apply_is_skipped_with_the_reason():
    (run,) = by_id(paper())["component/specimen/copies"].values
    with pytest.raises(pytest.skip.Exception, match="specimen is a function"):
        run()


def test_what_cannot_run_is_skipped_with_the_reason(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    made = Paper("ectype", equations=0, tables=0)
    made.component("environment", of=dict, id="specimen")(lambda rng: ())
    (run,) = by_id(made)["component/specimen/follows-gymnasium"].values
    with pytest.raises(pytest.skip.Exception, match="pip install gymnasium"):
        run()


def test_an_expected_failure_is_strict():
    made = by_id(paper(expected_failures={"types-kept": "float32 only"}))
    (mark,) = made["component/specimen/types-kept"].marks
    assert mark.name == "xfail"
    assert mark.kwargs == {"reason": "float32 only", "strict": True}
    assert not made["component/specimen/runs"].marks


def test_an_expected_failure_of_an_unknown_check_fails():
    (run,) = by_id(paper(expected_failures={"no-such-check": "why"}))["component/specimen/expected-failures"].values
    with pytest.raises(CheckFailedError, match="no-such-check"):
        run()


def test_a_full_pass_leaves_the_process_as_it_was():
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    made = component("layer", tanh, lambda rng, batch=2: normal(rng, batch, 4))
    for item in EVERY:
        if item.owed_by(made) and not item.deep:
            with suppress(NotApplicableError):
                item.function(made)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads
