from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ingestion.simulator.plan import RunOptions
from tests.ingestion.simulator.simulated import CLEAN, Sent, send

HABITS = ("refired=0.3", "restamped=0.2", "backend=0.4", "coupon=0.4", "refund=0.3", "late_refund=0.5")


@pytest.fixture(scope="module")
def busy() -> Sent:
    """A month in which what is rare by default is frequent."""
    return send(RunOptions(events=60_000, days=32, rates=CLEAN, shares=HABITS))[1]


def orders_of(sent: Sent) -> dict[str, list[dict[str, Any]]]:
    orders = defaultdict(list)
    for event in sent.events:
        if "order_id" in event:
            orders[event["order_id"]].append(event)
    return {order: sorted(lines, key=lambda line: str(line["event_time"])) for order, lines in orders.items()}


def bought(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of an order without what is sent again."""
    first = min(line["event_time"] for line in lines)
    return [line for line in lines if line["event_time"] == first]


def content(line: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(line.get(name) for name in ("product_id", "price", "quantity", "line_total", "discount", "coupon"))


def time(line: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(line["event_time"])


def paid(line: dict[str, Any]) -> Decimal:
    return Decimal(str(line.get("line_total", Decimal(str(line["price"])) * line["quantity"])))


def test_orders_have_several_lines_and_refunds_belong_to_them(clean: Sent) -> None:
    orders = orders_of(clean)
    purchases = {order: bought(lines) for order, lines in orders.items() if lines[0]["event_type"] == "purchase"}
    assert sum(len(lines) > 1 for lines in purchases.values()) > 0.1 * len(purchases)
    refunds = clean.of_type("refund")
    assert len(refunds) > 10
    for refund in refunds:
        lines = [line for line in orders[refund["order_id"]] if line["product_id"] == refund["product_id"]]
        assert refund["event_time"] > lines[0]["event_time"]
        assert refund["price"] == lines[0]["price"]
        assert refund["quantity"] <= max(line["quantity"] for line in lines if line["event_type"] == "purchase")
        assert {line["currency"] for line in lines} == {"EUR"}


def test_a_reload_sends_all_lines_again_with_other_ids(busy: Sent) -> None:
    reloaded = 0
    for lines in orders_of(busy).values():
        first = bought(lines)
        again = [
            line
            for line in lines
            if line["event_type"] == "purchase"
            and line.get("source") == "tracker"
            and line not in first
            and line["event_id"] not in {one["event_id"] for one in first}
        ]
        if not again or first[0]["event_type"] != "purchase":
            continue
        reloaded += 1
        assert len(again) % len(first) == 0
        assert {content(line) for line in again} == {content(line) for line in first}
        assert timedelta(seconds=90) <= time(again[0]) - time(first[0]) <= timedelta(minutes=20)
        assert {line["session_id"] for line in again} == {first[0]["session_id"]}
    assert reloaded > 100


def test_a_retry_has_the_same_ids_on_the_next_date(busy: Sent) -> None:
    found = defaultdict(list)
    for event in busy.of_type("purchase"):
        found[event["event_id"]].append(event)
    twice = [sorted(lines, key=time) for lines in found.values() if len(lines) > 1]
    assert len(twice) > 100
    for first, second in twice:
        assert (time(second).date() - time(first).date()) == timedelta(days=1)
        assert {**first, "event_time": ""} == {**second, "event_time": ""}


def test_the_backend_sends_orders_without_a_browser(busy: Sent) -> None:
    orders = orders_of(busy)
    booked = [line for line in busy.of_type("purchase") if line["source"] == "backend"]
    assert len(booked) > 200
    for line in booked:
        assert not {"anonymous_id", "session_id", "page_url", "ip_address"} & set(line)
        [*twins] = (one for one in orders[line["order_id"]] if one.get("source") == "tracker")
        assert content(line) in {content(one) for one in twins}
        assert timedelta(0) < time(line) - time(twins[0]) <= timedelta(seconds=3)


def test_by_default_only_the_tracker_sends_purchases(clean: Sent) -> None:
    assert {line["source"] for line in clean.of_type("purchase")} == {"tracker"}
    assert {line["source"] for line in clean.of_type("refund")} == {"backend"}


def test_refunds_come_within_days_or_after_weeks(busy: Sent) -> None:
    orders = orders_of(busy)
    waits = [time(refund) - time(orders[refund["order_id"]][0]) for refund in busy.of_type("refund")]
    late = [wait for wait in waits if wait > timedelta(days=10)]
    assert all(timedelta(days=1) <= wait <= timedelta(days=28) for wait in waits)
    assert len(late) > 20
    assert min(late) >= timedelta(days=14)
    assert len(waits) - len(late) > 50


def test_amounts_of_an_order_add_up(busy: Sent) -> None:
    with_coupon = 0
    for lines in orders_of(busy).values():
        first = bought(lines)
        if first[0]["event_type"] != "purchase":
            continue
        total = sum(map(paid, first))
        for line in first:
            assert (line["tax"], line["shipping"], line.get("coupon")) == (
                first[0]["tax"],
                first[0]["shipping"],
                first[0].get("coupon"),
            )
            if "coupon" in line:
                assert paid(line) + Decimal(str(line["discount"])) == Decimal(str(line["price"])) * line["quantity"]
        with_coupon += "coupon" in first[0]
        assert Decimal(str(first[0]["tax"])) == (total * 100 * 19 // 119) / 100
        assert Decimal(str(first[0]["shipping"])) == (Decimal("4.95") if total < 50 else 0)
    assert with_coupon > 100


def test_other_currencies_only_on_request() -> None:
    options = RunOptions(events=20_000, days=2, rates=CLEAN, shares=("foreign_currency=0.5",))
    sent = send(options)[1]
    assert {event["currency"] for event in sent.of_type("purchase")} == {"EUR", "USD", "CHF", "PLN"}
    for lines in orders_of(sent).values():
        assert len({line["currency"] for line in lines}) == 1
