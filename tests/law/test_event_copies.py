"""Copies of an event that disagree: which one counts does not depend on the order of arrival, and they are counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.door.json_lines import parse_json_lines
from tests.ingestion.door.samples import KEYS
from tests.law.cases import event, put, run_and_kill
from tests.law.schedules import iso
from tests.support.paths import CASES
from tests.support.warehouse import FIRST_HOUR, DbtError, Warehouse

FIRST_WORD = event("edit", 0, received=60, quantity="3")
CORRECTION = event("edit", 0, received=3_600, quantity="2")
REFUSED = "The rows of events were computed by another definition"


def revenue(warehouse: Warehouse) -> Decimal:
    [(amount,)] = warehouse.query("select sum(total_revenue) from shoplake_gold.hourly_revenue")
    return Decimal(amount)


def conflicts(warehouse: Warehouse) -> list[tuple[str]]:
    return warehouse.query("select event_id from shoplake_silver.events where has_conflicting_copies order by 1")


@pytest.mark.parametrize("lines", [(FIRST_WORD, CORRECTION), (CORRECTION, FIRST_WORD)], ids=["in order", "reversed"])
@pytest.mark.parametrize(("value", "pieces"), [("newest", 2), ("oldest", 3)])
def test_the_order_of_arrival_does_not_decide(
    warehouse: Warehouse, lines: tuple[str, str], value: str, pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(warehouse.variables, "event_copies", value)
    for hour, line in enumerate(lines):
        put(warehouse, hour, line)
        warehouse.dbt("run")
    assert revenue(warehouse) == 10 * pieces
    assert warehouse.differences_from_rebuild() == []


def test_the_second_replay_wins_though_both_were_received_when_they_happened(warehouse: Warehouse) -> None:
    replays = [iso(FIRST_HOUR + timedelta(days=day)) for day in (200, 201)]
    put(warehouse, 1, event("edit", 0, quantity="2", replayed_at=replays[1]))
    warehouse.dbt("run")
    put(warehouse, 1, event("edit", 0, quantity="3", replayed_at=replays[0]))
    put(warehouse, 2, event("edit", 0, quantity="1", received=7_200))
    warehouse.dbt("run")
    assert revenue(warehouse) == 20
    assert warehouse.differences_from_rebuild() == []


@pytest.mark.parametrize("first", ["2", "3"])
def test_at_the_same_time_the_content_decides(warehouse: Warehouse, first: str) -> None:
    for hour, quantity in enumerate([first, "5" if first == "2" else "2", "3"]):
        put(warehouse, hour, event("tie", 0, quantity=quantity))
        warehouse.dbt("run")
    assert revenue(warehouse) == 20
    assert warehouse.differences_from_rebuild() == []


def test_a_copy_that_loses_is_counted_where_the_winner_arrived(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("edit", 0, received=60, quantity="2"), event("same", 0), event("once", 0))
    warehouse.dbt("run")
    put(warehouse, 30, event("edit", 0, quantity="3"), event("same", 0))
    warehouse.dbt("run")
    assert conflicts(warehouse) == [("edit",)]
    counted = "select accepted_count, conflicting_count from shoplake_silver.{} order by arrival_hour"
    assert warehouse.query(counted.format("loads")) == [(3, 1), (0, 0)]
    assert warehouse.query(counted.format("event_loads")) == [(3, 1)]
    put(warehouse, 31, event("edit", 0, received=90, quantity="2"))
    warehouse.dbt("run")
    assert warehouse.query(counted.format("loads")) == [(2, 0), (0, 0), (1, 1)]
    assert warehouse.differences_from_rebuild() == []


def test_copies_that_differ_in_nothing_but_their_receipt_do_not_disagree(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0), event("a", 0, received=9, replayed_at=iso(FIRST_HOUR + timedelta(days=9))))
    put(warehouse, 1, event("a", 0, price="10.0"))
    warehouse.dbt("run")
    assert conflicts(warehouse) == []
    put(warehouse, 2, event("a", 0, extra='{"attempt":"2"}', visitor_hash="0" * 32))
    warehouse.dbt("run")
    assert conflicts(warehouse) == []
    put(warehouse, 3, event("a", 0, brand="b"))
    warehouse.dbt("run")
    assert conflicts(warehouse) == [("a",)]
    assert warehouse.differences_from_rebuild() == []


def test_the_corrections_of_a_shop_count(warehouse: Warehouse) -> None:
    if not CASES.is_dir():
        pytest.skip("the cases are not beside the project, in ../shared/cases")
    door = Door(load_dialect("canonical"), KEYS)
    replays = [datetime.fromisoformat(f"2026-11-2{day}T10:00:00Z") for day in (5, 6)]
    files = [(CASES / f"corrections_{number}.jsonl").read_bytes() for number in (1, 2)]
    amount = "select amount from shoplake_silver.order_lines where event_id = 'edit-1'"

    def lines(number: int, *, replayed: bool) -> list[str]:
        parsed = parse_json_lines(files[number])
        admitted = door.admit_lines(parsed, received_at=replays[number], received_when_happened=replayed)
        return [line.decode() for line in admitted.lines]

    for replayed in (False, True):
        for order in ((0, 1), (1, 0)):
            warehouse.empty()
            for hour, number in enumerate(order):
                put(warehouse, hour, *lines(number, replayed=replayed))
                warehouse.dbt("run", event_copies="newest")
            assert warehouse.query(amount) == [(Decimal("20.00"),)], (replayed, order)
            assert conflicts(warehouse) == [("edit-1",)]


def test_a_changed_value_is_refused_before_anything_is_read_until_a_full_refresh(warehouse: Warehouse) -> None:
    put(warehouse, 0, FIRST_WORD)
    put(warehouse, 1, CORRECTION)
    warehouse.dbt("run")
    put(warehouse, 2, event("b", 2))
    for arguments in ((), ("--select", "arrivals"), ("--select", "events")):
        with pytest.raises(DbtError, match=REFUSED):
            warehouse.dbt("run", *arguments, event_copies="oldest")
    assert warehouse.query("select count(*) from shoplake_silver.arrivals where event_id = 'b'") == [(0,)]
    # the ledger alone takes up no value
    warehouse.dbt("run", "--select", "loads", event_copies="oldest")
    with pytest.raises(DbtError, match=REFUSED):
        warehouse.dbt("run", event_copies="oldest")
    warehouse.dbt("run")
    assert revenue(warehouse) == 30
    warehouse.dbt("run", "--full-refresh", event_copies="oldest")
    assert revenue(warehouse) == 40
    put(warehouse, 3, event("c", 3))
    warehouse.dbt("run", event_copies="oldest")
    with pytest.raises(DbtError, match=REFUSED):
        warehouse.dbt("run")
    warehouse.dbt("run", "--full-refresh")
    assert warehouse.differences_from_rebuild() == []


@pytest.mark.parametrize(("value", "pieces"), [("oldest", 3), ("newest", 2)])
def test_a_full_refresh_that_changes_the_value_and_is_killed_is_finished_by_the_next_run(
    warehouse: Warehouse, value: str, pieces: int
) -> None:
    """Whatever value that run has: it reads bronze from the start."""
    put(warehouse, 0, FIRST_WORD)
    put(warehouse, 1, CORRECTION)
    warehouse.dbt("run")
    with pytest.MonkeyPatch.context() as changed:
        changed.setitem(warehouse.variables, "event_copies", "oldest")
        run_and_kill(warehouse, "START sql incremental model shoplake_gold.", "--full-refresh")
    with pytest.MonkeyPatch.context() as changed:
        changed.setitem(warehouse.variables, "event_copies", value)
        warehouse.dbt("run")
        assert revenue(warehouse) == 10 * pieces
        assert warehouse.differences_from_rebuild() == []


def test_a_run_that_reads_everything_takes_up_the_value(warehouse: Warehouse) -> None:
    put(warehouse, 0, FIRST_WORD)
    put(warehouse, 1, CORRECTION)
    warehouse.dbt("run")
    for lost in ("rejected_events", "events"):
        value, pieces = ("oldest", 3) if lost == "rejected_events" else ("newest", 2)
        warehouse.execute(f"drop table shoplake_silver.{lost} cascade")
        warehouse.dbt("run", event_copies=value)
        assert revenue(warehouse) == 10 * pieces
        warehouse.dbt("run", event_copies=value)
    assert warehouse.differences_from_rebuild() == []


def test_a_first_run_that_was_killed_needs_no_full_refresh(warehouse: Warehouse) -> None:
    put(warehouse, 0, FIRST_WORD, CORRECTION)
    warehouse.dbt("run", "--select", "arrivals", "touched_dates", "events", event_copies="oldest")
    warehouse.dbt("run", event_copies="newest")
    assert revenue(warehouse) == 20
    assert warehouse.differences_from_rebuild() == []


def test_another_value_is_an_error_of_one_sentence(warehouse: Warehouse) -> None:
    put(warehouse, 0, FIRST_WORD)
    with pytest.raises(DbtError, match="event_copies must be 'newest' or 'oldest', not 'latest'"):
        warehouse.dbt("run", event_copies="latest")
