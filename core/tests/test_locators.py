from __future__ import annotations

import pytest
from ectype.locators import Kind, Locator, parse_locator, parse_locators
from hypothesis import given
from hypothesis import strategies as st

PARTS = st.one_of(
    st.integers(0, 120).map(str),
    st.sampled_from("ABCS"),
    st.sampled_from(["II", "IV", "S1", "A2"]),
)
NUMBERS = st.builds(
    lambda parts, suffix: ".".join(parts) + (suffix if parts[-1][-1].isdigit() else ""),
    st.lists(PARTS, min_size=1, max_size=4),
    st.sampled_from(["", "", "a", "b"]),
)
LOCATORS = st.one_of(
    st.just(Locator(Kind.ABSTRACT)),
    st.builds(Locator, st.sampled_from(list(Kind)[1:]), NUMBERS),
)


@pytest.mark.parametrize(
    ("short", "long", "slug"),
    [
        ("Abstract", "Abstract", "abstract"),
        ("Sec. 3.2.1", "Section 3.2.1", "sec-3-2-1"),
        ("Sec. IV.B", "Section IV.B", "sec-iv-b"),
        ("App. A", "Appendix A", "app-a"),
        ("App. A.2", "Appendix A.2", "app-a-2"),
        ("Eq. 1", "Equation 1", "eq-1"),
        ("Alg. 2", "Algorithm 2", "alg-2"),
        ("Tab. 3b", "Table 3b", "tab-3b"),
        ("Fig. S2", "Figure S2", "fig-s2"),
        ("Thm. 1", "Theorem 1", "thm-1"),
        ("Prop. 1", "Proposition 1", "prop-1"),
        ("Property 1", "Property 1", "property-1"),
        ("Lem. 2", "Lemma 2", "lem-2"),
        ("Cor. 3.9", "Corollary 3.9", "cor-3-9"),
        ("Def. 1", "Definition 1", "def-1"),
        ("Fn. 4", "Footnote 4", "fn-4"),
    ],
)
def test_both_spellings_name_one_place(short: str, long: str, slug: str) -> None:
    locator = parse_locator(short)
    assert locator == parse_locator(long)
    assert (str(locator), locator.long, locator.slug) == (short, long, slug)


@given(LOCATORS)
def test_spellings_round_trip(locator: Locator) -> None:
    assert parse_locator(str(locator)) == locator == parse_locator(locator.long)


@given(st.lists(LOCATORS, min_size=1, max_size=4))
def test_lists_round_trip(locators: list[Locator]) -> None:
    assert parse_locators(", ".join(map(str, locators))) == tuple(locators)


@given(LOCATORS, LOCATORS)
def test_different_places_have_different_slugs(one: Locator, other: Locator) -> None:
    assert (one.slug == other.slug) == (one == other)


@given(LOCATORS, LOCATORS, LOCATORS)
def test_order_is_total(a: Locator, b: Locator, c: Locator) -> None:
    assert [a < b, a == b, a > b].count(True) == 1
    assert sorted([a, b, c]) == sorted([c, a, b])


@pytest.mark.parametrize(
    "ordered",
    [
        ["Abstract", "Sec. 1", "App. A", "Eq. 1", "Tab. 1"],
        ["Eq. 2", "Eq. 2a", "Eq. 2b", "Eq. 10", "Eq. A"],
        ["Sec. 3", "Sec. 3.2", "Sec. 3.2.1", "Sec. 3.10", "Sec. 4"],
    ],
)
def test_order_is_as_people_count(ordered: list[str]) -> None:
    assert [str(locator) for locator in sorted(map(parse_locator, reversed(ordered)))] == ordered


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Eq.",
        "Eq. ",
        "Eq.1",
        "eq. 1",
        "Eq. (1)",
        "Eq 1",
        "Eqs. 1",
        "Eq.  1",
        " Eq. 1",
        "Eq. 1 ",
        "Eq. 01",
        "Eq. 1.",
        "Eq. 1..2",
        "Eq. .1",
        "Eq. 1ab",
        "Eq. x",
        "Eq. ١",
        "Eq. 1\n",
        "Eq. 1234567",
        "Table",
        "Chapter 1",
        "Abstract 1",
        "Abstract ",
        "D1",
        "equation 1",
        "Sec. III-A",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Eq\. 1 or Equation 1") as error:
        parse_locator(text)
    assert f"received {text!r}" in str(error.value)


@pytest.mark.parametrize("text", ["", "Eq. 1,Eq. 2", "Eq. 1, ", "Eq. 1 and Eq. 2", "Eq. 1;Eq. 2", "Eq. 1, 2"])
def test_a_list_with_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a locator"):
        parse_locators(text)


def test_a_long_text_is_cut_in_the_message() -> None:
    with pytest.raises(ValueError, match="received") as error:
        parse_locator("x" * 10_000)
    assert len(str(error.value)) < 1000


@pytest.mark.parametrize(
    ("kind", "number"), [(Kind.ABSTRACT, "1"), (Kind.TABLE, ""), (Kind.TABLE, "b"), (Kind.TABLE, "1 2")]
)
def test_a_locator_cannot_be_made_with_another_number(kind: Kind, number: str) -> None:
    with pytest.raises(ValueError, match=f"for {kind}; received {number!r}"):
        Locator(kind, number)


@pytest.mark.parametrize(
    ("place", "part", "covers"),
    [
        ("Sec. 3.2", "Sec. 3.2", True),
        ("Sec. 3.2", "Sec. 3.2.1", True),
        ("Sec. 3", "Sec. 3.2.1", True),
        ("Tab. 1", "Tab. 1b", True),
        ("Sec. 3", "Sec. 3.2b", True),
        ("App. A", "App. A.2", True),
        ("Abstract", "Abstract", True),
        ("Sec. 3.2.1", "Sec. 3.2", False),
        ("Sec. 3.2", "Sec. 3.21", False),
        ("Eq. 1", "Eq. 10", False),
        ("Tab. 1b", "Tab. 1", False),
        ("Tab. 1", "Fig. 1b", False),
        ("App. A", "App. A2", False),
        ("App. A", "Sec. A.2", False),
        ("Abstract", "Sec. 1", False),
    ],
)
def test_covers(place: str, part: str, covers: bool) -> None:
    assert parse_locator(place).covers(parse_locator(part)) is covers
