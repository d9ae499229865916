"""One bronze for both engines: runs that finish, runs that are killed, what a reader sees, and the comparison."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local_aws.engine.trino_client import TrinoClient
from local_aws.launcher import Instance
from tests.athena.support.kill import KILLED_AT, Kill
from tests.athena.support.parity import ORPHAN, SCHEMAS, differences
from tests.athena.support.warehouse import AthenaWarehouse
from tests.support.warehouse import FIRST_HOUR, BronzeObject, DbtError, Warehouse


class BothEngines:
    """Athena builds its tables in runs, some of them killed; DuckDB builds them once, from nothing.

    Arrivals are moved to the last two days, because a run on Athena lists every hour since the first arrival.
    """

    def __init__(self, instance: Instance, folder: Path) -> None:
        self._moved_by = (datetime.now(UTC) - timedelta(days=2)).date() - FIRST_HOUR.date()
        self.local = Warehouse(folder / "duckdb", variables={"bronze_window": "hours"})
        self.athena = AthenaWarehouse(instance, FIRST_HOUR.date() + self._moved_by)
        self._trino = TrinoClient(instance.trino)

    def use(self, project: Path) -> None:
        """The project that dbt builds from now on, such as a copy of this one with an edit."""
        self.local.project = self.athena.project = project

    def empty(self) -> None:
        self.local.empty()
        self.athena.empty()

    def put(self, objects: Iterable[BronzeObject]) -> None:
        hours = self._moved_by // timedelta(hours=1)
        moved = (BronzeObject(one.hour + hours, tuple(map(self._with_moved_days, one.lines))) for one in objects)
        self.local.put(moved)
        self.athena.upload(self.local.lake)

    def _with_moved_days(self, line: str) -> str:
        def later(day: re.Match[str]) -> str:
            return (datetime.fromisoformat(day[0]) + self._moved_by).date().isoformat()

        return re.sub(rf"{FIRST_HOUR:%Y}-\d\d-\d\d(?=T)", later, line)

    def run(self, *arguments: str, **variables: object) -> None:
        """`dbt run` to its end; DbtError if it fails."""
        self.athena.dbt("run", *arguments, **variables)

    def run_until(self, kill: Kill, *arguments: str, **variables: object) -> str | None:
        """`dbt run` that kills itself: the statement at which it did, or None if it ended before."""
        done = self.athena.process("run", *arguments, kill=kill, **variables)
        self._wait_for_athena()
        if done.returncode not in (0, -signal.SIGKILL):
            raise DbtError(done.stdout + done.stderr)
        if done.returncode == 0:
            return None
        return str(json.loads(done.stderr.rpartition(KILLED_AT)[2].splitlines()[0]))

    def _wait_for_athena(self) -> None:
        """Wait until Athena runs no statement of the killed run. Runs that overlap are no subject of these tests."""
        running = "select count(*) from system.runtime.queries where state not in ('FINISHED', 'FAILED')"
        # this query itself is running
        while self._trino.run(running, catalog="system", schema="runtime", session={}).rows != [[1]]:
            time.sleep(0.1)

    def differences_from_rebuild(self, **variables: object) -> list[str]:
        """Every table that differs from DuckDB's full build of the same objects."""
        self.local.path.unlink(missing_ok=True)
        self.local.dbt("run", **variables)
        return differences(self.local, self.athena).found

    def tables(self) -> set[str]:
        """The tables in Glue, as `schema.table` without the project's name."""
        return {
            f"{schema}.{name}".removeprefix("shoplake_") for schema in SCHEMAS for name in self.athena.tables(schema)
        }

    def orphans(self) -> set[str]:
        return {name for name in self.tables() if ORPHAN.search(name)}

    def value(self, table: str, expression: str) -> str | None:
        """One value as text; None if the table does not exist."""
        if table not in self.tables():
            return None
        return self.athena.query(f"select {expression} from shoplake_{table}").rows[1][0]
