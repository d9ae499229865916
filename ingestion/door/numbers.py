"""Exact decimal numbers: their spelling in other countries, and the results of a dialect's arithmetic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

# 60 digits: a product of two numbers of the contract is exact, and a quotient has far more digits than it keeps.
EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP, Emin=-999, Emax=999, traps=[])
LONGEST: Final = 64
_SMALLEST: Final = Decimal("0.0001")
_MOST_DECIMALS: Final = -4
_LARGEST: Final = Decimal(10) ** 30

_is_number: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?").fullmatch


@dataclass(frozen=True, slots=True)
class Marks:
    """How a producer writes numbers: `1.234,50` has the decimal mark `,` and the thousands mark `.`."""

    decimal: str = "."
    thousands: str | None = None

    @property
    def are_usual(self) -> bool:
        """Whether numbers need no change."""
        return self.decimal == "." and self.thousands is None


def plain_number(text: str, marks: Marks) -> str:
    """The text of a number with a point as its decimal mark and without thousands marks.

    A text that is not a number in that notation stays as it is: JSON writes 19.9, whatever the marks of the country.
    """
    if len(text) > LONGEST:
        return text
    whole, mark, fraction = text.strip().partition(marks.decimal)
    sign = whole[:1] if whole[:1] in ("+", "-") else ""
    whole = whole[len(sign) :]
    if marks.thousands == " ":
        whole = whole.replace("\u00a0", " ").replace("\u202f", " ")
    elif marks.thousands == "'":
        whole = whole.replace("\u2019", "'")
    if marks.thousands and marks.thousands in whole:
        first, *groups = whole.split(marks.thousands)
        # in threes; in India the others in twos, as in 1,23,456
        sizes = {len(group) for group in groups[:-1]}
        if not 1 <= len(first) <= 3 or len(groups[-1]) != 3 or not (sizes <= {3} or sizes == {2}):
            return text
        whole = "".join((first, *groups))
    if not (whole + fraction).isdecimal() or not (whole + fraction).isascii():
        return text
    return f"{sign}{whole or '0'}.{fraction}" if mark and fraction else sign + whole


def decimal_of(text: str, marks: Marks) -> Decimal | None:
    """The number that a text says; None if it says none."""
    if not marks.are_usual:
        text = plain_number(text, marks)
    text = text.strip()
    return Decimal(text) if len(text) <= LONGEST and _is_number(text) else None


def text_of(number: Decimal) -> str | None:
    """A result as text: at most four decimals, rounded half up, without an exponent. None if it is no number."""
    if not number.is_finite():
        return None
    if abs(number) >= _LARGEST:
        return str(number)  # the door refuses it by its name
    if int(number.as_tuple().exponent) < _MOST_DECIMALS:
        number = number.quantize(_SMALLEST, context=EXACT)
    whole, point, fraction = format(number if number else abs(number), "f").partition(".")
    # the product of two prices has four decimals, of which two are 0
    return f"{whole}{point}{fraction[:2]}{fraction[2:].rstrip('0')}"
