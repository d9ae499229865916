from __future__ import annotations

import base64
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ingestion.detection.counters import Counters, Suspect
from ingestion.detection.detector import MOST_COUNTED, Detector
from ingestion.detection.ip_set import IpSet, IpSetName
from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.handlers.door import handler
from tests.support.aws_account import KEY, Account, Context, event, forget

NOW = datetime(2025, 3, 1, 12, 0, 30, tzinfo=UTC)
MINUTE = NOW.replace(second=0)
DOWN = EndpointConnectionError(endpoint_url="https://dynamodb")


class FakeCounters:
    """The table, as far as the detector knows it; every step is atomic, as in DynamoDB."""

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
            was = self.suspects.get(suspect.visitor, 0)
            self.suspects[suspect.visitor] = suspect.expires_at
            return was <= now

    def unlist(self, visitor: str) -> None:
        del self.suspects[visitor]

    def listed(self, visitors: Any, now: int) -> set[str]:
        return {visitor for visitor in visitors if self.suspects.get(visitor, 0) > now}


class Desk:
    """Those on duty."""

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


def detector(counters: Any, desk: Desk, limit: int = 100) -> Detector:
    return Detector(limit, counters, desk.publish, visitor_of=lambda a: f"v{a}", on_failure=desk.failed)


def inspect(watch: Detector, requests: dict[str, int], at: datetime = NOW) -> list[str]:
    minute = at.replace(second=0)
    counted = Counter({(visitor, minute): count for visitor, count in requests.items()})
    return [suspect.visitor for suspect in watch.inspect(counted, lambda visitors: {}, at)]


def test_ordinary_visitors_cost_nothing() -> None:
    counters = FakeCounters()
    assert inspect(detector(counters, Desk()), {f"v{number}": 4 for number in range(5_000)}) == []
    assert counters.calls == 0


def test_a_visitor_over_the_limit_in_one_batch_is_suspect() -> None:
    desk = Desk()
    assert inspect(detector(FakeCounters(), desk), {"bot": 101, "busy": 100, "calm": 3}) == ["bot"]
    assert desk.messages == [
        {
            "visitor": "bot",
            "requests": 101,
            "minute": "2025-03-01T12:00Z",
            "reason": "more than 100 requests in a minute",
            "expires_at": "2025-03-01T13:00:30+00:00",
        }
    ]


def test_batches_of_a_minute_add_up_and_minutes_do_not() -> None:
    watch = detector(FakeCounters(), Desk())
    assert [inspect(watch, {"bot": 40}) for _ in range(4)] == [[], [], ["bot"], []]
    assert [inspect(watch, {"busy": 60}, NOW + timedelta(minutes=n)) for n in range(4)] == [[], [], [], []]


@pytest.mark.parametrize(("batches", "seen_from"), [(1, 301), (20, 301), (40, 600), (72, 1_080)])
def test_a_visitor_who_spreads_requests_evenly_is_seen_from_where_the_operations_page_says(
    batches: int, seen_from: int
) -> None:
    def found(requests: int) -> bool:
        watch = detector(FakeCounters(), Desk(), limit=300)
        shares = [requests // batches + (number < requests % batches) for number in range(batches)]
        return any(inspect(watch, {"bot": share}) for share in shares)

    assert found(seen_from)
    # one batch has one request less, and is not counted
    assert not found(seen_from - batches)


def test_an_attack_is_told_once_until_its_listing_expires() -> None:
    desk = Desk()
    watch = detector(FakeCounters(), desk)
    for minute in range(0, 50, 10):
        assert inspect(watch, {"bot": 500}, NOW + timedelta(minutes=minute)) == ["bot"]
    assert len(desk.messages) == 1
    inspect(watch, {"bot": 500}, NOW + timedelta(minutes=101))
    assert len(desk.messages) == 2


def test_in_any_race_one_call_alone_sees_the_limit_exceeded() -> None:
    counters, desk = FakeCounters(), Desk()
    watch = detector(counters, desk, limit=1_000)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: inspect(watch, {"bot": 60, "busy": 50}), range(20)))
    assert sorted(visitor for visitors in found for visitor in visitors) == ["bot"]
    assert len(desk.messages) == 1


def test_writes_of_one_batch_are_bounded() -> None:
    counters = FakeCounters()
    inspect(detector(counters, Desk()), {f"v{number}": 50 for number in range(5_000)})
    assert counters.calls == MOST_COUNTED


def test_a_table_that_is_down_costs_one_call_and_no_batch() -> None:
    counters, desk = FakeCounters(fails=DOWN), Desk()
    assert inspect(detector(counters, desk), {"a": 500, "b": 500}) == []
    assert (counters.calls, desk.failures) == (1, ["count"])


def test_an_alert_that_failed_is_told_at_the_next_excess() -> None:
    desk = Desk(fails=1)
    watch = detector(FakeCounters(), desk)
    assert inspect(watch, {"bot": 500}) == ["bot"]
    assert (desk.messages, desk.failures) == ([], ["alert"])
    inspect(watch, {"bot": 500}, NOW + timedelta(minutes=1))
    assert [message["visitor"] for message in desk.messages] == ["bot"]


class FakeIpSet:
    """The addresses that are blocked."""

    def __init__(self) -> None:
        self.blocked: set[str] = set()
        self.calls = 0

    def block(self, addresses: Any, keep: Any) -> int:
        self.calls += 1
        self.blocked = keep(sorted(self.blocked)) | set(addresses)
        return len(self.blocked)


def test_an_address_is_let_go_when_its_listing_has_expired_and_nobody_else_is_suspect() -> None:
    counters, desk, ip_set = FakeCounters(), Desk(), FakeIpSet()
    watch = Detector(
        100,
        cast(Any, counters),
        desk.publish,
        ip_sets=[cast(IpSet, ip_set)],
        visitor_of=lambda a: f"v{a}",
        on_failure=desk.failed,
    )

    def arrive(minute: int, requests: int) -> set[str]:
        at = NOW + timedelta(minutes=minute)
        visitors = Counter({("v203.0.113.7", at.replace(second=0)): requests})
        watch.inspect(visitors, lambda wanted: {visitor: visitor[1:] for visitor in wanted}, at)
        return ip_set.blocked

    assert arrive(0, 500) == {"203.0.113.7"}
    assert arrive(59, 1) == {"203.0.113.7"}
    assert arrive(66, 1) == set()
    assert desk.failures == []


def test_looking_for_expired_addresses_costs_a_call_in_minutes() -> None:
    ip_set, desk = FakeIpSet(), Desk()
    watch = Detector(
        100, cast(Any, FakeCounters()), desk.publish, ip_sets=[cast(IpSet, ip_set)], on_failure=desk.failed
    )
    for second in range(0, 900, 10):
        inspect(watch, {"calm": 1}, NOW + timedelta(seconds=second))
    assert ip_set.calls == 2


# -- with DynamoDB, SNS and WAF as moto emulates them


def calls_of(count: int, address: str, records: int = 4) -> dict[str, Any]:
    at = int(NOW.timestamp() * 1_000)
    line = {"event_type": "search", "event_time": "2025-03-01T11:59:00Z", "ip_address": address}
    payloads = [json.dumps(line).encode() + b"\n"] * count
    data = [b"".join(payloads[number::records]) for number in range(records)]
    return event("packed") | {
        "records": [
            {"recordId": str(number), "approximateArrivalTimestamp": at, "data": base64.b64encode(part).decode()}
            for number, part in enumerate(data)
        ]
    }


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """All that the function logged, extra fields included; what AWS's own library says to itself is not its log."""
    return str([vars(record) for record in caplog.records if record.name == "door"])


def visitor(address: str) -> str | None:
    return Door(load_dialect("canonical"), key=KEY.encode()).visitor_hash(address)


def test_the_subscriber_hears_of_the_attack_and_never_of_the_address(
    account: Account, context: Context, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        handler(calls_of(60, "203.0.113.66"), context)
    (alert,) = account.alerts()
    assert alert["visitor"] == visitor("203.0.113.66")
    assert alert["requests"] == 120
    items = {item["visitor_minute"]["S"]: item for item in account.items()}
    suspect = items[f"suspect#{alert['visitor']}"]
    assert suspect["reason"]["S"] == alert["reason"]
    assert int(suspect["expires_at"]["N"]) > datetime.now(UTC).timestamp()
    output = capsys.readouterr().out
    assert output.count('"SuspectVisitors":[1.0]') == 1
    assert account.blocked() == ["203.0.113.66/32"]
    assert "203.0.113" not in output + logged(caplog) + json.dumps(items) + json.dumps(alert)


def test_addresses_that_are_suspect_no_more_leave_the_ip_set(account: Account, context: Context) -> None:
    assert account.blocked() == ["198.51.100.4/32"]
    handler(calls_of(200, "203.0.113.1"), context)
    handler(calls_of(200, "203.0.113.2"), context)
    assert account.blocked() == ["203.0.113.1/32", "203.0.113.2/32"]
    account.client("dynamodb").delete_item(
        TableName="counters", Key={"visitor_minute": {"S": f"suspect#{visitor('203.0.113.1')}"}}
    )
    handler(calls_of(200, "203.0.113.3"), context)
    assert account.blocked() == ["203.0.113.2/32", "203.0.113.3/32"]


def test_an_address_is_put_into_the_set_of_its_version(account: Account, context: Context) -> None:
    handler(calls_of(200, "2001:DB8:0::7"), context)
    handler(calls_of(200, "203.0.113.7"), context)
    assert len(account.alerts()) == 2
    assert account.blocked() == ["203.0.113.7/32", "2001:db8::7/128"]


@pytest.mark.parametrize("service", ["DYNAMODB", "SNS", "WAFV2"])
def test_a_service_that_is_down_never_fails_a_batch(
    account: Account,
    context: Context,
    service: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", "http://127.0.0.1:9")
    forget()
    answer = handler(calls_of(200, "203.0.113.66"), context)
    assert [record["result"] for record in answer["records"]] == ["Ok"] * 4
    assert '"DetectionFailed":[1.0]' in capsys.readouterr().out
    (failure,) = [record for record in caplog.records if record.message == "detection failed"]
    assert (failure.levelname, vars(failure)["error"]) == ("ERROR", "EndpointConnectionError")
    assert "203.0.113" not in logged(caplog)


def test_concurrent_counts_add_up_in_the_table(account: Account) -> None:
    make: Any = boto3.client
    counters = Counters(make("dynamodb", region_name="eu-central-1"), "counters")
    with ThreadPoolExecutor(8) as pool:
        totals = list(pool.map(lambda _: counters.add("bot", MINUTE, 7, 2_000_000_000), range(60)))
    assert max(totals) == 420
    (item,) = account.items()
    assert item["requests"]["N"] == "420"


class RacingWaf:
    """Another writer changes the set between reading and writing, some times."""

    class exceptions:  # noqa: N801
        class WAFOptimisticLockException(ClientError):  # noqa: N818
            pass

    def __init__(self, races: int) -> None:
        self.addresses = {"192.0.2.1/32"}
        self.token = 0
        self.races = races

    def get_ip_set(self, **_: str) -> dict[str, Any]:
        ip_set = {"Addresses": sorted(self.addresses), "IPAddressVersion": "IPV4"}
        return {"IPSet": ip_set, "LockToken": str(self.token)}

    def update_ip_set(self, *, Addresses: list[str], LockToken: str, **_: str) -> None:  # noqa: N803
        if self.races:
            self.races -= 1
            self.token += 1
            self.addresses.add(f"192.0.2.{100 + self.token}/32")
        if LockToken != str(self.token):
            raise self.exceptions.WAFOptimisticLockException({"Error": {"Code": "x"}}, "UpdateIPSet")
        self.addresses = set(Addresses)


def test_no_address_of_a_concurrent_writer_is_lost() -> None:
    waf = RacingWaf(races=3)
    waits: list[float] = []
    ip_set = IpSet(waf, IpSetName("s", "1", "REGIONAL"), waits.append)
    assert ip_set.block(["203.0.113.7"], keep=set) == 5
    assert waf.addresses == {f"{ip}/32" for ip in ("192.0.2.1", *(f"192.0.2.10{n}" for n in (1, 2, 3)), "203.0.113.7")}
    assert len(waits) == 3


def test_a_set_that_others_keep_changing_is_given_up() -> None:
    waf = RacingWaf(races=99)
    with pytest.raises(RacingWaf.exceptions.WAFOptimisticLockException):
        IpSet(waf, IpSetName("s", "1", "REGIONAL"), lambda _: None).block(["203.0.113.7"], keep=set)


def test_the_name_of_an_ip_set_says_where_its_api_is() -> None:
    assert IpSetName.parse("a|b|CLOUDFRONT").region == "us-east-1"
    assert IpSetName.parse("a|b|REGIONAL").region is None
