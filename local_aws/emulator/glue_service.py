"""Every Glue call passes through here: names become lower case, writes are serialized and saved at once."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from typing import Any, Final

import ministack.services.glue as glue
from ministack.core.persistence import PERSIST_STATE, save_state

from local_aws.emulator import glue_tables
from local_aws.emulator.iceberg_columns import as_aws_writes, as_trino_wrote
from local_aws.emulator.views import as_trino_expects, with_real_columns

_READS: Final = ("Get", "List", "Search", "BatchGet")
# ministack checks a VersionId and writes the table in two steps, and serves Glue from several threads
_writing: Final = threading.RLock()


def patch() -> None:
    """Replace ministack's dispatcher by one that applies the patches."""
    missing_calls = glue_tables.patch()
    dispatch = glue._handle_request_sync

    def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> glue_tables.Answer:
        action = headers.get("x-amz-target", "").split(".")[-1]
        call = _in_lower_case(json.loads(body)) if action and body else {}
        if action in {"CreateTable", "UpdateTable"}:
            call["TableInput"] = with_real_columns(call["TableInput"])
        if action == "UpdateTable" and not _is_trino(headers):
            stored = glue._tables.get(f"{call.get('DatabaseName')}/{call['TableInput']['Name']}")
            call["TableInput"] = as_trino_wrote(call["TableInput"], stored)
        body = json.dumps(call).encode() if call else body
        writes = bool(action) and not action.startswith(_READS)
        with _writing if writes else contextlib.nullcontext():
            if action in missing_calls:
                answer = missing_calls[action](call)
            else:
                answer = dispatch(method, path, headers, body, query)
            # saved at once, or a killed process would lose the newest metadata pointers of Iceberg tables
            if writes and PERSIST_STATE and answer[0] == 200:
                save_state("glue", glue.get_state())
        if answer[0] == 200 and action in {"GetTable", "GetTables"}:
            return _seen_by(as_trino_expects if _is_trino(headers) else as_aws_writes, answer)
        return answer

    glue._handle_request_sync = handle


def _is_trino(headers: dict[str, str]) -> bool:
    return "aws-sdk-java" in headers.get("user-agent", "").lower()


def _seen_by(form: Callable[[dict[str, Any]], dict[str, Any]], answer: glue_tables.Answer) -> glue_tables.Answer:
    """The answer with its tables in the form that the caller expects."""
    found = json.loads(answer[2])
    if "Table" in found:
        found["Table"] = form(found["Table"])
    found |= {"TableList": [form(table) for table in found["TableList"]]} if "TableList" in found else {}
    return answer[0], answer[1], json.dumps(found).encode()


def _in_lower_case(call: dict[str, Any]) -> dict[str, Any]:
    """Glue stores the names of databases and tables in lower case. Source: Glue API reference, TableInput."""
    for name in ("DatabaseName", "TableName"):
        if isinstance(call.get(name), str):
            call[name] = call[name].lower()
    for holder in ("TableInput", "DatabaseInput"):
        if isinstance(call.get(holder), dict) and isinstance(call[holder].get("Name"), str):
            call[holder]["Name"] = call[holder]["Name"].lower()
    if isinstance(call.get("Name"), str) and "DatabaseName" in call:
        call["Name"] = call["Name"].lower()
    return call
