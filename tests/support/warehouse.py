"""A lake and a warehouse for a test: put objects, run dbt, compare with a rebuild."""

from __future__ import annotations

import gzip
import json
import shutil
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from tests.support.dbt_in_process import DbtError as DbtError
from tests.support.dbt_in_process import InProcessDbt
from tests.support.paths import ROOT

FIRST_HOUR = datetime(2026, 3, 10, 6, tzinfo=UTC)
# these tables hold one run, not the history
PER_RUN = {"arrivals", "touched_dates"}


@dataclass(frozen=True)
class BronzeObject:
    """Lines that arrived as one object, `hour` hours after FIRST_HOUR."""

    hour: int
    lines: tuple[str, ...]


class Warehouse:
    """One DuckDB warehouse over one lake, driven by dbt in this process.

    One warehouse serves many tests: its paths stay the same, so the project is parsed once.
    """

    def __init__(self, folder: Path, *, variables: dict[str, object]) -> None:
        self.folder = folder
        self.lake = folder / "lake"
        self.path = folder / "warehouse.duckdb"
        self.rebuilt = folder / "rebuilt.duckdb"
        self.variables = variables
        self.project = ROOT
        self.schema = "shoplake"
        self._dbt = InProcessDbt()
        (folder / "profiles").mkdir(parents=True)
        profile = (ROOT / "profiles.yml.example").read_text()
        # one file, any number of schemas
        profile = profile.replace("schema: shoplake\n", "schema: \"{{ env_var('SCHEMA', 'shoplake') }}\"\n", 1)
        (folder / "profiles" / "profiles.yml").write_text(profile)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SHOPLAKE_LAKE": str(self.lake),
            "SHOPLAKE_WAREHOUSE": str(self.path),
            "SHOPLAKE_TARGET": "local",
            "SCHEMA": self.schema,
            "DO_NOT_TRACK": "1",
        }

    @property
    def _target_path(self) -> Path:
        """One for each project: dbt parses what changed since the last time in the same folder."""
        return self.folder / (
            "target" if self.project == ROOT else f"target-{self.project.parent.name}-{self.project.name}"
        )

    @property
    def _options(self) -> list[str]:
        return [
            "--project-dir", str(self.project), "--profiles-dir", str(self.folder / "profiles"),
            "--target-path", str(self._target_path), "--log-path", str(self.folder / "logs"),
        ]  # fmt: skip

    def arguments(self, command: str, *arguments: str, **variables: object) -> list[str]:
        """The dbt command line, for a process of its own."""
        return [
            "--no-use-colors", "--log-level-file", "none", "--no-write-json", command, *arguments, *self._options,
            "--vars", json.dumps(self.variables | variables),
        ]  # fmt: skip

    def dbt(self, command: str, *arguments: str, **variables: object) -> Any:
        """Run dbt in this process: its result, or DbtError. At the end, dbt closes the warehouse's file."""
        try:
            return self._dbt.run(
                command,
                *arguments,
                options=self._options,
                variables=json.dumps(self.variables | variables),
                environment=self.environment,
            )
        finally:
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]

    def compiled(self, analysis: str) -> str:
        """The compiled SQL of an analysis."""
        self.dbt("compile", "--select", analysis)
        [path] = (self.folder / "target/compiled/shoplake/analyses").glob(f"*/{analysis}.sql")
        return path.read_text()

    def empty(self) -> None:
        """Delete all objects and tables."""
        shutil.rmtree(self.lake, ignore_errors=True)
        for path in self.folder.glob("*.duckdb*"):
            path.unlink()

    def put(self, objects: Iterable[BronzeObject]) -> None:
        for bronze_object in objects:
            arrival = FIRST_HOUR + timedelta(hours=bronze_object.hour)
            folder = self.lake / f"bronze/events/dt={arrival:%Y-%m-%d}/hour={arrival:%H}"
            folder.mkdir(parents=True, exist_ok=True)
            body = gzip.compress(("\n".join(bronze_object.lines) + "\n").encode(), compresslevel=1)
            (folder / f"{uuid.uuid4().hex}.gz").write_bytes(body)

    def correct_a_purchase(self) -> None:
        """The shop sends the first purchase once more, a second later, with another quantity."""
        [(fields,)] = self.query(
            "select to_json(line) from ("
            "select event_id, event_type, product_id, price, order_id, quantity + 1 as quantity,"
            " strftime(event_at, '%Y-%m-%dT%H:%M:%S.%fZ') as event_time,"
            " strftime(received_at + interval 1 second, '%Y-%m-%dT%H:%M:%S.%fZ') as received_at,"
            " strftime(arrival_hour, '%Y-%m-%dT%H:00:00Z') as arrival"
            " from shoplake_silver.events where event_type = 'purchase' order by event_id limit 1) as line"
        )
        line = {name: str(value) for name, value in json.loads(fields).items() if value is not None}
        hours = (datetime.fromisoformat(line.pop("arrival")) - FIRST_HOUR) // timedelta(hours=1)
        self.put([BronzeObject(hours, (json.dumps(line),))])

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.path, read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        with duckdb.connect(self.path) as connection:
            connection.execute(sql)

    def differences_from_rebuild(self) -> list[str]:
        """Rebuild from the same bronze into a new file; one line per table that differs, with its first rows."""
        kept = self.folder / "kept.duckdb"
        self.path.rename(kept)
        try:
            self.dbt("run")
            self.path.rename(self.rebuilt)
        finally:
            kept.rename(self.path)
        try:
            return differences(self.path, self.rebuilt)
        finally:
            self.rebuilt.unlink()


def differences(ours: Path, theirs: Path) -> list[str]:
    """The differences between two warehouses in every table and view of silver and gold, except PER_RUN."""
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{ours}' as ours (read_only)")
        connection.execute(f"attach '{theirs}' as theirs (read_only)")
        listed = connection.execute(
            "select table_catalog, table_schema || '.' || table_name from information_schema.tables"
            " where table_schema in ('shoplake_silver', 'shoplake_gold')"
        ).fetchall()
        tables = {catalog: {name for of, name in listed if of == catalog} for catalog in ("ours", "theirs")}
        if tables["ours"] != tables["theirs"]:
            found.append(f"tables: {sorted(tables['ours'] ^ tables['theirs'])} on one side only")
        for table in sorted(tables["ours"] & tables["theirs"]):
            if table.split(".")[1] in PER_RUN:
                continue
            # a view reads the tables of the current catalog
            rows = {}
            for catalog in ("ours", "theirs"):
                connection.execute(f"use {catalog}")
                rows[catalog] = connection.execute(f"select * from {table} order by all").fetchall()
            found += difference(table, rows["ours"], rows["theirs"])
    return found


def difference(table: str, ours: Sequence[tuple[object, ...]], theirs: Sequence[tuple[object, ...]]) -> list[str]:
    if ours == theirs:
        return []
    only_ours = [row for row in ours if row not in theirs][:2]
    only_theirs = [row for row in theirs if row not in ours][:2]
    return [f"{table}: {len(ours)} rows, rebuilt {len(theirs)}; only here {only_ours}; only rebuilt {only_theirs}"]
