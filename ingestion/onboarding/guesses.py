"""Guesses from values: the format of times, the marks of numbers, what a column holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final, NamedTuple

from ingestion.door.times import EARLIEST, ISO8601, time_reader

# A format fits if so many of the values can be read: a few are broken in every export.
ENOUGH: Final = 0.95
# These are never values.
CERTAIN_NULLS: Final = ("NULL", "null", "\\N", "N/A", "n/a", "nan", "NaN", "#N/A", "(null)")
NULLS: Final = (
    "NULL",
    "null",
    "\\N",
    "N/A",
    "n/a",
    "NA",
    "None",
    "none",
    "nil",
    "nan",
    "NaN",
    "-",
    "--",
    "#N/A",
    "(null)",
)
_LATEST: Final = "2100"

_DATES: Final = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%y", "%d/%m/%y",
    "%m/%d/%y", "%b %d, %Y", "%d %b %Y", "%B %d, %Y", "%d %B %Y", "%d-%b-%Y",
    "%a, %d %b %Y", "%a %d %b %Y", "%b %d %Y", "%Y-%m-%d",
)  # fmt: skip
_TIMES: Final = (
    "", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %H:%M:%S", ", %H:%M", ", %I:%M:%S %p", ", %I:%M %p",
    " %I:%M:%S%p", " %I:%M%p", "T%H:%M:%S",
    " %H:%M:%S.%f", " %H.%M", " - %H:%M", " %H:%M:%S UTC", " %H:%M:%S %z", ", %I:%M:%S %p %Z",
)  # fmt: skip
_EPOCHS: Final = {10: "epoch_seconds", 13: "epoch_milliseconds", 16: "epoch_microseconds", 19: "epoch_nanoseconds"}
_is_epoch: Final = re.compile(r"[0-9]{10}(?:[0-9]{3}|[0-9]{6}|[0-9]{9})?(?:\.[0-9]+)?").fullmatch
_is_short_epoch: Final = re.compile(r"1\.[0-9]{6,}[eE]\+?(?:9|12|15|18)").fullmatch
_has_time: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}|T[0-9]{2}|^[0-9]{10,}| [0-9]{1,2}\.[0-9]{2}$").search
_has_zone: Final = re.compile(r"(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})$").search
_is_time_of_day: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?[AaPp][Mm])?").fullmatch
_number: Final = re.compile(
    r"(?P<before>[^0-9.,+\-()]*?)\s*(?P<sign>[-+]?)(?P<body>[0-9][0-9.,'\u2019\s\u00a0\u202f]*|[.,][0-9]+)\s*(?P<after>[^0-9]*)"
).fullmatch
_exponent: Final = re.compile(r"(?<=[0-9.])[eE][+-]?[0-9]{1,2}$")
_is_email: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+").fullmatch
_FLAGS: Final = frozenset({"yes", "no", "true", "false", "0", "1", "y", "n", "ja", "nein", "oui", "non", "si", "nee"})
_is_name: Final = re.compile(r"[^\W\d_][^\d@]* +[^\d@]+").fullmatch
_is_currency: Final = re.compile(r"[A-Za-z]{3}").fullmatch


# Abbreviations of zones that stand behind times, by the zone whose summer and winter they name.
ZONES: Final = {
    "America/Los_Angeles": ("PST", "PDT"),
    "America/Denver": ("MST", "MDT"),
    "America/Chicago": ("CST", "CDT"),
    "America/New_York": ("EST", "EDT"),
    "Europe/Berlin": ("CET", "CEST", "MEZ", "MESZ"),
}


class Times(NamedTuple):
    """How a column writes times: a format of the dialect, others that fit as well, and what it has.

    `zone` is that of the `abbreviations` behind the times, which must be removed.
    """

    format: str
    others: tuple[str, ...]
    has_time: bool
    has_zone: bool
    zone: str = "UTC"
    abbreviations: tuple[str, ...] = ()


class Numbers(NamedTuple):
    """How columns write numbers. `before` and `after` stand around each of them, such as `€`."""

    decimal: str
    thousands: str | None
    before: str
    after: str
    is_ambiguous: bool


def times_in(values: Sequence[str]) -> Times | None:
    """How times are written; None if the values are no times."""
    if not values:
        return None
    for zone, names in ZONES.items():
        found = {text.rpartition(" ")[2] for text in values}
        if found <= set(names):
            times = times_in([text.rpartition(" ")[0] for text in values])
            return times and times._replace(zone=zone, abbreviations=tuple(sorted(found)))
    values = [f"{Decimal(text):f}" if _is_short_epoch(text) else text for text in values]
    has_time = share(values, lambda text: _has_time(text) is not None) >= ENOUGH
    has_zone = share(values, lambda text: _has_zone(text) is not None) >= ENOUGH
    if share(values, lambda text: _is_epoch(text) is not None) >= ENOUGH:
        digits = Counter(len(text.partition(".")[0]) for text in values).most_common(1)[0][0]
        return Times(_EPOCHS[digits], (), True, True) if digits in _EPOCHS else None
    if _fits(ISO8601, values):
        # 20251007 is one as well, and a number
        return (
            Times(ISO8601, (), has_time, has_zone)
            if not all(text.isdigit() and len(text) < 8 for text in values)
            else None
        )
    formats = [date + time for date in _DATES for time in _TIMES]
    first = [name for name in formats if _fits(name, values[:20])]
    fitting = [name for name in first if _fits(name, values)]
    if not fitting:
        return None
    fitting.sort(key=lambda name: _disorder(name, values))
    others = tuple(name for name in fitting[1:] if _day_first(name) != _day_first(fitting[0]))
    return Times(fitting[0], others, has_time, has_zone)


def are_times_of_day(values: Sequence[str]) -> bool:
    """Whether the values are times without a date."""
    return bool(values) and share(values, lambda text: _is_time_of_day(text) is not None) >= ENOUGH


def numbers_in(values: Sequence[str]) -> Numbers | None:
    """How numbers are written; None if the values are no numbers."""
    # accounts write what is negative in brackets or with the sign behind; the door refuses these lines by their names
    plain = (_exponent.sub("", text.strip()).removeprefix("(").removesuffix(")").removesuffix("-") for text in values)
    matches = [match for text in plain if (match := _number(text))]
    if not values or len(matches) < ENOUGH * len(values):
        return None
    before = _common([match["before"].strip() for match in matches])
    after = _common([match["after"].strip() for match in matches])
    if before is None or after is None or len(before) > 4 or len(after) > 4:
        return None
    marks: Counter[tuple[str, str | None]] = Counter()
    unclear = 0
    for match in matches:
        body = match["body"].replace("\u00a0", " ").replace("\u202f", " ").replace("\u2019", "'")
        decimal, thousands = _marks(body)
        if decimal == "":
            return None
        if decimal == "?":
            unclear += 1
        elif decimal or thousands:
            marks[decimal or ("," if thousands == "." else "."), thousands] += 1
    decimals = {decimal for decimal, _ in marks}
    if len(decimals) > 1:
        return None
    decimal = decimals.pop() if decimals else "."
    thousands = next((mark for (_, mark), _ in marks.most_common() if mark), None)
    if unclear and thousands is None:
        # 1,234 among 19.90 has a thousands mark
        body = next(m["body"] for m in matches if _marks(m["body"])[0] == "?")
        other = "," if "," in body else "."
        if marks and other != decimal:
            thousands = other
    return Numbers(decimal, thousands, before, after, bool(unclear) and not marks)


def nulls_in(values: Sequence[str], nulls: Sequence[str] = NULLS) -> list[str]:
    """Texts that stand for no value."""
    found = set(values)
    return [text for text in nulls if text in found]


def are_emails(values: Sequence[str]) -> bool:
    """Whether the values are e-mail addresses."""
    return bool(values) and share(values, lambda text: _is_email(text) is not None) >= ENOUGH


def are_flags(values: Sequence[str]) -> bool:
    """Whether the values are nothing but yes and no."""
    return {value.lower() for value in values} <= _FLAGS


def are_names_of_people(values: Sequence[str]) -> bool:
    """Whether the values look like first and last names."""
    return bool(values) and share(values, lambda text: _is_name(text) is not None) >= 0.5


def are_currencies(values: Sequence[str]) -> bool:
    """Whether the values look like codes of currencies."""
    return bool(values) and share(values, lambda text: _is_currency(text) is not None) >= ENOUGH


def share(values: Sequence[str], holds: object) -> float:
    """The share of the values for which it holds."""
    assert callable(holds)
    return sum(bool(holds(value)) for value in values) / len(values)


def _fits(name: str, values: Sequence[str]) -> bool:
    read = time_reader(name)
    found = sum(EARLIEST <= (read(text) or "") < _LATEST for text in values)
    return found >= ENOUGH * len(values)


def _disorder(name: str, values: Sequence[str]) -> tuple[int, float, bool]:
    """How unlikely it is that times are read so: exports are sorted by time, and of days that are near each other.

    How often the order of the rows changes its direction, and the span in days.
    """
    read = time_reader(name)
    times = [found for text in values if (found := read(text))]
    steps = [later > earlier for earlier, later in pairwise(times) if later != earlier]
    changes = sum(one != other for one, other in pairwise(steps))
    days = (datetime.fromisoformat(max(times)) - datetime.fromisoformat(min(times))).total_seconds() / 86_400
    return changes, days, not _day_first(name)


def _day_first(name: str) -> bool:
    return name.find("%d") < max(name.find("%m"), name.find("%b"), name.find("%B"))


def _common(texts: list[str]) -> str | None:
    """The text that nearly all have; None if they differ."""
    text, count = Counter(texts).most_common(1)[0]
    return text if count >= ENOUGH * len(texts) else None


def _marks(body: str) -> tuple[str | None, str | None]:
    """The decimal and the thousands mark of a number; `?` if it is one of both, empty if it is no number."""
    found = re.findall(r"[.,'\s]", body.strip())
    if not found:
        return None, None
    last, places = found[-1], len(body.strip()) - max(body.rfind(mark) for mark in found) - 1
    if len(set(found)) > 1:
        # one decimal mark, after all of the others
        return (last, found[0]) if found.count(last) == 1 else ("", None)
    if len(found) > 1 or last in "' ":
        return (None, last) if places == 3 else ("", None)
    return ("?", None) if places == 3 else (last, None)
