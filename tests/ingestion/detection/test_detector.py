from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from ingestion.detection.counters import Suspect
from ingestion.detection.detector import MAX_COUNTED_VISITORS, Detector
from ingestion.detection.ip_set import IpSet

NOW = datetime(2025, 3, 1, 12, 0, 30, tzinfo=UTC)
DOWN = EndpointConnectionError(endpoint_url="https://dynamodb")


class FakeCounters:
    """The methods of Counters that the detector uses; each of them is atomic, as in DynamoDB."""

    def __init__(self, fails: Exception | None = None) -> None:
        self.totals: Counter[tuple[str, datetime]] = Counter()
        self.suspects: dict[str, int] = {}
        self.calls = 0
        self.fails = fails
        self._lock = Lock()

    def add(self, visitor: str, minute: datetime, requests: int, expires_at: int) -> int:
        with self._lock:
            self.calls += 1
            if self.fails:
                raise self.fails
            self.totals[visitor, minute] += requests
            return self.totals[visitor, minute]

    def list_suspect(self, suspect: Suspect, now: int) -> bool:
        with self._lock:
            previous = self.suspects.get(suspect.visitor, 0)
            self.suspects[suspect.visitor] = suspect.expires_at
            return previous <= now

    def unlist(self, visitor: str) -> None:
        del self.suspects[visitor]

    def listed(self, visitors: Any, now: int) -> set[str]:
        return {visitor for visitor in visitors if self.suspects.get(visitor, 0) > now}


class AlertReceiver:
    """Receives the alerts and the reports of failures."""

    def __init__(self, fails: int = 0) -> None:
        self.messages: list[dict[str, Any]] = []
        self.failures: list[str] = []
        self._fails = fails

    def publish(self, subject: str, message: str) -> None:
        if self._fails:
            self._fails -= 1
            raise DOWN
        self.messages.append(json.loads(message))

    def failed(self, what: str, error: Exception) -> None:
        self.failures.append(what)


def detector(counters: Any, receiver: AlertReceiver, limit: int = 100) -> Detector:
    return Detector(limit, counters, receiver.publish, visitor_of=lambda a: f"v{a}", on_failure=receiver.failed)


def inspect(watch: Detector, requests: dict[str, int], at: datetime = NOW) -> list[str]:
    minute = at.replace(second=0)
    counted = Counter({(visitor, minute): count for visitor, count in requests.items()})
    return [suspect.visitor for suspect in watch.inspect(counted, lambda visitors: {}, at)]


def test_visitors_with_few_requests_are_not_counted_in_the_table() -> None:
    counters = FakeCounters()
    assert inspect(detector(counters, AlertReceiver()), {f"v{number}": 4 for number in range(5_000)}) == []
    assert counters.calls == 0


def test_a_visitor_over_the_limit_in_one_batch_is_suspect() -> None:
    receiver = AlertReceiver()
    assert inspect(detector(FakeCounters(), receiver), {"bot": 101, "busy": 100, "calm": 3}) == ["bot"]
    assert receiver.messages == [
        {
            "visitor": "bot",
            "requests": 101,
            "minute": "2025-03-01T12:00Z",
            "reason": "more than 100 requests in a minute",
            "expires_at": "2025-03-01T13:00:30+00:00",
        }
    ]


def test_batches_of_one_minute_add_up_but_minutes_do_not() -> None:
    watch = detector(FakeCounters(), AlertReceiver())
    assert [inspect(watch, {"bot": 40}) for _ in range(4)] == [[], [], ["bot"], []]
    assert [inspect(watch, {"busy": 60}, NOW + timedelta(minutes=n)) for n in range(4)] == [[], [], [], []]


@pytest.mark.parametrize(("batches", "seen_from"), [(1, 301), (20, 301), (40, 600), (72, 1_080)])
def test_a_visitor_who_spreads_requests_evenly_is_found_from_the_number_in_the_operations_page(
    batches: int, seen_from: int
) -> None:
    def found(requests: int) -> bool:
        watch = detector(FakeCounters(), AlertReceiver(), limit=300)
        shares = [requests // batches + (number < requests % batches) for number in range(batches)]
        return any(inspect(watch, {"bot": share}) for share in shares)

    assert found(seen_from)
    # one batch has one request fewer, and is not counted
    assert not found(seen_from - batches)


def test_an_attack_raises_one_alert_until_its_listing_expires() -> None:
    receiver = AlertReceiver()
    watch = detector(FakeCounters(), receiver)
    for minute in range(0, 50, 10):
        assert inspect(watch, {"bot": 500}, NOW + timedelta(minutes=minute)) == ["bot"]
    assert len(receiver.messages) == 1
    inspect(watch, {"bot": 500}, NOW + timedelta(minutes=101))
    assert len(receiver.messages) == 2


def test_of_concurrent_calls_exactly_one_finds_the_limit_exceeded() -> None:
    counters, receiver = FakeCounters(), AlertReceiver()
    watch = detector(counters, receiver, limit=1_000)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: inspect(watch, {"bot": 60, "busy": 50}), range(20)))
    assert sorted(visitor for visitors in found for visitor in visitors) == ["bot"]
    assert len(receiver.messages) == 1


def test_writes_of_one_batch_are_bounded() -> None:
    counters = FakeCounters()
    inspect(detector(counters, AlertReceiver()), {f"v{number}": 50 for number in range(5_000)})
    assert counters.calls == MAX_COUNTED_VISITORS


def test_a_table_that_is_down_costs_one_call_and_no_batch() -> None:
    counters, receiver = FakeCounters(fails=DOWN), AlertReceiver()
    assert inspect(detector(counters, receiver), {"a": 500, "b": 500}) == []
    assert (counters.calls, receiver.failures) == (1, ["count"])


def test_an_alert_that_failed_is_raised_again_at_the_next_excess() -> None:
    receiver = AlertReceiver(fails=1)
    watch = detector(FakeCounters(), receiver)
    assert inspect(watch, {"bot": 500}) == ["bot"]
    assert (receiver.messages, receiver.failures) == ([], ["alert"])
    inspect(watch, {"bot": 500}, NOW + timedelta(minutes=1))
    assert [message["visitor"] for message in receiver.messages] == ["bot"]


class FakeIpSet:
    """A set of blocked addresses that counts its calls."""

    def __init__(self) -> None:
        self.blocked: set[str] = set()
        self.calls = 0

    def block(self, addresses: Any, keep: Any) -> int:
        self.calls += 1
        self.blocked = keep(sorted(self.blocked)) | set(addresses)
        return len(self.blocked)


def test_an_address_is_unblocked_after_its_listing_has_expired_without_another_suspect() -> None:
    counters, receiver, ip_set = FakeCounters(), AlertReceiver(), FakeIpSet()
    watch = Detector(
        100,
        cast(Any, counters),
        receiver.publish,
        ip_sets=[cast(IpSet, ip_set)],
        visitor_of=lambda a: f"v{a}",
        on_failure=receiver.failed,
    )

    def arrive(minute: int, requests: int) -> set[str]:
        at = NOW + timedelta(minutes=minute)
        visitors = Counter({("v203.0.113.7", at.replace(second=0)): requests})
        watch.inspect(visitors, lambda wanted: {visitor: visitor[1:] for visitor in wanted}, at)
        return ip_set.blocked

    assert arrive(0, 500) == {"203.0.113.7"}
    assert arrive(59, 1) == {"203.0.113.7"}
    assert arrive(66, 1) == set()
    assert receiver.failures == []


def test_expired_addresses_are_looked_for_once_in_five_minutes() -> None:
    ip_set, receiver = FakeIpSet(), AlertReceiver()
    watch = Detector(
        100, cast(Any, FakeCounters()), receiver.publish, ip_sets=[cast(IpSet, ip_set)], on_failure=receiver.failed
    )
    for second in range(0, 900, 10):
        inspect(watch, {"calm": 1}, NOW + timedelta(seconds=second))
    assert ip_set.calls == 2
