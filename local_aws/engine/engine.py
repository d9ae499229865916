"""Runs statements: rewrites, executes on Trino or in Glue, checks what Athena would refuse, writes the result to S3."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

from local_aws.aws_client import AwsClient, AwsError
from local_aws.engine import create_table
from local_aws.engine.catalog import Catalog
from local_aws.engine.errors import SYSTEM, CancelledError, StatementError
from local_aws.engine.execution import Execution, Request
from local_aws.engine.plan import Plan, Vacuum, trino_name
from local_aws.engine.results import result_file
from local_aws.engine.rewriter import rewrite
from local_aws.engine.tokens import literal
from local_aws.engine.trino_client import Answer, TrinoClient

# executions whose rows GetQueryResults can still page through
_KEPT = 1_000


class Engine:
    """Query executions by id.

    Parameters
    ----------
    log
        Called with every execution when it has ended.
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
        while len(self.executions) > _KEPT:
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
            # a thread that dies silently would leave the query running for ever
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
            self._refuse_types_that_iceberg_lacks(execution, plan.iceberg_body)
        if isinstance(plan.action, Vacuum):
            self._vacuum(execution, plan.action)
        elif plan.action is not None:
            self._catalog.apply(plan.action)
        for statement in _statements(plan, execution):
            answer = self._run_on_trino(execution, statement, plan.session)
            execution.update_count = answer.update_count
            if execution.returns_rows:
                execution.columns, execution.rows = answer.columns, answer.rows
        if plan.substatement == "EXPLAIN" and execution.columns:
            execution.columns[0]["name"] = "Query Plan"
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

    def _refuse_types_that_iceberg_lacks(self, execution: Execution, body: str) -> None:
        """Trino would convert in silence. Source: Athena user guide, "Supported data types for Iceberg tables"."""
        for column in self._run_on_trino(execution, f"SELECT * FROM (\n{body}\n) LIMIT 0", {}).columns:
            of = column["type"]
            time_type = re.match(r"(?:timestamp|time)\((\d+)\)", of)
            if time_type and time_type[1] != "6":
                message = f'Timestamp precision ({time_type[1]}) not supported for Iceberg. Use "timestamp(6)" instead.'
                raise StatementError("NOT_SUPPORTED", message)
            if of in {"tinyint", "smallint"} or of.startswith("char("):
                raise StatementError("NOT_SUPPORTED", f"Type not supported for Iceberg: {of}")

    def _vacuum(self, execution: Execution, vacuum: Vacuum) -> None:
        """Expire snapshots and remove orphan files. Source: Athena user guide, "VACUUM" (default five days)."""
        schema, name = vacuum.table
        properties = self._run_on_trino(
            execution, f"SELECT key, value FROM {trino_name((schema, name + '$properties'))}", {}
        )
        age_s = int(dict(properties.rows).get("vacuum_max_snapshot_age_seconds", 432_000))
        for procedure in ("expire_snapshots", "remove_orphan_files"):
            statement = f"ALTER TABLE {trino_name(vacuum.table)} EXECUTE {procedure}(retention_threshold => '{age_s}s')"
            self._run_on_trino(execution, statement, {})

    def _write_result(self, execution: Execution) -> None:
        """Athena's CSV, for clients that read it instead of paging. A missing bucket fails the query, as on AWS."""
        if execution.substatement == "CREATE_TABLE_AS_SELECT":
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
    if execution.request.parameters:
        values = ", ".join(execution.request.parameters)
        return (f"EXECUTE IMMEDIATE {literal(statements[0])} USING {values}",)
    return statements
