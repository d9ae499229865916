from __future__ import annotations

from collections import Counter

from tests.ingestion.simulator.simulated import Sent


def test_traffic_is_highest_in_the_evening_and_lowest_at_four(clean: Sent) -> None:
    hours = Counter(event["event_time"][11:13] for event in clean.events)
    assert hours.most_common(1)[0][0] in ("19", "20", "21")
    assert hours["04"] * 8 < hours["20"]
