"""The answers of the analyses from a local warehouse, as rows with named fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

import duckdb


class ShopTotals(NamedTuple):
    """analyses/sales/shop_totals.sql"""

    total_events: int
    day_count: int
    order_count: int
    total_revenue: Decimal
    refunded_amount: Decimal
    currencies: str | None


class SoldProduct(NamedTuple):
    """analyses/products/what_sells.sql"""

    product_id: str
    category: str
    purchased_quantity: int
    total_revenue: Decimal
    view_count: int
    view_to_purchase_rate: float | None


class ViewedProduct(NamedTuple):
    """analyses/products/what_only_gets_looked_at.sql"""

    product_id: str
    category: str
    view_count: int
    unique_viewers: int
    add_to_cart_count: int
    view_to_purchase_rate: float | None


class ProductName(NamedTuple):
    """analyses/products/product_names.sql"""

    product_id: str
    product_name: str


class Hour(NamedTuple):
    """analyses/sales/best_hours.sql"""

    event_hour: int
    total_revenue: Decimal


class Day(NamedTuple):
    """analyses/sales/day_by_day.sql"""

    event_date: date
    unique_users: int
    unique_sessions: int
    total_events: int
    order_count: int
    total_revenue: Decimal


class RejectReason(NamedTuple):
    """analyses/events/why_lines_were_rejected.sql"""

    reject_reason: str
    line_count: int
    for_example: str


class LedgerTotals(NamedTuple):
    """analyses/events/ledger_totals.sql; every field is None where nothing was loaded."""

    line_count: int | None
    accepted_count: int | None
    duplicate_count: int | None
    rejected_count: int | None
    conflicting_count: int | None


class MissingTablesError(Exception):
    """An analysis reads tables that the warehouse lacks.

    Attributes
    ----------
    tables
        Their names, with the schema.
    schemas
        The schemas in which the warehouse has tables.
    """

    def __init__(self, tables: list[str], schemas: list[str]) -> None:
        super().__init__(tables, schemas)
        self.tables = tables
        self.schemas = schemas


Row = TypeVar("Row", bound=tuple[object, ...])
# how dbt writes a table of DuckDB: "catalog"."schema"."table"
_tables_in: Final = re.compile(r'"[^"]+"\."([^"]+)"\."([^"]+)"').findall


class Answers:
    """Runs compiled analyses on a warehouse.

    Parameters
    ----------
    connection
        An open warehouse.
    analyses
        The SQL of the analyses by their name: see `compiled_analyses`.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, analyses: Mapping[str, str]) -> None:
        self._connection = connection
        self._analyses = analyses

    def shop_totals(self) -> ShopTotals:
        return self._rows("shop_totals", ShopTotals)[0]

    def what_sells(self, limit: int) -> list[SoldProduct]:
        return self._rows("what_sells", SoldProduct, limit)

    def what_only_gets_looked_at(self, limit: int) -> list[ViewedProduct]:
        return self._rows("what_only_gets_looked_at", ViewedProduct, limit)

    def product_names(self) -> dict[str, str]:
        return {row.product_id: row.product_name for row in self._rows("product_names", ProductName)}

    def best_hours(self, limit: int) -> list[Hour]:
        return self._rows("best_hours", Hour, limit)

    def latest_days(self, limit: int) -> list[Day]:
        return self._rows("day_by_day", Day, limit)

    def why_lines_were_rejected(self) -> list[RejectReason]:
        return self._rows("why_lines_were_rejected", RejectReason)

    def ledger_totals(self) -> LedgerTotals:
        return self._rows("ledger_totals", LedgerTotals)[0]

    def _rows(self, analysis: str, row_type: type[Row], limit: int | None = None) -> list[Row]:
        """Fetch the first rows of an analysis; columns that the row type does not name are left out."""
        try:
            cursor = self._connection.execute(self._analyses[analysis])
        except duckdb.CatalogException:
            if missing := self._missing_tables(self._analyses[analysis]):
                raise MissingTablesError(missing, sorted({schema for schema, _ in self._tables()})) from None
            raise
        columns = [column[0] for column in cursor.description]
        fields: tuple[str, ...] = row_type._fields  # type: ignore[attr-defined]
        places = [columns.index(field) for field in fields]
        rows = cursor.fetchall() if limit is None else cursor.fetchmany(limit)
        return [row_type(*(row[place] for place in places)) for row in rows]

    def _missing_tables(self, sql: str) -> list[str]:
        return sorted(".".join(table) for table in set(_tables_in(sql)) - self._tables())

    def _tables(self) -> set[tuple[str, str]]:
        return set(
            self._connection.execute(
                "select table_schema, table_name from information_schema.tables"
                " where table_catalog = current_database()"
            ).fetchall()
        )
