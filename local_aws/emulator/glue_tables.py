"""Glue features that ministack lacks: table versions, batch deletes, partition expressions and segments, pages.

Each function takes the call's JSON and returns status, headers and body, as ministack's functions do.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any, Final

import ministack.services.glue as glue

from local_aws.emulator.partition_filter import partition_filter
from local_aws.emulator.regions import OneRegion

Call = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]

_create_table: Final = glue._create_table
_update_table: Final = glue._update_table
_delete_table: Final = glue._delete_table
# newest first; in memory only: after a restart each table has one version
_versions: Final[Any] = OneRegion()


def create_table(call: Call) -> Answer:
    answer: Answer = _create_table(call)
    if answer[0] == 200:
        key = _key(call, call["TableInput"]["Name"])
        _without_empty_storage(key)
        _versions[key] = [copy.deepcopy(glue._tables[key])]
    return answer


def update_table(call: Call) -> Answer:
    answer: Answer = _update_table(call)
    if answer[0] == 200:
        key = _key(call, call["TableInput"]["Name"])
        _without_empty_storage(key)
        older = list(_versions.get(key, []))[1 if call.get("SkipArchive") else 0 :]
        _versions[key] = [copy.deepcopy(glue._tables[key]), *older]
    return answer


def delete_table(call: Call) -> Answer:
    _versions.pop(_key(call, call.get("Name")), None)
    answer: Answer = _delete_table(call)
    return answer


def get_tables(call: Call) -> Answer:
    """Expression is a regular expression, and a missing database is an error."""
    database = call.get("DatabaseName")
    if database not in glue._databases:
        return _error("EntityNotFoundException", f"Database {database} not found.")
    expression = call.get("Expression")
    tables = [
        table
        for key, table in glue._tables.items()
        if key.split("/", 1)[0] == database
        and (not expression or re.fullmatch(expression, table["Name"], re.IGNORECASE))
    ]
    return paged(call, "TableList", tables, limit=100)


def get_databases(call: Call) -> Answer:
    return paged(call, "DatabaseList", list(glue._databases.values()), limit=100)


def paged(call: Call, field: str, items: list[Any], *, limit: int) -> Answer:
    """One page of a listing. Sources: Glue API reference, MaxResults and NextToken of GetTables (100) and GetPartitions
    (1,000)."""
    start = int(call.get("NextToken") or 0)
    end = start + min(call.get("MaxResults") or limit, limit)
    rest = {"NextToken": str(end)} if end < len(items) else {}
    return _answer(**{field: items[start:end]}, **rest)


def get_table_versions(call: Call) -> Answer:
    key = _key(call, call.get("TableName"))
    if key not in glue._tables:
        return _no_table(call)
    found = [{"Table": table, "VersionId": table["VersionId"]} for table in _versions_of(key)]
    return paged(call, "TableVersions", found, limit=100)


def get_table_version(call: Call) -> Answer:
    key = _key(call, call.get("TableName"))
    if key not in glue._tables:
        return _no_table(call)
    for table in _versions_of(key):
        if call.get("VersionId") in {None, table["VersionId"]}:
            return _answer(TableVersion={"Table": table, "VersionId": table["VersionId"]})
    return _error("EntityNotFoundException", f"Version {call.get('VersionId')} not found.")


def delete_table_version(call: Call) -> Answer:
    key = _key(call, call.get("TableName"))
    if key not in glue._tables:
        return _no_table(call)
    version = str(call.get("VersionId"))
    if version == glue._tables[key]["VersionId"]:
        return _error("InvalidInputException", "The latest version cannot be deleted.")
    kept = [table for table in _versions_of(key) if table["VersionId"] != version]
    if len(kept) == len(_versions_of(key)):
        return _error("EntityNotFoundException", f"Version {version} not found.")
    _versions[key] = kept
    return _answer()


def batch_delete_table_version(call: Call) -> Answer:
    errors = []
    for version in call.get("VersionIds", []):
        if delete_table_version({**call, "VersionId": version})[0] != 200:
            detail = {"ErrorCode": "EntityNotFoundException"}
            errors.append({"TableName": call.get("TableName"), "VersionId": version, "ErrorDetail": detail})
    return _answer(Errors=errors)


def batch_delete_partition(call: Call) -> Answer:
    stored = [partition["Values"] for partition in glue._partitions.get(_key(call, call.get("TableName")), [])]
    errors = []
    for partition in call.get("PartitionsToDelete", []):
        values = partition["Values"]
        if values in stored:
            glue._delete_partition({**call, "PartitionValues": values})
        else:
            detail = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Partition not found."}
            errors.append({"PartitionValues": values, "ErrorDetail": detail})
    return _answer(Errors=errors)


def get_partitions(call: Call) -> Answer:
    key = _key(call, call.get("TableName"))
    if key not in glue._tables:
        return _no_table(call)
    partitions = list(glue._partitions.get(key, []))
    segment = call.get("Segment")
    if segment:
        partitions = partitions[segment["SegmentNumber"] :: segment["TotalSegments"]]
    expression = (call.get("Expression") or "").strip()
    if expression:
        types = {column["Name"]: column["Type"] for column in glue._tables[key].get("PartitionKeys", [])}
        try:
            keep = partition_filter(expression, types)
        except ValueError as error:
            return _error("InvalidInputException", f"Unsupported expression '{expression}': {error}")
        partitions = [partition for partition in partitions if keep(dict(zip(types, partition["Values"], strict=True)))]
    return paged(call, "Partitions", partitions, limit=1_000)


def patch() -> dict[str, Callable[[Call], Answer]]:
    """Replace ministack's functions, and return the calls that ministack lacks, by name."""
    glue._create_table = create_table
    glue._update_table = update_table
    glue._delete_table = delete_table
    glue._get_databases = get_databases
    glue._get_tables = get_tables
    glue._get_partitions = get_partitions
    return {
        "GetTableVersion": get_table_version,
        "GetTableVersions": get_table_versions,
        "DeleteTableVersion": delete_table_version,
        "BatchDeleteTableVersion": batch_delete_table_version,
        "BatchDeletePartition": batch_delete_partition,
    }


def _key(call: Call, table: str | None) -> str:
    return f"{call.get('DatabaseName')}/{table}"


def _versions_of(key: str) -> list[dict[str, Any]]:
    if key not in _versions:
        _versions[key] = [copy.deepcopy(glue._tables[key])]
    found: list[dict[str, Any]] = _versions[key]
    return found


def _without_empty_storage(key: str) -> None:
    """Remove an empty StorageDescriptor. Glue omits it, and Trino fails on the whole schema if it is empty."""
    if not glue._tables[key].get("StorageDescriptor"):
        glue._tables[key].pop("StorageDescriptor", None)


def _answer(**fields: Any) -> Answer:
    answer: Answer = glue.json_response(fields)
    return answer


def _error(code: str, message: str) -> Answer:
    answer: Answer = glue.error_response_json(code, message, 400)
    return answer


def _no_table(call: Call) -> Answer:
    return _error("EntityNotFoundException", f"Table {call.get('TableName')} not found.")
