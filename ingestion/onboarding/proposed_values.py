"""The values of a file, for a proposal: nulls, numbers, times, names of events, currencies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from ingestion.door.scrub import scrub_text
from ingestion.onboarding.columns import NUMBERS, event_names
from ingestion.onboarding.draft import Draft
from ingestion.onboarding.guesses import (
    CERTAIN_NULLS,
    Numbers,
    are_times_of_day,
    nulls_in,
    numbers_in,
    times_in,
)
from ingestion.onboarding.synonyms import (
    likeness,
    normalised,
)

_AMOUNTS: Final = ("price", "line_total")
_MOST_SHOWN: Final = 8
_CENTS: Final = {"cents", "cent", "pence", "rappen", "centimes"}


def find_nulls(draft: Draft) -> None:
    columns = set(draft.columns.values())
    # a dash may be a name; where a number or a time belongs it is none
    found = {text for column in columns for text in nulls_in(draft.sample.values(column))}
    found |= {text for c in draft.sample.columns for text in nulls_in(draft.sample.values(c), CERTAIN_NULLS)}
    if found:
        draft.result.reading = replace(draft.result.reading, null_values=frozenset(found))


def find_numbers(draft: Draft) -> None:
    by_column = {name: numbers_in(draft.values(column)) for name, column in draft.columns.items() if name in NUMBERS}
    found = [numbers for numbers in by_column.values() if numbers is not None]
    marked = [numbers for numbers in found if numbers.decimal != "." or numbers.thousands]
    if marked:
        decimal, thousands = marked[0].decimal, next((n.thousands for n in marked if n.thousands), None)
        if decimal == "," and thousands is None:
            thousands = "."
        draft.marks = Numbers(decimal, None if thousands == decimal else thousands, "", "", False)
        draft.result.reading = replace(draft.result.reading, decimal=decimal, thousands=draft.marks.thousands)
    for name, numbers in by_column.items():
        if numbers is None:
            continue
        if name == "discount" and numbers.after == "%":
            column = draft.leave_out(name)
            draft.result.questions.append(f"{column} is in percent and not used: is the price the one before it?")
            continue
        if numbers.before or numbers.after:
            _strip(draft, name, numbers)
        if _CENTS & {*normalised(draft.columns[name]).split()} and name != "quantity":
            result = draft.result
            result.fields[name] = {"over": [result.fields[name], 100]}
            result.comments[name] = "in cents"
        if numbers.is_ambiguous and decimal_is_open(marked):
            draft.result.questions.append(
                f"{draft.columns[name]} has values such as 1,234 only: is the mark a decimal or a thousands mark? "
                "The draft takes it as it stands; set `decimal` and `thousands` under `read:`"
            )


def _strip(draft: Draft, name: str, numbers: Numbers) -> None:
    expression: dict[str, Any] = {"path": draft.columns[name]}
    if numbers.before:
        expression["strip_prefix"] = numbers.before
    if numbers.after:
        expression["strip_suffix"] = numbers.after
    draft.result.fields[name] = expression
    draft.result.comments[name] = f"without the {numbers.before or numbers.after} that stands at each number"
    draft.marks = draft.marks._replace(before=numbers.before, after=numbers.after)
    symbol = {"€": "EUR", "$": "USD", "£": "GBP", "zł": "PLN"}.get(numbers.before or numbers.after, "")
    code = symbol or (numbers.before or numbers.after).strip()
    if "currency" not in draft.columns and len(code) == 3 and code.isalpha():
        draft.result.constants["currency"] = code.upper()
        if symbol == "USD":
            draft.result.questions.append("$ is taken for USD: change `currency` if it is another dollar")


def find_times(draft: Draft) -> None:
    result, column = draft.result, draft.columns.get("event_time")
    if column is None:
        result.questions.append("no column was found that says when it happened: name it as event_time")
        return
    times = times_in(draft.values(column))
    if times is not None and not times.has_time and (other := _time_of_day(draft, column)):
        joined = [
            f"{record[column].strip()} {record[other].strip()}"
            for record in draft.sample.records
            if record.get(column) and record.get(other)
        ]
        if both := times_in(joined):
            times = both
            result.fields["event_time"] = {"join": [column, other], "with": " "}
    result.times = times
    if times is None:
        return
    if times.others:
        result.questions.append(
            f"{column} can be read as {times.format} and as {times.others[0]}: the draft takes the one that "
            "sorts the rows better; compare one day with what you know"
        )
    if times.abbreviations and column == result.fields["event_time"]:
        replaced = {f" {name}": "" for name in times.abbreviations}
        result.fields["event_time"] = {"path": column, "replace": replaced}
        result.comments["event_time"] = f"times of {times.zone}"
    elif not times.has_zone and not {"utc", "gmt"} & set(normalised(column).split()):
        result.questions.append(f"{column} has no time zone: if its times are not UTC, set `zone` under `time:`")


def _time_of_day(draft: Draft, date_column: str) -> str | None:
    taken = {column for name, column in draft.columns.items() if name != "event_time"}
    return next(
        (
            column
            for column in draft.sample.columns
            if column not in taken
            and column != date_column
            and (likeness(column, "time_of_day") or not draft.sample.reading.header)
            and are_times_of_day(draft.values(column))
        ),
        None,
    )


def find_event_type(draft: Draft) -> None:
    result, column = draft.result, draft.columns.get("event_type")
    if column is not None:
        for name, kind in event_names(draft.values(column)).items():
            if not kind:
                result.unknown_events.append(name)
            elif kind != name:
                result.values.setdefault("event_type", {})[name] = kind
        if result.unknown_events:
            shown = ", ".join(scrub_text(name) for name in result.unknown_events[:_MOST_SHOWN])
            more = ", ..." if len(result.unknown_events) > _MOST_SHOWN else ""
            result.questions.append(
                f"{column} has names that are no event types: {shown}{more}; give each its type under `values:`, "
                "or name it under `ignore_events:`"
            )
    elif any(name in draft.columns for name in _AMOUNTS):
        result.constants["event_type"] = "purchase"
    elif "page_url" in draft.columns:
        result.constants["event_type"] = "page_view"
    else:
        result.questions.append("no column says what happened: name it as event_type, or set `constants:`")


def find_currency(draft: Draft) -> None:
    column = draft.columns.get("currency")
    lower = {code: code.upper() for code in draft.values(column) if code.islower()} if column else {}
    if lower:
        draft.result.values["currency"] = lower


def decimal_is_open(marked: list[Numbers]) -> bool:
    """Whether no column says which mark is the decimal one."""
    return not any(numbers.decimal == "," or numbers.thousands for numbers in marked)
