"""Objects of bronze that cannot be read: a run goes on without them, says so, and reads them when they are mended."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.ingestion.warehouse.test_object_problem import UNREADABLE
from tests.law.cases import event, ledger, put, run_and_kill
from tests.support.warehouse import FIRST_HOUR, DbtError, Warehouse

NO_FOLDERS = [
    "dt=backfill/hour=06", "dt=2026-02-30/hour=06", "dt=2026-03-10/hour=xx", "dt=2026-03-10/hour=24", "dt=/hour=06", "",
    "dt=2026-3-10/hour=06", "dt=2026%2D03-10/hour=06", "dt=it's/hour=06", "dt=0001-01-01/hour=00",
    "dt=2026-03-10/hour=06/part=1",
]  # fmt: skip


def path_of(warehouse: Warehouse, hour: int, name: str) -> Path:
    arrival = FIRST_HOUR + timedelta(hours=hour)
    folder = warehouse.lake / f"bronze/events/dt={arrival:%Y-%m-%d}/hour={arrival:%H}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def whole(*lines: str) -> bytes:
    return gzip.compress(("\n".join(lines) + "\n").encode())


def unreadable(warehouse: Warehouse) -> dict[str, list[str]]:
    """The names in the ledger by hour."""
    rows = warehouse.query(
        "select strftime(arrival_hour, '%m-%d %H'), unreadable_objects from shoplake_silver.loads"
        " where unreadable_objects is not null order by 1"
    )
    return {hour: json.loads(names) for hour, names in rows}


def event_ids(warehouse: Warehouse) -> list[str]:
    return [row[0] for row in warehouse.query("select event_id from shoplake_silver.events order by 1")]


def test_no_kind_of_object_and_no_folder_stops_a_build(warehouse: Warehouse) -> None:
    put(warehouse, 1, event("a", 1))
    for hour in (0, 1):
        for number, (content, _) in enumerate(UNREADABLE.values()):
            path_of(warehouse, hour, f"{number:02}.gz").write_bytes(content)
    path_of(warehouse, 1, "no line.gz").write_bytes(gzip.compress(b""))
    path_of(warehouse, 2, 'it\'s [a] *?, "b" %41 \n é=1.gz').write_bytes(b"")
    for folder in NO_FOLDERS:
        (warehouse.lake / "bronze/events" / folder).mkdir(parents=True, exist_ok=True)
        (warehouse.lake / "bronze/events" / folder / "a.gz").write_bytes(whole(event("b", 1)))
    warehouse.dbt("build", "--exclude-resource-type", "unit_test")
    assert event_ids(warehouse) == ["a"]
    assert ledger(warehouse) == [(0, 0, 0, 0), (0, 0, 0, 0), (1, 1, 0, 0), (0, 0, 0, 0)]
    names = [f"{number:02}.gz" for number in range(len(UNREADABLE))]
    assert unreadable(warehouse) == {
        "01-01 00": sorted(f"{folder}/a.gz".lstrip("/") for folder in NO_FOLDERS),
        "03-10 06": names,
        "03-10 07": names,
        "03-10 08": ['it\'s [a] *?, "b" %41 \n é=1.gz'],
    }
    assert warehouse.differences_from_rebuild() == []


def test_a_mended_object_is_read_however_old_it_is(warehouse: Warehouse) -> None:
    put(warehouse, 1, event("a", 1), '{"cut')
    put(warehouse, 1, event("a", 1))
    path_of(warehouse, 1, "cut.gz").write_bytes(whole(event("b", 1))[:-9])
    path_of(warehouse, 1, "foreign.gz").write_bytes(b"foreign")
    path_of(warehouse, 2, "empty.gz").write_bytes(b"")
    path_of(warehouse, 3, "empty.gz").write_bytes(b"")
    put(warehouse, 30, event("c", 30))
    warehouse.dbt("run")
    assert unreadable(warehouse) == {
        "03-10 07": ["cut.gz", "foreign.gz"],
        "03-10 08": ["empty.gz"],
        "03-10 09": ["empty.gz"],
    }
    path_of(warehouse, 1, "cut.gz").write_bytes(whole(event("b", 1), '{"cut'))
    path_of(warehouse, 2, "empty.gz").write_bytes(whole(event("d", 2)))
    path_of(warehouse, 3, "empty.gz").unlink()
    path_of(warehouse, 3, "under another name.gz").write_bytes(whole(event("e", 3)))
    warehouse.dbt("run")
    assert event_ids(warehouse) == ["a", "b", "c", "d", "e"]
    assert unreadable(warehouse) == {"03-10 07": ["foreign.gz"]}
    assert warehouse.differences_from_rebuild() == []


def test_an_object_that_was_moved_away_leaves_no_trace(warehouse: Warehouse) -> None:
    put(warehouse, 1, event("a", 1))
    put(warehouse, 30, event("c", 30))
    path_of(warehouse, 1, "broken.gz").write_bytes(b"")
    path_of(warehouse, 2, "broken.gz").write_bytes(b"")
    misplaced = warehouse.lake / "bronze/events/dt=backfill/hour=06/a.gz"
    misplaced.parent.mkdir(parents=True)
    misplaced.write_bytes(whole(event("b", 1)))
    warehouse.dbt("run")
    assert list(unreadable(warehouse)) == ["01-01 00", "03-10 07", "03-10 08"]
    path_of(warehouse, 1, "broken.gz").unlink()
    path_of(warehouse, 2, "broken.gz").unlink()
    misplaced.rename(path_of(warehouse, 29, "a.gz"))
    warehouse.dbt("run")
    assert event_ids(warehouse) == ["a", "b", "c"]
    assert len(ledger(warehouse)) == 3
    assert warehouse.differences_from_rebuild() == []


def test_nothing_is_read_again_because_of_objects_that_give_no_line(warehouse: Warehouse) -> None:
    if warehouse.variables["bronze_window"] == "hours":
        pytest.skip("the window by hours reads its lookback again: only a list of objects knows that nothing is new")
    put(warehouse, 1, event("a", 1))
    path_of(warehouse, 1, "no line.gz").write_bytes(gzip.compress(b""))
    path_of(warehouse, 1, "blank.gz").write_bytes(gzip.compress(b"\n\n"))
    path_of(warehouse, 1, "broken.gz").write_bytes(b"")
    path_of(warehouse, 2, "no line.gz").write_bytes(gzip.compress(b""))
    warehouse.dbt("run")
    warehouse.dbt("run")
    assert warehouse.query("select count(*) from shoplake_silver.arrivals") == [(0,)]
    assert warehouse.query("select object_count from shoplake_silver.loads order by arrival_hour") == [(3,), (1,)]


def test_an_object_that_broke_after_it_was_read_takes_nothing_away(warehouse: Warehouse) -> None:
    read = path_of(warehouse, 1, "a.gz")
    read.write_bytes(whole(event("a", 1)))
    warehouse.dbt("run")
    content = read.read_bytes()
    read.write_bytes(b"")
    put(warehouse, 2, event("b", 2))
    warehouse.dbt("build", "--exclude-resource-type", "unit_test")
    assert event_ids(warehouse) == ["a", "b"]
    assert ledger(warehouse) == [(1, 1, 0, 0), (1, 1, 0, 0)]
    read.write_bytes(content)
    put(warehouse, 1, event("c", 1))
    warehouse.dbt("run")
    assert event_ids(warehouse) == ["a", "b", "c"]
    assert warehouse.differences_from_rebuild() == []


def test_a_run_that_is_killed_after_it_skipped_an_object_reads_it_when_mended(
    warehouse: Warehouse, models: list[str]
) -> None:
    path_of(warehouse, 1, "broken.gz").write_bytes(b"")
    path_of(warehouse, 2, "broken.gz").write_bytes(b"")
    put(warehouse, 1, event("a", 1))
    run_and_kill(warehouse, f"{len(models)} of {len(models)} START")
    path_of(warehouse, 1, "broken.gz").write_bytes(whole(event("b", 1)))
    warehouse.dbt("run")
    assert event_ids(warehouse) == ["a", "b"]
    assert unreadable(warehouse) == {"03-10 08": ["broken.gz"]}
    assert warehouse.differences_from_rebuild() == []


def test_the_ledger_learns_of_unreadable_objects_in_parts_of_a_run(warehouse: Warehouse) -> None:
    path_of(warehouse, 1, "broken.gz").write_bytes(b"")
    path_of(warehouse, 2, "broken.gz").write_bytes(b"")
    put(warehouse, 1, event("a", 1))
    warehouse.dbt("run", "--exclude", "loads")
    warehouse.dbt("run", "--select", "loads")
    assert unreadable(warehouse) == {"03-10 07": ["broken.gz"], "03-10 08": ["broken.gz"]}
    assert warehouse.differences_from_rebuild() == []


def test_a_ledger_of_an_older_version_is_refused_with_what_to_do(warehouse: Warehouse) -> None:
    put(warehouse, 1, event("a", 1))
    warehouse.dbt("run")
    warehouse.execute("alter table shoplake_silver.loads drop column unreadable_objects")
    with pytest.raises(DbtError, match="lacks unreadable_objects: run dbt build --full-refresh once"):
        warehouse.dbt("run")


def printed(warehouse: Warehouse, command: str, *arguments: str, expected_code: int = 0) -> str:
    """What a command of dbt prints, in a process of its own."""
    if warehouse.variables["bronze_window"] == "hours":
        pytest.skip("the same with both windows")
    done = subprocess.run(
        [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *warehouse.arguments(command, *arguments)],
        env=os.environ | warehouse.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == expected_code, done.stdout
    return done.stdout


def test_every_build_names_what_it_skipped(warehouse: Warehouse) -> None:
    for name in ("a", "b", "c", "d"):
        path_of(warehouse, 1, f"{name}.gz").write_bytes(b"")
    warehouse.dbt("run")
    text = printed(warehouse, "run")
    assert "Skipped 4 objects of bronze that cannot be read: dt=2026-03-10/hour=07/a.gz is empty; " in text
    assert "c.gz is empty, and 1 more (unreadable_objects in loads)" in text


def test_freshness_of_the_source_passes_over_unreadable_objects(warehouse: Warehouse) -> None:
    hours = (datetime.now(UTC) - FIRST_HOUR) // timedelta(hours=1)
    put(warehouse, hours, event("a", hours, received=60))
    path_of(warehouse, hours, "a.gz").write_bytes(b"")
    path_of(warehouse, 1, "old.gz").write_bytes(b"")
    assert "PASS freshness of bronze.events" in printed(warehouse, "source", "freshness")


def test_without_the_plugin_a_run_says_what_profiles_yml_lacks(warehouse: Warehouse) -> None:
    profiles = warehouse.folder / "profiles/profiles.yml"
    text = profiles.read_text()
    profiles.write_text(re.sub(r" *plugins:\n.*single_writer\n", "", text))
    try:
        message = printed(warehouse, "run", expected_code=1)
    finally:
        profiles.write_text(text)
    assert "profiles.yml lacks the plugin ingestion.warehouse.single_writer" in message
