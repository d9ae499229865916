"""Runs statements: rewrites them, executes them on Trino or in Glue, applies Athena's limits, writes results to S3."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from local_aws.aws_client import AwsClient, AwsError
from local_aws.engine import create_table, show_rows, unload
from local_aws.engine.catalog import Catalog
from local_aws.engine.errors import SYSTEM, CancelledError, StatementError
from local_aws.engine.execution import Execution, Request
from local_aws.engine.plan import CreateDatabase, DropDatabase, Plan, Show, Table, Unload, Vacuum, trino_name
from local_aws.engine.results import manifest, result_file
from local_aws.engine.rewriter import rewrite
from local_aws.engine.show import COLUMNS
from local_aws.engine.tokens import literal
from local_aws.engine.trino_client import Answer, TrinoClient
from local_aws.engine.types import not_in_iceberg


class _TextResult(NamedTuple):
    """The column's name on Athena, and what Athena appends to the text."""

    column: str
    end: str


# so many executions are remembered, with their rows
_MAX_EXECUTIONS = 1_000
# statements whose result is one text of many lines
_TEXT_RESULTS = {
    "EXPLAIN": _TextResult(column="Query Plan", end="\n"),
    "SHOW_CREATE_VIEW": _TextResult(column="create view", end=""),
}


class Engine:
    """Runs queries, and keeps their executions by id.

    Parameters
    ----------
    log
        Called with every execution that has ended.
    """

    def __init__(
        self, trino: TrinoClient, aws: AwsClient, *, log: Callable[[Execution], None] = lambda _: None
    ) -> None:
        self._trino = trino
        self._aws = aws
        self._catalog = Catalog(aws)
        self._log = log
        self.executions: dict[str, Execution] = {}

    def start(self, request: Request) -> Execution:
        execution = Execution(request)
        self.executions[execution.id] = execution
        while len(self.executions) > _MAX_EXECUTIONS:
            del self.executions[next(iter(self.executions))]
        threading.Thread(target=self._run, args=(execution,), daemon=True).start()
        return execution

    def stop(self, execution: Execution) -> None:
        execution.stop_requested = True

    def _run(self, execution: Execution) -> None:
        try:
            self._execute(execution)
            state, reason = "SUCCEEDED", None
        except CancelledError as cancelled:
            state, reason = "CANCELLED", str(cancelled)
        except StatementError as error:
            execution.error = error
            state, reason = "FAILED", str(error)
        except Exception as error:
            # an unhandled exception would end this thread and leave the query in state RUNNING
            execution.error = StatementError("GENERIC_INTERNAL_ERROR", repr(error), category=SYSTEM)
            state, reason = "FAILED", str(execution.error)
        execution.reason = reason
        execution.completed_at = time.time()
        execution.state = state  # type: ignore[assignment]
        self._log(execution)

    def _execute(self, execution: Execution) -> None:
        request = execution.request
        plan = rewrite(request.sql, request.database, self._catalog.is_iceberg)
        execution.statement_type, execution.substatement = plan.statement_type, plan.substatement
        execution.state = "RUNNING"
        if plan.iceberg_body is not None:
            self._check_iceberg_types(execution, plan.iceberg_body)
        if isinstance(plan.action, Vacuum):
            self._vacuum(execution, plan.action)
        elif isinstance(plan.action, Unload):
            self._unload(execution, plan.action, plan.session)
        elif isinstance(plan.action, Show):
            self._show(execution, plan.action)
        elif plan.action is not None:
            self._catalog.apply(plan.action)
        for statement in _statements(plan, execution):
            answer = self._run_on_trino(execution, statement, plan.session)
            execution.update_count = answer.update_count
            if execution.returns_rows:
                execution.columns, execution.rows = answer.columns, answer.rows
        if plan.substatement in _TEXT_RESULTS:
            # Trino returns one value, Athena one row per line
            text = _TEXT_RESULTS[plan.substatement]
            execution.columns[0]["name"] = text.column
            execution.rows = [[line] for line in (str(execution.rows[0][0]) + text.end).split("\n")]
        if plan.writes_hive_files:
            location = execution.output_key if plan.location is None else plan.location
            self._write_manifest(execution, location)
        self._write_result(execution)

    def _run_on_trino(self, execution: Execution, sql: str, session: dict[str, str]) -> Answer:
        request = execution.request
        before = execution.scanned_bytes

        def check(scanned: int) -> None:
            execution.scanned_bytes = before + scanned
            if execution.stop_requested:
                raise CancelledError("Query cancelled by user")
            if request.scan_limit_bytes is not None and execution.scanned_bytes > request.scan_limit_bytes:
                raise CancelledError("Bytes scanned limit was exceeded")

        answer = self._trino.run(sql, catalog=request.catalog, schema=request.database, session=session, check=check)
        execution.trino_ids.append(answer.trino_id)
        execution.engine_ms += answer.elapsed_ms
        execution.queued_ms += answer.queued_ms
        return answer

    def _check_iceberg_types(self, execution: Execution, body: str) -> None:
        """Reject types that Iceberg lacks; Trino would convert them silently.

        Source: Athena user guide, "Supported data types for Iceberg tables".
        """
        for column in self._run_on_trino(execution, f"SELECT * FROM (\n{body}\n) LIMIT 0", {}).columns:
            type_name = column["type"]
            time_type = re.match(r"(?:timestamp|time)\((\d+)\)", type_name)
            if time_type and time_type[1] != "6":
                message = f'Timestamp precision ({time_type[1]}) not supported for Iceberg. Use "timestamp(6)" instead.'
                raise StatementError("NOT_SUPPORTED", message)
            if type_name in {"tinyint", "smallint"} or type_name.startswith("char("):
                raise StatementError("NOT_SUPPORTED", not_in_iceberg(type_name))

    def _vacuum(self, execution: Execution, vacuum: Vacuum) -> None:
        """Expire snapshots and remove orphan files. Source: Athena user guide, "VACUUM" (default: five days)."""
        properties_table = vacuum.table._replace(name=vacuum.table.name + "$properties")
        properties = self._run_on_trino(execution, f"SELECT key, value FROM {trino_name(properties_table)}", {})
        age_s = int(dict(properties.rows).get("vacuum_max_snapshot_age_seconds", 432_000))
        for procedure in ("expire_snapshots", "remove_orphan_files"):
            statement = f"ALTER TABLE {trino_name(vacuum.table)} EXECUTE {procedure}(retention_threshold => '{age_s}s')"
            self._run_on_trino(execution, statement, {})

    def _unload(self, execution: Execution, action: Unload, session: dict[str, str]) -> None:
        if not action.may_hold_data and self._objects(action.location):
            message = f"Target directory for UNLOAD already exists: {action.location}"
            raise StatementError("HIVE_PATH_ALREADY_EXISTS", message)
        # a temporary database: UNLOAD needs none, and the table must stay invisible
        table = Table(f"unload_{execution.id.replace('-', '_')}", "rows")
        self._catalog.apply(CreateDatabase({"Name": table.database}, if_not_exists=False))
        try:
            statement = _with_parameters(unload.statement(table, action), execution)
            execution.update_count = self._run_on_trino(execution, statement, session).update_count
        finally:
            self._catalog.apply(DropDatabase(table.database, if_exists=True, cascade=True))
        self._write_manifest(execution, action.location)

    def _show(self, execution: Execution, show: Show) -> None:
        try:
            lines = self._lines(execution, show)
        except AwsError as error:
            raise StatementError("FAILED", f"SemanticException {error.message}") from None
        execution.columns = [
            {"name": name, "type": "string", "typeSignature": {"rawType": "varchar"}} for name in COLUMNS[show.what]
        ]
        # one value per row, whatever the number of columns
        execution.rows = [[line] for line in lines]

    def _lines(self, execution: Execution, show: Show) -> list[str]:
        database, name = show.table
        if show.what == "SHOW_DATABASES":
            return show_rows.matching(self._catalog.databases(), show.pattern)
        if show.what in {"SHOW_TABLES", "SHOW_VIEWS"}:
            tables = self._catalog.tables(database)
            wanted = (one for one in tables if show.what == "SHOW_TABLES" or show_rows.is_view(one))
            return show_rows.matching((one["Name"] for one in wanted), show.pattern)
        table = self._catalog.table(show.table)
        if show.what == "SHOW_PARTITIONS":
            keys = [key["Name"] for key in table.get("PartitionKeys", [])]
            if not keys:
                raise StatementError("FAILED", f"SemanticException [Error 10241]: Table {name} is not partitioned")
            found = (one["Values"] for one in self._catalog.partitions(show.table))
            return ["/".join(map("=".join, zip(keys, values, strict=True))) for values in found]
        if show.what == "SHOW_TABLE_PROPERTIES":
            properties = table.get("Parameters", {})
            if show.pattern is None:
                return ["\t".join(pair) for pair in sorted(properties.items())]
            return [properties.get(show.pattern, f"Table {database}.{name} does not have property: {show.pattern}")]
        iceberg = self._catalog.is_iceberg(show.table)
        if show.what == "SHOW_COLUMNS":
            return show_rows.column_names(table, iceberg=iceberg)
        transforms = self._partitioning(execution, show) if iceberg else []
        if show.what == "SHOW_CREATE_TABLE":
            return show_rows.create_statement(table, iceberg=iceberg, partitioning=transforms)
        fields = map(_partition_field, transforms)
        return show_rows.description(table, iceberg=iceberg, partition_fields=fields)

    def _partitioning(self, execution: Execution, show: Show) -> list[str]:
        """The partition transforms of an Iceberg table, which are not in Glue."""
        made = self._run_on_trino(execution, f"SHOW CREATE TABLE {trino_name(show.table, iceberg=True)}", {})
        found = re.search(r"partitioning = ARRAY\[(.*)\]", str(made.rows[0][0]))
        return re.findall(r"'((?:[^']|'')*)'", found[1]) if found else []

    def _objects(self, location: str) -> list[str]:
        bucket, _, prefix = location.removeprefix("s3://").partition("/")
        return [f"s3://{bucket}/{key}" for key in self._aws.list_objects(bucket, prefix.rstrip("/") + "/")]

    def _write_manifest(self, execution: Execution, location: str) -> None:
        """Write the list of files that a statement wrote, for clients that read files instead of rows."""
        execution.manifest_key = manifest(execution)
        bucket, _, key = execution.manifest_key.removeprefix("s3://").partition("/")
        self._aws.put_object(bucket, key, "".join(path + "\n" for path in self._objects(location)).encode())

    def _write_result(self, execution: Execution) -> None:
        """Write the result as CSV, for clients that read it from S3. A missing bucket fails the query, as on AWS."""
        if execution.substatement in {"CREATE_TABLE_AS_SELECT", "UNLOAD", "INSERT", "UPDATE", "DELETE", "MERGE"}:
            return
        bucket, _, key = execution.output_key.removeprefix("s3://").partition("/")
        try:
            self._aws.put_object(bucket, key, result_file(execution))
        except AwsError as error:
            message = f"Unable to write to {execution.output_key} ({error.code})"
            raise StatementError("FAILED", message) from None


def _statements(plan: Plan, execution: Execution) -> tuple[str, ...]:
    statements = plan.statements
    if plan.needs_location:
        location = literal(execution.output_key)
        statements = tuple(text.replace(create_table.LOCATION_TO_FILL, location, 1) for text in statements)
    return tuple(_with_parameters(text, execution) for text in statements)


def _with_parameters(statement: str, execution: Execution) -> str:
    parameters = execution.request.parameters
    return f"EXECUTE IMMEDIATE {literal(statement)} USING {', '.join(parameters)}" if parameters else statement


def _partition_field(transform: str) -> tuple[str, str, str]:
    """Name, transform and column of a partition field, from Trino's `bucket(id, 4)` or a plain column."""
    found = re.fullmatch(r"(\w+)\((.+?)(?:, *(\d+))?\)", transform)
    if not found:
        return transform, "identity", transform
    kind, column, number = found[1], found[2].strip('"'), found[3]
    suffix = {"truncate": "trunc"}.get(kind, kind)
    return f"{column}_{suffix}", f"{kind}[{number}]" if number else kind, column
