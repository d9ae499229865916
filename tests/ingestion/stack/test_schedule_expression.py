from __future__ import annotations

import pytest

from ingestion.errors import UserError
from ingestion.stack.schedule_expression import check_schedule


@pytest.mark.parametrize(
    "text",
    [
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(1 day)",
        "cron(5 * * * ? *)",
        "cron(0 10 * * ? *)",
        "cron(15 12 * * ? *)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0 8 1 * ? *)",
        "cron(0/10 * ? * mon-fri *)",
        "cron(0/5 8-17 ? * MON-FRI *)",
        "cron(0,30 6 L * ? 2026-2030)",
        "cron(0 6 15W JAN,JUL ? *)",
        "cron(0 6 ? * 3#2 *)",
        "cron(0 6 ? * FRIL *)",
    ],
)
def test_expressions_of_awss_documentation_are_accepted(text: str) -> None:
    check_schedule("BuildSchedule", text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rate(1 minutes)", "a rate of 1 takes minute"),
        ("rate(5 minute)", "a rate of 5 takes minutes"),
        ("rate(0 minutes)", "a rate is a number from 1"),
        ("rate(30 seconds)", "a rate is a number from 1"),
        ("every hour", "neither rate"),
        ("at(2026-01-01T00:00:00)", "neither rate"),
        ("5 * * * ? *", "neither rate"),
        ("cron(5 * * * *)", "cron takes six fields"),
        ("cron(5 * * * * *)", "one of day of month and day of week must be"),
        ("cron(5 * ? * ? *)", "one of day of month and day of week must be"),
        ("cron(60 * * * ? *)", "60 is no minutes"),
        ("cron(0 24 * * ? *)", "24 is no hours"),
        ("cron(0 6 ? * MO *)", "MO is no day of week"),
        ("cron(0 6 ? * 0 *)", "0 is no day of week"),
        ("cron(*/0 6 * * ? *)", "is no minutes"),
    ],
)
def test_what_eventbridge_rejects_is_one_sentence_with_the_parameter(text: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem) as raised:
        check_schedule("BuildSchedule", text)
    assert str(raised.value).startswith(f"BuildSchedule={text} is no schedule of EventBridge")
