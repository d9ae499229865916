"""One query execution: what was asked, how it stands, what it returned."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

from local_aws.engine.errors import StatementError

State = Literal["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]


@dataclass(frozen=True, slots=True)
class Request:
    """StartQueryExecution, after the work group has had its say.

    Attributes
    ----------
    output_location
        `s3://bucket/prefix/` under which the results go.
    scan_limit_bytes
        BytesScannedCutoffPerQuery of the work group; None is no limit.
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
    """Mutable while it runs; written by its own thread only, but for `stop_requested`."""

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
    trino_ids: list[str] = field(default_factory=list)

    @property
    def returns_rows(self) -> bool:
        return self.substatement == "SELECT" or self.statement_type == "UTILITY"

    @property
    def output_key(self) -> str:
        """Where Athena would put the output of this statement. Source: user guide, "Query result location"."""
        folder = self.request.output_location.rstrip("/") + "/"
        if self.substatement == "CREATE_TABLE_AS_SELECT":
            return f"{folder}tables/{self.id}"
        return folder + self.id + (".csv" if self.statement_type == "DML" else ".txt")
