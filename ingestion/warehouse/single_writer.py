"""The dbt-duckdb plugin (profiles.yml). It adds the functions that choose the objects of bronze (chosen_objects), and a
second build on the same warehouse stops with one sentence, not a traceback.

DuckDB lets only one process write to a file: https://duckdb.org/docs/stable/connect/concurrency. dbt-duckdb raises
DuckDB's error at a point where dbt prints the whole call stack. This hook runs just before, where dbt prints only the
message.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from ingestion.warehouse.chosen_objects import ChosenObjects


class Plugin(BasePlugin):
    """Opens and closes the file before dbt-duckdb opens it, and adds functions to the connection."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        try:
            duckdb.connect(creds.path, config=config).close()
        except duckdb.IOException as error:
            file = Path(creds.path)
            # A build that was killed while DuckDB created the file leaves it empty. A running build would hold a lock.
            if "not a valid DuckDB database file" in str(error) and file.stat().st_size == 0:
                file.unlink()
                return
            raise DbtRuntimeError(message(creds.path, str(error))) from None

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        ChosenObjects().register(conn)


def message(path: str, error: str) -> str:
    """Return the error message for a warehouse that cannot be opened.

    Parameters
    ----------
    error
        What DuckDB reports.
    """
    holder = re.search(r"Conflicting lock is held in .*\(PID (\d+)\)", error)
    if holder:
        return (
            f"{path} is in use by process {holder[1]}: one build (or one open DuckDB shell) at a time; "
            "wait until it ends, then run this again."
        )
    return f"{path} cannot be opened ({error.splitlines()[0]}); to use another file, set SHOPLAKE_WAREHOUSE."
