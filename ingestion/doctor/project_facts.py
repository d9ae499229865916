"""Asks dbt what only dbt knows about the tables: the macro `doctor`, run in this process."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from ingestion.doctor.profile import Target
from ingestion.warehouse.operation import run_operation

_MARK: Final = "doctor: "


def ask_dbt(project: Path, target: Target, variables: str = "{}") -> dict[str, Any]:
    """What the macro `doctor` (macros/operations/doctor.sql) logs.

    Parameters
    ----------
    variables
        The dbt variables of the command line, as YAML: a definition depends on them.

    Raises
    ------
    UserError
        dbt cannot read the project or reach the warehouse; the message is dbt's reason.
    """
    with tempfile.TemporaryDirectory(prefix="shoplake-") as profiles:
        Path(profiles, "profiles.yml").write_text(target.readonly, encoding="utf-8")
        try:
            lines = run_operation(
                "doctor",
                [
                    *("--project-dir", os.fspath(project), "--profiles-dir", profiles, "--target", target.name),
                    *("--vars", variables, "--target-path", os.fspath(project / "target" / "doctor")),
                ],
            )
        finally:
            if target.engine == "duckdb":
                from dbt.adapters.duckdb.connections import DuckDBConnectionManager

                DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    [answer] = [line for line in lines if line.startswith(_MARK)]
    facts: dict[str, Any] = json.loads(answer.removeprefix(_MARK))
    return facts
