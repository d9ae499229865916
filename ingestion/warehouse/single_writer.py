"""A dbt-duckdb plugin (profiles.yml): a second build on one warehouse stops with a sentence, no traceback.

DuckDB lets one process write a file: https://duckdb.org/docs/stable/connect/concurrency. dbt-duckdb hands on
DuckDB's error from a place where dbt prints the whole call stack; this hook runs just before, where dbt prints
a message.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError


class Plugin(BasePlugin):
    """Tries the file before dbt-duckdb opens it."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        try:
            duckdb.connect(creds.path, config=config).close()
        except duckdb.IOException as error:
            file = Path(creds.path)
            # killed while DuckDB makes the file, a build leaves it empty; one that makes it now would hold its lock
            if "not a valid DuckDB database file" in str(error) and file.stat().st_size == 0:
                file.unlink()
                return
            raise DbtRuntimeError(sentence(creds.path, str(error))) from None


def sentence(path: str, error: str) -> str:
    """What to tell a person who could not open the warehouse `path`."""
    holder = re.search(r"Conflicting lock is held in .*\(PID (\d+)\)", error)
    if holder:
        return (
            f"{path} is in use by process {holder[1]}: one build (or one open DuckDB shell) at a time; "
            "wait until it ends, then run this again."
        )
    return f"{path} cannot be opened ({error.splitlines()[0]}); SHOPLAKE_WAREHOUSE names another place."
