from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.door.times import latest_accepted, time_reader, utc_text
from ingestion.errors import UserError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-10-01 00:00:00 UTC", "2019-10-01T00:00:00.000000Z"),
        ("2019-10-01T02:00:00+02:00", "2019-10-01T00:00:00.000000Z"),
        ("2019-10-01T00:00:00.123Z", "2019-10-01T00:00:00.123000Z"),
        ("2019-10-01T00:00:00.123456Z", "2019-10-01T00:00:00.123456Z"),
        (" 2019-10-01 ", "2019-10-01T00:00:00.000000Z"),
        ("2019-02-30T00:00:00.000000Z", None),
        ("2019-10-01T24:00:00.000000Z", None),
        ("yesterday", None),
        ("", None),
        ("1569888000", None),
        ("2019-10-01T00:00:00Z" + " " * 100, None),
    ],
)
def test_iso_times_of_any_offset_become_utc(text: str, expected: str | None) -> None:
    assert time_reader()(text) == expected


def test_a_naive_time_is_in_the_zone_of_the_dialect() -> None:
    read = time_reader(zone="Europe/Berlin")
    assert read("2019-10-01 02:00:00") == "2019-10-01T00:00:00.000000Z"
    assert read("2019-10-01 02:00:00Z") == "2019-10-01T02:00:00.000000Z"


@pytest.mark.parametrize(
    ("time_format", "text", "expected"),
    [
        ("epoch_seconds", "1569888000", "2019-10-01T00:00:00.000000Z"),
        ("epoch_seconds", "1569888000.25", "2019-10-01T00:00:00.250000Z"),
        ("epoch_milliseconds", "1569888000123", "2019-10-01T00:00:00.123000Z"),
        ("epoch_milliseconds", "1569888000123.5", "2019-10-01T00:00:00.123500Z"),
        ("epoch_seconds", "99999999999999999", None),
        ("epoch_seconds", "NaN", None),
        # as Java writes a number, but not as a spreadsheet shortens one
        ("epoch_seconds", "1.569888E9", "2019-10-01T00:00:00.000000Z"),
        ("epoch_milliseconds", "1.569888000123e+12", "2019-10-01T00:00:00.123000Z"),
        ("epoch_nanoseconds", "1.569888000123456789E18", "2019-10-01T00:00:00.123456Z"),
        ("epoch_milliseconds", "1.56989E+12", None),
        ("epoch_seconds", "1.5698880001E99", None),
        ("%d.%m.%Y %H:%M", "01.10.2019 07:05", "2019-10-01T07:05:00.000000Z"),
        ("%d.%m.%Y %H:%M", "2019-10-01", None),
    ],
)
def test_other_formats_are_read_or_rejected(time_format: str, text: str, expected: str | None) -> None:
    assert time_reader(time_format)(text) == expected


def test_an_unknown_zone_or_format_is_named_in_the_error() -> None:
    with pytest.raises(UserError, match="Mars"):
        time_reader(zone="Mars/Olympus")
    with pytest.raises(UserError, match="epoch_minutes"):
        time_reader("epoch_minutes")


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_time_survives_the_conversion_to_text_and_back(moment: datetime) -> None:
    text = utc_text(moment)
    assert time_reader()(text) == text
    assert datetime.fromisoformat(text) == moment


@given(st.text(max_size=80))
def test_no_text_breaks_a_reader(text: str) -> None:
    for time_format in ("iso8601", "epoch_seconds", "epoch_milliseconds", "%d.%m.%Y"):
        time_reader(time_format)(text)


def test_the_latest_accepted_time_does_not_overflow() -> None:
    assert latest_accepted(datetime.max.replace(tzinfo=UTC)) == "9999-12-31T23:59:59.999999Z"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("1759823426", "epoch_seconds"),
        ("1759823426000", "epoch_milliseconds"),
        ("1759823426000000", "epoch_microseconds"),
        ("1759823426000000999", "epoch_nanoseconds"),
    ],
)
def test_an_epoch_may_count_any_unit(text: str, unit: str) -> None:
    assert time_reader(unit)(text) == "2025-10-07T07:50:26.000000Z"


def test_of_several_formats_the_first_that_fits_is_taken() -> None:
    read = time_reader(("%d.%m.%Y", "epoch_seconds", "iso8601"), "Europe/Berlin")
    assert read("07.10.2025") == "2025-10-06T22:00:00.000000Z"
    assert read("1759823426") == "2025-10-07T07:50:26.000000Z"
    assert read("2025-10-07 09:50:26") == "2025-10-07T07:50:26.000000Z"
    assert read("soon") is None


@pytest.mark.parametrize("pattern", ["%H:%M", "%d.%m.", "%Y-%m", "%Y-%m-%d %", "%Y-%m-%d %Q", "%%d %%m %%Y"])
def test_a_pattern_that_cannot_give_a_date_is_an_error_at_once(pattern: str) -> None:
    with pytest.raises(UserError, match="time format"):
        time_reader(pattern)


@pytest.mark.parametrize(
    "pattern", ["%c", "%x %X", "%j %y", "%G-W%V-%u", "%d %b %Y %I:%M %p", "%Y-%m-%dT%H:%M:%S.%f%z"]
)
def test_patterns_that_give_a_date_are_taken(pattern: str) -> None:
    assert callable(time_reader(pattern))
