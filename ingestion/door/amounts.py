"""The checks of price and quantity. Silver applies the same checks in SQL."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final, NamedTuple

PRICE_LIMIT: Final = Decimal(10) ** 10
QUANTITY_LIMIT: Final = 999_999
AMOUNT_LIMIT: Final = Decimal(10) ** 12

# The texts that try_cast(text as decimal(18, 4)) reads alike on DuckDB and Trino; no exponents and no commas.
_is_price: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?").fullmatch
_is_quantity: Final = re.compile(r"0*([0-9]{1,12})(?:\.0*)?").fullmatch
_CENT_PART: Final = Decimal("0.0001")
_LONGEST: Final = 64


class Amounts(NamedTuple):
    """Price and quantity as bronze stores them, or the reject reason."""

    reason: str | None
    price: str | None
    quantity: str | None


def check_amounts(price: str | None, quantity: str | None) -> Amounts:
    """Check price and quantity: `bad_price`, `bad_quantity` or `bad_amount`, else both as plain numbers.

    A price is at least 0 and below 10^10. A quantity is a whole number from 1 to 999,999; a trailing `.0` is dropped,
    and a missing quantity counts as 1. Their product is below 10^12.
    """
    if (price is not None and len(price) > _LONGEST) or (quantity is not None and len(quantity) > _LONGEST):
        return _check(price, quantity)
    return _cached_check(price, quantity)


def _check(price: str | None, quantity: str | None) -> Amounts:
    price = price.strip() if price else None
    quantity = quantity.strip() if quantity else None
    value = _price(price) if price else Decimal(0)
    if value is None:
        return Amounts("bad_price", None, None)
    count = _quantity(quantity) if quantity else 1
    if count is None:
        return Amounts("bad_quantity", None, None)
    if value * count >= AMOUNT_LIMIT:
        return Amounts("bad_amount", None, None)
    return Amounts(None, price or None, str(count) if quantity else None)


_cached_check: Final = lru_cache(maxsize=65_536)(_check)


def _price(text: str) -> Decimal | None:
    if not _is_price(text):
        return None
    value = Decimal(text)
    if abs(value) >= PRICE_LIMIT:
        return None
    value = value.quantize(_CENT_PART, ROUND_HALF_UP)
    return value if 0 <= value < PRICE_LIMIT else None


def _quantity(text: str) -> int | None:
    number = _is_quantity(text)
    if number is None:
        return None
    count = int(number[1])
    return count if 1 <= count <= QUANTITY_LIMIT else None
