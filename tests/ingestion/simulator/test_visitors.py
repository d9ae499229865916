from __future__ import annotations

from collections import defaultdict

from tests.ingestion.simulator.simulated import Sent


def test_visitors_come_back_on_other_days_and_some_on_two_devices(clean: Sent) -> None:
    days, sessions, cookies = defaultdict(set), defaultdict(set), defaultdict(set)
    for event in clean.events:
        days[event["anonymous_id"]].add(event["event_time"][:10])
        sessions[event["anonymous_id"]].add(event.get("session_id"))
        if "user_id" in event:
            cookies[event["user_id"]].add(event["anonymous_id"])
    assert sum(len(seen) > 1 for seen in days.values()) > 0.05 * len(days)
    assert sum(len(seen) > 2 for seen in sessions.values()) > 20
    assert max(len(seen) for seen in cookies.values()) == 2
