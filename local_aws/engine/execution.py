"""One query execution: its request, state and result."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

from local_aws.engine.errors import StatementError

_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE")
State = Literal["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]


@dataclass(frozen=True, slots=True)
class Request:
    """A StartQueryExecution call, with the settings of its work group applied.

    Attributes
    ----------
    output_location
        `s3://bucket/prefix/` for the results.
    scan_limit_bytes
        BytesScannedCutoffPerQuery of the work group; None means no limit.
    """

    sql: str
    catalog: str
    database: str
    work_group: str
    output_location: str
    parameters: tuple[str, ...] = ()
    scan_limit_bytes: int | None = None


@dataclass(slots=True)
class Execution:
    """Changes while the query runs. Only the query's own thread writes it, except `stop_requested`."""

    request: Request
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: State = "QUEUED"
    statement_type: str = "DML"
    substatement: str | None = None
    reason: str | None = None
    error: StatementError | None = None
    submitted_at: float = field(default_factory=time.time)
    completed_at: float | None = None
    stop_requested: bool = False
    columns: list[dict[str, Any]] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    update_count: int | None = None
    scanned_bytes: int = 0
    engine_ms: int = 0
    queued_ms: int = 0
    manifest_key: str | None = None
    trino_ids: list[str] = field(default_factory=list)

    @property
    def returns_rows(self) -> bool:
        return self.substatement in {"SELECT", "EXPLAIN"} or self.statement_type == "UTILITY"

    @property
    def counts_rows(self) -> bool:
        """Whether the result is a column `rows` without rows, as for every statement that writes rows."""
        return self.substatement in {*_WRITES, "CREATE_TABLE_AS_SELECT", "UNLOAD"}

    @property
    def output_key(self) -> str:
        """The S3 location of this statement's output.

        Source: https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html; names without an
        extension as measured by the project athena-local (docs/result-files.md).
        """
        folder = self.request.output_location.rstrip("/") + "/"
        if self.substatement == "CREATE_TABLE_AS_SELECT":
            return f"{folder}tables/{self.id}"
        if self.substatement in {"INSERT", "UNLOAD"}:
            return folder + self.id
        is_text = self.statement_type != "DML" or self.substatement in {"EXPLAIN", "VACUUM"}
        return folder + self.id + (".txt" if is_text else ".csv")
