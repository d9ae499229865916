from __future__ import annotations

from decimal import Decimal

import pytest

from ingestion.door.numbers import EXACT, Marks, decimal_of, plain_number, text_of

GERMAN = Marks(",", ".")


@pytest.mark.parametrize(
    ("text", "marks", "plain"),
    [
        ("1.234,50", GERMAN, "1234.50"),
        ("19,90", GERMAN, "19.90"),
        ("-1.234.567", GERMAN, "-1234567"),
        ("20", GERMAN, "20"),
        (",5", GERMAN, "0.5"),
        ("1'234.50", Marks(".", "'"), "1234.50"),
        ("1,23,45,678.50", Marks(".", ","), "12345678.50"),
        ("1,23,45.50", Marks(".", ","), "1,23,45.50"),
        ("1,23,456,789", Marks(".", ","), "1,23,456,789"),
        ("1\u2019234.50", Marks(".", "'"), "1234.50"),
        ("1\u202f234,50", Marks(",", " "), "1234.50"),
        # what JSON writes, whatever the marks of the country
        ("19.90", GERMAN, "19.90"),
        # not grouped in threes, or no number at all: the door refuses it as it stands
        ("1.23.4", GERMAN, "1.23.4"),
        ("1,2,3", GERMAN, "1,2,3"),
        ("abc", GERMAN, "abc"),
        ("", GERMAN, ""),
        ("\u0661\u0662", GERMAN, "\u0661\u0662"),
        ("1" * 100, GERMAN, "1" * 100),
    ],
)
def test_numbers_with_the_marks_of_a_country_become_plain(text: str, marks: Marks, plain: str) -> None:
    assert plain_number(text, marks) == plain


@pytest.mark.parametrize("text", ["", "abc", "NaN", "Infinity", "1_000", "1e999", "0x10", "1" * 65])
def test_what_is_no_number_is_none(text: str) -> None:
    assert decimal_of(text, Marks()) is None


def test_numbers_of_json_are_read_as_they_are_written() -> None:
    assert [decimal_of(text, Marks()) for text in ("1e3", ".99", "5.", "+1", " 2 ")] == [
        Decimal(1000),
        Decimal("0.99"),
        Decimal(5),
        Decimal(1),
        Decimal(2),
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Decimal("0.00005"), "0.0001"),
        (Decimal("2.000"), "2.00"),
        (Decimal("1.2340"), "1.234"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.00"), "0.00"),
        (EXACT.divide(Decimal(10), Decimal(3)), "3.3333"),
        (Decimal("NaN"), None),
        (Decimal("1E+40"), "1E+40"),
    ],
)
def test_a_result_has_at_most_four_decimals_and_no_exponent(number: Decimal, text: str | None) -> None:
    assert text_of(number) == text
