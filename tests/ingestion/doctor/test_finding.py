from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.doctor.finding import Section, age, counted, some


def test_only_problems_need_doing() -> None:
    section = Section("lake")
    section.ok("fine")
    section.note("new objects", "dbt build")
    section.problem("broken", "mv a b")
    assert section.problems == 1


def commands(section: Section) -> list[str | None]:
    return [finding.command for finding in section.findings]


def test_commands_name_the_target_of_the_doctor() -> None:
    section = Section("ledger")
    section.problem("old", "dbt build --full-refresh")
    section.problem("unused", "dbt run-operation drop_unused_tables --args '{names: [a.b]}'")
    section.problem("key", "chmod 600 key")
    section.note("nothing to run")
    assert commands(section.for_builds(" --target athena", {})) == [
        "dbt build --target athena --full-refresh",
        "dbt run-operation drop_unused_tables --target athena --args '{names: [a.b]}'",
        "chmod 600 key",
        None,
    ]


def test_builds_get_the_variables_that_the_doctor_got() -> None:
    section = Section("ledger")
    section.problem("old", "dbt build --full-refresh")
    section.problem("late", "dbt build --vars '{arrival_lookback_hours: 9}'")
    section.problem("files", "dbt run-operation optimize")
    given = {"bronze_start": "2026-03-01", "arrival_lookback_hours": 1}
    assert commands(section.for_builds("", given)) == [
        "dbt build --full-refresh --vars '{bronze_start: \"2026-03-01\", arrival_lookback_hours: 1}'",
        "dbt build --vars '{bronze_start: \"2026-03-01\", arrival_lookback_hours: 9}'",
        "dbt run-operation optimize",
    ]


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-5), "0 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=1_200), "1,200 days"),
    ],
)
def test_ages_in_words(passed: timedelta, words: str) -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)
    assert age(now - passed, now) == words


def test_long_lists_are_cut_and_counted() -> None:
    assert some(["a", "b", "c"]) == "a, b, c"
    assert some(["a", "b", "c", "d"]) == "a, b, c and 1 more"
    assert (counted(1, "hour"), counted(1_000, "hour")) == ("1 hour", "1,000 hours")
