"""Converts the times of any producer to UTC text of fixed width, so that comparing texts compares times."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ingestion.errors import UserError

ISO8601: Final = "iso8601"
EPOCH_UNITS: Final = {"epoch_seconds": 6, "epoch_milliseconds": 3, "epoch_microseconds": 0, "epoch_nanoseconds": -3}
EARLIEST: Final = "2000-01-01T00:00:00.000000Z"
FUTURE_TOLERANCE: Final = timedelta(hours=24)

_is_utc: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3,6}Z").fullmatch
_is_number: Final = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,9}))?").fullmatch
# Spreadsheets keep six digits of a long number; what has more is a whole one.
_has_exponent: Final = re.compile(r"([0-9])\.([0-9]{6,})[eE]\+?([0-9]{1,2})").fullmatch
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST: Final = 64
_MOST_DIGITS: Final = 20
_ENDING: Final = "0" * len("YYYY-MM-DDTHH:MM:SS.ffffffZ") + "Z"
_LAST: Final = datetime.max.replace(tzinfo=UTC)


def utc_text(moment: datetime) -> str:
    """An aware time as `YYYY-MM-DDTHH:MM:SS.ffffffZ`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def latest_accepted(received_at: datetime) -> str:
    """The latest event time that is accepted, inclusive, for a line received at that time."""
    return utc_text(later(received_at, FUTURE_TOLERANCE))


def later(moment: datetime, span: timedelta) -> datetime:
    """The aware time plus the span, at most `datetime.max`."""
    try:
        return moment + span
    except OverflowError:
        return _LAST


def time_reader(time_format: str | tuple[str, ...] = ISO8601, zone: str = "UTC") -> Callable[[str], str | None]:
    """A function that converts a producer's time to UTC text, or returns None if it cannot be read.

    Parameters
    ----------
    time_format
        `iso8601` (with any offset or a trailing ` UTC`), `epoch_seconds`, `epoch_milliseconds`, `epoch_microseconds`,
        `epoch_nanoseconds`, or a `strptime` pattern; or several, of which the first that fits is taken.
    zone
        IANA name of the zone of times without an offset. An hour that repeats when clocks go back means the first one.

    Raises
    ------
    UserError
        The zone or a format is unknown, or a pattern cannot give a date.
    """
    try:
        local: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise UserError(f"time zone {zone!r} is unknown: use a name such as UTC or Europe/Berlin") from error
    parsers = [_parser(each) for each in ((time_format,) if isinstance(time_format, str) else time_format)]
    parse = parsers[0] if len(parsers) == 1 else _first_that_fits(parsers)

    @lru_cache(maxsize=16_384)
    def cached(text: str) -> str | None:
        try:
            moment = parse(text.strip())
            return utc_text(moment if moment.tzinfo else moment.replace(tzinfo=local))
        except (ValueError, OverflowError):
            return None

    def read(text: str) -> str | None:
        if _is_utc(text):
            try:
                datetime.fromisoformat(text)
            except ValueError:
                return None
            return text.replace("Z", _ENDING[len(text) :])
        return cached(text) if len(text) <= _LONGEST else None

    return read


def _parse_iso(text: str) -> datetime:
    return datetime.fromisoformat(text[:-4] + "Z" if text.endswith(" UTC") else text)


def _parser(time_format: str) -> Callable[[str], datetime]:
    if time_format in EPOCH_UNITS:
        return _epoch_parser(EPOCH_UNITS[time_format])
    if time_format == ISO8601:
        return _parse_iso
    if "%" in time_format:
        return _pattern_parser(time_format)
    known = ", ".join([ISO8601, *EPOCH_UNITS])
    raise UserError(f"time format {time_format!r} is unknown: use {known}, or a strptime pattern with %")


def _first_that_fits(parsers: list[Callable[[str], datetime]]) -> Callable[[str], datetime]:
    def parse(text: str) -> datetime:
        for parser in parsers:
            try:
                return parser(text)
            except (ValueError, OverflowError):
                continue
        raise ValueError(text)

    return parse


def _epoch_parser(exponent: int) -> Callable[[str], datetime]:
    """Parse a number of a unit that has 10 to the power of the exponent microseconds."""

    def parse(text: str) -> datetime:
        if (short := _has_exponent(text)) is not None:
            text = f"{Decimal(text):f}" if int(short[3]) < _MOST_DIGITS else text
        number = _is_number(text)
        if number is None:
            raise ValueError(text)
        if exponent < 0:
            microseconds = int(number[1][:exponent] or "0")
        else:
            microseconds = int(number[1] + (number[2] or "").ljust(exponent, "0")[:exponent])
        return _EPOCH + timedelta(microseconds=microseconds)

    return parse


def _pattern_parser(pattern: str) -> Callable[[str], datetime]:
    _check_pattern(pattern)

    def parse(text: str) -> datetime:
        return datetime.strptime(text, pattern)

    return parse


def _check_pattern(pattern: str) -> None:
    """Raise an error for a pattern that `strptime` does not take, or that does not say a whole date."""
    directives = set(re.findall(r"%(.)", pattern.replace("%%", ""), re.DOTALL))
    dates = [
        {"c"},
        {"x"},
        {"j", "Y"},
        {"j", "y"},
        *({day, month, year} for day in "d" for month in "mbB" for year in "yY"),
    ]
    dates += [{"G", "V", "u"}, {"G", "V", "w"}, {"G", "V", "a"}, {"G", "V", "A"}]
    if not any(date <= directives for date in dates):
        raise UserError(
            f"time format {pattern!r} says no whole date: it needs a day, a month and a year, such as %d.%m.%Y"
        )
    try:
        written = datetime(2004, 2, 29, 13, 14, 15, 123456, tzinfo=UTC).strftime(pattern)
        datetime.strptime(written, pattern)
    except (ValueError, re.error) as error:
        raise UserError(f"time format {pattern!r} cannot be used: {error}") from error
