from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ingestion.doctor.finding import Finding
from ingestion.doctor.warehouse import examine_warehouse, ledger_hours
from ingestion.warehouse.chosen_objects import Counted

NOW = datetime.now(UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


def problem(file: Path) -> Finding:
    section, is_readable = examine_warehouse(file, NOW)
    assert (section.problems, is_readable) == (1, False)
    return section.findings[0]


def test_a_warehouse_that_opens(file: Path) -> None:
    duckdb.connect(file).close()
    section, is_readable = examine_warehouse(file, NOW)
    assert (section.problems, is_readable) == (0, True)
    assert "written 0 minutes ago" in section.findings[0].sentence


def test_no_warehouse(file: Path) -> None:
    assert problem(file).command == "dbt build"
    assert not file.exists()


def test_a_warehouse_that_a_killed_build_left_empty(file: Path) -> None:
    file.touch()
    found = problem(file)
    assert ("killed at its start" in found.sentence, found.command) == (True, "dbt build")


def test_a_file_that_is_no_warehouse(file: Path) -> None:
    file.write_text("something else " * 1_000)
    found = problem(file)
    assert "cannot be opened" in found.sentence
    assert found.command == f"mv {file} {file}.damaged && dbt build"


def test_the_hours_of_the_ledger(file: Path) -> None:
    with duckdb.connect(file) as connection:
        connection.execute(
            "create table loads as select timestamp '2026-03-10 07:00:00' as arrival_hour, 2 as object_count, "
            "'d' as object_digest, '[\"a.gz\"]' as unreadable_objects"
        )
    assert ledger_hours(file, "loads") == {"2026-03-10 07": Counted(2, "d", frozenset({"a.gz"}))}
