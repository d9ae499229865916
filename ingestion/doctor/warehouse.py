"""The DuckDB file: whether it is there, opens, and is free; and the hours of its ledger."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingestion.doctor.finding import Section, age
from ingestion.warehouse.chosen_objects import Counted, counted_from

_holder = re.compile(r"Conflicting lock is held in .*\(PID (\d+)\)")


def examine_warehouse(file: Path, now: datetime) -> tuple[Section, bool]:
    """Open the file to read, and close it again; False if it cannot be read."""
    section = Section("warehouse")
    if not file.is_file():
        section.problem(f"There is no warehouse at {file} (SHOPLAKE_WAREHOUSE) yet", "dbt build")
        return section, False
    try:
        duckdb.connect(file, read_only=True).close()
    except duckdb.Error as error:
        if found := _holder.search(str(error)):
            section.problem(
                f"{file} is in use by process {found[1]}, a build or a DuckDB shell, so the tables cannot be examined "
                "now: wait until it ends",
                f"ps -p {found[1]}; shoplake doctor",
            )
        elif file.stat().st_size == 0:
            section.problem(f"{file} is empty, as a build that was killed at its start leaves it", "dbt build")
        else:
            section.problem(
                f"{file} cannot be opened ({str(error).splitlines()[0]}): the tables are computed from the lake again",
                f"mv {file} {file}.damaged && dbt build",
            )
        return section, False
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    section.ok(f"{file}: {file.stat().st_size / 1e6:,.1f} MB, written {age(written, now)} ago")
    return section, True


def ledger_hours(file: Path, ledger: str) -> dict[str, Counted]:
    """The hours of the ledger as a build reads them.

    Parameters
    ----------
    ledger
        Its name, such as `shoplake_silver.loads`.
    """
    with duckdb.connect(file, read_only=True) as connection:
        cursor = connection.execute(
            "select strftime(arrival_hour, '%Y-%m-%d %H') as arrival_hour, object_count, object_digest, "
            f"unreadable_objects from {ledger}"
        )
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row["arrival_hour"]: counted_from(row) for row in rows}
