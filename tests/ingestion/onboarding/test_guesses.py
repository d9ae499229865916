from __future__ import annotations

import pytest

from ingestion.onboarding.guesses import are_names_of_people, nulls_in, numbers_in, times_in


@pytest.mark.parametrize(
    ("values", "format_"),
    [
        (["2025-10-07T09:50:26+02:00"], "iso8601"),
        (["2025-10-07 09:50:26 UTC"], "iso8601"),
        (["1759823426"], "epoch_seconds"),
        (["1759823426123"], "epoch_milliseconds"),
        (["1759823426123456"], "epoch_microseconds"),
        (["07.10.2025 09:50"], "%d.%m.%Y %H:%M"),
        (["13/10/2025", "07/10/2025"], "%d/%m/%Y"),
        (["10/13/2025 1:05 PM"], "%m/%d/%Y %I:%M %p"),
        (["Oct 7, 2025, 9:50:26 AM"], "%b %d, %Y, %I:%M:%S %p"),
        (["12/1/2010 8:26", "12/1/2010 9:00", "12/2/2010 8:00"], "%m/%d/%Y %H:%M"),
        (["10/7/2025", "11/7/2025", "12/7/2025"], "%d/%m/%Y"),
    ],
)
def test_the_format_of_times_is_found(values: list[str], format_: str) -> None:
    times = times_in(values)
    assert times is not None
    assert times.format == format_


def test_times_that_can_be_read_in_two_ways_say_so() -> None:
    times = times_in(["10/7/2025", "11/7/2025"])
    assert times is not None
    assert (times.others, times.has_time, times.has_zone) == (("%m/%d/%Y",), False, False)
    clear = times_in(["13/7/2025"])
    assert clear is not None
    assert clear.others == ()


@pytest.mark.parametrize("values", [[], ["x"], ["12", "13"], ["99/99/2025"], ["12345678901234"]])
def test_other_values_are_no_times(values: list[str]) -> None:
    assert times_in(values) is None


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        (["19.90", "5"], (".", None)),
        (["19,90", "5"], (",", None)),
        (["1.234,50"], (",", ".")),
        (["1,234.50", "1,234"], (".", ",")),
        (["1 234,50"], (",", " ")),
        (["1'234.50"], (".", "'")),
        (["1.234.567"], (",", ".")),
        (["-3", "4"], (".", None)),
    ],
)
def test_the_marks_of_numbers_are_found(values: list[str], marks: tuple[str, str | None]) -> None:
    numbers = numbers_in(values)
    assert numbers is not None
    assert (numbers.decimal, numbers.thousands) == marks
    assert not numbers.is_ambiguous


def test_one_mark_with_three_digits_is_ambiguous() -> None:
    numbers = numbers_in(["1,234", "5"])
    assert numbers is not None
    assert numbers.is_ambiguous


def test_a_symbol_at_each_number_is_found() -> None:
    numbers = numbers_in(["€19.90", "€5.00"])
    assert numbers is not None
    assert (numbers.before, numbers.after) == ("€", "")
    after = numbers_in(["19,90 EUR", "5,00 EUR"])
    assert after is not None
    assert after.after == "EUR"


@pytest.mark.parametrize("values", [[], ["abc"], ["A-1", "B-2"], ["1.5,3.2", "3.2,1.555"]])
def test_other_values_are_no_numbers(values: list[str]) -> None:
    assert numbers_in(values) is None


def test_nulls_and_people_are_recognised() -> None:
    assert nulls_in(["a", "NULL", "\\N"]) == ["NULL", "\\N"]
    assert are_names_of_people(["Ann Lee", "J. DOE"])
    assert not are_names_of_people(["annlee", "4711"])
