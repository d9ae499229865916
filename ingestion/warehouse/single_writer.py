"""The dbt-duckdb plugin (profiles.yml). It says where the lake is (bronze_files) and adds the functions that choose its
objects (chosen_objects), and a second build on the same warehouse stops with one sentence, not a traceback.

DuckDB lets only one process write to a file: https://duckdb.org/docs/stable/connect/concurrency. dbt-duckdb raises
DuckDB's error at a point where dbt prints the whole call stack. This hook runs just before, where dbt prints only the
message.
"""

from __future__ import annotations

import atexit
import gc
import os
import re
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from dbt_common.exceptions import DbtRuntimeError

from ingestion.errors import UserError
from ingestion.lake.location import LAKE_VARIABLE, lake_folder
from ingestion.warehouse.bronze_files import BronzeFiles
from ingestion.warehouse.chosen_objects import ChosenObjects
from ingestion.warehouse.location import WAREHOUSE_VARIABLE, warehouse_file


class Plugin(BasePlugin):
    """Opens and closes the file before dbt-duckdb opens it, and prepares the connection for the project's macros."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        try:
            self._files = BronzeFiles(lake_folder(os.environ.get(LAKE_VARIABLE)))
            creds.path = path_of_warehouse(creds.path)
        except UserError as error:
            raise DbtRuntimeError(str(error)) from None
        # dbt's modules and manifest live until the process ends: without this, Python's collector looks through them
        # again and again. A process that calls dbt twice keeps only the first manifest.
        if not gc.get_freeze_count():
            gc.freeze()
            # nanobind, which DuckDB uses, reports what is not collected at the end as leaks
            atexit.register(gc.unfreeze)
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
        self._files.register(conn)
        conn.create_function("is_elsewhere", is_elsewhere, [], "BOOLEAN", side_effects=True)
        ChosenObjects().register(conn)

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._files.set_variables(cursor)


def is_elsewhere() -> bool:
    """Whether dbt runs in another folder than the project's, as with --project-dir."""
    return _project().resolve() != Path.cwd().resolve()


def _project() -> Path:
    return Path(get_flags().PROJECT_DIR)  # type: ignore[no-untyped-call]


def path_of_warehouse(path: str) -> str:
    """Return the absolute path of the warehouse, which dbt-duckdb would read in its own way.

    Raises
    ------
    UserError
        The path cannot be that of a warehouse, or it is relative, nothing is there, and dbt runs elsewhere.
    """
    # a database in memory or at MotherDuck
    if path.startswith((":memory:", "md:", "motherduck:")):
        return path
    file = warehouse_file(path)
    if not (file.is_absolute() or file.exists()) and is_elsewhere():
        raise UserError(
            f"there is no warehouse at {file.absolute()}: a relative path counts from the current folder, which is not "
            f"the project's; run dbt in {_project().absolute()}, or set {WAREHOUSE_VARIABLE} and "
            f"{LAKE_VARIABLE} to absolute paths"
        )
    return str(file.absolute())


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
