"""Compares every table of silver and gold on both engines: columns, types, rows."""

from __future__ import annotations

import math
import re
from typing import Any

import duckdb

from tests.athena.support.warehouse import AthenaWarehouse, Row
from tests.support.warehouse import PER_RUN, Warehouse

SCHEMAS = ("shoplake_silver", "shoplake_gold")
# DuckDB's type, and the one that Glue must have
TYPES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double",
    "TIMESTAMP": "timestamp",
    "VARCHAR": "string",
}
DOUBLE_TOLERANCE = 1e-9
# what a run that was killed leaves beside the tables
ORPHAN = re.compile("__(dbt_tmp|bkp|ha|tmp_not_partitioned)$")


def differences(local: Warehouse, athena: AthenaWarehouse) -> tuple[list[str], dict[str, int]]:
    """What differs, table by table with its first differing rows; and the number of rows that were compared."""
    found: list[str] = []
    compared: dict[str, int] = {}
    with duckdb.connect(local.path, read_only=True) as connection:
        for schema in SCHEMAS:
            columns = _columns(connection, schema)
            on_athena = {name: of for name, of in athena.tables(schema).items() if not ORPHAN.search(name)}
            if columns.keys() != on_athena.keys():
                found.append(f"{schema}: {sorted(columns.keys() ^ on_athena.keys())} on one engine only")
            for table in sorted(columns.keys() & on_athena.keys() - PER_RUN):
                name = f"{schema}.{table}"
                if columns[table] != on_athena[table]:
                    found.append(f"{name}: columns {columns[table]} on DuckDB, {on_athena[table]} on Athena")
                    continue
                ours = connection.execute(f"select * from {name}").fetchall()
                compared[name] = len(ours)
                found += _row_differences(name, ours, athena.rows(name))
    return found, compared


def _columns(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, list[tuple[str, str]]]:
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, column, of in connection.execute(
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_schema = ? order by table_name, ordinal_position",
        [schema],
    ).fetchall():
        hive = of.lower() if of.startswith("DECIMAL") else TYPES[of]
        tables.setdefault(table, []).append((column.lower(), hive))
    return tables


def _row_differences(name: str, ours: list[Row], theirs: list[Row]) -> list[str]:
    ours, theirs = sorted(ours, key=_sort_key), sorted(theirs, key=_sort_key)
    pairs = [(one, other) for one, other in zip(ours, theirs, strict=False) if not _equal(one, other)]
    if len(ours) == len(theirs) and not pairs:
        return []
    return [f"{name}: {len(ours)} rows on DuckDB, {len(theirs)} on Athena; first that differ {pairs[:2]}"]


def _equal(one: Row, other: Row) -> bool:
    return all(
        math.isclose(a, b, rel_tol=DOUBLE_TOLERANCE) if isinstance(a, float) and isinstance(b, float) else a == b
        for a, b in zip(one, other, strict=True)
    )


def _sort_key(row: Row) -> tuple[Any, ...]:
    """Doubles last and rounded, so that rows that are equal stand at the same place."""
    exact = tuple((value is not None, str(value)) for value in row if not isinstance(value, float))
    return exact, tuple(f"{value:.6g}" for value in row if isinstance(value, float))
