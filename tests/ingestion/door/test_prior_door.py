from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.door.times import utc_text
from ingestion.event import REJECT_REASONS
from tests.ingestion.door.test_door import EVENT, EVENTS, KEY, NOW, TEXTS, admit, assert_clean, door_with, only

LATER = NOW + timedelta(minutes=7)
PASSED = "2025-03-01T11:59:00.000000Z"
REFUSAL = {"event_id": "e", "received_at": PASSED, "reject_reason": "bad_price", "raw": '{"a":1}', "origin": "f.csv:3"}
REFUSED_EVENTS = EVENTS.map(lambda event: event | {"event_type": "view"}).map(lambda event: json.dumps(event).encode())


def again(line: bytes, at: datetime = LATER, key: bytes | None = KEY) -> dict[str, Any]:
    return only(door_with(key).admit(line, received_at=at))


@settings(deadline=None, max_examples=150)
@given(
    EVENTS.map(lambda event: json.dumps(event).encode()) | REFUSED_EVENTS | TEXTS.map(str.encode) | st.binary(),
    st.sampled_from([None, KEY]),
)
def test_a_line_passes_a_second_door_unchanged(payload: bytes, key: bytes | None) -> None:
    for line in door_with(KEY).admit(payload, received_at=NOW, origin="file.csv").lines:
        assert again(line, key=key) == json.loads(line)


def test_the_second_door_counts_the_refusals_of_the_first() -> None:
    first = admit(EVENT, EVENT | {"price": "x"}, b"{")
    second = door_with(KEY).admit(b"\n".join(first.lines), received_at=LATER)
    assert (second.accepted, second.rejected) == (1, {"bad_price": 1, "unparseable": 1})
    assert second.lines[1:] == first.lines[1:]


def test_what_a_faster_clock_accepted_is_not_the_future_for_the_second_door() -> None:
    ahead = NOW + timedelta(minutes=4)
    event = EVENT | {"event_time": utc_text(ahead + timedelta(hours=24))}
    (line,) = door_with(KEY).admit(json.dumps(event).encode(), received_at=ahead).lines
    assert again(line, at=NOW) == json.loads(line)


@pytest.mark.parametrize(
    "received_at",
    ["2025-03-01T12:05:00.000001Z", "1999-12-31T23:59:59.999999Z", "2025-02-30T00:00:00.000000Z", "2025-03-01", 17],
)
def test_a_time_that_no_door_wrote_is_not_believed(received_at: Any) -> None:
    line = only(admit(EVENT | {"received_at": received_at}))
    assert line["received_at"] == "2025-03-01T12:00:00.000000Z"
    assert json.loads(line["extra"]) == {"received_at": str(received_at)}


def test_a_refusal_passes_as_it_is() -> None:
    assert only(admit(REFUSAL)) == REFUSAL
    cut = REFUSAL | {"extra": '{"raw_bytes":"1000000"}'}
    assert only(admit(cut)) == cut


@pytest.mark.parametrize(
    "change",
    [
        {"reject_reason": "a dimension that costs money"},
        {"extra": '{"surprise":"1"}'},
        {"raw": None},
        {"user_id": "u"},
    ],
)
def test_what_only_resembles_a_refusal_is_refused_anew(change: dict[str, Any]) -> None:
    line = only(admit(REFUSAL | change))
    assert line["reject_reason"] == "unknown_event_type"
    assert json.loads(line["raw"]) == REFUSAL | change
    assert line["received_at"] == PASSED


@pytest.mark.parametrize("key", [None, KEY])
def test_no_address_passes_in_a_forged_refusal(key: bytes | None) -> None:
    forged = REFUSAL | {"raw": "bob@example.com from 203.0.113.7", "origin": "203.0.113.7:9", "event_id": "a@b.example"}
    (line,) = admit(forged, key=key).lines
    assert_clean(line)
    assert json.loads(line)["raw"] == "[email] from [ip]"


def test_a_forged_refusal_is_cut_as_others_are() -> None:
    assert len(only(admit(REFUSAL | {"raw": "x" * 200_000}))["raw"]) == 100_000


def test_every_reason_is_of_the_closed_list() -> None:
    lines: list[dict[str, Any] | bytes | str] = [
        b"{",
        b'{"a":"\xff"}',
        b"[" + b"1" * 1_024_001,
        EVENT | {"event_type": "view"},
        EVENT | {"event_time": "yesterday"},
        EVENT | {"event_time": "1970-01-01T00:00:00Z"},
        EVENT | {"event_time": "2025-03-03T12:00:00Z"},
        EVENT | {"price": "-1"},
        EVENT | {"quantity": "0"},
        EVENT | {"price": "9999999999", "quantity": 999999},
    ]
    assert set(admit(*lines).rejected) == REJECT_REASONS


def test_requests_are_counted_by_visitor_without_addresses() -> None:
    by_address = EVENT | {"ip": "203.0.113.7", "anonymous_id": "a"}
    by_id = EVENT | {"anonymous_id": "bob@example.com", "user_id": "u"}
    requests = admit(by_address, by_address, by_address | {"event_type": "view"}, by_id, EVENT, b"{").requests
    visitor = only(admit(by_address))["visitor_hash"]
    assert requests.pop(visitor) == 3
    ((other, count),) = requests.items()
    assert other.startswith("anonymous_id:")
    assert "bob" not in other
    assert count == 1


def test_what_passed_a_door_before_is_no_live_traffic() -> None:
    assert admit(EVENT | {"visitor_hash": "v"}).requests == {"v": 1}
    assert admit(EVENT | {"visitor_hash": "v", "received_at": PASSED}).requests == {}
