"""SHOW and DESCRIBE. As on Athena, the Glue catalog answers all of them, except SHOW CREATE VIEW and SHOW FUNCTIONS.

Source of the statements: https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html. It documents their rows
by examples only. Column names, padding and sections follow the measurements of the project athena-local
(https://github.com/aoyagikouhei/athena-local, docs/result-files.md, docs/api.md) and PyAthena's tests. The lines of
SHOW CREATE TABLE follow Hive and were not measured.
"""

from __future__ import annotations

from typing import Final

from local_aws.engine.errors import AthenaSyntaxError
from local_aws.engine.plan import Plan, Show, Table, trino_name
from local_aws.engine.tokens import Cursor, unquoted


def describe(cursor: Cursor, database: str) -> Plan:
    """The plan of a DESCRIBE statement; the cursor is after DESCRIBE."""
    if cursor.peek().upper == "VIEW" and cursor.peek(1).kind not in {"end", "mark"}:
        cursor.next()
    cursor.accept("FORMATTED")
    cursor.accept("EXTENDED")
    plan = Plan("UTILITY", "DESCRIBE_TABLE", action=Show("DESCRIBE", _table(cursor, database)))
    if not cursor.at_end:
        raise AthenaSyntaxError("DESCRIBE of a partition or of one column is not emulated")
    return plan


def show(cursor: Cursor, database: str) -> Plan:
    """The plan of a SHOW statement; the cursor is after SHOW."""
    kind = cursor.next().upper
    if kind in {"DATABASES", "SCHEMAS"}:
        return _listing("SHOW_DATABASES", Table(database, ""), _pattern(cursor))
    if kind in {"TABLES", "VIEWS"}:
        named_database = cursor.dotted_name()[-1].lower() if cursor.accept("IN") or cursor.accept("FROM") else database
        return _listing(f"SHOW_{kind}", Table(named_database, ""), _pattern(cursor))
    if kind == "COLUMNS":
        if not cursor.accept("FROM"):
            cursor.expect("IN")
        table = _table(cursor, database)
        if cursor.accept("FROM") or cursor.accept("IN"):
            table = Table(cursor.next().name.lower(), table.name)
        return _listing("SHOW_COLUMNS", table)
    if kind == "PARTITIONS":
        return _listing("SHOW_PARTITIONS", _table(cursor, database))
    if kind == "TBLPROPERTIES":
        table = _table(cursor, database)
        name = unquoted(cursor.bracketed().strip()) if cursor.peek().text == "(" else None
        return _listing("SHOW_TABLE_PROPERTIES", table, name)
    if kind == "CREATE" and cursor.accept("TABLE"):
        return _listing("SHOW_CREATE_TABLE", _table(cursor, database))
    if kind == "CREATE" and cursor.accept("VIEW"):
        view = trino_name(_table(cursor, database))
        return Plan("UTILITY", "SHOW_CREATE_VIEW", (f"SHOW CREATE VIEW {view}",))
    if kind == "FUNCTIONS":
        cursor.take_rest()
        return Plan("UTILITY", "SHOW_FUNCTIONS", (cursor.sql,))
    raise AthenaSyntaxError(f"SHOW {kind} is not supported")


COLUMNS: Final = {
    "SHOW_DATABASES": ("database_name",),
    "SHOW_TABLES": ("tab_name",),
    "SHOW_VIEWS": ("views",),
    "SHOW_COLUMNS": ("field",),
    "SHOW_PARTITIONS": ("partition",),
    "SHOW_TABLE_PROPERTIES": ("prpt_name", "prpt_value"),
    "SHOW_CREATE_TABLE": ("createtab_stmt",),
    "DESCRIBE": ("col_name", "data_type", "comment"),
}


def _listing(what: str, table: Table, pattern: str | None = None) -> Plan:
    return Plan("UTILITY", what, action=Show(what, table, pattern))


def _pattern(cursor: Cursor) -> str | None:
    cursor.accept("LIKE")
    return None if cursor.at_end else unquoted(cursor.next().text)


def _table(cursor: Cursor, database: str) -> Table:
    parts = [part.lower() for part in cursor.dotted_name()]
    return Table(parts[-2] if len(parts) > 1 else database, parts[-1])
