"""The rows of SHOW and DESCRIBE, built from a table's Glue entry. Formats and sources: show.py."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from local_aws.engine.types import hive_to_trino

_WIDTH: Final = 20
Column = dict[str, Any]
GlueTable = dict[str, Any]


def matching(names: Iterable[str], pattern: str | None) -> list[str]:
    """The names that match a Hive pattern: * for any characters, | for alternatives."""
    if pattern is None:
        return sorted(names)
    choices = [".*".join(map(re.escape, choice.split("*"))) for choice in pattern.split("|")]
    return sorted(name for name in names if re.fullmatch("|".join(choices), name, re.IGNORECASE))


def is_view(table: GlueTable) -> bool:
    return str(table.get("TableType")) == "VIRTUAL_VIEW"


def column_names(table: GlueTable, *, iceberg: bool) -> list[str]:
    columns = _columns(table) + _partition_keys(table)
    if is_view(table):
        return [f"{column['Name']}\t{hive_to_trino(column['Type'])}" for column in columns]
    return [column["Name"] if iceberg else column["Name"].ljust(_WIDTH) for column in columns]


def description(table: GlueTable, *, iceberg: bool, partition_fields: Iterable[tuple[str, str, str]]) -> list[str]:
    """The lines of DESCRIBE; each is the only value of its row.

    Parameters
    ----------
    partition_fields
        Field, transform and column of every partition field of an Iceberg table.
    """
    if is_view(table):
        return column_names(table, iceberg=False)
    if iceberg:
        head = ["# Table schema:\t\t", "# col_name\tdata_type\tcomment"]
        columns = [f"{column['Name']}\t{column['Type']}\t{column.get('Comment', '')}" for column in _columns(table)]
        spec = ["\t\t", "# Partition spec:\t\t", "# field_name\tfield_transform\tcolumn_name"]
        return [*head, *columns, *spec, *("\t".join(field) for field in partition_fields)]
    keys = [_padded(key) for key in _partition_keys(table)]
    lines = [*map(_padded, _columns(table)), *keys]
    if keys:
        titles = _padded({"Name": "# col_name", "Type": "data_type", "Comment": "comment"})
        lines += ["\t \t ", "# Partition Information\t \t ", titles, "\t \t ", *keys]
    return lines


def create_statement(table: GlueTable, *, iceberg: bool, partitioning: Iterable[str]) -> list[str]:
    """The lines of SHOW CREATE TABLE: the statement that creates the table."""
    storage = table["StorageDescriptor"]
    serde = storage.get("SerdeInfo") or {}
    external = "" if iceberg else "EXTERNAL "
    lines = [f"CREATE {external}TABLE `{table['DatabaseName']}.{table['Name']}`(", *_listed(_columns(table))]
    if table.get("Description"):
        lines += ["COMMENT", f"  {_quoted(table['Description'])}"]
    if iceberg:
        # Athena's DDL has the number first: bucket(4, id)
        transforms = [re.sub(r"\((.+), (\d+)\)$", r"(\2, \1)", transform) for transform in partitioning]
        lines += [f"PARTITIONED BY ({', '.join(transforms)})"] if transforms else []
        lines += ["LOCATION", f"  {_quoted(storage.get('Location', ''))}"]
        properties = {"table_type": "iceberg"}
    else:
        if _partition_keys(table):
            lines += ["PARTITIONED BY ( ", *_listed(_partition_keys(table))]
        lines += ["ROW FORMAT SERDE ", f"  {_quoted(serde.get('SerializationLibrary', ''))} "]
        if serde.get("Parameters"):
            lines += ["WITH SERDEPROPERTIES ( ", *_properties(serde["Parameters"])]
        lines += ["STORED AS INPUTFORMAT ", f"  {_quoted(storage.get('InputFormat', ''))} "]
        lines += ["OUTPUTFORMAT ", f"  {_quoted(storage.get('OutputFormat', ''))}"]
        lines += ["LOCATION", f"  {_quoted(storage.get('Location', ''))}"]
        properties = {name: text for name, text in table.get("Parameters", {}).items() if name != "EXTERNAL"}
    return [*lines, "TBLPROPERTIES (", *_properties(properties)]


def _columns(table: GlueTable) -> list[Column]:
    found: list[Column] = (table.get("StorageDescriptor") or {}).get("Columns", [])
    # Iceberg keeps dropped columns in Glue and marks them
    return [column for column in found if column.get("Parameters", {}).get("iceberg.field.current") != "false"]


def _partition_keys(table: GlueTable) -> list[Column]:
    found: list[Column] = table.get("PartitionKeys") or []
    return found


def _padded(column: Column) -> str:
    parts = (column["Name"], column["Type"], column.get("Comment", ""))
    return "\t".join(part.ljust(_WIDTH) for part in parts)


def _listed(columns: list[Column]) -> list[str]:
    def comment(column: Column) -> str:
        return f" COMMENT {_quoted(column['Comment'])}" if column.get("Comment") else ""

    lines = [f"  `{column['Name']}` {column['Type']}{comment(column)}" for column in columns]
    return [line + (", " if number < len(lines) else ")") for number, line in enumerate(lines, 1)]


def _properties(properties: dict[str, str]) -> list[str]:
    lines = [f"  {_quoted(name)}={_quoted(text)}" for name, text in sorted(properties.items())]
    return [line + (", " if number < len(lines) else ")") for number, line in enumerate(lines, 1)]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"
