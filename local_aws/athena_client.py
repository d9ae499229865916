"""Runs a query through the Athena API and reads all pages of its result."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from local_aws.aws_client import AwsClient

_POLL_S: Final = 0.05
_FINAL: Final = {"SUCCEEDED", "FAILED", "CANCELLED"}


class QueryFailedError(Exception):
    """The query failed or was cancelled; the message is Athena's reason."""


@dataclass(frozen=True, slots=True)
class QueryResult:
    """All rows as text, bytes scanned and duration. The first row of a SELECT is its header."""

    rows: list[list[str | None]]
    types: list[str]
    update_count: int
    scanned_bytes: int
    milliseconds: int


def query(
    aws: AwsClient, sql: str, *, output_location: str, database: str = "default", work_group: str = "primary"
) -> QueryResult:
    """Run one statement and wait for it.

    Raises
    ------
    QueryFailedError
        The query failed or was cancelled.
    AwsError
        Athena rejected the call.
    """
    execution_id = aws.call(
        "athena",
        "StartQueryExecution",
        QueryString=sql,
        QueryExecutionContext={"Database": database},
        ResultConfiguration={"OutputLocation": output_location},
        WorkGroup=work_group,
    )["QueryExecutionId"]
    while True:
        execution = aws.call("athena", "GetQueryExecution", QueryExecutionId=execution_id)["QueryExecution"]
        if execution["Status"]["State"] in _FINAL:
            break
        time.sleep(_POLL_S)
    if execution["Status"]["State"] != "SUCCEEDED":
        raise QueryFailedError(execution["Status"].get("StateChangeReason", ""))
    rows: list[list[str | None]] = []
    token: dict[str, str] = {}
    while True:
        page = aws.call("athena", "GetQueryResults", QueryExecutionId=execution_id, **token)
        rows += ([cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    return QueryResult(
        rows=rows,
        types=[column["Type"] for column in page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]],
        update_count=page["UpdateCount"],
        scanned_bytes=execution["Statistics"]["DataScannedInBytes"],
        milliseconds=execution["Statistics"]["TotalExecutionTimeInMillis"],
    )
