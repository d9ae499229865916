"""ALTER TABLE ... PARTITION of Hive tables: changes of the Glue catalog. Iceberg tables do not support it.

Source: https://docs.aws.amazon.com/athena/latest/ug/alter-table-add-partition.html, alter-table-drop-partition.html,
alter-table-rename-partition.html, alter-table-set-location.html.
"""

from __future__ import annotations

from local_aws.engine.errors import StatementError
from local_aws.engine.plan import AddPartitions, ChangePartition, DropPartitions, Partition, Plan, Table
from local_aws.engine.tokens import Cursor, unquoted


def alter_partitions(cursor: Cursor, table: Table, *, iceberg: bool) -> Plan | None:
    """The plan for the rest of ALTER TABLE name, or None if it does not change partitions."""
    adds = cursor.peek().upper == "ADD" and cursor.peek(1).upper in {"IF", "PARTITION"}
    drops = cursor.peek().upper == "DROP" and cursor.peek(1).upper in {"IF", "PARTITION"}
    changes = cursor.peek().upper == "PARTITION"
    if not (adds or drops or changes):
        return None
    if iceberg:
        raise StatementError("NOT_SUPPORTED", "Query type not supported by Athena Iceberg at this time")
    if adds:
        cursor.expect("ADD")
        if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
        added = [(_spec(cursor), _location(cursor))]
        while cursor.peek().upper == "PARTITION":
            added.append((_spec(cursor), _location(cursor)))
        return Plan("DDL", "ALTER_TABLE_ADD_PARTITION", action=AddPartitions(table, added, if_not_exists))
    if drops:
        cursor.expect("DROP")
        if_exists = cursor.accept("IF", "EXISTS")
        dropped = [_spec(cursor)]
        while cursor.accept(","):
            dropped.append(_spec(cursor))
        return Plan("DDL", "ALTER_TABLE_DROP_PARTITION", action=DropPartitions(table, dropped, if_exists))
    spec = _spec(cursor)
    if cursor.accept("RENAME", "TO"):
        return Plan("DDL", "ALTER_TABLE_RENAME_PARTITION", action=ChangePartition(table, spec, to=_spec(cursor)))
    cursor.expect("SET", "LOCATION")
    change = ChangePartition(table, spec, location=unquoted(cursor.next().text))
    return Plan("DDL", "ALTER_TABLE_SET_LOCATION", action=change)


def _spec(cursor: Cursor) -> Partition:
    cursor.expect("PARTITION")
    return {name: unquoted(value) for name, value in cursor.assignments().items()}


def _location(cursor: Cursor) -> str | None:
    return unquoted(cursor.next().text) if cursor.accept("LOCATION") else None
