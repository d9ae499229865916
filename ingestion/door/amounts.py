"""The checks of amounts and quantity. Silver applies the same checks in SQL, to the plain numbers that leave here.

A producer may write a number as any JSON writer does: `1.2345678E7`, `.99`, `5.`, `+1`. DuckDB and Trino read such
texts differently or not at all, so the door writes them as plain decimal digits. A number that is plain already keeps
its digits: `19.90` stays `19.90`.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

PRICE_LIMIT: Final = Decimal(10) ** 10
QUANTITY_LIMIT: Final = 999_999
AMOUNT_LIMIT: Final = Decimal(10) ** 12
OTHER_AMOUNTS: Final = ("line_total", "discount", "tax", "shipping")

# The texts that try_cast(text as decimal(18, 4)) reads alike on DuckDB and Trino.
_is_plain: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?").fullmatch
_is_number: Final = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,9})?").fullmatch
_is_quantity: Final = re.compile(r"0*+([1-9][0-9]{0,11})(?:\.0*+)?").fullmatch
_FOURTH_DECIMAL: Final = Decimal("0.0001")
# Smaller numbers are 0.0000 in silver, and written out their digits would have no end: 1e-999999999.
_SMALLEST_POWER: Final = -20
_LONGEST_CACHED: Final = 64
# The smallest double has 325 decimals, and no writer needs more.
_LONGEST: Final = 400


def check_amounts(record: dict[str, str]) -> str | None:
    """Check the amounts of an event and write them as plain numbers into it.

    A price is at least 0 and below 10^10. A quantity is a whole number from 1 to 999,999; a missing one counts as 1.
    Their product is below 10^12, and so is each of `line_total`, `discount`, `tax` and `shipping`, from 0 on.

    Returns
    -------
    `bad_price`, `bad_quantity` or `bad_amount`; None if every amount is right.
    """
    given_price, given_quantity = record.get("price"), record.get("quantity")
    if given_price is not None or given_quantity is not None:
        price, quantity = given_price or "", given_quantity or ""
        cached = len(price) <= _LONGEST_CACHED and len(quantity) <= _LONGEST_CACHED
        reason, price, quantity = (_cached_line if cached else _line)(price, quantity)
        if reason is not None:
            return reason
        # nearly always they are plain already
        if (price or None) != given_price:
            _set(record, "price", price)
        if (quantity or None) != given_quantity:
            _set(record, "quantity", quantity)
    # Most lines have none of these, and four look-ups are faster than a loop.
    if not ("line_total" in record or "discount" in record or "tax" in record or "shipping" in record):
        return None
    for name in OTHER_AMOUNTS:
        if name in record:
            text = record[name]
            number = (_cached_amount if len(text) <= _LONGEST_CACHED else _amount)(text)
            if number is None:
                return "bad_amount"
            _set(record, name, number)
    return None


def _line(price: str, quantity: str) -> tuple[str | None, str, str]:
    """The reject reason, or None with price and quantity as plain numbers."""
    price, quantity = price.strip(), quantity.strip()
    plain_price = _plain(price, PRICE_LIMIT) if price else ""
    if plain_price is None:
        return "bad_price", "", ""
    count = _count(quantity) if quantity else 1
    if count is None:
        return "bad_quantity", "", ""
    if plain_price and _rounded(Decimal(plain_price)) * count >= AMOUNT_LIMIT:
        return "bad_amount", "", ""
    return None, plain_price, str(count) if quantity else ""


def _amount(text: str) -> str | None:
    text = text.strip()
    return _plain(text, AMOUNT_LIMIT) if text else ""


_cached_line: Final = lru_cache(maxsize=65_536)(_line)
_cached_amount: Final = lru_cache(maxsize=65_536)(_amount)


def _plain(text: str, limit: Decimal) -> str | None:
    """A number from 0 to below the limit in plain digits; None if the text is not one."""
    value = _decimal(text)
    # The size is compared before anything is written out: 1e999999999 has a billion digits.
    if value is None or value.adjusted() > limit.adjusted() or not 0 <= _rounded(value) < limit:
        return None
    if _is_plain(text):
        return text
    return format(value, "f") if value > 0 and value.adjusted() >= _SMALLEST_POWER else "0"


def _count(text: str) -> int | None:
    if len(text) <= _LONGEST and (number := _is_quantity(text)):
        count = int(number[1])
    else:
        value = _decimal(text)
        if value is None or not 0 <= value.adjusted() <= 5 or value != value.to_integral_value():
            return None
        count = int(value)
    return count if 1 <= count <= QUANTITY_LIMIT else None


def _decimal(text: str) -> Decimal | None:
    """The number that a text is, or None. A zero has no exponent here, whatever the text gives it."""
    if len(text) > _LONGEST or not _is_number(text):
        return None
    return Decimal(text) or Decimal(0)


def _rounded(value: Decimal) -> Decimal:
    """A number as silver holds it, with four decimals."""
    return value.quantize(_FOURTH_DECIMAL, ROUND_HALF_UP)


def _set(record: dict[str, str], name: str, value: str) -> None:
    if value:
        record[name] = value
    else:
        record.pop(name, None)
