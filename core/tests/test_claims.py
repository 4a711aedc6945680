"""Verdicts of exact claims, and what judging them against the ledger gives."""

import msgspec
import pytest
from ectype import Paper, claims, ledger
from ectype.errors import CheckFailedError, LedgerError, UsageError
from ectype.judge import exit_status, judge, verdict_counts
from ectype.marks import derive
from ectype.results import SCHEMA, EquationRecord, Outcome, Result, Source


def measured(value, *, printed="65", second=None, missing="", readings=None):
    made = Paper("ectype_example", equations=1, tables=1)
    under = None
    if readings is not None:
        under = made.disagreement("vocabulary", "size", at="Sec. 5.1", follow="paper")
        for name, size in readings.items():
            under.reading(name, source="Sec. 5.1")(lambda size=size: size)
    function = value if callable(value) else lambda: value
    declared = made.claim("Tab. 3", "parameters", printed=printed, unit="M", under=under, missing=missing, id="size")(
        function
    )
    if second is not None:
        declared.derivation(lambda: second)
    (claim,) = made.claims
    return claims.record(claim, claims.measure(claim))


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        ({"value": 65.2}, "reproduced"),
        ({"value": 65.7}, "reproduced"),
        ({"value": 70.0, "second": 70.0}, "contradicted"),
        ({"value": 70.0}, "inconclusive"),
        ({"value": 70.0, "missing": "the vocabulary"}, "underspecified"),
        ({"value": lambda reading: reading(), "readings": {"paper": 65, "code": 70}}, "reproduced"),
        ({"value": lambda reading: reading(), "readings": {"paper": 70, "code": 65}}, "reproduced only under code"),
        ({"value": lambda reading: reading(), "readings": {"a": 65, "b": 65.1}}, "reproduced only under a, b"),
        ({"value": lambda reading: reading(), "readings": {"paper": 70, "code": 71}}, "inconclusive"),
    ],
)
def test_verdict_of_an_exact_claim(options, verdict):
    assert measured(**options).verdict == verdict


def test_a_better_number_is_not_a_reproduction():
    assert measured(64.4).verdict == "inconclusive"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "sixty-five", 10**400])
def test_what_is_not_a_finite_number_is_an_error(value):
    with pytest.raises(CheckFailedError, match="size must measure a"):
        measured(lambda: value)


def test_two_derivations_that_differ_are_an_error():
    with pytest.raises(CheckFailedError, match=r"two derivations of size must agree; they give 70\.0 and 71\.0"):
        measured(70.0, second=71.0)


def test_the_explanation_says_published_ours_and_how():
    assert claims.explain(measured(65.7)) == "published 65 M; ours 65.7 (truncation)"
    text = claims.explain(measured(70.0, missing="the vocabulary"))
    assert text == "published 65 M; ours 70; the paper does not state the vocabulary"


def result(*records, outcomes=None, partial=False, problem=""):
    done = outcomes if outcomes is not None else [outcome("paper/header")]
    return Result(
        schema=SCHEMA,
        slug="example",
        distribution="ectype-example",
        version="0.1",
        started="2026-01-01T00:00:00+00:00",
        seconds=1.0,
        partial=partial,
        problem=problem,
        outcomes=list(done),
        claims=list(records),
        expected_failures={o.id: o.summary for o in outcomes or () if o.status == "expected failure"},
    )


def outcome(id, status="passed", summary="says so"):
    return Outcome(id=id, group=id.split("/")[0], status=status, summary=summary)


@pytest.fixture
def root(tmp_path):
    ledger.accept(tmp_path, result(measured(65.2)), "first")
    return tmp_path


def failures(found):
    return [finding.text for finding in found if finding.level == "failure"]


def test_what_was_accepted_is_no_failure(root):
    found = judge(result(measured(65.2)), ledger.read(root))
    assert found == []
    assert exit_status(found) == 0


def test_an_accepted_contradiction_exits_with_0(tmp_path):
    bad = result(measured(70.0, second=70.0))
    ledger.accept(tmp_path, bad, "the paper is wrong")
    assert exit_status(judge(bad, ledger.read(tmp_path))) == 0


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (lambda: measured(70.0), "verdict is 'inconclusive', the ledger has 'reproduced'"),
        (lambda: measured(70.0, printed="70"), "target is '70', the ledger has '65'"),
        (lambda: measured(65.2, printed="65.2"), "target is '65.2', the ledger has '65'"),
        (lambda: msgspec.structs.replace(measured(65.2), margin="5: wider"), "margin is '5: wider'"),
        (lambda: msgspec.structs.replace(measured(65.2), seeds=3), "seeds is 3"),
        (lambda: msgspec.structs.replace(measured(65.2), headline=True), "headline is True"),
        (lambda: msgspec.structs.replace(measured(65.2), id="other"), "not in the ledger"),
    ],
)
def test_what_differs_from_the_ledger_fails(root, now, text):
    found = judge(result(now()), ledger.read(root))
    assert exit_status(found) == 1
    assert any(text in failure for failure in failures(found))


def test_a_claim_or_check_that_is_gone_fails_and_a_new_check_warns(root):
    found = judge(result(outcomes=[outcome("paper/scope")]), ledger.read(root))
    text = " ".join(failures(found))
    assert "a check that the ledger has and that is gone" in text
    assert "a claim that the ledger has and that is gone" in text
    assert next(f.text for f in found if f.level == "warning").startswith("1 checks that the ledger does not have yet")


@pytest.mark.parametrize("status", ["failed", "error"])
def test_a_check_that_fails_or_errs_fails(root, status):
    found = judge(result(measured(65.2), outcomes=[outcome("paper/header", status)]), ledger.read(root))
    assert exit_status(found) == 1


def test_not_run_warns_and_fails_only_when_strict(root):
    found = judge(result(measured(65.2), outcomes=[outcome("paper/header", "not run")]), ledger.read(root))
    assert (exit_status(found), exit_status(found, strict=True)) == (0, 1)


def test_an_expected_failure_must_be_accepted_with_its_reason(root):
    now = result(measured(65.2), outcomes=[outcome("paper/header", "expected failure", "known")])
    assert exit_status(judge(now, ledger.read(root))) == 1
    ledger.accept(root, now, "known")
    assert exit_status(judge(now, ledger.read(root))) == 0


def test_a_check_that_only_deep_runs_is_pinned_and_not_gone_without_it(tmp_path):
    deferred = msgspec.structs.replace(result(measured(65.2)), deferred=["component/f/compiles"])
    ledger.accept(tmp_path, deferred, "first")
    assert judge(deferred, ledger.read(tmp_path)) == []
    ran = result(measured(65.2), outcomes=[outcome("paper/header"), outcome("component/f/compiles")])
    assert judge(ran, ledger.read(tmp_path)) == []
    assert "component/f/compiles" in {finding.id for finding in judge(result(measured(65.2)), ledger.read(tmp_path))}


def test_a_claim_that_could_not_be_measured_is_still_held_to_what_was_accepted(root):
    for verdict in ("not run", "error"):
        same = msgspec.structs.replace(measured(65.2), verdict=verdict, measured=[])
        assert judge(result(same), ledger.read(root)) == []
        for change in ({"margin": "5: wider"}, {"seeds": 3}, {"headline": True}):
            found = judge(result(msgspec.structs.replace(same, **change)), ledger.read(root))
            assert exit_status(found) == 1, (verdict, change)


def test_a_check_that_no_longer_applies_fails_until_it_is_accepted_and_another_machine_is_no_reason(tmp_path):
    def with_layer(status, **data):
        layer = msgspec.structs.replace(outcome("component/f/batch", status), data=data)
        return result(measured(65.2), outcomes=[outcome("paper/header"), layer])

    ledger.accept(tmp_path, with_layer("passed"), "first")
    assert judge(with_layer("not applicable", machine=True), ledger.read(tmp_path)) == []
    lost = with_layer("not applicable")
    assert [f.id for f in judge(lost, ledger.read(tmp_path)) if f.level == "failure"] == ["component/f/batch"]
    assert exit_status(judge(msgspec.structs.replace(lost, partial=True), ledger.read(tmp_path))) == 1
    changes = ledger.accept(tmp_path, lost, "it has no axis called batch")
    assert changes == ["1 checks no longer apply: component/f/batch"]
    assert judge(lost, ledger.read(tmp_path)) == judge(with_layer("passed"), ledger.read(tmp_path)) == []
    gone = result(measured(65.2))
    assert "component/f/batch" in {finding.id for finding in judge(gone, ledger.read(tmp_path))}


def test_a_deep_check_that_never_ran_may_turn_out_not_to_apply(tmp_path):
    deferred = msgspec.structs.replace(result(measured(65.2)), deferred=["component/f/compiles"])
    deep = result(measured(65.2), outcomes=[outcome("paper/header"), outcome("component/f/compiles", "not applicable")])
    ledger.accept(tmp_path, deferred, "first")
    assert judge(deep, ledger.read(tmp_path)) == []
    ran = result(measured(65.2), outcomes=[outcome("paper/header"), outcome("component/f/compiles")])
    ledger.accept(tmp_path, ran, "it compiles")
    ledger.accept(tmp_path, deferred, "without --deep")
    assert exit_status(judge(deep, ledger.read(tmp_path))) == 1


def test_a_result_without_checks_or_with_a_problem_fails():
    assert failures(judge(result(outcomes=[]), ledger.Ledger())) == ["no check ran: nothing was verified"]
    assert failures(judge(result(problem="killed"), None)) == ["killed"]


def test_without_a_ledger_nothing_is_accepted():
    assert "nothing is accepted yet" in failures(judge(result(measured(65.2)), None))[0]


def test_the_ledger_keeps_a_history_and_only_changes_are_written(root):
    before = (root / "ledger.toml").read_bytes()
    assert ledger.accept(root, result(measured(65.2)), "again") == []
    assert (root / "ledger.toml").read_bytes() == before
    changes = ledger.accept(root, result(measured(70.0)), "it moved")
    assert changes == ["claim size: verdict 'reproduced' -> 'inconclusive'"]
    history = ledger.read(root).history
    assert [entry.why for entry in history] == ["first", "it moved"]
    assert history[1].changes == changes


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('verdict = "reproduced"', 'verdict = "contradicted"'),
        ('target = "65"', 'target = "70"'),
        ('"paper/header"', '"paper/scope"'),
        ('why = "first"', 'why = "other"'),
        ("headline = false", "headline = true"),
    ],
)
def test_an_edit_by_hand_is_refused(root, old, new):
    path = root / "ledger.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(LedgerError, match="received an edit by hand"):
        ledger.read(root)


@pytest.mark.parametrize(
    "text", [b"", b"seal = 1", b"\xff", b"schema = 'one'", b"= =", b"schema = 2\nseal = ''", b"other = 1"]
)
def test_a_ledger_that_cannot_be_read_says_so(tmp_path, text):
    (tmp_path / "ledger.toml").write_bytes(text)
    with pytest.raises(LedgerError, match=r"ledger\.toml"):
        ledger.read(tmp_path)


def test_accept_needs_a_reason_and_a_whole_result(tmp_path):
    with pytest.raises(UsageError, match="must be given a reason"):
        ledger.accept(tmp_path, result(), " ")
    with pytest.raises(UsageError, match="needs a whole verification"):
        ledger.accept(tmp_path, result(partial=True), "why")
    assert ledger.read(tmp_path) is None


def equation(locator, oracle=True):
    source = Source(file="a.py", line=1, end_line=2) if oracle else None
    slug = locator.lower().replace(". ", "-")
    return EquationRecord(id=f"{slug}/f", locator=locator, of="f", component="f", place="claims.py:1", oracle=source)


def marks(**changes):
    given = {"outcomes": [], "components": [], "equations": [], "claims": [], "numbered": 0, "inapplicable": {}}
    return {mark.name: mark for mark in derive(**{**given, **changes})}


def test_the_denominator_of_equations_comes_from_the_paper():
    formulas = [equation("Eq. 1"), equation("Eq. 2", oracle=False), equation("Sec. 3.5")]
    found = marks(outcomes=[outcome("equation/eq-1/f"), outcome("equation/sec-3.5/f")], equations=formulas, numbered=14)
    assert (found["equations"].held, found["equations"].of) == (2, 15)


def test_zero_of_zero_is_never_held_and_may_be_excused_only_with_nothing_to_hold():
    found = marks(inapplicable={"reference": "none exists", "numbers": "none printed"}, claims=[measured(70.0)])
    assert (found["reference"].held, found["reference"].of) == (0, 0)
    assert found["reference"].text == "not applicable: none exists"
    assert found["numbers"].of == 1
    assert "not applicable" not in found["numbers"].text


def test_a_verdict_under_another_reading_is_counted_apart():
    other = measured(lambda reading: reading(), readings={"paper": 70, "code": 65})
    found = marks(claims=[measured(65.2), other, measured(70.0)])["numbers"]
    assert (found.held, found.qualified, found.of) == (1, 1, 3)
    assert verdict_counts([other]) == {"reproduced only under a reading": 1}
