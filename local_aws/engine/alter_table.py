"""ALTER TABLE. Source: Athena user guide, "ALTER TABLE ..." and "Evolve Iceberg table schema"."""

from __future__ import annotations

from collections.abc import Callable

from local_aws.engine.errors import AthenaSyntaxError
from local_aws.engine.partitions import alter_partitions
from local_aws.engine.plan import EditTable, Plan, Table, trino_map, trino_name
from local_aws.engine.tokens import Cursor, quoted_name, unquoted
from local_aws.engine.types import hive_to_trino


def alter_table(cursor: Cursor, next_table: Callable[[], Table], is_iceberg: Callable[[Table], bool]) -> Plan:
    """ALTER TABLE name ...; the cursor stands at the name."""
    table = next_table()
    iceberg = is_iceberg(table)
    name = trino_name(table)
    if cursor.accept("RENAME", "TO"):
        if not iceberg:
            raise AthenaSyntaxError("ALTER TABLE RENAME is supported for Iceberg tables only")
        new = trino_name(next_table(), iceberg=True)
        return _plan("RENAME", f"ALTER TABLE {trino_name(table, iceberg=True)} RENAME TO {new}")
    of_partitions = alter_partitions(cursor, table, iceberg=iceberg)
    if of_partitions is not None:
        return of_partitions
    if cursor.accept("SET", "LOCATION") and not iceberg:
        return _edit("SET_LOCATION", EditTable(table, location=unquoted(cursor.next().text)))
    if cursor.accept("SET", "TBLPROPERTIES"):
        properties = cursor.string_map()
        if not iceberg:
            return _edit("SET_PROPERTIES", EditTable(table, parameters=properties))
        of = trino_name(table, iceberg=True)
        return _plan("SET_PROPERTIES", f"ALTER TABLE {of} SET PROPERTIES extra_properties = {trino_map(properties)}")
    if cursor.accept("ADD", "COLUMNS"):
        columns = cursor.columns()
        if not iceberg:
            return _edit("ADD_COLUMNS", EditTable(table, add_columns=columns))
        added = (f'"{column["Name"]}" {hive_to_trino(column["Type"])}' for column in columns)
        return _plan("ADD_COLUMNS", *(f"ALTER TABLE {name} ADD COLUMN {column}" for column in added))
    if cursor.accept("REPLACE", "COLUMNS") and not iceberg:
        return _edit("REPLACE_COLUMN", EditTable(table, replace_columns=cursor.columns()))
    if cursor.accept("DROP", "COLUMN") and iceberg:
        return _plan("DROP_COLUMN", f"ALTER TABLE {name} DROP COLUMN {quoted_name([cursor.next().name.lower()])}")
    if cursor.accept("CHANGE") and iceberg:
        cursor.accept("COLUMN")
        old, new = (quoted_name([cursor.next().name.lower()]) for _ in range(2))
        changed = f"ALTER TABLE {name} ALTER COLUMN {new} SET DATA TYPE {hive_to_trino(cursor.rest)}"
        renamed = [] if old == new else [f"ALTER TABLE {name} RENAME COLUMN {old} TO {new}"]
        return _plan("CHANGE_COLUMN", *renamed, changed)
    raise cursor.unexpected()


def _plan(what: str, *statements: str) -> Plan:
    return Plan("DDL", f"ALTER_TABLE_{what}", statements)


def _edit(what: str, edit: EditTable) -> Plan:
    return Plan("DDL", f"ALTER_TABLE_{what}", action=edit)
