"""Published numbers as printed: how many digits there are decides what counts as the same number."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Literal

Match = Literal["exactly", "rounding", "truncation"]


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as the digits that were printed.

    Args:
        digits: for instance ``"65"``, ``"1.53"``, ``"2.3e19"`` or ``"-0.0010"``; spaces and thousands separators are
            not digits.

    Raises:
        ValueError: if the digits are not a finite decimal number.
    """

    digits: str

    def __post_init__(self) -> None:
        if not isinstance(self.digits, str):
            raise ValueError(
                f"a printed number must be the digits as text, to keep its precision; received {self.digits!r}. "
                f'Write printed="{self.digits}"'
            )
        try:
            finite = Decimal(self.digits).is_finite() and self.digits == self.digits.strip() and "_" not in self.digits
        except InvalidOperation:
            finite = False
        if not finite:
            raise ValueError(
                f'a printed number must be decimal digits such as "65" or "2.3e19"; received {self.digits!r}'
            )

    @property
    def value(self) -> Fraction:
        """The number itself, exactly."""
        return Fraction(Decimal(self.digits))

    @property
    def unit(self) -> Fraction:
        """One unit of the last printed digit."""
        exponent = Decimal(self.digits).as_tuple().exponent
        assert isinstance(exponent, int)  # finite numbers have one
        return Fraction(10) ** exponent

    def match(self, measured: float) -> Match | None:
        """How these digits come out of a measured value, or None if they do not.

        Args:
            measured: our value, in the unit of the printed one; a value that is not finite never matches.

        Returns:
            ``"exactly"`` if nothing was lost, ``"rounding"`` within half a unit of the last digit, ``"truncation"``
            if cutting off further digits gives the printed ones.
        """
        try:
            exact = Fraction(measured)
        except (OverflowError, ValueError):
            return None
        if exact == self.value or (isinstance(measured, float) and measured == float(self.digits)):
            return "exactly"
        if abs(exact - self.value) <= self.unit / 2:
            return "rounding"
        beyond = exact - self.value if self.value >= 0 else self.value - exact
        if 0 <= beyond < self.unit and (self.value != 0 or exact >= 0):
            return "truncation"
        return None
