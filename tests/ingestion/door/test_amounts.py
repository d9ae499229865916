from __future__ import annotations

import time

import pytest

from ingestion.door.amounts import OTHER_AMOUNTS, check_amounts

MEGABYTE = 1_000_000


def checked(**amounts: str) -> str | dict[str, str]:
    """The reject reason, or the amounts as the door writes them."""
    return check_amounts(amounts) or amounts


@pytest.mark.parametrize(
    "price", ["0", "0.00", "35.79", " 12.345 ", "00012.5", "19.90", "9999999999.9999", "0." + "1" * 80]
)
def test_a_plain_number_keeps_its_digits(price: str) -> None:
    assert checked(price=price) == {"price": price.strip()}


@pytest.mark.parametrize(
    ("price", "plain"),
    [
        ("1.2345678E7", "12345678"),
        ("9.999999e+6", "9999999"),
        ("1e3", "1000"),
        ("1E-2", "0.01"),
        (".99", "0.99"),
        ("5.", "5"),
        ("+5", "5"),
        ("+1.50", "1.50"),
        ("-0.00", "0"),
        ("-0.00001", "0"),
        ("1e-999999999", "0"),
        ("0e999999999", "0"),
    ],
)
def test_other_spellings_of_a_number_become_plain(price: str, plain: str) -> None:
    assert checked(price=price) == {"price": plain}
    assert checked(price=plain) == {"price": plain}


@pytest.mark.parametrize(
    "price",
    [
        *("-1", "-0.01", "-0.00005", "-1e3"),
        *("10000000000", "9999999999.99999", "1e10", "1e999999999", "1e9999999999"),
        *(
            "1,5",
            "1.000,00",
            "1_000",
            "1 000",
            ".",
            "+",
            "e5",
            "1e",
            "1e5.0",
            "0x10",
            "\uff11",
            "abc",
            "NaN",
            "Infinity",
        ),
    ],
)
def test_other_texts_are_bad_prices(price: str) -> None:
    assert checked(price=price, quantity="1") == "bad_price"


@pytest.mark.parametrize(
    ("quantity", "plain"),
    [
        *(("1", "1"), ("3.0", "3"), ("7.", "7"), ("007", "7"), ("999999", "999999")),
        *(("2E0", "2"), ("+2", "2"), ("20e-1", "2"), ("1.2e1", "12"), ("9.99999E5", "999999")),
    ],
)
def test_whole_numbers_are_quantities(quantity: str, plain: str) -> None:
    assert checked(price="1", quantity=quantity) == {"price": "1", "quantity": plain}


@pytest.mark.parametrize(
    "quantity",
    ["0", "000", "-0", "-1", "1.5", "15e-1", "1000000", "1e6", "1000000000000", "two", "1e999999999", "9" * 5000],
)
def test_other_texts_are_bad_quantities(quantity: str) -> None:
    assert checked(quantity=quantity) == "bad_quantity"


def test_an_amount_has_an_upper_bound_that_is_excluded() -> None:
    assert checked(price="2000000.0000", quantity="500000") == "bad_amount"
    assert checked(price="1999999.9999", quantity="5e5") == {"price": "1999999.9999", "quantity": "500000"}


@pytest.mark.parametrize("name", OTHER_AMOUNTS)
def test_amounts_of_a_line_or_order_are_checked_and_written_alike(name: str) -> None:
    assert checked(**{name: "1.2345678E7"}) == {name: "12345678"}
    assert checked(**{name: " 4.90 "}) == {name: "4.90"}
    assert checked(**{name: "999999999999.9999"}) == {name: "999999999999.9999"}
    for text in ("-0.01", "1000000000000", "999999999999.99999", "1e12", "1e999999999", "4,90", "free"):
        assert checked(**{name: text}) == "bad_amount", text


def test_missing_amounts_are_not_checked() -> None:
    assert checked() == {}
    assert checked(price="  ", quantity="", tax=" ") == {}


@pytest.mark.parametrize(
    "text",
    [
        "1e999999999",
        "1e-999999999",
        "9" * MEGABYTE,
        "0" * MEGABYTE + "e5",
        "0." + "0" * MEGABYTE,
        "1" * MEGABYTE + "x",
        "1." + "1" * MEGABYTE + "x",
        "1" + "e" * MEGABYTE,
        "." * MEGABYTE,
        "1e" + "9" * MEGABYTE,
    ],
    ids=lambda text: f"{text[:12]} of {len(text)}",
)
def test_a_hostile_number_costs_nothing(text: str) -> None:
    """Some of these would need a billion digits, or steps in the square of their length."""
    started = time.process_time()
    for name in ("price", "quantity", *OTHER_AMOUNTS):
        check_amounts({name: text})
    assert time.process_time() - started < 0.1
