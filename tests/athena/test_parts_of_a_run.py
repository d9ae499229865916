"""The law where a run comes in parts: tables and increments of many partitions, and parts that a user chose."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.athena.support.killed_dbt import Kill, statement
from tests.athena.support.law_warehouse import LawWarehouse
from tests.law.cases import event
from tests.law.schedules import LOOKBACK_HOURS, iso
from tests.support.warehouse import FIRST_HOUR, BronzeObject, DbtError


def purchases_of_many_days(product_id: str, *, received: int = 0) -> tuple[str, ...]:
    """One a day, on more days than Athena writes partitions in one statement."""
    days = [FIRST_HOUR - timedelta(days=day) for day in range(120)]
    return tuple(
        event(f"d{number}", 0, received=received, event_time=iso(day), product_id=product_id)
        for number, day in enumerate(days)
    )


def test_a_table_of_many_partitions_is_whole_or_not_there(law_warehouse: LawWarehouse) -> None:
    """Above 100 partitions the adapter fills a new table in several statements, and a run may die between them."""
    law_warehouse.empty()
    law_warehouse.put([BronzeObject(0, purchases_of_many_days("p1")), BronzeObject(6, (event("a", 6),))])
    law_warehouse.run()
    # a table that is new to a warehouse with a history: no run reads the old hours again for it
    law_warehouse.athena.query("drop table shoplake_silver.user_product_days")
    second = statement(r"insert into shoplake_silver.user_product_days(__dbt_tmp)?")
    assert law_warehouse.run_until(Kill("before", second), "--select", "user_product_days")
    assert "silver.user_product_days" not in law_warehouse.tables()
    law_warehouse.run("--select", "arrivals", "touched_dates", "events", "user_product_days")
    found = law_warehouse.differences_from_rebuild()
    assert [line for line in found if "user_product_days" in line and "one engine only" not in line] == []


def test_an_increment_of_many_partitions_is_merged_in_parts_and_healed(law_warehouse: LawWarehouse) -> None:
    """Athena refuses a MERGE into over 100 partitions: each hundred dates have their own, and a run may die between."""
    law_warehouse.empty()
    law_warehouse.put([BronzeObject(0, (event("d0", 0),)), BronzeObject(6, (event("a", 6),))])
    law_warehouse.run()
    # every day is new but two, and one stored copy loses to an older one that comes now
    law_warehouse.put([BronzeObject(6, purchases_of_many_days("p2", received=-60))])
    second = law_warehouse.run_until(Kill("before", statement("merge into shoplake_silver.events"), 2))
    assert second
    # it reads and writes only the dates that are left: once for the target, once for what it inserts
    assert second.count("date '") == 2 * 20
    assert law_warehouse.value("silver.events", "count(distinct event_date)") == "101"
    law_warehouse.run()
    assert law_warehouse.differences_from_rebuild() == []


def test_parts_of_a_run_move_the_ledger_only_together_and_a_model_that_was_away_is_made_whole(
    law_warehouse: LawWarehouse,
) -> None:
    """What a run tells the next one (macros/incremental/tell_the_next_run.sql), on Athena's own catalog."""
    law_warehouse.empty()
    law_warehouse.put([BronzeObject(0, (event("a", 0),)), BronzeObject(LOOKBACK_HOURS + 30, (event("b", 30),))])
    law_warehouse.run()
    away = "create view shoplake_silver.left_behind as select 'shoplake_gold.hourly_revenue' as name"
    law_warehouse.athena.query(away)
    law_warehouse.athena.query("delete from shoplake_gold.hourly_revenue where event_hour < 24")
    law_warehouse.put([BronzeObject(LOOKBACK_HOURS + 31, (event("c", 31),))])
    first = ("arrivals", "touched_dates", "events", "user_product_days")
    law_warehouse.run("--select", *first)
    with pytest.raises(DbtError, match="An earlier run read new arrivals and left out"):
        law_warehouse.run("--select", "loads")
    law_warehouse.run("--exclude", *first)
    assert law_warehouse.tables().isdisjoint({"silver.left_behind", "silver.unfinished_run", "silver.run_state"})
    assert law_warehouse.differences_from_rebuild() == []
    law_warehouse.athena.query("create view shoplake_gold.a_view as select 1 as n")
    law_warehouse.athena.query(
        "create table shoplake_gold.my_daily with (table_type = 'iceberg', is_external = false,"
        " location = 's3://shoplake/my_daily/') as select 1 as n"
    )
    law_warehouse.run()
    assert law_warehouse.athena.rows("shoplake_silver.run_state") == [("stale_tables", "shoplake_gold.my_daily")]
