"""Compares every table of silver and gold on both engines: columns, types, rows."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import duckdb

from tests.athena.support.warehouse import AthenaWarehouse, Row
from tests.support.warehouse import PER_RUN, Warehouse

SCHEMAS = ("shoplake_silver", "shoplake_gold")
# Glue's type for each of DuckDB's
TYPES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double",
    "TIMESTAMP": "timestamp",
    "VARCHAR": "string",
}
# facts of the run state: definitions, and what only a run by hours has
OF_DEFINITIONS = {"definitions", "own_definitions", "source_of_project", "bronze_start"}
DOUBLE_TOLERANCE = 1e-9
# tables that a killed run leaves behind
ORPHAN = re.compile("__(dbt_tmp|bkp|ha|tmp_not_partitioned)$")


@dataclass
class Comparison:
    """The differences between the engines, one line each, and the number of rows compared by table."""

    found: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)


def differences(local: Warehouse, athena: AthenaWarehouse) -> Comparison:
    """Compare every table except those that hold only one run."""
    result = Comparison()
    with duckdb.connect(local.path, read_only=True) as connection:
        for schema in SCHEMAS:
            columns = _columns(connection, schema)
            on_athena = {name: found for name, found in athena.tables(schema).items() if not ORPHAN.search(name)}
            if columns.keys() != on_athena.keys():
                result.found.append(f"{schema}: {sorted(columns.keys() ^ on_athena.keys())} on one engine only")
            for table in sorted(columns.keys() & on_athena.keys() - PER_RUN):
                name = f"{schema}.{table}"
                if columns[table] != on_athena[table]:
                    result.found.append(f"{name}: columns {columns[table]} on DuckDB, {on_athena[table]} on Athena")
                    continue
                local_rows, athena_rows = connection.execute(f"select * from {name}").fetchall(), athena.rows(name)
                if table == "run_state":
                    local_rows, athena_rows = map(_without_definitions, (local_rows, athena_rows))
                result.rows[name] = len(local_rows)
                result.found += _row_differences(name, local_rows, athena_rows)
    return result


def _without_definitions(records: list[Row]) -> list[Row]:
    """The rest of the run state: the SQL of a model, and so its definition, is another on each engine."""
    return [record for record in records if record[0] not in OF_DEFINITIONS]


def _columns(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, list[tuple[str, str]]]:
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, column, type_name in connection.execute(
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_schema = ? order by table_name, ordinal_position",
        [schema],
    ).fetchall():
        hive = type_name.lower() if type_name.startswith("DECIMAL") else TYPES[type_name]
        tables.setdefault(table, []).append((column.lower(), hive))
    return tables


def _row_differences(name: str, local: list[Row], athena: list[Row]) -> list[str]:
    # most tables are equal to the last digit, which is found without sorting
    if Counter(local) == Counter(athena):
        return []
    pairs = zip(sorted(local, key=_sort_key), sorted(athena, key=_sort_key), strict=False)
    different = [(one, other) for one, other in pairs if not _equal(one, other)]
    if len(local) == len(athena) and not different:
        return []
    return [f"{name}: {len(local)} rows on DuckDB, {len(athena)} on Athena; first differences {different[:2]}"]


def _equal(one: Row, other: Row) -> bool:
    return all(
        math.isclose(a, b, rel_tol=DOUBLE_TOLERANCE) if isinstance(a, float) and isinstance(b, float) else a == b
        for a, b in zip(one, other, strict=True)
    )


def _sort_key(row: Row) -> tuple[Any, ...]:
    """Doubles last and rounded, so that equal rows of the two engines sort alike."""
    exact = tuple((value is not None, str(value)) for value in row if not isinstance(value, float))
    return exact, tuple(f"{value:.6g}" for value in row if isinstance(value, float))
