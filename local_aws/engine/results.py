"""The responses of GetQueryExecution and GetQueryResults. Source: Athena API reference."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

from local_aws.engine.execution import Execution
from local_aws.engine.types import athena_type
from local_aws.engine.values import athena_text

PAGE_ROWS: Final = 1_000


def describe(execution: Execution) -> dict[str, Any]:
    """The QueryExecution structure."""
    request = execution.request
    ended = execution.completed_at or time.time()
    total_ms = int((ended - execution.submitted_at) * 1000)
    status: dict[str, Any] = {"State": execution.state, "SubmissionDateTime": execution.submitted_at}
    if execution.completed_at:
        status["CompletionDateTime"] = execution.completed_at
    if execution.reason:
        status["StateChangeReason"] = execution.reason
    if execution.error:
        status["AthenaError"] = {
            "ErrorCategory": execution.error.category,
            "ErrorType": execution.error.error_type,
            "Retryable": execution.error.retryable,
            "ErrorMessage": str(execution.error),
        }
    statistics: dict[str, Any] = {
        "EngineExecutionTimeInMillis": execution.engine_ms,
        "DataScannedInBytes": execution.scanned_bytes,
        "TotalExecutionTimeInMillis": total_ms,
        "QueryQueueTimeInMillis": execution.queued_ms,
        "ServiceProcessingTimeInMillis": max(0, total_ms - execution.engine_ms),
    }
    if execution.manifest_key:
        statistics["DataManifestLocation"] = execution.manifest_key
    return {
        "QueryExecutionId": execution.id,
        "Query": request.sql,
        "StatementType": execution.statement_type,
        "SubstatementType": execution.substatement,
        "ResultConfiguration": {"OutputLocation": execution.output_key},
        "QueryExecutionContext": {"Database": request.database, "Catalog": request.catalog},
        "Status": status,
        "Statistics": statistics,
        "WorkGroup": request.work_group,
        "EngineVersion": {
            "SelectedEngineVersion": "AUTO",
            "EffectiveEngineVersion": "Athena engine version 3",
        },
    }


def result_page(execution: Execution, token: str | None, limit: int | None) -> dict[str, Any]:
    """One page of at most 1,000 rows. The first row of a SELECT holds the column names."""
    offset = int(token or 0)
    end = offset + min(limit or PAGE_ROWS, PAGE_ROWS)
    header = [[column["name"] for column in execution.columns]] if _has_header(execution) else []
    total = len(header) + len(execution.rows)
    rows = header[offset:end]
    for row in execution.rows[max(0, offset - len(header)) : max(0, end - len(header))]:
        rows.append(_texts(execution, row))
    data = [{"Data": [{} if text is None else {"VarCharValue": text} for text in row]} for row in rows]
    page: dict[str, Any] = {
        "UpdateCount": execution.update_count or 0,
        "ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": list(_column_info(execution))}},
    }
    if end < total:
        page["NextToken"] = str(end)
    return page


def result_file(execution: Execution) -> bytes:
    """The result object in S3: CSV for a SELECT, in which "" is an empty text and no text is NULL; otherwise lines.

    Source: Athena user guide, "Work with query results".
    """
    if _has_header(execution) and execution.output_key.endswith(".csv"):
        rows = [[column["name"] for column in execution.columns]]
        rows += (_texts(execution, row) for row in execution.rows)
        return "".join(",".join(map(_csv_field, row)) + "\n" for row in rows).encode()
    header = [[column["name"] for column in execution.columns]] if _has_header(execution) else []
    lines = [*header, *(_texts(execution, row) for row in execution.rows)]
    return "\n".join("\t".join(text or "" for text in line) for line in lines).encode()


def manifest(execution: Execution) -> str:
    """The location of the list of written files. Source: Athena user guide, "Identify query output files"."""
    return f"{execution.output_key}-manifest.csv"


def _has_header(execution: Execution) -> bool:
    """Whether a header row precedes the rows. SHOW FUNCTIONS is the only utility statement with one.

    Source: measurements of the project athena-local (docs/api.md).
    """
    in_csv = execution.statement_type == "DML" or execution.substatement == "SHOW_FUNCTIONS"
    return in_csv and bool(execution.columns)


def _texts(execution: Execution, row: list[Any]) -> list[str | None]:
    # SHOW and DESCRIBE have one value per row, whatever the number of columns
    return [athena_text(value, column["typeSignature"]) for value, column in zip(row, execution.columns, strict=False)]


def _csv_field(text: str | None) -> str:
    return "" if text is None else '"' + text.replace('"', '""') + '"'


def _column_info(execution: Execution) -> Iterator[dict[str, Any]]:
    columns = [{"name": "rows", "type": "bigint"}] if execution.counts_rows else execution.columns
    for column in columns:
        name, precision, scale = athena_type(column["type"])
        yield {
            "CatalogName": "hive",
            "SchemaName": "",
            "TableName": "",
            "Name": column["name"],
            "Label": column["name"],
            "Type": name,
            "Precision": precision,
            "Scale": scale,
            "Nullable": "UNKNOWN",
            "CaseSensitive": name in {"varchar", "char"},
        }
