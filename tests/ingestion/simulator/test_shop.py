from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from ingestion.simulator.plan import RunOptions
from ingestion.simulator.shop import open_shop
from tests.ingestion.simulator.simulated import Sent, send


def test_another_seed_gives_another_shop() -> None:
    ours, other = open_shop(7), open_shop(8)
    assert ours.product_ids != other.product_ids
    assert (ours.prices(20_000) != other.prices(20_000)).any()
    ids = [
        {event["event_id"] for event in send(RunOptions(events=500, days=1, seed=seed))[1].events} for seed in (7, 8)
    ]
    assert not ids[0] & ids[1]


def test_popularity_follows_a_power_law(clean: Sent) -> None:
    views = sorted(Counter(event["product_id"] for event in clean.of_type("view_item")).values(), reverse=True)
    rank = np.arange(1, 301)
    slope = np.polyfit(np.log(rank + 2), np.log(views[:300]), 1)[0]
    assert -1.3 < slope < -0.7


def test_prices_change_over_days(clean: Sent) -> None:
    prices = defaultdict(set)
    for event in clean.of_type("view_item"):
        prices[event["product_id"]].add(event["price"])
    assert sum(len(seen) > 1 for seen in prices.values()) > 100
