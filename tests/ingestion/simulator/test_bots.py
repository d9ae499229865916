from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise

import numpy as np

from ingestion.simulator.stream import Simulation
from tests.ingestion.simulator.simulated import Sent


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
