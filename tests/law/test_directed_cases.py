"""The law where random schedules seldom go: cases that broke a version of the models, or the prototype before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from tests.law.schedules import iso, line
from tests.support.warehouse import FIRST_HOUR, BronzeObject, DbtError, Warehouse


def event(event_id: str, hour: int, *, received: int = 0, **fields: object) -> str:
    """A purchase at `hour`, seen by the door `received` seconds after; fields replace what is given."""
    moment = FIRST_HOUR + timedelta(hours=hour)
    given = {
        "event_type": "purchase",
        "event_time": iso(moment),
        "received_at": iso(moment + timedelta(seconds=received)),
        "user_id": "u1",
        "product_id": "p1",
        "category": "home",
        "price": "10.00",
        "quantity": "1",
        "order_id": "o1",
    }
    return line(event_id=event_id, **(given | fields))


def put(warehouse: Warehouse, hour: int, *lines: str) -> None:
    warehouse.put([BronzeObject(hour, lines)])


def ledger(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.query(
        "select line_count, accepted_count, duplicate_count, rejected_count"
        " from shoplake_silver.loads order by arrival_hour"
    )


def test_a_run_killed_after_events_leaves_dates_that_the_next_run_still_computes(
    warehouse: Warehouse,
) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    put(warehouse, 1, event("b", 1))
    warehouse.dbt("run", "--select", "arrivals", "touched_dates", "events")
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []
    assert warehouse.query("select sum(purchase_count) from shoplake_gold.hourly_revenue") == [(2,)]


def test_a_repeat_in_an_earlier_hour_that_arrives_later_moves_the_win(warehouse: Warehouse) -> None:
    put(warehouse, 2, event("a", 2))
    warehouse.dbt("run")
    put(warehouse, 1, event("a", 2))
    warehouse.dbt("run")
    assert ledger(warehouse) == [(1, 1, 0, 0), (1, 0, 1, 0)]
    assert warehouse.differences_from_rebuild() == []


def test_a_purchase_that_turns_out_to_be_a_view_of_another_product_leaves_no_trace(
    warehouse: Warehouse,
) -> None:
    put(warehouse, 2, event("a", 2, received=60))
    warehouse.dbt("run")
    put(warehouse, 2, event("a", 2, event_type="view_item", product_id="p2", category="garden", order_id=None))
    warehouse.dbt("run")
    for table in ("silver.order_lines", "gold.hourly_revenue", "gold.transactions"):
        assert warehouse.query(f"select count(*) from shoplake_{table}") == [(0,)], table
    assert warehouse.query("select product_id from shoplake_gold.product_funnel") == [("p2",)]
    assert warehouse.differences_from_rebuild() == []


def test_a_run_killed_between_rollup_and_gold_forgets_no_product(warehouse: Warehouse) -> None:
    put(warehouse, 2, event("a", 2, received=60), event("b", 2, product_id="p3"))
    warehouse.dbt("run")
    put(warehouse, 3, event("a", 2, product_id="p2"))
    warehouse.dbt("run", "--select", "arrivals", "touched_dates", "events", "user_product_days")
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_equal_broken_lines_of_an_hour_that_is_read_again_stay_as_many_as_they_are(
    warehouse: Warehouse,
) -> None:
    put(warehouse, 0, '{"cut', '{"cut', "null")
    warehouse.dbt("run")
    put(warehouse, 0, '{"cut')
    warehouse.dbt("run")
    warehouse.dbt("run")
    assert warehouse.query("select count(*) from shoplake_silver.rejected_events") == [(4,)]
    assert warehouse.differences_from_rebuild() == []


def test_a_late_copy_that_wins_corrects_the_ledger_of_an_hour_that_is_not_read_again(
    warehouse: Warehouse,
) -> None:
    put(warehouse, 0, event("a", 0, received=60))
    put(warehouse, 10, event("b", 10))
    warehouse.dbt("run")
    put(warehouse, 12, event("a", 0))
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


@pytest.mark.parametrize("table", ["events", "rejected_events", "loads", "event_loads", "user_product_days"])
def test_a_table_that_was_lost_is_built_again_by_the_next_plain_run(warehouse: Warehouse, table: str) -> None:
    put(warehouse, 0, event("a", 0), '{"cut')
    put(warehouse, 30, event("b", 30))
    warehouse.dbt("run")
    warehouse.execute(f"drop table shoplake_silver.{table}")
    put(warehouse, 31, event("c", 31))
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_a_full_refresh_in_place_equals_a_rebuild_and_of_one_model_alone_is_refused(
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


def test_a_model_that_is_left_out_stops_the_ledger_and_the_next_whole_run_heals(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    put(warehouse, 1, event("b", 1))
    with pytest.raises(DbtError, match="left out user_product_days, which would never see them"):
        warehouse.dbt("run", "--exclude", "user_product_days")
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_a_ledger_alone_does_not_pass_over_what_the_run_before_left_out(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    put(warehouse, 1, event("b", 1))
    # what `dbt retry` does after a refusal is to run the ledger alone
    with pytest.raises(DbtError, match="this run read new arrivals and left out user_product_days"):
        warehouse.dbt("run", "--exclude", "user_product_days")
    with pytest.raises(DbtError, match="an earlier run read new arrivals and left out user_product_days"):
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


def test_parts_that_are_a_whole_together_move_the_ledger_and_a_killed_part_does_not(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    put(warehouse, 1, event("b", 1))
    first = ("arrivals", "touched_dates", "events", "user_product_days")
    warehouse.dbt("run", "--select", *first)
    warehouse.dbt("run", "--select", "order_lines")
    warehouse.dbt("run", "--exclude", *first, "order_lines")
    assert ledger(warehouse) == [(1, 1, 0, 0), (1, 1, 0, 0)]
    assert warehouse.differences_from_rebuild() == []
    put(warehouse, 2, event("c", 2))
    warehouse.dbt("run", "--select", *first)
    # a run that is killed takes back what was said of the arrivals before, and tells nothing
    put(warehouse, 3, event("d", 3))
    warehouse.dbt("run", "--select", "arrivals", "touched_dates")
    warehouse.execute("drop view if exists shoplake_silver.unfinished_run")
    with pytest.raises(DbtError, match=r"an earlier run read new arrivals and left out .*events, "):
        warehouse.dbt("run", "--exclude", *first)
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_a_model_that_was_away_while_events_arrived_is_computed_from_the_start(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    put(warehouse, 30, event("b", 30))
    warehouse.dbt("run")
    # its table as it is when a branch without the model was built meanwhile: old, and told of
    away = "create table kept as select * from shoplake_gold.hourly_revenue"
    warehouse.execute(away)
    put(warehouse, 31, event("c", 31))
    warehouse.dbt("run")
    warehouse.execute(
        "delete from shoplake_gold.hourly_revenue; insert into shoplake_gold.hourly_revenue from kept; drop table kept;"
        "create view shoplake_silver.left_behind as select 'shoplake_gold.hourly_revenue' as name"
    )
    put(warehouse, 60, event("d", 60))
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_a_warehouse_file_that_a_killed_run_left_empty_is_made_again(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.path.touch()
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []
    warehouse.path.write_text("no warehouse")
    with pytest.raises(DbtError, match="cannot be opened"):
        warehouse.dbt("run")
    assert warehouse.path.read_text() == "no warehouse"


def test_parts_in_the_wrong_order_do_not_move_the_ledger(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    put(warehouse, 30, event("b", 30))
    # transactions were built before order_lines had the new purchase
    warehouse.dbt("run", "--exclude", "order_lines", "loads")
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


def test_a_lost_table_is_not_made_of_the_arrivals_of_one_run(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0), '{"cut')
    warehouse.dbt("run")
    put(warehouse, 30, event("b", 30))
    warehouse.dbt("run")
    for table in ("rejected_events", "events"):
        warehouse.execute(f"drop table shoplake_silver.{table} cascade")
        with pytest.raises(DbtError, match=f"{table} cannot be made alone"):
            warehouse.dbt("run", "--select", table)
        warehouse.dbt("run")
        assert warehouse.differences_from_rebuild() == []


def test_a_model_is_whole_again_only_after_what_it_is_made_of(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    away = "create view shoplake_silver.left_behind as select unnest(['shoplake_silver.order_lines', '{}']) as name"
    warehouse.execute(away.format("shoplake_gold.transactions"))
    warehouse.dbt("run", "--select", "transactions")
    assert len(warehouse.query("from shoplake_silver.left_behind")) == 2
    warehouse.dbt("run", "--select", "order_lines", "transactions")
    assert warehouse.differences_from_rebuild() == []


def test_a_ledger_of_an_older_version_is_told_and_a_full_refresh_takes_it(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    warehouse.execute("alter table shoplake_silver.loads drop column object_digest")
    with pytest.raises(DbtError, match=r"was built by an older version.* run dbt build --full-refresh once"):
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


def test_a_variable_that_is_no_number_or_no_day_stops_the_run_before_it_reads(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    for value in ("tomorrow", "2026-13-01"):
        with pytest.raises(DbtError, match=f"bronze_start is a day as in '2026-03-01', not '{value}'"):
            warehouse.dbt("run", bronze_window="hours", bronze_start=value)
    warehouse.dbt("run", bronze_window="hours")
    for value in ("abc", "-5"):
        with pytest.raises(DbtError, match=f"arrival_lookback_hours is a whole number from 0 to 999999, not '{value}'"):
            warehouse.dbt("run", bronze_window="hours", arrival_lookback_hours=value)


def test_a_table_without_a_model_is_told_of_once_and_stays(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    warehouse.execute('create table shoplake_gold."anna\'s__daily" as select 1 as n')
    warehouse.dbt("run")
    assert warehouse.query("select name from shoplake_silver.left_behind") == [("shoplake_gold.anna's__daily",)]
    warehouse.dbt("run")
    assert warehouse.query('select n from shoplake_gold."anna\'s__daily"') == [(1,)]
    warehouse.execute('drop table shoplake_gold."anna\'s__daily"')
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_new_arrivals_never_meet_the_dates_of_an_earlier_run(warehouse: Warehouse) -> None:
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


def test_an_object_older_than_the_lookback_is_found_by_the_reconcile_run(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    put(warehouse, 40, event("b", 40))
    warehouse.dbt("run")
    put(warehouse, 5, event("c", 5))
    warehouse.dbt("run", arrival_lookback_hours=48)
    assert warehouse.query("select count(*) from shoplake_silver.events") == [(3,)]
    assert warehouse.differences_from_rebuild() == []


def test_an_empty_lake_builds_empty_tables_and_then_takes_events(warehouse: Warehouse) -> None:
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


def test_a_build_killed_at_any_moment_is_simply_run_again(warehouse: Warehouse) -> None:
    """kill -9 of the real command, at moments spread over the run."""
    for number in range(6):
        put(
            warehouse,
            number,
            *(event(f"e{number}-{n}", number, received=n) for n in range(50)),
            event("e0-1", 0),
        )
        process = subprocess.Popen(
            [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *warehouse.arguments("run")],
            env=os.environ | warehouse.environment,
            stdout=subprocess.DEVNULL,
        )
        time.sleep(1.8 + 0.4 * number)
        process.send_signal(signal.SIGKILL)
        process.wait()
    warehouse.dbt("run")
    assert warehouse.query("select count(*) from shoplake_silver.events") == [(300,)]
    assert warehouse.differences_from_rebuild() == []
