from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
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


def tracked(sent: Sent) -> list[list[dict[str, Any]]]:
    """The events of each tracker session id, by time."""
    sessions = defaultdict(list)
    for event in sent.events:
        if "session_id" in event:
            sessions[event["session_id"]].append(event)
    return [sorted(events, key=lambda event: str(event["event_time"])) for events in sessions.values()]


def is_entry(event: dict[str, Any]) -> bool:
    return "utm_source" in event or ("referrer" in event and event["event_type"] == "page_view" and not inside(event))


def inside(event: dict[str, Any]) -> bool:
    return str(event["referrer"]) == "https://shop.example/"


def test_session_goes_forward_from_a_landing_page_with_its_campaign(clean: Sent) -> None:
    sessions = tracked(clean)
    assert len(sessions) > 8_000
    sources: Counter[str] = Counter()
    entries: Counter[int] = Counter()
    for events in sessions:
        assert len({event["anonymous_id"] for event in events}) == 1
        landings = [event for event in events if is_entry(event)]
        entries[len(landings)] += 1
        for landing in landings:
            sources[landing.get("utm_campaign") or landing.get("utm_source") or landing["referrer"]] += 1
            assert ("utm_source=" in landing["page_url"]) == ("utm_source" in landing)
        first = events[0]
        # the run begins and ends within some visits
        if first["event_type"] == "page_view" and "/c/" not in first["page_url"]:
            assert [event for event in landings[:1] if event["event_time"] > first["event_time"]] == [] or (
                "utm_source" in landings[0]
            )
    assert set(entries) == {0, 1, 2}
    assert entries[2] > 50
    assert {"brand", "weekly_deals", "retargeting", "cart_reminder", "https://www.google.com/"} <= set(sources)


def test_pauses_are_far_from_the_bound_that_ends_a_session(clean: Sent) -> None:
    pauses = [
        datetime.fromisoformat(later["event_time"]) - datetime.fromisoformat(earlier["event_time"])
        for events in tracked(clean)
        for earlier, later in pairwise(events)
    ]
    assert not [pause for pause in pauses if timedelta(minutes=25) < pause < timedelta(minutes=38)]
    assert sum(pause > timedelta(minutes=38) for pause in pauses) > 100


def test_some_visits_go_on_over_midnight(clean: Sent) -> None:
    over = [
        events
        for events in tracked(clean)
        for earlier, later in pairwise(events)
        if earlier["event_time"][:10] < later["event_time"][:10]
        and datetime.fromisoformat(later["event_time"]) - datetime.fromisoformat(earlier["event_time"])
        < timedelta(minutes=30)
    ]
    assert len(over) > 5
