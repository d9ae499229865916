"""Late, duplicate and out-of-order arrivals: each table still equals a full refresh."""

from __future__ import annotations

import pytest

from tests.law.cases import event, ledger, put
from tests.support.warehouse import Warehouse


def test_a_copy_that_arrives_later_in_an_earlier_hour_becomes_the_event(warehouse: Warehouse) -> None:
    put(warehouse, 2, event("a", 2))
    warehouse.dbt("run")
    put(warehouse, 1, event("a", 2))
    warehouse.dbt("run")
    assert ledger(warehouse) == [(1, 1, 0, 0), (1, 0, 1, 0)]
    assert warehouse.differences_from_rebuild() == []


def test_a_purchase_replaced_by_a_view_of_another_product_leaves_no_trace(
    warehouse: Warehouse,
) -> None:
    put(warehouse, 2, event("a", 2))
    warehouse.dbt("run")
    view = {"event_type": "view_item", "product_id": "p2", "category": "garden", "order_id": None}
    put(warehouse, 2, event("a", 2, received=60, **view))
    warehouse.dbt("run")
    for table in ("silver.order_lines", "gold.hourly_revenue", "gold.transactions"):
        assert warehouse.query(f"select count(*) from shoplake_{table}") == [(0,)], table
    assert warehouse.query("select product_id from shoplake_gold.product_funnel") == [("p2",)]
    assert warehouse.differences_from_rebuild() == []


def test_equal_broken_lines_keep_their_number_when_their_hour_is_read_again(
    warehouse: Warehouse,
) -> None:
    put(warehouse, 0, '{"cut', '{"cut', "null")
    warehouse.dbt("run")
    put(warehouse, 0, '{"cut')
    warehouse.dbt("run")
    warehouse.dbt("run")
    assert warehouse.query("select count(*) from shoplake_silver.rejected_events") == [(4,)]
    assert warehouse.differences_from_rebuild() == []


def test_a_late_copy_corrects_the_ledger_of_an_hour_that_is_not_read_again(
    warehouse: Warehouse,
) -> None:
    put(warehouse, 0, event("a", 0))
    put(warehouse, 10, event("b", 10))
    warehouse.dbt("run")
    put(warehouse, 12, event("a", 0, received=60))
    warehouse.dbt("run")
    assert ledger(warehouse) == [(1, 0, 1, 0), (1, 1, 0, 0), (1, 1, 0, 0)]
    assert warehouse.differences_from_rebuild() == []


def test_a_late_event_moves_an_old_day_and_no_other(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    put(warehouse, 72, event("b", 72))
    warehouse.dbt("run")
    put(warehouse, 73, event("c", 0))
    warehouse.dbt("run")
    assert warehouse.query(
        "select event_date::text, total_events from shoplake_gold.daily_user_activity order by 1"
    ) == [
        ("2026-03-10", 2),
        ("2026-03-13", 1),
    ]
    assert warehouse.query(
        "select event_date::text from shoplake_silver.touched_dates where event_date < '2026-03-12'"
    ) == [("2026-03-10",)]
    assert warehouse.differences_from_rebuild() == []


def test_the_same_id_on_two_dates_is_two_events(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0), event("a", 24))
    warehouse.dbt("run")
    assert warehouse.query("select count(*) from shoplake_silver.events") == [(2,)]


def test_an_object_older_than_the_lookback_is_found_by_the_reconcile_run(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    put(warehouse, 40, event("b", 40))
    warehouse.dbt("run")
    put(warehouse, 5, event("c", 5))
    warehouse.dbt("run", arrival_lookback_hours=48)
    assert warehouse.query("select count(*) from shoplake_silver.events") == [(3,)]
    assert warehouse.differences_from_rebuild() == []


def test_an_empty_lake_builds_empty_tables_and_the_next_run_adds_events(warehouse: Warehouse) -> None:
    warehouse.dbt("build")
    warehouse.dbt("build")
    assert warehouse.query("select count(*) from shoplake_gold.product_funnel") == [(0,)]
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    assert warehouse.query("select count(*) from shoplake_gold.product_funnel") == [(1,)]
    assert warehouse.differences_from_rebuild() == []


def test_a_run_over_nothing_new_merges_nothing(warehouse: Warehouse) -> None:
    if warehouse.variables["bronze_window"] == "hours":
        pytest.skip("the window by hours reads its lookback again: only a list of objects knows that nothing is new")
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    warehouse.dbt("run")
    assert warehouse.query("select count(*) from shoplake_silver.arrivals") == [(0,)]
