from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from ingestion.simulator.plan import RunOptions
from ingestion.simulator.stream import Simulation
from tests.ingestion.simulator.simulated import Sent, send


def test_each_kind_of_bot_has_its_behavior(faulty: Sent) -> None:
    bots = {bot.anonymous_id: bot for bot in Simulation(7).bots}
    seen = defaultdict(list)
    for event in faulty.events:
        if event.get("anonymous_id") in bots:
            seen[bots[event["anonymous_id"]].kind].append(event)
    types = {kind: Counter(event["event_type"] for event in events) for kind, events in seen.items()}
    assert set(types["scraper"]) == set(types["price_monitor"]) == {"view_item"}
    assert types["scalper"]["add_to_cart"] > 3 * types["scalper"]["view_item"]
    assert len({event["product_id"] for event in seen["scalper"]}) == 1
    assert len({event["ip_address"] for event in seen["price_monitor"]}) > 10
    times = sorted(datetime.fromisoformat(event["event_time"]) for event in seen["price_monitor"])
    gaps = np.array([(later - earlier).total_seconds() for earlier, later in pairwise(times)])
    assert gaps.std() < 0.25 * gaps.mean()


def test_the_price_monitor_never_pauses_and_has_one_session() -> None:
    sent = send(RunOptions(events=30_000, days=2))[1]
    cookie = next(bot.anonymous_id for bot in Simulation(7).bots if bot.kind == "price_monitor")
    visits = [event for event in sent.events if event.get("anonymous_id") == cookie]
    assert len({event["session_id"] for event in visits}) == 1
    times = sorted(datetime.fromisoformat(event["event_time"]) for event in visits)
    assert max(later - earlier for earlier, later in pairwise(times)) < timedelta(minutes=30)
    assert times[-1] - times[0] > timedelta(hours=47)
