"""UNLOAD (query) TO 's3://...' WITH (...), run through a temporary Hive table at the location.

Source: https://docs.aws.amazon.com/athena/latest/ug/unload.html
"""

from __future__ import annotations

from typing import Final

from local_aws.engine.errors import AthenaSyntaxError
from local_aws.engine.plan import Plan, Table, Unload, trino_name
from local_aws.engine.query_body import query_body
from local_aws.engine.tokens import Cursor, literal, unquoted

_FORMATS: Final = {"PARQUET", "ORC", "AVRO", "JSON", "TEXTFILE"}


def unload(cursor: Cursor) -> Plan:
    """The plan of an UNLOAD statement; the cursor is after UNLOAD."""
    query = cursor.bracketed()
    cursor.expect("TO")
    location = unquoted(cursor.next().text)
    cursor.expect("WITH")
    given = cursor.assignments()
    texts = {name: unquoted(value) for name, value in given.items()}
    if "format" not in texts:
        raise AthenaSyntaxError(
            "UNLOAD: property 'format' is missing (https://docs.aws.amazon.com/athena/latest/ug/unload.html)"
        )
    kind = texts.pop("format").upper()
    if kind not in _FORMATS:
        raise AthenaSyntaxError(f"UNLOAD: format {kind} is not supported")
    properties = [f"format = {literal(kind)}", f"external_location = {literal(location)}"]
    partitioned = texts.pop("partitioned_by", None)
    if partitioned:
        properties.append(f"partitioned_by = {given['partitioned_by']}")
    delimiter = texts.pop("field_delimiter", ",")
    if kind == "TEXTFILE":
        properties.append(f"textfile_field_separator = {literal(delimiter)}")
    compression = texts.pop("compression", None)
    texts.pop("compression_level", None)
    if texts:
        raise AthenaSyntaxError(f"UNLOAD: property '{next(iter(texts))}' does not exist")
    session = {"awsdatacatalog.compression_codec": compression.upper()} if compression else {}
    action = Unload(location, ", ".join(properties), query_body(query), may_hold_data=partitioned is not None)
    return Plan("DML", "UNLOAD", action=action, session=session)


def statement(table: Table, action: Unload) -> str:
    return f"CREATE TABLE {trino_name(table)} WITH ({action.properties}) AS {action.query}"
