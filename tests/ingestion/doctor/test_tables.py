from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ingestion.doctor.finding import Finding, Level
from ingestion.doctor.tables import FULL_REFRESH, examine_definitions, examine_ledger, examine_tables

NOW = datetime(2026, 3, 11, 10, tzinfo=UTC)
DROP = "drop {}"


def table(name: str, **changes: object) -> dict[str, object]:
    usual = {"materialized": "incremental", "stands_as": "table", "definition": "same", "needs_bronze": False}
    return {"name": name, **usual, **changes}


def facts(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "tables": [table("silver.events", needs_bronze=True), table("gold.revenue")],
        "others": [],
        "state": [],
        "on_changed_definition": "rebuild",
        "ledger": ledger(),
    }
    return usual | changes


def ledger(**changes: object) -> dict[str, object]:
    return {
        "name": "silver.loads", "lacks": [], "hours": 2, "lines": 10, "accepted": 7, "duplicates": 2, "rejected": 1,
        "wrong_hours": 0, "newest_hour": "2026-03-10 07:00:00", "events": 7, "rejected_events": 1,
        "event_loads": "2026-03-10",
    } | changes  # fmt: skip


def problem(findings: list[Finding]) -> tuple[str, str | None]:
    [found] = [one for one in findings if one.level is Level.problem]
    return found.sentence, found.command


def test_a_ledger_that_adds_up_says_how_old_the_data_is() -> None:
    assert [one.sentence for one in examine_ledger(facts(), NOW).findings] == [
        "10 lines = 7 events + 2 duplicates + 1 rejected",
        "the newest loaded hour is 2026-03-10 07:00 UTC, 27 hours ago",
        "the newest event is of 2026-03-10, 1 day ago",
    ]


@pytest.mark.parametrize(
    ("found", "sentence", "command"),
    [
        (None, "There is no ledger", "dbt build"),
        (ledger(lacks=["object_digest"]), "lacks object_digest", FULL_REFRESH),
        (ledger(wrong_hours=2), "not the sum of the others in 2 arrival hours", FULL_REFRESH),
        (ledger(events=6), "events holds 6 rows, and the ledger counts 7", FULL_REFRESH),
        (ledger(rejected_events=0), "rejected_events holds 0 rows, and the ledger counts 1", FULL_REFRESH),
    ],
)
def test_a_ledger_that_is_not_right(found: object, sentence: str, command: str) -> None:
    said, named = problem(examine_ledger(facts(ledger=found), NOW).findings)
    assert (sentence in said, named) == (True, command), said


@pytest.mark.parametrize(
    ("changed", "setting", "sentence", "command"),
    [
        ("gold.revenue", "rebuild", "the next build computes them anew", "dbt build"),
        ("gold.revenue", "stop", "a build stops", "dbt build --vars '{on_changed_definition: rebuild}'"),
        ("silver.events", "rebuild", "only bronze holds", FULL_REFRESH),
    ],
)
def test_a_changed_definition(changed: str, setting: str, sentence: str, command: str) -> None:
    found = facts(on_changed_definition=setting)
    for one in found["tables"]:
        one["definition"] = "changed" if one["name"] == changed else "same"
    said, named = problem(examine_definitions(found).findings)
    assert (changed in said, sentence in said, named) == (True, True, command), said


def test_a_changed_definition_that_is_accepted_is_a_note() -> None:
    changed = [table("gold.revenue", definition="changed"), table("gold.other")]
    [found] = examine_definitions(facts(tables=changed, on_changed_definition="accept")).findings
    assert found.level is Level.note


def test_tables_of_a_version_that_did_not_note_definitions() -> None:
    tables = [table("silver.events", definition="unknown"), table("gold.revenue", definition="unknown")]
    said, command = problem(examine_definitions(facts(tables=tables)).findings)
    assert ("an older version built them" in said, command) == (True, FULL_REFRESH)


def test_what_each_build_computes_anew_has_no_old_rows() -> None:
    for materialized in ("table", "view"):
        found = facts(tables=[table("gold.funnel", materialized=materialized, definition="changed")])
        assert examine_definitions(found).problems == 0


@pytest.mark.parametrize(
    ("changes", "sentence", "command"),
    [
        ({"tables": [table("gold.a", stands_as=None)]}, "Not built yet, or lost: gold.a", "dbt build"),
        ({"tables": [table("gold.a", stands_as="view")]}, "A view stands where the table should be", "dbt build"),
        ({"others": ["gold.a__ha", "gold.b__bkp"]}, "Left behind by a run", "drop gold.a__ha, gold.b__bkp"),
        ({"others": ["gold.former"]}, "No model builds these any more", "drop gold.former"),
        ({"state": [{"fact": "seen_by_models", "subject": "events"}]}, "reached 1 model,", "dbt build"),
        ({"state": [{"fact": "arrivals_hold_history", "subject": "arrivals"}]}, "did not reach", FULL_REFRESH),
        ({"state": [{"fact": "stale_tables", "subject": "gold.revenue"}]}, "Stale until", "dbt build"),
    ],
)
def test_what_is_wrong_with_tables(changes: dict[str, Any], sentence: str, command: str) -> None:
    said, named = problem(examine_tables(facts(**changes), DROP).findings)
    assert (sentence in said, named) == (True, command), said


def test_a_model_that_is_a_view_is_no_clone() -> None:
    found = facts(tables=[table("gold.clicks", materialized="view", stands_as="view")])
    assert examine_tables(found, DROP).problems == 0


def test_a_stale_table_without_a_model_is_said_once() -> None:
    stale = [{"fact": "stale_tables", "subject": "gold.former"}]
    said, _ = problem(examine_tables(facts(state=stale, others=["gold.former"]), DROP).findings)
    assert "No model builds" in said
