"""Runs killed at the moments that could do harm: readers find complete tables, and the next run repairs everything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from local_aws.athena_client import QueryFailedError
from tests.athena.support.both_engines import BothEngines
from tests.athena.support.kill import Kill, statement
from tests.law.cases import event
from tests.law.schedules import LOOKBACK_HOURS, iso
from tests.support.warehouse import FIRST_HOUR, BronzeObject


@dataclass(frozen=True)
class Case:
    """A kill, the killed command, and the expected tables after it.

    Attributes
    ----------
    missing
        The table that does not exist after the kill.
    orphans
        Tables left behind that no query reads.
    """

    name: str
    kill: Kill
    arguments: tuple[str, ...] = ()
    missing: str | None = None
    orphans: tuple[str, ...] = ()
    events_are_new: bool = True
    revenue_is_new: bool = False


class History:
    """A warehouse that receives an hour of events before every kill."""

    def __init__(self, warehouse: BothEngines) -> None:
        self.warehouse = warehouse
        self.hour = LOOKBACK_HOURS
        warehouse.empty()
        self.arrive()
        # the very first build is killed after its first incremental table
        assert warehouse.run_until(Kill("after", statement("create table shoplake_silver.events")))
        assert "silver.events" in warehouse.tables()
        assert warehouse.tables().isdisjoint({"silver.loads", "gold.hourly_revenue"})
        warehouse.run()

    def arrive(self) -> None:
        """Put a purchase, a changed copy of the last hour's purchase, and a late event of an old day."""
        self.hour += 1
        late = event(f"late{self.hour}", 0, event_time=iso(FIRST_HOUR - timedelta(days=self.hour)))
        lines = (
            event(f"e{self.hour}", self.hour),
            event(
                f"e{self.hour - 1}", self.hour - 1, received=60, product_id="p2", order_id=None, event_type="view_item"
            ),
            '{"cut',
        )
        # the oldest hour that the next run reads; a run that trusted a killed run's ledger would skip it
        oldest = self.hour - 1 - LOOKBACK_HOURS
        self.warehouse.put([BronzeObject(oldest, (late, "null")), BronzeObject(self.hour, lines)])

    def repair(self) -> None:
        self.warehouse.run()
        assert self.warehouse.differences_from_rebuild() == []

    def kill(self, case: Case) -> str:
        """Kill a run, check what a reader finds, and return the statement at which the run was killed."""
        events, revenue = self.newest_event(), self.newest_revenue()
        self.arrive()
        killed_at = self.warehouse.run_until(case.kill, *case.arguments)
        assert killed_at is not None, f"{case.name}: the run was not killed"
        assert set(case.orphans) <= self.warehouse.orphans(), case.name
        if case.missing:
            assert case.missing not in self.warehouse.tables(), case.name
        if case.missing != "silver.events":
            assert (self.newest_event() != events) == case.events_are_new, case.name
        if case.missing != "gold.hourly_revenue":
            assert (self.newest_revenue() != revenue) == case.revenue_is_new, case.name
        return killed_at

    def assert_second_merge_changes_nothing(self, table: str, merge: str) -> None:
        """Send the same merge again, like an adapter after an error response. Some of its rows delete."""
        before = sorted(self.warehouse.athena.rows(table), key=str)
        self.warehouse.athena.query(merge)
        assert sorted(self.warehouse.athena.rows(table), key=str) == before

    def newest_event(self) -> str | None:
        return self.warehouse.value("silver.events", "max(arrival_hour)")

    def newest_revenue(self) -> str | None:
        return self.warehouse.value(
            "gold.hourly_revenue", "max(date_add('hour', event_hour, cast(event_date as timestamp)))"
        )


@pytest.fixture(scope="module")
def history(both_engines: BothEngines) -> History:
    return History(both_engines)


# killed between two statements of a run
PLAIN_RUNS = [
    Case(
        "events merged, the staging table's files deleted, its catalog entry not: new events, old other tables",
        Kill("before", "DeleteTable events__dbt_tmp"),
        orphans=("silver.events__dbt_tmp",),
    ),
    Case(
        "events staged, not merged: every table is old",
        Kill("before", statement("merge into shoplake_silver.events")),
        orphans=("silver.events__dbt_tmp",),
        events_are_new=False,
    ),
    Case(
        "a gold table staged, not merged: the tables before it are new",
        Kill("before", statement("merge into shoplake_gold.hourly_revenue")),
        orphans=("gold.hourly_revenue__dbt_tmp",),
    ),
    Case(
        "a gold table's merge sent: Athena finishes it after the run was killed",
        Kill("sent", statement("merge into shoplake_gold.hourly_revenue")),
        orphans=("gold.hourly_revenue__dbt_tmp",),
        revenue_is_new=True,
    ),
    Case(
        "everything but the ledger: all tables are new, and the next run reads the same hours again",
        Kill("before", statement("create table shoplake_silver.loads__dbt_tmp")),
        revenue_is_new=True,
    ),
]

# A full refresh swaps tables by two renames. Between them the table does not exist, and its rows have other names.
# Two lists, because a run without a ledger rebuilds everything and would hide that it missed a missing table
FULL_REFRESHES_WITH_LEDGER = [
    Case(
        "between the renames of events",
        Kill("before", statement("alter table shoplake_silver.events__dbt_tmp rename")),
        ("--full-refresh",),
        missing="silver.events",
        orphans=("silver.events__bkp", "silver.events__dbt_tmp"),
    ),
    Case(
        "between the renames of a gold table",
        Kill("before", statement("alter table shoplake_gold.hourly_revenue__dbt_tmp rename")),
        ("--full-refresh", "--select", "hourly_revenue"),
        missing="gold.hourly_revenue",
        orphans=("gold.hourly_revenue__bkp", "gold.hourly_revenue__dbt_tmp"),
        events_are_new=False,
    ),
    Case(
        "between the renames of a table that every run replaces",
        Kill("before", statement("alter table shoplake_silver.touched_dates__ha rename")),
        ("--select", "touched_dates"),
        missing="silver.touched_dates",
        orphans=("silver.touched_dates__bkp", "silver.touched_dates__ha"),
        events_are_new=False,
    ),
]
FULL_REFRESHES_LOSING_THE_LEDGER = [
    Case(
        "between events and gold: new events, old gold tables",
        Kill("before", statement("create table shoplake_gold.hourly_revenue__dbt_tmp")),
        ("--full-refresh",),
    ),
    Case(
        "between the renames of the ledger: the next run reads from the start",
        Kill("before", statement("alter table shoplake_silver.loads__dbt_tmp rename")),
        ("--full-refresh",),
        missing="silver.loads",
        orphans=("silver.loads__bkp", "silver.loads__dbt_tmp"),
        revenue_is_new=True,
    ),
]


def test_a_killed_run_leaves_complete_tables_and_the_next_run_repairs_them(
    history: History, request: pytest.FixtureRequest
) -> None:
    for case in PLAIN_RUNS:
        killed_at = history.kill(case)
        if case.kill.when == "sent":
            history.assert_second_merge_changes_nothing("shoplake_gold.hourly_revenue", killed_at)
        if request.config.getoption("--heal-each-kill"):
            history.repair()
    history.repair()


def test_a_killed_full_refresh_may_lose_a_table_and_the_next_plain_run_restores_it(
    history: History, request: pytest.FixtureRequest
) -> None:
    for cases in (FULL_REFRESHES_WITH_LEDGER, FULL_REFRESHES_LOSING_THE_LEDGER):
        for case in cases:
            history.kill(case)
            if case.missing == "silver.events":
                with pytest.raises(QueryFailedError):
                    history.warehouse.athena.rows("shoplake_gold.clickstream_events")
            if request.config.getoption("--heal-each-kill"):
                history.repair()
        history.repair()
    # The full refreshes of the second list dropped what those of the first left behind. A model that another thread was
    # swapping at the moment of a kill may have left its own.
    left_behind = {table.split("__")[0] for table in history.warehouse.orphans()}
    assert "silver.loads" in left_behind
    assert left_behind.isdisjoint({"silver.events", "gold.hourly_revenue", "silver.touched_dates"})
