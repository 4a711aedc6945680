"""Printed digits decide what counts as the same number."""

from fractions import Fraction

import pytest
from ectype.printed import Printed
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("digits", "measured", "match"),
    [
        ("65", 65, "exactly"),
        ("65", 65.4999, "rounding"),
        ("65", 64.5, "rounding"),
        ("65", 65.97, "truncation"),
        ("65", 64.49, None),
        ("65", 66.0, None),
        ("1.53", 1.5349, "rounding"),
        ("1.53", 1.524, None),
        ("2.3e19", 2.298e19, "rounding"),
        ("3.3e18", 3.38e18, "truncation"),
        ("3.3e18", 3.40e18, None),
        ("-0.0010", -0.00104, "rounding"),
        ("-0.0010", -0.00109, "truncation"),
        ("-0.0010", -0.0008, None),
        ("0.1", 0.1, "exactly"),
        ("0", 0.4, "rounding"),
        ("0", -0.6, None),
        ("0", 0.9, "truncation"),
        ("1.6732632423543772", 1.6732632423543772, "exactly"),
        ("65", float("nan"), None),
        ("65", float("inf"), None),
    ],
)
def test_match_says_how_the_digits_come_out(digits, measured, match):
    assert Printed(digits).match(measured) == match


@pytest.mark.parametrize("digits", ["", "abc", "nan", "inf", "1_000", " 65", "65 ", "1,000", "0x1f", "１２_"])
def test_what_is_not_digits_is_refused_naming_it(digits):
    with pytest.raises(ValueError, match="must be decimal digits") as caught:
        Printed(digits)
    assert repr(digits) in str(caught.value)


def test_a_number_instead_of_text_is_refused_because_it_lost_its_precision():
    with pytest.raises(ValueError, match=r'received 65.*Write printed="65"'):
        Printed(65)  # type: ignore[arg-type]


@given(st.integers(-(10**6), 10**6), st.integers(0, 6), st.fractions(-3, 3, max_denominator=1000))
def test_every_match_rounds_or_cuts_to_the_printed_digits(number, places, shift):
    digits = f"{number / 10**places:.{places}f}"
    printed = Printed(digits)
    measured = printed.value + shift * printed.unit
    match = printed.match(measured)
    outward = shift if printed.value >= 0 else -shift
    if shift == 0:
        assert match == "exactly"
    elif abs(shift) <= Fraction(1, 2):
        assert match == "rounding"
    elif 0 < outward < 1:
        assert match == "truncation"
    else:
        assert match is None
