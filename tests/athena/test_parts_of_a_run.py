"""The replay guarantee for runs in parts: many partitions, or a selection of models."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.athena.support.both_engines import BothEngines
from tests.athena.support.kill import Kill, statement
from tests.athena.support.parity import OF_DEFINITIONS
from tests.law.cases import event
from tests.law.schedules import LOOKBACK_HOURS, iso
from tests.support.warehouse import FIRST_HOUR, BronzeObject, DbtError


def purchases_of_many_days(product_id: str, *, received: int = 0) -> tuple[str, ...]:
    """One purchase per day, on more days than a statement on Athena may write partitions (100); each costs time."""
    days = [FIRST_HOUR - timedelta(days=day) for day in range(104)]
    return tuple(
        event(f"d{number}", 0, received=received, event_time=iso(day), product_id=product_id)
        for number, day in enumerate(days)
    )


def test_a_table_of_many_partitions_is_complete_or_missing(both_engines: BothEngines) -> None:
    """Above 100 partitions the adapter fills a new table by several statements; a run may be killed between them."""
    both_engines.empty()
    both_engines.put([BronzeObject(0, purchases_of_many_days("p1")), BronzeObject(6, (event("a", 6),))])
    both_engines.run()
    # a new table in a warehouse with a history: no run reads the old hours again for it
    both_engines.athena.query("drop table shoplake_silver.user_product_days")
    second = statement(r"insert into shoplake_silver.user_product_days(__dbt_tmp)?")
    assert both_engines.run_until(Kill("before", second), "--select", "user_product_days")
    assert "silver.user_product_days" not in both_engines.tables()
    both_engines.run("--select", "arrivals", "touched_dates", "events", "user_product_days")
    found = both_engines.differences_from_rebuild()
    assert [line for line in found if "user_product_days" in line and "one engine only" not in line] == []


def test_an_increment_of_many_partitions_is_merged_in_parts_and_repaired(both_engines: BothEngines) -> None:
    """Athena rejects a MERGE into over 100 partitions: every 100 dates are merged by a statement of their own."""
    both_engines.empty()
    both_engines.put([BronzeObject(0, (event("d0", 0),)), BronzeObject(6, (event("a", 6),))])
    both_engines.run()
    # all but two days are new, and a newer copy of a stored event arrives, which wins
    both_engines.put([BronzeObject(6, purchases_of_many_days("p2", received=60))])
    second = both_engines.run_until(Kill("before", statement("merge into shoplake_silver.events"), 2))
    assert second
    # it names only the remaining dates: once for the target, once for the inserted rows
    assert second.count("date '") == 2 * 4
    assert both_engines.value("silver.events", "count(distinct event_date)") == "101"
    both_engines.run()
    assert both_engines.differences_from_rebuild() == []


def test_parts_of_a_run_move_the_ledger_only_together_and_a_model_that_was_away_is_made_whole(
    both_engines: BothEngines,
) -> None:
    """The run state (macros/run_state), from a view of version 0.1 on, in Athena's own catalog."""
    both_engines.empty()
    both_engines.put([BronzeObject(0, (event("a", 0),)), BronzeObject(LOOKBACK_HOURS + 30, (event("b", 30),))])
    both_engines.run()
    away = "create view shoplake_silver.left_behind as select 'shoplake_gold.hourly_revenue' as name"
    both_engines.athena.query(away)
    both_engines.athena.query("delete from shoplake_gold.hourly_revenue where event_hour < 24")
    both_engines.put([BronzeObject(LOOKBACK_HOURS + 31, (event("c", 31),))])
    first = ("arrivals", "touched_dates", "events", "user_product_days")
    both_engines.run("--select", *first)
    with pytest.raises(DbtError, match="An earlier run read new arrivals and left out"):
        both_engines.run("--select", "loads")
    both_engines.run("--exclude", *first)
    assert both_engines.tables().isdisjoint({"silver.left_behind", "silver.unfinished_run"})
    assert both_engines.differences_from_rebuild() == []
    both_engines.athena.query("create view shoplake_gold.a_view as select 1 as n")
    both_engines.athena.query(
        "create table shoplake_gold.my_daily with (table_type = 'iceberg', is_external = false,"
        " location = 's3://shoplake/my_daily/') as select 1 as n"
    )
    both_engines.run()
    remembered = both_engines.athena.rows("shoplake_silver.run_state")
    assert [row for row in remembered if row[0] not in OF_DEFINITIONS] == [("stale_tables", "shoplake_gold.my_daily")]
