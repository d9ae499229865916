"""Athena's query calls, executed by the engine. ministack still handles work groups, catalogs and named queries."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import ministack.services.athena as athena

from local_aws.emulator.glue_tables import paged
from local_aws.engine.engine import Engine
from local_aws.engine.execution import Execution, Request
from local_aws.engine.results import describe, result_page

Call = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]

# awswrangler expects these fields. The values are those of AWS's group `primary`; what AWS returns for a work group
# created without them is not known
_WORK_GROUP_DEFAULTS = {
    "ResultConfiguration": {},
    "EnforceWorkGroupConfiguration": False,
    "PublishCloudWatchMetricsEnabled": False,
    "RequesterPaysEnabled": False,
}
_UNFINISHED = {"QUEUED", "RUNNING"}
# Sources: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html; for the message
# https://github.com/Tomme/dbt-athena/issues/136
_MAX_STATEMENT_BYTES = 262_144
# GetQueryExecution waits this long for the query to end: clients that poll make fewer calls and learn of the end sooner
_LONG_POLL_S = 1.0
_LONG_POLL_STEP_S = 0.01


class QueryCalls:
    """Handlers of Athena's query calls."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._by_token: dict[str, tuple[Any, str]] = {}

    def start(self, call: Call) -> Answer:
        """Start a query. A repeated ClientRequestToken, sent by an SDK after a lost answer, starts no second one."""
        token = call.get("ClientRequestToken")
        location = (call.get("ResultConfiguration") or {}).get("OutputLocation")
        parameters = (call["QueryString"], call.get("QueryExecutionContext"), location)
        if token in self._by_token:
            first_parameters, execution_id = self._by_token[token]
            if parameters != first_parameters:
                return _invalid("Idempotent parameters do not match")
            return _answer(QueryExecutionId=execution_id)
        answer = self._start(call)
        if token and answer[0] == 200:
            self._by_token[token] = (parameters, json.loads(answer[2])["QueryExecutionId"])
        return answer

    def _start(self, call: Call) -> Answer:
        if len(call["QueryString"].encode()) > _MAX_STATEMENT_BYTES:
            return _invalid(
                "1 validation error detected: Value at 'queryString' failed to satisfy constraint: "
                f"Member must have length less than or equal to {_MAX_STATEMENT_BYTES}"
            )
        group_name = call.get("WorkGroup") or "primary"
        group = athena._workgroups.get(group_name)
        if group is None:
            return _invalid(f"WorkGroup {group_name} is not found.")
        configuration = group.get("Configuration") or {}
        group_location = (configuration.get("ResultConfiguration") or {}).get("OutputLocation")
        call_location = (call.get("ResultConfiguration") or {}).get("OutputLocation")
        if group_location and configuration.get("EnforceWorkGroupConfiguration"):
            location = group_location
        else:
            location = call_location or group_location
        if not location:
            return _invalid(
                "No output location provided. An output location is required either through the Workgroup "
                "result configuration setting or as an API input."
            )
        context = call.get("QueryExecutionContext") or {}
        limit = configuration.get("BytesScannedCutoffPerQuery")
        request = Request(
            sql=call["QueryString"],
            catalog=(context.get("Catalog") or "awsdatacatalog").lower(),
            # awswrangler sends the name in backticks with DDL
            database=(context.get("Database") or "default").strip("`").lower(),
            work_group=group_name,
            output_location=location,
            parameters=tuple(call.get("ExecutionParameters") or ()),
            # CloudFormation passes template parameters as text
            scan_limit_bytes=None if limit is None else int(limit),
        )
        return _answer(QueryExecutionId=self._engine.start(request).id)

    def get(self, call: Call, execution: Execution) -> Answer:
        return _answer(QueryExecution=describe(execution))

    async def wait(self, execution_id: str) -> None:
        """Wait until the query has ended, but not longer than a long poll."""
        execution = self._engine.executions.get(execution_id)
        deadline = time.monotonic() + _LONG_POLL_S
        while execution and execution.state in _UNFINISHED and time.monotonic() < deadline:
            await asyncio.sleep(_LONG_POLL_STEP_S)

    def results(self, call: Call, execution: Execution) -> Answer:
        if execution.state in _UNFINISHED:
            return _invalid(f"Query has not yet finished. Current state: {execution.state}")
        if execution.state == "CANCELLED":
            return _invalid("Could not find results")
        if execution.state != "SUCCEEDED":
            return _invalid(f"Query did not finish successfully. Final query state: {execution.state}")
        return _answer(**result_page(execution, call.get("NextToken"), call.get("MaxResults")))

    def stop(self, call: Call, execution: Execution) -> Answer:
        self._engine.stop(execution)
        return _answer()

    def list(self, call: Call) -> Answer:
        group = call.get("WorkGroup") or "primary"
        newest_first = reversed(list(self._engine.executions.values()))
        ids = [one.id for one in newest_first if one.request.work_group == group]
        return paged(call, "QueryExecutionIds", ids, limit=50)

    def batch_get(self, call: Call) -> Answer:
        known = self._engine.executions
        return _answer(
            QueryExecutions=[describe(known[wanted]) for wanted in call["QueryExecutionIds"] if wanted in known],
            UnprocessedQueryExecutionIds=[
                {"QueryExecutionId": wanted, "ErrorCode": "INVALID_INPUT", "ErrorMessage": "not found"}
                for wanted in call["QueryExecutionIds"]
                if wanted not in known
            ],
        )

    def of_execution(self, handler: Callable[[Call, Execution], Answer]) -> Callable[[Call], Answer]:
        def handle(call: Call) -> Answer:
            wanted = call.get("QueryExecutionId")
            execution = self._engine.executions.get(str(wanted))
            if execution is None:
                return _invalid(f"QueryExecution {wanted} was not found")
            return handler(call, execution)

        return handle


def patch(engine: Engine) -> None:
    """Replace ministack's query calls, its case-sensitive GetDataCatalog, and its GetWorkGroup."""
    calls = QueryCalls(engine)
    athena._start_query_execution = calls.start
    athena._get_query_execution = calls.of_execution(calls.get)
    athena._get_query_results = calls.of_execution(calls.results)
    athena._stop_query_execution = calls.of_execution(calls.stop)
    athena._list_query_executions = calls.list
    athena._batch_get_query_execution = calls.batch_get
    get_data_catalog = athena._get_data_catalog

    def get_catalog(call: Call) -> Answer:
        name = call.get("Name") or ""
        stored = next((one for one in athena._data_catalogs if one.lower() == name.lower()), name)
        answer: Answer = get_data_catalog(call | {"Name": stored})
        return answer

    athena._get_data_catalog = get_catalog
    get_work_group = athena._get_workgroup

    def get_group(call: Call) -> Answer:
        answer: Answer = get_work_group(call)
        if answer[0] != 200:
            return answer
        group = json.loads(answer[2])["WorkGroup"]
        group["Configuration"] = _WORK_GROUP_DEFAULTS | group.get("Configuration", {})
        return _answer(WorkGroup=group)

    athena._get_workgroup = get_group
    handle_request = athena.handle_request

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any) -> Answer:
        if headers.get("x-amz-target", "").endswith(".GetQueryExecution"):
            await calls.wait(str(json.loads(body).get("QueryExecutionId")))
        answer: Answer = await handle_request(method, path, headers, body, query_params)
        return answer

    athena.handle_request = handle


def _answer(**fields: Any) -> Answer:
    answer: Answer = athena.json_response(fields)
    return answer


def _invalid(message: str) -> Answer:
    answer: Answer = athena.error_response_json("InvalidRequestException", message, 400)
    return answer
