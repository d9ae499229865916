"""The law on Athena: random schedules with runs killed anywhere, and kills at the moments that could hurt.

Every run that is killed is a real dbt that ends itself by SIGKILL (killed_dbt.py). The comparison is with DuckDB's
build from nothing over the same bronze; that Athena's full refresh equals it too is a test of parity (test_parity.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from local_aws.athena_client import QueryFailedError
from tests.athena.support.both_engines import BothEngines
from tests.athena.support.kill import Kill, statement
from tests.law.schedules import iso, schedules
from tests.law.test_directed_cases import event
from tests.law.test_random_schedules import LOOKBACK_HOURS
from tests.support.warehouse import FIRST_HOUR, BronzeObject

# a run sends about seventy statements; how many of them a killed one lives to see
POINTS, STATEMENTS_PER_POINT = 14, 5


@dataclass(frozen=True)
class Case:
    """A kill, the command that dies, and what stands then: tables that are missing, tables that nothing reads."""

    name: str
    kill: Kill
    arguments: tuple[str, ...] = ()
    missing: str | None = None
    orphans: tuple[str, ...] = ()
    events_are_new: bool = True
    revenue_is_new: bool = False


def test_every_table_equals_a_full_refresh(both_engines: BothEngines, request: pytest.FixtureRequest) -> None:
    count: int = request.config.getoption("--athena-schedules")

    @settings(
        max_examples=count,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=count <= 5,
    )
    @given(data=st.data())
    def keeps_the_law(data: st.DataObject) -> None:
        both_engines.empty()
        # CI has minutes, one who asks for more has time
        for run in data.draw(schedules(POINTS, LOOKBACK_HOURS, longest=2 if count <= 5 else 5)):
            both_engines.put(run.objects)
            if run.models_done is None:
                both_engines.run()
            elif run.models_done >= 0:
                nth = 1 + run.models_done * STATEMENTS_PER_POINT
                both_engines.run_until(Kill("after", "StartQueryExecution", nth))
        # the window by hours reads its lookback again: this run repeats the last one
        both_engines.run()
        assert both_engines.differences_from_rebuild() == []

    keeps_the_law()


class History:
    """A warehouse that grows by an hour of events before every kill."""

    def __init__(self, warehouse: BothEngines) -> None:
        self.warehouse = warehouse
        self.hour = LOOKBACK_HOURS
        warehouse.empty()
        self.arrive()
        # the first build of all, and it dies after its first table with a history
        assert warehouse.run_until(Kill("after", statement("create table shoplake_silver.events")))
        assert "silver.events" in warehouse.tables()
        assert warehouse.tables().isdisjoint({"silver.loads", "gold.hourly_revenue"})
        warehouse.run()

    def arrive(self) -> None:
        """A purchase, a copy that makes the last hour's a view of another product, a late event of an old day."""
        self.hour += 1
        late = event(f"late{self.hour}", 0, event_time=iso(FIRST_HOUR - timedelta(days=self.hour)))
        lines = (
            event(f"e{self.hour}", self.hour, received=60),
            event(f"e{self.hour - 1}", self.hour - 1, product_id="p2", order_id=None, event_type="view_item"),
            '{"cut',
        )
        # as old as an hour may be, so that a run that believes the ledger of a dead one would not read it again
        oldest = self.hour - 1 - LOOKBACK_HOURS
        self.warehouse.put([BronzeObject(oldest, (late, "null")), BronzeObject(self.hour, lines)])

    def heal(self) -> None:
        self.warehouse.run()
        assert self.warehouse.differences_from_rebuild() == []

    def fall(self, case: Case) -> str:
        """Let a run die, and look at what a reader finds; the statement at which it died."""
        events, revenue = self.newest_event(), self.newest_revenue()
        self.arrive()
        died_at = self.warehouse.run_until(case.kill, *case.arguments)
        assert died_at is not None, f"{case.name}: nothing was killed"
        assert set(case.orphans) <= self.warehouse.orphans(), case.name
        if case.missing:
            assert case.missing not in self.warehouse.tables(), case.name
        if case.missing != "silver.events":
            assert (self.newest_event() != events) == case.events_are_new, case.name
        if case.missing != "gold.hourly_revenue":
            assert (self.newest_revenue() != revenue) == case.revenue_is_new, case.name
        return died_at

    def assert_repeat_changes_nothing(self, table: str, merge: str) -> None:
        """The same merge once more, as an adapter does that was answered by an error. Some of its rows delete."""
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


# between the statements of a run: what each table holds when it dies there
IN_A_RUN = [
    Case(
        "events merged, files of the staging table deleted, its name not: events new, the rest old",
        Kill("before", "DeleteTable events__dbt_tmp"),
        orphans=("silver.events__dbt_tmp",),
    ),
    Case(
        "events staged, not merged: every table as before",
        Kill("before", statement("merge into shoplake_silver.events")),
        orphans=("silver.events__dbt_tmp",),
        events_are_new=False,
    ),
    Case(
        "a gold table staged, not merged: what is before it is new",
        Kill("before", statement("merge into shoplake_gold.hourly_revenue")),
        orphans=("gold.hourly_revenue__dbt_tmp",),
    ),
    Case(
        "a gold table's merge sent, and Athena ends it after the run is dead",
        Kill("sent", statement("merge into shoplake_gold.hourly_revenue")),
        orphans=("gold.hourly_revenue__dbt_tmp",),
        revenue_is_new=True,
    ),
    Case(
        "all but the ledger: everything new, and read again by the next run",
        Kill("before", statement("create table shoplake_silver.loads__dbt_tmp")),
        revenue_is_new=True,
    ),
]

# The swap of a full refresh is two renames: between them a table's name is missing, its rows under others.
# Two lists, because a missing ledger would hide whether a missing table is found
WITH_THE_LEDGER = [
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
        Kill("before", statement("alter table shoplake_gold.product_funnel__ha rename")),
        ("--select", "product_funnel"),
        missing="gold.product_funnel",
        orphans=("gold.product_funnel__bkp", "gold.product_funnel__ha"),
        events_are_new=False,
    ),
]
WITHOUT_IT = [
    Case(
        "between events and gold: new events, old gold",
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


def test_a_killed_run_leaves_whole_tables_and_the_next_run_heals_them(
    history: History, request: pytest.FixtureRequest
) -> None:
    for case in IN_A_RUN:
        died_at = history.fall(case)
        if case.kill.when == "sent":
            history.assert_repeat_changes_nothing("shoplake_gold.hourly_revenue", died_at)
        if request.config.getoption("--heal-each-kill"):
            history.heal()
    history.heal()


def test_a_killed_full_refresh_can_lose_a_name_and_the_next_plain_run_brings_it_back(
    history: History, request: pytest.FixtureRequest
) -> None:
    for cases in (WITH_THE_LEDGER, WITHOUT_IT):
        for case in cases:
            history.fall(case)
            if case.missing == "silver.events":
                with pytest.raises(QueryFailedError):
                    history.warehouse.athena.rows("shoplake_gold.clickstream_events")
            if request.config.getoption("--heal-each-kill"):
                history.heal()
        history.heal()
    # the second list's full refreshes passed over what the first one left, and dropped it
    assert {table.split("__")[0] for table in history.warehouse.orphans()} == {"silver.loads"}
