"""Mentions of measured values in an analysis: placeholders that resolve, numbers that may not be typed, and those that may."""

from decimal import Decimal

import pytest
from ectype import mentions
from ectype.results import ClaimRecord, DisagreementRecord, Measured, ReadingRecord, TargetRecord
from hypothesis import given
from hypothesis import strategies as st
from throwaway import CLAIMS, README


def claim(id="size", printed="65", *values, under="", text="", kind="exact", plus_minus=""):
    measured = [Measured(reading=None, value=value, text=text) for value in values or ([None] if text else [])]
    target = TargetRecord(printed=printed, plus_minus=plus_minus)
    return ClaimRecord(id=id, kind=kind, locator="Tab. 3", text="size", target=target, under=under, measured=measured)


def found(text, *claims, findings=()):
    return [(p.line, p.received) for p in mentions.check(text, "README.md", list(claims), list(findings))]


VOCABULARY = DisagreementRecord(
    id="vocabulary",
    name="vocabulary",
    at="Tab. 3",
    text="",
    follow="paper",
    readings=[ReadingRecord(name=name, source="", place="") for name in ("paper", "first code")],
)


@pytest.mark.parametrize(
    "text",
    [
        "It is {{claim:size}}, {{ claim:size:first code }}, {{claim:size:target}}: {{finding:vocabulary}}.",
        "Code shows `{{claim:gone}}` and\n\n```\n{{claim:gone}}\n```\n\nas it is, and so does $x_{{a}}$.",
    ],
)
def test_placeholders_that_refer_to_something_and_braces_in_code_pass(text):
    assert found(text, claim(under="vocabulary"), findings=[VOCABULARY]) == []


@pytest.mark.parametrize(
    ("inner", "says"),
    [
        ("claim:gone", "There are: size"),
        ("claim:size:second code", "There are: paper, first code"),
        ("finding:gone", "There are: vocabulary"),
        ("finding:vocabulary:paper", "Write one of these"),
        ("claims:size", "Write one of these"),
        ("", "Write one of these"),
    ],
)
def test_a_placeholder_that_refers_to_nothing_is_refused_with_its_line(inner, says):
    text = f"one\n\ntwo | {{{{{inner}}}}} |\n"
    (problem,) = mentions.check(text, "README.md", [claim(under="vocabulary")], [VOCABULARY])
    assert (problem.line, problem.received) == (3, f"{{{{{inner}}}}}")
    assert problem.hint.endswith(says)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("63.0", 63.045632),
        ("63.046", 63.045632),
        ("63.045632", 63.045632),
        ("63,045,632", 63.045632),
        ("0.0374", 0.037367),
        ("3.74e-2", 0.037367),
        (r"$3.74 \times 10^{-2}$", 0.037367),
        ("3.737·10⁻²", 0.037367),
        ("93.6 %", 0.93562),
        ("93.56", 93.562),
        ("15,211", 15210.7),
        ("| 93.56 |", 93.562),
        ("`93.56`", 93.562),
        ("2.125", 2.1245),
        ("-0.125", -0.12499),
    ],
)
def test_a_measured_value_that_was_typed_is_refused(typed, value):
    ((line, received),) = found(f"Text.\n\nWe have {typed} here.", claim("size", "65", value))
    assert line == 3
    assert received in typed
    assert "{{claim:size}}" in mentions.check(f"{typed} ", "f", [claim("size", "65", value)], [])[0].hint


@pytest.mark.parametrize(
    ("typed", "value", "printed"),
    [
        ("65", 65.011, "65"),  # too few digits to tell
        ("63", 63.045632, "65"),
        ("0.06", 0.0601, "0.07"),
        ("200", 200.3, "199"),
        ("2017", 2017.2, "1"),  # a year
        ("512", 512.2, "500"),  # a small whole number
        ("100,000", 100000.4, "9"),
        ("34.0", 34.02, "34.0"),  # what the paper printed
        ("0.0359", 0.03592, "3.5928e-2"),  # what the paper printed, rounded
        ("0.2", 0.2, "34.0"),
        ("0.250", 0.25, "1"),  # a value without digits of its own
        ("93.57", 93.562, "94"),  # another number
        ("93.56", 0.93562, "94"),  # no percentage
        ("arXiv 1706.03762v7 and 3d93.56 and v93.56 and 93.56.1 and 93.56x", 93.56, "94"),
        ("[x](https://e.org/93.56)", 93.56, "94"),
        ("https://e.org/93.56", 93.56, "94"),
        ("2026-11-23", 11.23, "94"),
    ],
)
def test_numbers_that_say_nothing_or_are_published_pass(typed, value, printed):
    assert found(f"We have {typed} here.", claim("size", printed, value)) == []


def test_the_published_number_of_any_claim_may_be_typed():
    ours, theirs = claim("ours", "94", 93.25), claim("theirs", "93.25", plus_minus="1.914e-3")
    assert found("Theirs is 93.25, 93.2 in short, with 0.001914.", ours, theirs) == []
    assert found("It is 93.25.", ours) == [(1, "93.25")]


def test_the_means_of_an_order_may_not_be_typed():
    order = claim("order", "cnn > gru", text="cnn 93.25, gru, shuffled 57.5", kind="order")
    assert found("The first has 93.25, the second 57.5.", order) == [(1, "93.25"), (1, "57.5")]


def test_second_derivations_count_and_values_that_are_not_finite_do_not():
    odd = claim("odd", "65", float("nan"))
    assert found("It is 63.046.", odd) == []
    twice = Measured(reading=None, value=1.0, text="", derivations=[63.0456])
    both = ClaimRecord(
        id="both", kind="exact", locator="", text="", target=TargetRecord(printed="65"), measured=[twice]
    )
    assert found("It is 63.046.", both) == [(1, "63.046")]


@given(st.text(max_size=200))
def test_no_text_raises(text):
    mentions.check(text, "f", [claim("size", "65", 63.0456)], [VOCABULARY])


@given(st.decimals(min_value="0.001", max_value="99999", places=5))
def test_a_value_typed_in_full_is_always_found(value):
    digits = len(value.normalize().as_tuple().digits)
    expected = [str(value)] if digits >= mentions.DIGITS else []
    assert [received for _, received in found(f"x {value} y", claim("size", "7e9", float(value)))] == expected
    assert [number.value for number in mentions.numbers(f"x {value} y")] == [Decimal(value)]


SIZE = """
@paper.claim("Sec. 4", "size", printed="65")
def size():
    return 63.0456
"""


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("The size is {{claim:size}}, printed as {{claim:size:target}}, that is 65.0.", ""),
        ("The size is {{claim:sise}}.", "a claim of this paper; received {{claim:sise}}"),
        ("The size is 63.05.", "no measured value of claim size; received 63.05"),
    ],
)
def test_verify_refuses_what_refers_to_nothing_and_what_was_typed(shared_workspace, written, problem):
    slug = f"said-{len(written)}"
    readme = README.replace("already classified well.", f"already classified well.\n{written}")
    folder = shared_workspace.paper(slug, claims=CLAIMS + SIZE, readme=readme)
    line = 1 + readme[: readme.index(written)].count("\n")
    _, papers = shared_workspace.verify(slug)
    (outcome,) = (o for o in papers[slug]["outcomes"] if o["id"] == "paper/results")
    assert outcome["status"] == ("failed" if problem else "passed"), outcome
    if problem:
        assert f"{folder.name}/README.md:{line}: expected {problem}" in outcome["detail"]
