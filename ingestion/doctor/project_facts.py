"""Asks dbt what only dbt knows about the tables: the macro `doctor`, run in this process."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from ingestion.doctor.profile import Target
from ingestion.errors import Interrupted, UserError

_MARK: Final = "doctor: "


def ask_dbt(project: Path, target: Target, variables: str = "{}") -> dict[str, Any]:
    """What the macro `doctor` (macros/operations/doctor.sql) logs. dbt writes nothing but its cache in target/doctor.

    Parameters
    ----------
    variables
        The dbt variables of the command line, as YAML: a definition depends on them.

    Raises
    ------
    UserError
        dbt cannot read the project or reach the warehouse; the message is dbt's reason.
    """
    # dbt takes two seconds to import.
    from dbt.cli.main import dbtRunner

    answers: list[str] = []
    errors: list[str] = []

    def listen(event: Any) -> None:
        if event.info.name == "JinjaLogInfo" and event.data.msg.startswith(_MARK):
            answers.append(event.data.msg.removeprefix(_MARK))
        elif event.info.level == "error":
            errors.append(event.info.msg)

    with tempfile.TemporaryDirectory(prefix="shoplake-") as scratch:
        Path(scratch, "profiles.yml").write_text(target.readonly, encoding="utf-8")
        result: Any = dbtRunner(callbacks=[listen]).invoke([
            "--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json", "run-operation", "doctor",
            "--project-dir", os.fspath(project), "--profiles-dir", scratch, "--target", target.name,
            "--vars", variables,
            "--target-path", os.fspath(project / "target" / "doctor"), "--log-path", scratch,
        ])  # fmt: skip
    if target.engine == "duckdb":
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if isinstance(result.exception, Interrupted):
        # dbt catches even Ctrl-C.
        raise result.exception
    if not answers:
        raise UserError(" ".join(str(result.exception or " ".join(errors)).split()))
    facts: dict[str, Any] = json.loads(answers[0])
    return facts
