"""Converts the times of any producer to UTC text of fixed width, so that comparing texts compares times."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ingestion.errors import UserError

ISO8601: Final = "iso8601"
EPOCH_UNITS: Final = {"epoch_seconds": 6, "epoch_milliseconds": 3}
EARLIEST: Final = "2000-01-01T00:00:00.000000Z"
FUTURE_TOLERANCE: Final = timedelta(hours=24)

_is_utc: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3,6}Z").fullmatch
_is_number: Final = re.compile(r"([0-9]{1,17})(?:\.([0-9]{1,9}))?").fullmatch
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST: Final = 64
_WIDTH: Final = len("YYYY-MM-DDTHH:MM:SS.ffffff")
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


def time_reader(time_format: str = ISO8601, zone: str = "UTC") -> Callable[[str], str | None]:
    """A function that converts a producer's time to UTC text, or returns None if it cannot be read.

    Parameters
    ----------
    time_format
        `iso8601` (with any offset or a trailing ` UTC`), `epoch_seconds`, `epoch_milliseconds`, or a `strptime`
        pattern.
    zone
        IANA name of the zone of times without an offset. An hour that repeats when clocks go back means the first one.

    Raises
    ------
    UserError
        The zone is unknown.
    """
    try:
        local: tzinfo = UTC if zone == "UTC" else ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise UserError(f"time zone {zone!r} is unknown: use a name such as UTC or Europe/Berlin") from error
    if time_format in EPOCH_UNITS:
        parse = _epoch_parser(EPOCH_UNITS[time_format])
    elif time_format == ISO8601:
        parse = _parse_iso
    elif "%" in time_format:
        parse = _pattern_parser(time_format)
    else:
        known = ", ".join([ISO8601, *EPOCH_UNITS])
        raise UserError(f"time format {time_format!r} is unknown: use {known}, or a strptime pattern with %")

    @lru_cache(maxsize=16_384)
    def cached(text: str) -> str | None:
        try:
            moment = parse(text.strip())
            return utc_text(moment if moment.tzinfo else moment.replace(tzinfo=local))
        except (ValueError, OverflowError):
            return None

    def read(text: str) -> str | None:
        if len(text) > _LONGEST:
            return None
        if _is_utc(text):
            try:
                datetime.fromisoformat(text)
            except ValueError:
                return None
            return text[:-1].ljust(_WIDTH, "0") + "Z"
        return cached(text)

    return read


def _parse_iso(text: str) -> datetime:
    return datetime.fromisoformat(text[:-4] + "Z" if text.endswith(" UTC") else text)


def _epoch_parser(exponent: int) -> Callable[[str], datetime]:
    def parse(text: str) -> datetime:
        number = _is_number(text)
        if number is None:
            raise ValueError(text)
        fraction = (number[2] or "").ljust(exponent, "0")[:exponent]
        return _EPOCH + timedelta(microseconds=int(number[1] + fraction))

    return parse


def _pattern_parser(pattern: str) -> Callable[[str], datetime]:
    def parse(text: str) -> datetime:
        return datetime.strptime(text, pattern)

    return parse
