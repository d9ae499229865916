from __future__ import annotations

import pytest

from ingestion.door.amounts import Amounts, check_amounts


@pytest.mark.parametrize("price", ["0", "0.00", "-0.00", "35.79", "+5", " 12.345 ", "9999999999.9999", "0." + "1" * 80])
def test_plain_numbers_are_prices(price: str) -> None:
    assert check_amounts(price, None) == Amounts(None, price.strip(), None)


@pytest.mark.parametrize(
    "price",
    [
        "-1",
        "-0.01",
        "-0.00005",
        "10000000000",
        "9999999999.99999",
        "1e3",
        "1,5",
        "1.000,00",
        "12.",
        ".5",
        "abc",
        "NaN",
    ],
)
def test_other_texts_are_bad_prices(price: str) -> None:
    assert check_amounts(price, "1").reason == "bad_price"


@pytest.mark.parametrize(("quantity", "expected"), [("1", "1"), ("3.0", "3"), ("7.", "7"), ("999999", "999999")])
def test_whole_numbers_are_quantities(quantity: str, expected: str) -> None:
    assert check_amounts("1", quantity) == Amounts(None, "1", expected)


@pytest.mark.parametrize("quantity", ["0", "000", "-1", "1.5", "1000000", "1000000000000", "two", "1e2", "9" * 5000])
def test_other_texts_are_bad_quantities(quantity: str) -> None:
    assert check_amounts(None, quantity).reason == "bad_quantity"


def test_an_amount_has_an_upper_bound_that_is_excluded() -> None:
    assert check_amounts("2000000.0000", "500000").reason == "bad_amount"
    assert check_amounts("1999999.9999", "500000").reason is None


def test_missing_amounts_are_not_checked() -> None:
    assert check_amounts(None, None) == Amounts(None, None, None)
    assert check_amounts("  ", "") == Amounts(None, None, None)
