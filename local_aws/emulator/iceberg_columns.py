"""Glue's columns of Iceberg tables, as AWS writes them: with the field's id, and with those that were dropped.

Trino writes the current columns alone. awswrangler takes a column without these parameters for a new one, and fails
when it appends; a client that does not look at `iceberg.field.current` must fail here as well.
Source: IcebergToGlueConverter of Apache Iceberg, https://github.com/apache/iceberg
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import ministack.services.s3 as s3

Column = dict[str, Any]

_TYPES: Final = {
    "long": "bigint",
    "time": "string",
    "uuid": "string",
    "timestamptz": "timestamp",
    "timestamp_ns": "timestamp",
    "timestamptz_ns": "timestamp",
}


def as_aws_writes(table: dict[str, Any]) -> dict[str, Any]:
    """The table with the columns of its current Iceberg metadata; any other table as it is."""
    parameters = table.get("Parameters") or {}
    location = parameters.get("metadata_location", "")
    if parameters.get("table_type", "").upper() != "ICEBERG" or not location.startswith("s3://"):
        return table
    storage = table.get("StorageDescriptor") or {}
    comments = {column["Name"]: column["Comment"] for column in storage.get("Columns", []) if column.get("Comment")}
    columns = [column | _comment(comments, column) for column in _columns(location)]
    return table | {"StorageDescriptor": storage | {"Columns": columns}} if columns else table


def as_trino_wrote(table_input: dict[str, Any], stored: dict[str, Any] | None) -> dict[str, Any]:
    """An UpdateTable input of a client that changes comments, such as dbt's persist_docs, with the stored columns.

    Trino takes columns from Glue when it lists many tables, and would list dropped ones too.
    """
    old, new = ((table or {}).get("Parameters") or {} for table in (stored, table_input))
    storage = table_input.get("StorageDescriptor")
    location = old.get("metadata_location")
    if stored is None or not storage or not location or location != new.get("metadata_location"):
        return table_input
    comments = {column["Name"]: column["Comment"] for column in storage.get("Columns", []) if column.get("Comment")}
    kept = [column | _comment(comments, column) for column in stored["StorageDescriptor"]["Columns"]]
    return table_input | {"StorageDescriptor": storage | {"Columns": kept}}


def _comment(comments: dict[str, str], column: Column) -> dict[str, str]:
    # dbt's persist_docs writes comments to Glue only
    return {"Comment": comments[column["Name"]]} if column["Name"] in comments else {}


@lru_cache(maxsize=1_024)
def _columns(location: str) -> tuple[Column, ...]:
    """The columns of a metadata file, which never changes; none if it cannot be read."""
    bucket, _, key = location.removeprefix("s3://").partition("/")
    data = s3._get_object_data(bucket, key)
    if data is None:
        return ()
    metadata = json.loads(gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data)
    return tuple(_of_schemas(metadata["schemas"], metadata["current-schema-id"]))


def _of_schemas(schemas: list[dict[str, Any]], current: int) -> Iterator[Column]:
    """The columns of the current schema, then those that only older schemas have."""
    seen: set[str] = set()
    for schema in sorted(schemas, key=lambda schema: schema["schema-id"] != current):
        for column in schema["fields"]:
            # Glue has names in lower case
            name = column["name"].lower()
            if name in seen:
                continue
            seen.add(name)
            parameters = {
                "iceberg.field.current": json.dumps(schema["schema-id"] == current),
                "iceberg.field.id": str(column["id"]),
                "iceberg.field.optional": json.dumps(not column["required"]),
            }
            comment = {"Comment": column["doc"]} if column.get("doc") else {}
            yield {"Name": name, "Type": _hive(column["type"]), "Parameters": parameters} | comment


def _hive(kind: str | dict[str, Any]) -> str:
    """The name that Hive has for a type of Iceberg."""
    if isinstance(kind, str):
        if kind.startswith("fixed"):
            return "binary"
        return _TYPES.get(kind, kind.replace(", ", ","))
    match kind["type"]:
        case "list":
            return f"array<{_hive(kind['element'])}>"
        case "map":
            return f"map<{_hive(kind['key'])},{_hive(kind['value'])}>"
    fields = ",".join(f"{field['name']}:{_hive(field['type'])}" for field in kind["fields"])
    return f"struct<{fields}>"
