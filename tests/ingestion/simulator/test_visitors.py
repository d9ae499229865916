from __future__ import annotations

from collections import Counter, defaultdict

from tests.ingestion.simulator.simulated import Sent


def test_visitors_come_back_on_other_days_and_some_on_two_devices(clean: Sent) -> None:
    days, sessions, cookies = defaultdict(set), defaultdict(set), defaultdict(set)
    for event in clean.events:
        if "anonymous_id" not in event:
            continue
        days[event["anonymous_id"]].add(event["event_time"][:10])
        sessions[event["anonymous_id"]].add(event.get("session_id"))
        if "user_id" in event:
            cookies[event["user_id"]].add(event["anonymous_id"])
    assert sum(len(seen) > 1 for seen in days.values()) > 0.05 * len(days)
    assert sum(len(seen) > 2 for seen in sessions.values()) > 20
    shared = {cookie for cookie, users in users_of(clean).items() if len(users) > 3}
    assert len(shared) == 2
    own = Counter(len(seen - shared) for seen in cookies.values())
    assert set(own) <= {0, 1, 2}
    assert own[2] > 20


def users_of(sent: Sent) -> dict[str, set[str]]:
    users = defaultdict(set)
    for event in sent.events:
        if "user_id" in event and "anonymous_id" in event:
            users[event["anonymous_id"]].add(event["user_id"])
    return users


def test_some_log_in_within_a_visit(clean: Sent) -> None:
    visits = defaultdict(list)
    for event in clean.events:
        if "session_id" in event:
            visits[event["session_id"]].append(event)
    changing = 0
    for events in visits.values():
        events.sort(key=lambda event: str(event["event_time"]))
        known = ["user_id" in event for event in events]
        # nobody logs out
        assert known == sorted(known)
        if known[0] != known[-1]:
            changing += 1
            assert events[known.index(True)]["event_type"] == "login"
    assert changing > 100
