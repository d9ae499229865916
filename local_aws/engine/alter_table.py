"""ALTER TABLE. Source: Athena user guide, "ALTER TABLE ..." and "Evolve Iceberg table schema"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from local_aws.engine.create_table import trino_column
from local_aws.engine.errors import AthenaSyntaxError
from local_aws.engine.partitions import alter_partitions
from local_aws.engine.plan import EditTable, Plan, Table, trino_map, trino_name
from local_aws.engine.tokens import Cursor, literal, quoted_name, unquoted
from local_aws.engine.types import check_columns, hive_to_trino

_CHANGE: Final = "https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-alter-table-change-column.html"


def alter_table(cursor: Cursor, next_table: Callable[[], Table], is_iceberg: Callable[[Table], bool]) -> Plan:
    """The plan of an ALTER TABLE statement; the cursor is at the table's name."""
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
        check_columns(columns, iceberg=iceberg)
        if not iceberg:
            return _edit("ADD_COLUMNS", EditTable(table, add_columns=columns))
        return _plan("ADD_COLUMNS", *(f"ALTER TABLE {name} ADD COLUMN {trino_column(column)}" for column in columns))
    if cursor.accept("REPLACE", "COLUMNS") and not iceberg:
        columns = cursor.columns()
        check_columns(columns)
        return _edit("REPLACE_COLUMN", EditTable(table, replace_columns=columns))
    if cursor.accept("DROP", "COLUMN") and iceberg:
        return _plan("DROP_COLUMN", f"ALTER TABLE {name} DROP COLUMN {quoted_name([cursor.next_name().lower()])}")
    if cursor.accept("CHANGE"):
        if not iceberg:
            raise AthenaSyntaxError(f"ALTER TABLE CHANGE COLUMN is supported for Iceberg tables only ({_CHANGE})")
        return _change_column(cursor, name)
    raise cursor.unexpected()


def _change_column(cursor: Cursor, name: str) -> Plan:
    """CHANGE [COLUMN] old new type [COMMENT 'text'] [FIRST | AFTER column], parsed completely before any of it runs."""
    cursor.accept("COLUMN")
    old = quoted_name([cursor.next_name().lower()])
    column = cursor.column()
    if cursor.peek().upper in {"FIRST", "AFTER"}:
        raise AthenaSyntaxError(
            f"CHANGE COLUMN ... {cursor.peek().upper} is not emulated: Trino cannot move ({_CHANGE})"
        )
    check_columns([column], iceberg=True)
    new = quoted_name([column["Name"]])
    # the type first, because only its change may fail
    statements = [f"ALTER TABLE {name} ALTER COLUMN {old} SET DATA TYPE {hive_to_trino(column['Type'])}"]
    if old != new:
        statements.append(f"ALTER TABLE {name} RENAME COLUMN {old} TO {new}")
    if "Comment" in column:
        statements.append(f"COMMENT ON COLUMN {name}.{new} IS {literal(column['Comment'])}")
    return _plan("CHANGE_COLUMN", *statements)


def _plan(what: str, *statements: str) -> Plan:
    return Plan("DDL", f"ALTER_TABLE_{what}", statements)


def _edit(what: str, edit: EditTable) -> Plan:
    return Plan("DDL", f"ALTER_TABLE_{what}", action=edit)
