"""Killed runs and lost tables: the next plain run restores every table."""

from __future__ import annotations

import pytest

from tests.law.cases import event, put, run_and_kill, run_state
from tests.support.warehouse import DbtError, Warehouse


def test_a_run_killed_after_events_leaves_dates_for_the_next_run_to_compute(
    warehouse: Warehouse,
) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    put(warehouse, 1, event("b", 1))
    warehouse.dbt("run", "--select", "arrivals", "touched_dates", "events")
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []
    assert warehouse.query("select sum(purchase_count) from shoplake_gold.hourly_revenue") == [(2,)]


def test_a_run_killed_between_rollup_and_gold_loses_no_product(warehouse: Warehouse) -> None:
    put(warehouse, 2, event("a", 2), event("b", 2, product_id="p3"))
    warehouse.dbt("run")
    put(warehouse, 3, event("a", 2, received=60, product_id="p2"))
    warehouse.dbt("run", "--select", "arrivals", "touched_dates", "events", "user_product_days")
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


@pytest.mark.parametrize("table", ["events", "rejected_events", "loads", "event_loads", "user_product_days"])
def test_a_lost_table_is_rebuilt_by_the_next_plain_run(warehouse: Warehouse, table: str) -> None:
    put(warehouse, 0, event("a", 0), '{"cut')
    put(warehouse, 30, event("b", 30))
    warehouse.dbt("run")
    warehouse.execute(f"drop table shoplake_silver.{table}")
    put(warehouse, 31, event("c", 31))
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_an_empty_warehouse_file_left_by_a_killed_run_is_created_again(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.path.touch()
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []
    warehouse.path.write_text("no warehouse")
    with pytest.raises(DbtError, match="cannot be opened"):
        warehouse.dbt("run")
    assert warehouse.path.read_text() == "no warehouse"


def test_a_run_killed_at_any_moment_is_repaired_by_the_next_run(warehouse: Warehouse, models: list[str]) -> None:
    """SIGKILL of the real command, at six moments spread over the run."""
    for number in range(6):
        put(
            warehouse,
            number,
            *(event(f"e{number}-{n}", number, received=n) for n in range(50)),
            event("e0-1", 0),
        )
        # dbt prints "3 of 15 START ..."; the later kills also fall later after that line
        start = f"{1 + number * len(models) // 6} of {len(models)} START"
        run_and_kill(warehouse, start, seconds_later=0.02 * number)
    warehouse.dbt("run")
    assert warehouse.query("select count(*) from shoplake_silver.events") == [(300,)]
    assert warehouse.differences_from_rebuild() == []


def test_of_a_lost_table_no_definition_is_known_until_it_is_built(shop: Warehouse) -> None:
    """Athena creates a table of more than 100 partitions by several statements: a killed run leaves a part of them."""
    shop.dbt("run")
    shop.execute("drop table shoplake_silver.order_lines")
    run_and_kill(shop, "START sql incremental model shoplake_silver.order_lines", "--threads", "1")
    assert not any("order_lines" in record for record in run_state(shop, "definitions"))
    shop.dbt("run")
    assert any("order_lines" in record for record in run_state(shop, "definitions"))
    assert shop.differences_from_rebuild() == []
