"""A warehouse for the law on Athena: runs that finish, runs that are killed, what a reader sees, and the comparison."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dbt.cli.main import dbtRunner

from local_aws.engine.trino_client import TrinoClient
from local_aws.launcher import Instance
from tests.athena.support import killed_dbt
from tests.athena.support.killed_dbt import Kill
from tests.athena.support.parity import ORPHAN, SCHEMAS, differences
from tests.athena.support.warehouse import AthenaWarehouse
from tests.support.warehouse import FIRST_HOUR, BronzeObject, DbtError, Warehouse


class LawWarehouse:
    """One bronze on both engines. Athena is brought to its tables by any way; DuckDB builds them once, from nothing.

    Arrivals are moved to the last two days, because a run on Athena lists every hour since the first.
    """

    def __init__(self, instance: Instance, folder: Path) -> None:
        self._days = (datetime.now(UTC) - timedelta(days=2)).date() - FIRST_HOUR.date()
        self.local = Warehouse(folder / "duckdb", variables={"bronze_window": "hours"})
        self.athena = AthenaWarehouse(instance, folder / "athena", FIRST_HOUR.date() + self._days)
        self._trino = TrinoClient(instance.trino)

    def empty(self) -> None:
        self.local.empty()
        self.athena.empty()

    def put(self, objects: Iterable[BronzeObject]) -> None:
        hours = self._days // timedelta(hours=1)
        moved = (BronzeObject(one.hour + hours, tuple(map(self._moved, one.lines))) for one in objects)
        self.local.put(moved)
        self.athena.upload(self.local.lake)

    def _moved(self, line: str) -> str:
        def later(day: re.Match[str]) -> str:
            return (datetime.fromisoformat(day[0]) + self._days).date().isoformat()

        return re.sub(rf"{FIRST_HOUR:%Y}-\d\d-\d\d(?=T)", later, line)

    def run(self, *arguments: str) -> None:
        """`dbt run` to its end, in this process, which saves its start-up."""
        before = dict(os.environ)
        os.environ.update(self.athena.environment)
        try:
            quiet = ["--quiet", "--log-level", "none", "--no-write-json"]
            result = dbtRunner().invoke([*quiet, *self.athena.arguments("run", *arguments)])
        finally:
            os.environ.clear()
            os.environ.update(before)
        if not result.success:
            runs = getattr(result.result, "results", [])
            failures = [f"{run.node.name}: {run.message}" for run in runs if run.status not in ("success", "skipped")]
            raise DbtError(str(result.exception or failures))

    def run_until(self, kill: Kill, *arguments: str) -> str | None:
        """`dbt run` in a process that kills itself; the statement at which it died, or None if it ended before."""
        command_line = [sys.executable, "-m", "tests.athena.support.killed_dbt", kill.to_json()]
        done = self.athena.process(*command_line, *self.athena.arguments("run", *arguments))
        self._wait_for_athena()
        if done.returncode not in (0, -signal.SIGKILL):
            raise DbtError(done.stdout + done.stderr)
        if done.returncode == 0:
            return None
        return str(json.loads(done.stderr.rpartition(killed_dbt.LAST_WORDS)[2].splitlines()[0]))

    def _wait_for_athena(self) -> None:
        """Until no statement of a dead run is left: what happens if one is, is a test of its own."""
        running = "select count(*) from system.runtime.queries where state not in ('FINISHED', 'FAILED')"
        # the one that asks is running
        while self._trino.run(running, catalog="system", schema="runtime", session={}).rows != [[1]]:
            time.sleep(0.1)

    def differences_from_rebuild(self) -> list[str]:
        """Every table that differs from DuckDB's, built whole from the same objects."""
        self.local.path.unlink(missing_ok=True)
        self.local.dbt("run")
        return differences(self.local, self.athena)[0]

    def tables(self) -> set[str]:
        """What stands in Glue, `schema.table` without the project's name."""
        return {
            f"{schema}.{name}".removeprefix("shoplake_") for schema in SCHEMAS for name in self.athena.tables(schema)
        }

    def orphans(self) -> set[str]:
        return {name for name in self.tables() if ORPHAN.search(name)}

    def value(self, table: str, expression: str) -> str | None:
        """One value, as text; None of a table that is not there."""
        if table not in self.tables():
            return None
        return self.athena.query(f"select {expression} from shoplake_{table}").rows[1][0]
