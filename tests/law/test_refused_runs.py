"""Runs that would break the replay guarantee are refused, and the next plain run is correct."""

from __future__ import annotations

import pytest

from tests.law.cases import event, put
from tests.support.warehouse import DbtError, Warehouse


def test_a_full_refresh_in_place_equals_a_rebuild_and_one_of_a_single_model_is_refused(
    warehouse: Warehouse,
) -> None:
    put(warehouse, 0, event("a", 0), event("a", 0), '{"cut')
    warehouse.dbt("run")
    put(warehouse, 1, event("b", 1))
    warehouse.dbt("run")
    for model in ("events", "rejected_events", "loads"):
        with pytest.raises(DbtError, match="cannot be refreshed alone"):
            warehouse.dbt("run", "--full-refresh", "--select", model)
    warehouse.dbt("run", "--full-refresh", "--select", "arrivals+")
    assert warehouse.differences_from_rebuild() == []


def test_a_lost_table_is_not_rebuilt_from_the_arrivals_of_one_run(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0), '{"cut')
    warehouse.dbt("run")
    put(warehouse, 30, event("b", 30))
    warehouse.dbt("run")
    for table in ("rejected_events", "events"):
        warehouse.execute(f"drop table shoplake_silver.{table} cascade")
        with pytest.raises(DbtError, match=f"{table} cannot be rebuilt alone"):
            warehouse.dbt("run", "--select", table)
        warehouse.dbt("run")
        assert warehouse.differences_from_rebuild() == []


@pytest.mark.parametrize("column", ["object_digest", "conflicting_count", "unreadable_objects"])
def test_a_ledger_of_an_older_version_is_refused_and_a_full_refresh_rebuilds_it(
    warehouse: Warehouse, column: str
) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    warehouse.execute(f"alter table shoplake_silver.loads drop column {column}")
    with pytest.raises(DbtError, match=r"was built by an older version .* run dbt build --full-refresh once"):
        warehouse.dbt("run")
    warehouse.dbt("run", "--full-refresh")
    assert warehouse.differences_from_rebuild() == []


def test_an_empty_build_is_refused(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    with pytest.raises(DbtError, match="--empty would leave tables without rows"):
        warehouse.dbt("run", "--empty")
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_a_variable_with_an_invalid_number_or_date_stops_the_run_before_it_reads(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    for value in ("tomorrow", "2026-13-01"):
        with pytest.raises(DbtError, match=f"bronze_start must be a day such as '2026-03-01', not '{value}'"):
            warehouse.dbt("run", bronze_window="hours", bronze_start=value)
    warehouse.dbt("run", bronze_window="hours")
    for value in ("abc", "-5"):
        with pytest.raises(DbtError, match=f"arrival_lookback_hours is a whole number from 0 to 999999, not '{value}'"):
            warehouse.dbt("run", bronze_window="hours", arrival_lookback_hours=value)


def test_an_earlier_bronze_start_needs_a_full_refresh(warehouses: dict[str, Warehouse]) -> None:
    warehouse = warehouses["hours"]
    warehouse.empty()
    put(warehouse, 0, event("a", 0))
    put(warehouse, 30, event("b", 30))
    warehouse.dbt("run", bronze_start="2026-03-11")
    with pytest.raises(DbtError, match="bronze_start was 2026-03-11 when the history was read, and is 2026-03-10 now"):
        warehouse.dbt("run", bronze_start="2026-03-10")
    warehouse.dbt("run", bronze_start="2026-03-12")
    warehouse.dbt("run", "--full-refresh", bronze_start="2026-03-10")
    # nothing arrived on that day
    warehouse.dbt("run", bronze_start="2026-03-09")
    assert [found for found in warehouse.differences_from_rebuild() if "run_state" not in found] == []
