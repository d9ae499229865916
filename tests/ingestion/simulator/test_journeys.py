from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from tests.ingestion.simulator.simulated import Sent


def test_funnel_narrows_and_differs_between_products(clean: Sent) -> None:
    count = Counter(event["event_type"] for event in clean.events)
    assert count["view_item"] > 5 * count["add_to_cart"] > 5 * count["purchase"] > 0
    assert count["search"] > 0
    assert count["remove_from_cart"] > 0
    assert count["add_to_cart"] > count["begin_checkout"] > 0
    views = Counter(event["product_id"] for event in clean.of_type("view_item"))
    carts = Counter(event["product_id"] for event in clean.of_type("add_to_cart"))
    rates = [carts[product] / seen for product, seen in views.most_common(30)]
    assert min(rates) < 0.02
    assert max(rates) > 0.10


def test_session_goes_forward_from_one_landing_page_with_its_campaign(clean: Sent) -> None:
    sessions = defaultdict(list)
    for event in clean.events:
        if "session_id" in event:
            sessions[event["session_id"]].append(event)
    assert len(sessions) > 8_000
    sources: Counter[str] = Counter()
    for events in sessions.values():
        events.sort(key=lambda event: str(event["event_time"]))
        landings = [event for event in events if "utm_source" in event or "referrer" in event]
        assert len(landings) <= 1
        assert len({event["anonymous_id"] for event in events}) == 1
        if landings:
            assert landings[0] is events[0] or landings[0]["event_time"] == events[0]["event_time"]
            sources[landings[0].get("utm_campaign") or landings[0]["referrer"]] += 1
            assert ("utm_source=" in landings[0]["page_url"]) == ("utm_source" in landings[0])
    assert {"brand", "weekly_deals", "retargeting", "cart_reminder", "https://www.google.com/"} <= set(sources)


def test_orders_have_several_lines_and_refunds_belong_to_them(clean: Sent) -> None:
    orders: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for event in clean.of_type("purchase"):
        orders[event["order_id"]][event["product_id"]] = event
        assert event["quantity"] >= 1
        assert event["currency"] == "EUR"
    assert sum(len(lines) > 1 for lines in orders.values()) > 0.1 * len(orders)
    refunds = clean.of_type("refund")
    assert len(refunds) > 10
    for refund in refunds:
        bought = orders[refund["order_id"]][refund["product_id"]]
        assert refund["event_time"] > bought["event_time"]
        assert refund["quantity"] <= bought["quantity"]
        assert refund["price"] == bought["price"]
