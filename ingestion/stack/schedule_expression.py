"""Checks the schedules of a stack before it is deployed: EventBridge rejects one only after minutes, and rolls back.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from __future__ import annotations

import re
from typing import Final

from ingestion.errors import UserError

_MONTH_NAMES: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS: Final = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_DAYS: Final = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
# name, least and most value, names of values, other forms of the field
_FIELDS: Final[tuple[tuple[str, int, int, dict[str, int], str], ...]] = (
    ("minutes", 0, 59, {}, r"(?!)"),
    ("hours", 0, 23, {}, r"(?!)"),
    ("day of month", 1, 31, {}, r"\?|L(-\d{1,2})?|LW|\d{1,2}W"),
    ("month", 1, 12, _MONTHS, r"(?!)"),
    ("day of week", 1, 7, _DAYS, r"\?|L|[1-7]L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])"),
    ("year", 1970, 2199, {}, r"(?!)"),
)


def check_schedule(parameter: str, text: str) -> None:
    """Raise a UserError, which names the parameter, unless EventBridge takes the expression."""
    if problem := _problem(text):
        raise UserError(
            f"{parameter}={text} is no schedule of EventBridge: {problem}; write for example 'rate(5 minutes)' or "
            "'cron(5 * * * ? *)'"
        )


def _problem(text: str) -> str | None:
    if rate := re.fullmatch(r"rate\(([^()]*)\)", text):
        return _problem_of_rate(rate[1])
    if cron := re.fullmatch(r"cron\(([^()]*)\)", text):
        return _problem_of_cron(cron[1].split())
    return "it is neither rate(...) nor cron(...)"


def _problem_of_rate(text: str) -> str | None:
    found = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", text)
    if not found:
        return "a rate is a number from 1 and minutes, hours or days"
    if (found[1] == "1") == bool(found[3]):
        return f"a rate of {found[1]} takes {found[2]}{'' if found[1] == '1' else 's'}"
    return None


def _problem_of_cron(fields: list[str]) -> str | None:
    if len(fields) != len(_FIELDS):
        return f"cron takes six fields ({', '.join(name for name, *_ in _FIELDS)}), not {len(fields)}"
    for text, (name, least, most, names, others) in zip(fields, _FIELDS, strict=True):
        for part in text.upper().split(","):
            if not re.fullmatch(others, part) and not _is_range(part, least, most, names):
                return f"{text} is no {name}"
    if (fields[2] == "?") == (fields[4] == "?"):
        return "one of day of month and day of week must be ?, and not both"
    return None


def _is_range(part: str, least: int, most: int, names: dict[str, int]) -> bool:
    """Whether the part is *, a value, a range of them, or one of these with a step."""
    found = re.fullmatch(r"(?:\*|(\w+)(?:-(\w+))?)(?:/([1-9]\d*))?", part)
    if not found:
        return False
    values = [names.get(text, text) for text in found.groups()[:2] if text is not None]
    return all(str(value).isdecimal() and least <= int(value) <= most for value in values)
