"""Turns Athena's statements into plans. The body of a query goes to Trino unchanged, except for bare decimal literals
(query_body.py).

Only statements that Athena documents are accepted, whatever Trino could run. Sources: Athena user guide,
"SQL reference for Athena", "DDL statements", "Unsupported DDL", "Considerations and limitations for SQL queries".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from local_aws.engine import create_table
from local_aws.engine.alter_table import alter_table
from local_aws.engine.errors import AthenaSyntaxError
from local_aws.engine.plan import (
    AlterDatabase,
    CreateDatabase,
    DropDatabase,
    Plan,
    StatementType,
    Table,
    Vacuum,
    trino_name,
)
from local_aws.engine.query_body import query_body
from local_aws.engine.show import describe, show
from local_aws.engine.tokens import Cursor, literal, unquoted
from local_aws.engine.unload import unload
from local_aws.engine.unsupported import STATEMENTS

_QUERIES: Final = {"SELECT", "WITH", "VALUES", "TABLE", "("}
_WRITES: Final = {"INSERT", "MERGE", "UPDATE", "DELETE"}


def rewrite(sql: str, database: str, is_iceberg: Callable[[Table], bool]) -> Plan:
    """The plan for one statement.

    Parameters
    ----------
    database
        The database of the query's context, for unqualified names.
    is_iceberg
        Whether a table is an Iceberg table, for which some DDL differs.

    Raises
    ------
    AthenaSyntaxError
        Athena does not support the statement.
    """
    sql = sql.strip().rstrip(";").rstrip()
    cursor = Cursor(sql)
    first = cursor.peek().upper

    def table() -> Table:
        parts = [part.lower() for part in cursor.dotted_name()]
        return Table(parts[-2] if len(parts) > 1 else database, parts[-1])

    if first in _QUERIES:
        return _trino("DML", "SELECT", query_body(sql))
    if first in _WRITES:
        return _trino("DML", first, query_body(sql))
    for unsupported in STATEMENTS:
        if tuple(cursor.peek(ahead).upper for ahead in range(len(unsupported.words))) == unsupported.words:
            raise AthenaSyntaxError(f"{' '.join(unsupported.words)}: {unsupported.why} ({unsupported.source})")
    if first == "EXPLAIN":
        return _trino("DML", "EXPLAIN", query_body(sql))
    plan = _ddl_or_utility(sql, cursor, database, table, is_iceberg)
    cursor.expect_end()
    return plan


def _ddl_or_utility(
    sql: str, cursor: Cursor, database: str, table: Callable[[], Table], is_iceberg: Callable[[Table], bool]
) -> Plan:
    """The plan of a statement whose syntax differs from Trino's. The cursor is left where the statement ends."""
    if cursor.accept("SHOW"):
        return show(cursor, database)
    if cursor.accept("DESCRIBE") or cursor.accept("DESC"):
        return describe(cursor, database)
    if cursor.accept("UNLOAD"):
        return unload(cursor)
    if cursor.accept("OPTIMIZE"):
        name = trino_name(table())
        cursor.expect("REWRITE", "DATA", "USING", "BIN_PACK")
        return _trino(
            "DDL", "OPTIMIZE", f"ALTER TABLE {name} EXECUTE optimize {query_body(cursor.take_rest())}".rstrip()
        )
    if cursor.accept("VACUUM"):
        return Plan("DML", "VACUUM", action=Vacuum(table()))
    if cursor.accept("MSCK", "REPAIR", "TABLE"):
        schema, name = table()
        call = f"CALL awsdatacatalog.system.sync_partition_metadata({literal(schema)}, {literal(name)}, 'ADD')"
        return _trino("DDL", "MSCK_REPAIR", call)
    if cursor.accept("CREATE"):
        return _create(sql, cursor, table)
    if cursor.accept("DROP"):
        return _drop(cursor, table)
    if cursor.accept("ALTER", "TABLE"):
        return alter_table(cursor, table, is_iceberg)
    if cursor.accept("ALTER", "DATABASE") or cursor.accept("ALTER", "SCHEMA"):
        name = cursor.dotted_name()[-1].lower()
        cursor.expect("SET", "DBPROPERTIES")
        return Plan("DDL", "ALTER_DATABASE", action=AlterDatabase(name, cursor.string_map()))
    raise cursor.unexpected()


def _trino(kind: StatementType, substatement: str, *statements: str) -> Plan:
    return Plan(kind, substatement, statements)


def _create(sql: str, cursor: Cursor, table: Callable[[], Table]) -> Plan:
    if cursor.accept("SCHEMA") or cursor.accept("DATABASE"):
        return _create_database(cursor)
    if cursor.accept("VIEW") or cursor.accept("OR", "REPLACE", "VIEW"):
        cursor.take_rest()
        return _trino("DDL", "CREATE_VIEW", query_body(sql))
    external = cursor.accept("EXTERNAL")
    cursor.expect("TABLE")
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = table()
    if not external and cursor.peek().upper in {"WITH", "AS"}:
        return create_table.as_select(cursor, name, if_not_exists=if_not_exists)
    return create_table.from_columns(cursor, name, external=external, if_not_exists=if_not_exists)


def _create_database(cursor: Cursor) -> Plan:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    database: dict[str, object] = {"Name": cursor.dotted_name()[-1].lower()}
    while not cursor.at_end:
        if cursor.accept("COMMENT"):
            database["Description"] = cursor.next().name
        elif cursor.accept("LOCATION"):
            database["LocationUri"] = unquoted(cursor.next().text)
        elif cursor.accept("WITH", "DBPROPERTIES"):
            database["Parameters"] = cursor.string_map()
        else:
            raise cursor.unexpected()
    return Plan("DDL", "CREATE_DATABASE", action=CreateDatabase(database, if_not_exists))


def _drop(cursor: Cursor, table: Callable[[], Table]) -> Plan:
    kind = cursor.next().upper
    if kind not in {"SCHEMA", "DATABASE", "TABLE", "VIEW"}:
        raise AthenaSyntaxError(f"DROP {kind} is not supported")
    if_exists = cursor.accept("IF", "EXISTS")
    if kind in {"SCHEMA", "DATABASE"}:
        name = cursor.dotted_name()[-1].lower()
        cursor.accept("RESTRICT")
        return Plan("DDL", "DROP_DATABASE", action=DropDatabase(name, if_exists, cursor.accept("CASCADE")))
    return _trino("DDL", f"DROP_{kind}", f"DROP {kind} {'IF EXISTS ' if if_exists else ''}{trino_name(table())}")
