"""Decides which column of a file is which field of the event, by their names and values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ingestion.event import EVENT_TYPES
from ingestion.onboarding.guesses import (
    are_currencies,
    are_emails,
    are_flags,
    are_names_of_people,
    nulls_in,
    numbers_in,
    share,
    times_in,
)
from ingestion.onboarding.samples import Sample
from ingestion.onboarding.synonyms import EVENT_NAMES, REFUNDED, STATUS, SYNONYMS, likeness, normalised

NUMBERS: Final = ("price", "quantity", "line_total", "discount", "tax", "shipping")
_LEAST_LIKENESS: Final = 400
_MOST_EVENT_NAMES: Final = 60
_is_order: Final = re.compile(r"#[A-Za-z-]*[0-9]+").fullmatch
_NOT_A_FIELD: Final = "time_of_day"


def matched_columns(sample: Sample) -> dict[str, str]:
    """Field of the event to the column that holds it; each column is one field at most."""
    scores: list[tuple[int, float, str, str]] = []
    values = {column: without_nulls(sample.values(column)) for column in sample.columns}
    for column in sample.columns:
        filled = len(values[column]) / max(len(sample.records), 1)
        for field in SYNONYMS:
            if field == _NOT_A_FIELD or not values[column] or normalised(column) in (*STATUS, *REFUNDED):
                continue
            if (score := likeness(column.removeprefix("item."), field)) and is_plausible(field, values[column]):
                # the price of an item, not that of the order that has the item
                score += 30 * column.startswith("item.") if field not in ("order_id", "event_time", "user_id") else 0
                # the shop's own number of a customer outlives the address
                score -= 300 if field == "user_id" and are_emails(values[column]) else 0
                scores.append((score, filled, field, column))
    matched: dict[str, str] = {}
    for score, _, field, column in sorted(scores, key=lambda item: (-item[0], -item[1])):
        if score >= _LEAST_LIKENESS and field not in matched and column not in matched.values():
            matched[field] = column
    _add_by_values(sample, values, matched)
    return matched


def _add_by_values(sample: Sample, values: dict[str, list[str]], matched: dict[str, str]) -> None:
    """What a file without names, or with unusual ones, says by its values alone."""
    rest = [column for column in sample.columns if column not in matched.values() and values[column]]
    for field in ("event_type", "event_time"):
        for column in rest:
            is_status = normalised(column) in STATUS
            if field not in matched and not is_status and is_plausible(field, values[column], strict=True):
                matched[field] = column
    for column in rest:
        if "order_id" not in matched and share(values[column], lambda text: _is_order(text) is not None) == 1:
            matched["order_id"] = column
        if "user_id" not in matched and column not in matched.values() and are_emails(values[column]):
            matched["user_id"] = column


def is_plausible(field: str, values: Sequence[str], *, strict: bool = False) -> bool:
    """Whether the values of a column can be those of a field.

    Parameters
    ----------
    strict
        The name of the column says nothing.
    """
    if field == "event_time":
        times = times_in(values)
        return times is not None and (not strict or times.has_time or not all(value.isdigit() for value in values))
    if field == "event_type":
        known = event_names(values)
        are_known = sum(map(bool, known.values())) * 2 >= len(known)
        return len(known) <= _MOST_EVENT_NAMES and (are_known or not strict) and numbers_in(values) is None
    if field in NUMBERS:
        return numbers_in(values) is not None
    if field == "currency":
        return are_currencies(values)
    if field in ("product_name", "brand", "category"):
        return numbers_in(values) is None and times_in(values) is None
    if field in ("payment_method", "coupon", "country", "city", "device_type", "source"):
        return numbers_in(values) is None
    if field == "order_id":
        # ten digits may be a time, but a column of this name has numbers of orders
        are_times = times_in(values) is not None and not all(map(str.isdigit, values))
        return share(values, lambda text: len(text) <= 60) == 1 and not are_times
    if field == "user_id" and (are_names_of_people(values) or are_flags(values)):
        return False
    if field in ("product_id", "user_id", "session_id", "anonymous_id"):
        return share(values, lambda text: len(text) <= 200) == 1
    return True


def event_names(values: Sequence[str]) -> dict[str, str]:
    """Each of the names of events in a column, and the event type that it means; empty text if that is not known."""
    names: dict[str, str] = {}
    for value in dict.fromkeys(values):
        plain = normalised(value)
        own = plain.replace(" ", "_")
        names[value] = own if own in EVENT_TYPES else EVENT_NAMES.get(plain, "")
    return names


def without_nulls(values: Sequence[str]) -> list[str]:
    """The values without those that stand for none."""
    nulls = set(nulls_in(values))
    return [value for value in values if value not in nulls] if nulls else list(values)
