from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.door.times import utc_text
from tests.ingestion.door.samples import EVENT, EVENTS, KEY, NOW, TEXTS, admit, assert_clean, door_with, only

LATER = NOW + timedelta(minutes=7)
PASSED = "2025-03-01T11:59:00.000000Z"
REJECTED_LINE = {
    "event_id": "e",
    "received_at": PASSED,
    "reject_reason": "bad_price",
    "raw": '{"a":1}',
    "origin": "f.csv:3",
}
BAD_EVENTS = EVENTS.map(lambda event: event | {"event_type": "view"}).map(lambda event: json.dumps(event).encode())


def again(line: bytes, at: datetime = LATER, key: bytes | None = KEY) -> dict[str, Any]:
    return only(door_with(key).admit(line, received_at=at))


@settings(deadline=None, max_examples=150)
@given(
    EVENTS.map(lambda event: json.dumps(event).encode()) | BAD_EVENTS | TEXTS.map(str.encode) | st.binary(),
    st.sampled_from([None, KEY]),
)
def test_a_line_passes_a_second_door_unchanged(payload: bytes, key: bytes | None) -> None:
    for line in door_with(KEY).admit(payload, received_at=NOW, origin="file.csv").lines:
        assert again(line, key=key) == json.loads(line)


def test_the_second_door_counts_the_rejected_lines_of_the_first() -> None:
    first = admit(EVENT, EVENT | {"price": "x"}, b"{")
    second = door_with(KEY).admit(b"\n".join(first.lines), received_at=LATER)
    assert (second.accepted, second.rejected) == (1, {"bad_price": 1, "unparseable": 1})
    assert second.lines[1:] == first.lines[1:]


def test_an_event_that_a_faster_clock_accepted_is_not_in_the_future_for_the_second_door() -> None:
    ahead = NOW + timedelta(minutes=4)
    event = EVENT | {"event_time": utc_text(ahead + timedelta(hours=24))}
    (line,) = door_with(KEY).admit(json.dumps(event).encode(), received_at=ahead).lines
    assert again(line, at=NOW) == json.loads(line)


@pytest.mark.parametrize(
    "received_at",
    ["2025-03-01T12:05:00.000001Z", "1999-12-31T23:59:59.999999Z", "2025-02-30T00:00:00.000000Z", "2025-03-01", 17],
)
def test_a_received_at_that_no_door_wrote_is_ignored(received_at: Any) -> None:
    line = only(admit(EVENT | {"received_at": received_at}))
    assert line["received_at"] == "2025-03-01T12:00:00.000000Z"
    assert json.loads(line["extra"]) == {"received_at": str(received_at)}


def test_a_rejected_line_passes_unchanged() -> None:
    assert only(admit(REJECTED_LINE)) == REJECTED_LINE
    cut = REJECTED_LINE | {"extra": '{"raw_bytes":"1000000"}'}
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
def test_a_line_that_only_resembles_a_rejected_line_is_rejected_again(change: dict[str, Any]) -> None:
    line = only(admit(REJECTED_LINE | change))
    assert line["reject_reason"] == "unknown_event_type"
    assert json.loads(line["raw"]) == REJECTED_LINE | change
    assert line["received_at"] == PASSED


@pytest.mark.parametrize("key", [None, KEY])
def test_no_address_passes_in_a_forged_rejected_line(key: bytes | None) -> None:
    forged = REJECTED_LINE | {
        "raw": "bob@example.com from 203.0.113.7",
        "origin": "203.0.113.7:9",
        "event_id": "a@b.example",
    }
    (line,) = admit(forged, key=key).lines
    assert_clean(line)
    assert json.loads(line)["raw"] == "[email] from [ip]"


def test_a_forged_rejected_line_is_cut() -> None:
    assert len(only(admit(REJECTED_LINE | {"raw": "x" * 200_000}))["raw"]) == 100_000


def test_a_line_that_went_through_a_door_before_is_not_live_traffic() -> None:
    assert admit(EVENT | {"visitor_hash": "v"}).requests == {"v": 1}
    assert admit(EVENT | {"visitor_hash": "v", "received_at": PASSED}).requests == {}
