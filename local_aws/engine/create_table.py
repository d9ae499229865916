"""CREATE TABLE: as a query (Iceberg and Hive), from columns for Iceberg, and Hive's EXTERNAL TABLE stored in Glue.

Source: Athena user guide, "CREATE TABLE AS", "Create Iceberg tables", "CREATE TABLE".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from local_aws.engine.errors import AthenaSyntaxError
from local_aws.engine.plan import CreateTable, Plan, Table, trino_map, trino_name
from local_aws.engine.query_body import query_body
from local_aws.engine.tokens import Cursor, literal, unquoted
from local_aws.engine.types import check_columns, hive_to_trino

_CREATE_TABLE: Final = "https://docs.aws.amazon.com/athena/latest/ug/create-table.html"
_HIVE: Final = "org.apache.hadoop.hive"
# STORED AS: input format, output format, serde
_FORMATS: Final = {
    "TEXTFILE": (
        "org.apache.hadoop.mapred.TextInputFormat",
        f"{_HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat",
        f"{_HIVE}.serde2.lazy.LazySimpleSerDe",
    ),
    "PARQUET": (
        f"{_HIVE}.ql.io.parquet.MapredParquetInputFormat",
        f"{_HIVE}.ql.io.parquet.MapredParquetOutputFormat",
        f"{_HIVE}.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
    "ORC": (f"{_HIVE}.ql.io.orc.OrcInputFormat", f"{_HIVE}.ql.io.orc.OrcOutputFormat", f"{_HIVE}.ql.io.orc.OrcSerde"),
    "AVRO": (
        f"{_HIVE}.ql.io.avro.AvroContainerInputFormat",
        f"{_HIVE}.ql.io.avro.AvroContainerOutputFormat",
        f"{_HIVE}.serde2.avro.AvroSerDe",
    ),
}
_COMPRESSIONS: Final = ("write_compression", "parquet_compression", "orc_compression")


def as_select(cursor: Cursor, table: Table, *, if_not_exists: bool) -> Plan:
    """CREATE TABLE ... [WITH (...)] AS query."""
    given = cursor.assignments() if cursor.accept("WITH") else {}
    cursor.expect("AS")
    body = query_body(cursor.take_rest())
    texts = {name: unquoted(value) for name, value in given.items()}
    table_type = texts.pop("table_type", "hive").lower()
    compression = next((texts[name].upper() for name in _COMPRESSIONS if name in texts), None)
    for name in ("is_external", *_COMPRESSIONS):
        texts.pop(name, None)
    properties = [f"format = {literal(texts.pop('format', 'parquet').upper())}"]
    create = "CREATE TABLE IF NOT EXISTS" if if_not_exists else "CREATE TABLE"

    if table_type == "iceberg":
        location = texts.pop("location", None)
        if not location:
            raise AthenaSyntaxError("location is required for Iceberg CTAS")
        properties.append(f"location = {literal(location.rstrip('/'))}")
        if texts.pop("partitioning", None):
            properties.append(f"partitioning = {given['partitioning']}")
        if texts:
            properties.append(f"extra_properties = {trino_map(texts)}")
        statement = f"{create} {trino_name(table, iceberg=True)} WITH ({', '.join(properties)}) AS {body}"
        session = {"iceberg.compression_codec": compression} if compression else {}
        return Plan("DDL", "CREATE_TABLE_AS_SELECT", (statement,), session=session, iceberg_body=body)

    location = texts.pop("external_location", None)
    properties.append(f"external_location = {literal(location) if location else LOCATION_TO_FILL}")
    for name in ("partitioned_by", "bucketed_by", "bucket_count"):
        if texts.pop(name, None):
            properties.append(f"{name} = {given[name]}")
    delimiter = texts.pop("field_delimiter", None)
    if delimiter:
        properties.append(f"textfile_field_separator = {literal(delimiter)}")
    if texts:
        raise AthenaSyntaxError(f"table property '{next(iter(texts))}' does not exist")
    statement = f"{create} {trino_name(table)} WITH ({', '.join(properties)}) AS {body}"
    session = {"awsdatacatalog.compression_codec": compression} if compression else {}
    return Plan(
        "DDL", "CREATE_TABLE_AS_SELECT", (statement,), session=session, location=location, writes_hive_files=True
    )


LOCATION_TO_FILL: Final = "'<output location>'"


@dataclass(slots=True)
class _HiveTable:
    """The clauses of Hive's CREATE TABLE, in any order."""

    columns: list[dict[str, str]]
    partitions: list[dict[str, str]] = field(default_factory=list)
    partition_texts: list[str] = field(default_factory=list)
    location: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    serde: str | None = None
    serde_properties: dict[str, str] = field(default_factory=dict)
    stored_as: str = "TEXTFILE"
    formats: tuple[str, str] | None = None
    comment: str | None = None


def from_columns(cursor: Cursor, table: Table, *, external: bool, if_not_exists: bool) -> Plan:
    """CREATE [EXTERNAL] TABLE name (columns) clauses."""
    clauses = _clauses(cursor)
    iceberg = clauses.properties.pop("table_type", "").upper() == "ICEBERG"
    check_columns(clauses.columns + clauses.partitions, iceberg=iceberg)
    if not clauses.location and (external or iceberg):
        raise AthenaSyntaxError(f"CREATE TABLE {table.name}: LOCATION 's3://...' is missing ({_CREATE_TABLE})")
    if iceberg:
        return _iceberg(clauses, table, if_not_exists=if_not_exists)
    if not external:
        raise AthenaSyntaxError("no viable alternative at input 'create table': EXTERNAL is required")
    input_format, output_format, serde = _FORMATS[clauses.stored_as]
    if clauses.formats:
        input_format, output_format = clauses.formats
    glue: dict[str, Any] = {
        "Name": table.name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": clauses.partitions,
        "Parameters": {"EXTERNAL": "TRUE", **clauses.properties},
        "StorageDescriptor": {
            "Columns": clauses.columns,
            "Location": clauses.location,
            "InputFormat": input_format,
            "OutputFormat": output_format,
            "SerdeInfo": {
                "SerializationLibrary": clauses.serde or serde,
                "Parameters": clauses.serde_properties or {"serialization.format": "1"},
            },
        },
    }
    if clauses.comment:
        glue["Description"] = clauses.comment
    return Plan("DDL", "CREATE_TABLE", action=CreateTable(table.database, glue, if_not_exists))


def _iceberg(clauses: _HiveTable, table: Table, *, if_not_exists: bool) -> Plan:
    properties = clauses.properties
    columns = ", ".join(map(trino_column, clauses.columns))
    settings = [
        f"location = {literal(clauses.location.rstrip('/'))}",
        f"format = {literal(properties.pop('format', 'parquet').upper())}",
    ]
    if clauses.partition_texts:
        transforms = (literal(_number_last(text.replace("`", ""))) for text in clauses.partition_texts)
        settings.append(f"partitioning = ARRAY[{', '.join(transforms)}]")
    properties.pop("write_compression", None)
    if properties:
        settings.append(f"extra_properties = {trino_map(properties)}")
    create = "CREATE TABLE IF NOT EXISTS" if if_not_exists else "CREATE TABLE"
    comment = f" COMMENT {literal(clauses.comment)}" if clauses.comment else ""
    statement = f"{create} {trino_name(table, iceberg=True)} ({columns}){comment} WITH ({', '.join(settings)})"
    return Plan("DDL", "CREATE_TABLE", (statement,))


def trino_column(column: dict[str, str]) -> str:
    """A Glue column in Trino's DDL of an Iceberg table."""
    comment = f" COMMENT {literal(column['Comment'])}" if "Comment" in column else ""
    return f'"{column["Name"]}" {hive_to_trino(column["Type"])}{comment}'


def _number_last(transform: str) -> str:
    """DDL's bucket(4, id) and truncate(4, id) to Trino's bucket(id, 4), which Athena has in CTAS only.

    Source: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
    """
    return re.sub(r"^(\w+)\(\s*(\d+)\s*,\s*(.+?)\s*\)$", r"\1(\3, \2)", transform)


def _clauses(cursor: Cursor) -> _HiveTable:
    found = _HiveTable(cursor.columns())
    while not cursor.at_end:
        if cursor.accept("COMMENT"):
            found.comment = cursor.next().name
        elif cursor.accept("PARTITIONED", "BY"):
            # Hive has columns here, Iceberg transforms
            start = cursor.index
            found.partition_texts = cursor.values()
            cursor.index = start
            if all(" " in text.strip() and "(" not in text.split()[0] for text in found.partition_texts):
                found.partitions = cursor.columns()
            else:
                cursor.values()
        elif cursor.accept("ROW", "FORMAT", "SERDE"):
            found.serde = cursor.next().name
        elif cursor.accept("WITH", "SERDEPROPERTIES"):
            found.serde_properties = cursor.string_map()
        elif cursor.accept("ROW", "FORMAT", "DELIMITED"):
            pass
        elif cursor.accept("FIELDS", "TERMINATED", "BY"):
            delimiter = cursor.next().name.encode().decode("unicode_escape")
            found.serde_properties |= {"field.delim": delimiter, "serialization.format": delimiter}
        elif cursor.accept("LINES", "TERMINATED", "BY"):
            cursor.next()
        elif cursor.accept("STORED", "AS", "INPUTFORMAT"):
            read = cursor.next().name
            cursor.expect("OUTPUTFORMAT")
            found.formats = (read, cursor.next().name)
        elif cursor.accept("STORED", "AS"):
            found.stored_as = cursor.next().upper
            if found.stored_as not in _FORMATS:
                known = ", ".join(_FORMATS)
                raise AthenaSyntaxError(f"STORED AS {found.stored_as} is not emulated, only {known} ({_CREATE_TABLE})")
        elif cursor.accept("LOCATION"):
            found.location = cursor.next().name
        elif cursor.accept("TBLPROPERTIES"):
            found.properties = cursor.string_map()
        else:
            raise cursor.unexpected()
    return found
