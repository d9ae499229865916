from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ingestion.doctor.athena import examine_bronze, examine_lock, examine_maintenance
from ingestion.doctor.finding import Finding, Level
from ingestion.doctor.profile import Target
from ingestion.errors import UserError

TARGET = Target("athena", "athena", None, "")
NOW = datetime(2026, 3, 10, 10, tzinfo=UTC)
PLACE = "s3://shop/bronze/events/"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the bucket holds. tests/athena/test_doctor.py lists a real one."""
    found: list[str] = []
    monkeypatch.setattr("ingestion.doctor.athena.bronze_keys", lambda *_: (PLACE, found))
    return found


def key(hour: int, name: str) -> str:
    return f"dt=2026-03-10/hour={hour:02d}/{name}.gz"


def facts(**loaded: int) -> dict[str, Any]:
    """What was loaded of 2026-03-10, such as h07=2 objects."""
    hours = [
        {"arrival_hour": f"2026-03-10 {hour[1:]}:00:00.000000", "object_count": count} for hour, count in loaded.items()
    ]
    newest = max((hour["arrival_hour"] for hour in hours), default=None, key=str)
    return {"ledger": {"newest_hour": newest}, "recent_hours": hours, "arrival_lookback_hours": 3}


def only(findings: list[Finding], level: Level) -> Finding:
    [found] = [one for one in findings if one.level is level]
    return found


def test_every_object_of_the_last_hours_is_loaded(keys: list[str]) -> None:
    keys += [key(7, "a"), key(7, "b")]
    section = examine_bronze(TARGET, facts(h07=2), {}, NOW)
    assert [one.level for one in section.findings] == [Level.ok, Level.ok]
    assert "the newest object is of 2026-03-10 07:00 UTC, 3 hours ago" in section.findings[0].sentence


def test_objects_that_the_next_build_reads_are_a_note(keys: list[str]) -> None:
    keys += [key(7, "a"), key(8, "b")]
    found = only(examine_bronze(TARGET, facts(h07=1), {}, NOW).findings, Level.note)
    assert found.sentence == "Not loaded yet: 1 object of 1 arrival hour"
    assert found.command == "dbt build"


def test_objects_that_came_too_late_for_the_lookback(keys: list[str]) -> None:
    keys += [key(2, "a"), key(2, "late"), key(7, "b")]
    found = only(examine_bronze(TARGET, facts(h02=1, h07=1), {}, NOW).findings, Level.problem)
    assert "arrived late in 1 arrival hour that were loaded before: 2026-03-10 02:00" in found.sentence
    assert found.command == "dbt build --vars '{arrival_lookback_hours: 5}'"


def test_objects_that_came_late_and_are_within_the_lookback(keys: list[str]) -> None:
    keys += [key(7, "a"), key(7, "b")]
    found = only(examine_bronze(TARGET, facts(h07=1), {}, NOW).findings, Level.note)
    assert found.command == "dbt build"


def test_a_stream_that_stands_still(keys: list[str]) -> None:
    section = examine_bronze(TARGET, facts(h07=1), {}, NOW)
    assert "no objects since" in section.findings[0].sentence


def test_a_bucket_of_which_nothing_was_loaded(keys: list[str]) -> None:
    keys.append(key(7, "a"))
    found = only(examine_bronze(TARGET, facts(), {}, NOW).findings, Level.note)
    assert ("none is loaded yet" in found.sentence, found.command) == (True, "dbt build")
    no_ledger = facts() | {"ledger": None}
    assert only(examine_bronze(TARGET, no_ledger, {}, NOW).findings, Level.note) == found


def test_objects_in_no_hour(keys: list[str]) -> None:
    keys += [key(7, "a"), "dt=backfill/b.gz", "c.gz"]
    section = examine_bronze(TARGET, facts(h07=1), {}, NOW)
    found = only(section.findings, Level.problem)
    assert (
        "2 objects in no folder of a date and hour, which Athena does not read: dt=backfill/b.gz, c.gz"
        in found.sentence
    )
    assert found.command == f"aws s3 mv {PLACE}dt=backfill/b.gz s3://shop/errors/unreadable/"
    assert section.findings[-1].sentence == "every object of the last 48 hours is loaded"


def test_no_bronze_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise UserError("AWS refused GetTable")

    monkeypatch.setattr("ingestion.doctor.athena.bronze_keys", fail)
    found = only(examine_bronze(TARGET, facts(), {"SHOPLAKE_BRONZE_DATABASE": "other"}, NOW).findings, Level.problem)
    assert ("The bronze table other.events" in found.sentence, found.command) == (True, "shoplake status")


def test_maintenance() -> None:
    files = [{"name": "gold.a", "many": 0, "partitions": 3}, {"name": "gold.b", "many": 2, "partitions": 3}]
    snapshots = [{"name": "gold.a", "count": 9, "old": 7}, {"name": "gold.b", "count": 1, "old": 0}]
    optimize, vacuum = examine_maintenance({"files": files, "snapshots": snapshots}).findings
    assert "gold.b: 2 partitions with many files" in optimize.sentence
    assert optimize.command == "dbt run-operation optimize"
    assert "gold.a: 7 snapshots older" in vacuum.sentence
    assert vacuum.command == "dbt run-operation vacuum"
    assert examine_maintenance({"files": files[:1], "snapshots": snapshots[1:]}).problems == 0


def test_nobody_holds_the_lock() -> None:
    assert examine_lock({"lock": None}, NOW).findings == [Finding(Level.ok, "no run holds it: a build may begin")]


def test_a_run_holds_the_lock_or_left_it() -> None:
    lock = {"command": "dbt build", "owner": "jane", "taken": "2026-03-10 09:10", "expires": "2026-03-10 10:10:00"}
    [held] = examine_lock({"lock": lock}, NOW).findings
    assert held.level is Level.note
    assert held.sentence.startswith("A run holds it: dbt build of jane, since 2026-03-10 09:10 UTC.")
    assert held.command == "shoplake unlock"
    [left] = examine_lock({"lock": lock | {"expires": "2026-03-10 09:59:59"}}, NOW).findings
    assert left.sentence.startswith("A run was killed and left its lock (dbt build of jane, since")
    assert left.command is None
