"""Runs of some models only, and the run state that one run leaves for the next."""

from __future__ import annotations

import pytest

from tests.law.cases import event, ledger, put, run_state, set_run_state
from tests.support.warehouse import DbtError, Warehouse

LEFT_OUT = "left out product_days, product_months, user_product_days"


def test_leaving_out_a_model_stops_the_ledger_until_the_next_plain_run(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    put(warehouse, 1, event("b", 1))
    with pytest.raises(DbtError, match=LEFT_OUT + ", which would never see them"):
        warehouse.dbt("run", "--exclude", "user_product_days")
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_the_ledger_alone_is_refused_after_a_run_that_left_out_a_model(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    put(warehouse, 1, event("b", 1))
    # what `dbt retry` does after a refusal is to run the ledger alone
    with pytest.raises(DbtError, match="This run read new arrivals and " + LEFT_OUT):
        warehouse.dbt("run", "--exclude", "user_product_days")
    with pytest.raises(DbtError, match="An earlier run read new arrivals and " + LEFT_OUT):
        warehouse.dbt("run", "--select", "loads")
    # a part that says it is one, and another part that is not the rest of it
    warehouse.dbt("run", "--select", "+product_popularity")
    with pytest.raises(DbtError, match="left out category_daily_performance, daily_user_activity"):
        warehouse.dbt("run", "--select", "product_popularity+")
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []
    # with nothing uncounted the ledger may be built as often as one likes
    warehouse.dbt("run", "--select", "loads")
    assert warehouse.differences_from_rebuild() == []


def test_models_that_compute_every_row_may_be_left_out_and_catch_up(warehouse: Warehouse) -> None:
    """Meanwhile a product loses its only event to another, and nothing more arrives."""
    put(warehouse, 0, event("a", 0, product_id="p1"), event("b", 0, product_id="p2", event_type="view_item"))
    warehouse.dbt("run")
    put(warehouse, 1, event("a", 0, received=3_600, product_id="p3"))
    warehouse.dbt("run", "--exclude", "product_funnel", "product_popularity")
    assert ledger(warehouse) == [(2, 1, 1, 0), (1, 1, 0, 0)]
    assert warehouse.query("select product_id from shoplake_gold.product_funnel order by 1") == [("p1",), ("p2",)]
    warehouse.dbt("run")
    assert warehouse.query("select product_id from shoplake_gold.product_funnel order by 1") == [("p2",), ("p3",)]
    assert warehouse.differences_from_rebuild() == []


def test_partial_runs_that_cover_every_model_move_the_ledger(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    put(warehouse, 1, event("b", 1))
    first = ("arrivals", "touched_dates", "events", "user_product_days")
    warehouse.dbt("run", "--select", *first)
    warehouse.dbt("run", "--select", "order_lines")
    warehouse.dbt("run", "--exclude", *first, "order_lines")
    assert ledger(warehouse) == [(1, 1, 0, 0), (1, 1, 0, 0)]
    assert warehouse.differences_from_rebuild() == []


def test_partial_runs_in_the_wrong_order_do_not_move_the_ledger(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    put(warehouse, 30, event("b", 30))
    # transactions were built before order_lines had the new purchase
    warehouse.dbt("run", "--exclude", "order_lines", "loads")
    seen = warehouse.query("select subject from shoplake_silver.run_state where fact = 'seen_by_models'")
    assert {"events", "user_product_days"} <= {name for (name,) in seen}
    assert {"hourly_revenue", "transactions"}.isdisjoint(name for (name,) in seen)
    with pytest.raises(DbtError, match="left out hourly_revenue, transactions"):
        warehouse.dbt("run", "--select", "order_lines", "loads")
    warehouse.dbt("run", "--select", "order_lines+")
    assert warehouse.differences_from_rebuild() == []
    put(warehouse, 60, event("c", 60))
    warehouse.dbt("run", "--select", "arrivals")
    with pytest.raises(DbtError, match="touched_dates of an earlier run"):
        warehouse.dbt("run", "--exclude", "arrivals", "touched_dates")
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_new_arrivals_with_the_touched_dates_of_an_earlier_run_are_refused(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    put(warehouse, 30, event("b", 30))
    warehouse.dbt("run")
    put(warehouse, 31, event("c", 31))
    warehouse.dbt("run")
    # a later copy of a stored event, whose date is not among those of the run before
    put(warehouse, 32, event("a", 0, received=600))
    with pytest.raises(DbtError, match="select touched_dates too"):
        warehouse.dbt("run", "--select", "arrivals", "events")
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_an_earlier_hour_with_the_touched_hours_of_an_earlier_run_is_refused(warehouse: Warehouse) -> None:
    put(warehouse, 31, event("a", 30, event_type="purchase", product_id="p", price="1.00", order_id="o"))
    warehouse.dbt("run")
    # the same date, an hour that the run before did not find
    put(warehouse, 30, event("b", 30, event_type="purchase", product_id="p", price="1.00", order_id="o"))
    warehouse.dbt("run", "--select", "arrivals")
    with pytest.raises(DbtError, match="order_lines would compute new arrivals with the touched_dates"):
        warehouse.dbt("run", "--select", "order_lines")
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_a_model_that_was_absent_while_events_arrived_is_rebuilt(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    put(warehouse, 30, event("b", 30))
    warehouse.dbt("run")
    # its table as it is when a branch without the model was built meanwhile: outdated, and already reported
    away = "create table kept as select * from shoplake_gold.hourly_revenue"
    warehouse.execute(away)
    put(warehouse, 31, event("c", 31))
    warehouse.dbt("run")
    warehouse.execute(
        "delete from shoplake_gold.hourly_revenue; insert into shoplake_gold.hourly_revenue from kept; drop table kept"
    )
    set_run_state(warehouse, "stale_tables", ["shoplake_gold.hourly_revenue"])
    put(warehouse, 60, event("d", 60))
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_a_stale_table_is_current_again_only_after_its_parents(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    set_run_state(warehouse, "stale_tables", ["shoplake_silver.order_lines", "shoplake_gold.transactions"])
    warehouse.dbt("run", "--select", "transactions")
    assert len(run_state(warehouse, "stale_tables")) == 2
    warehouse.dbt("run", "--select", "order_lines", "transactions")
    assert warehouse.differences_from_rebuild() == []


def test_a_table_without_a_model_is_reported_once_and_stays(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    warehouse.execute('create table shoplake_gold."anna\'s__daily" as select 1 as n')
    warehouse.dbt("run")
    assert run_state(warehouse, "stale_tables") == ["shoplake_gold.anna's__daily"]
    warehouse.dbt("run")
    assert warehouse.query('select n from shoplake_gold."anna\'s__daily"') == [(1,)]
    warehouse.execute('drop table shoplake_gold."anna\'s__daily"')
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []
