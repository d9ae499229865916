"""`dbt build` in this process, and what the build read."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ingestion.errors import UserError
from ingestion.warehouse.dbt_command import run_dbt


@dataclass(frozen=True, slots=True)
class Build:
    """A finished `dbt build`.

    Attributes
    ----------
    models, tests
        Models that were built, and tests that passed.
    lines, objects
        Lines and objects of bronze that the build read.
    seconds
        Wall time.
    """

    models: int
    tests: int
    lines: int
    objects: int
    seconds: float


def dbt_build(warehouse: Path, on_event: Callable[[Any], None]) -> Build:
    """Build and test the project in the current folder, with the target `local`.

    Parameters
    ----------
    warehouse
        The DuckDB file that the target names.
    on_event
        Gets every event of dbt's log, for a progress bar.

    Raises
    ------
    UserError
        The build failed; dbt has printed why.
    Interrupted
        The user stopped the command.
    """
    # dbt takes two seconds to import.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    started = time.monotonic()
    try:
        result = run_dbt(["--quiet", "build", "--target", "local"], callbacks=[on_event])
    finally:
        # dbt keeps the warehouse open in this process, with other settings than the next connection asks for.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    seconds = time.monotonic() - started
    if not result.success:
        raise UserError("dbt build failed: see above, or logs/dbt.log")
    nodes = [run.node for run in getattr(result.result, "results", [])]
    kinds = [node.resource_type for node in nodes]
    [arrivals] = [node.relation_name for node in nodes if node.resource_type == "model" and node.name == "arrivals"]
    with duckdb.connect(warehouse.absolute(), read_only=True) as connection:
        [(lines, objects)] = connection.execute(
            f"select count(*), count(distinct object_name) from {arrivals} where object_state is null"
        ).fetchall()
    return Build(kinds.count("model"), kinds.count("test"), lines, objects, seconds)
