from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.door.json_lines import parse_json_lines
from ingestion.event import REJECT_REASONS
from tests.ingestion.door.samples import (
    EVENT,
    EVENTS,
    HIDDEN_EMAILS,
    HIDDEN_IPS,
    KEY,
    KEYS,
    NOW,
    TEXTS,
    admit,
    assert_clean,
    door_with,
    only,
)


def test_a_canonical_event_passes_and_gets_the_time_of_the_door() -> None:
    assert only(admit(EVENT)) == EVENT | {"received_at": "2025-03-01T12:00:00.000000Z"}


@pytest.mark.parametrize("depth", range(100, 1_000, 50))
def test_a_deeply_nested_field_never_breaks_the_door(depth: int) -> None:
    nested = '{"a":' * depth + '"bob@example.com"' + "}" * depth
    admitted = admit(json.dumps(EVENT)[:-1] + f', "deep": {nested}}}')
    assert admitted.rejected in ({}, {"unparseable": 1})
    assert b"bob@" not in admitted.lines[0]


@pytest.mark.parametrize("time", ["2000-01-01T00:00:00Z", "2025-03-02T12:00:00.000000Z"])
def test_the_bounds_of_event_time_are_accepted(time: str) -> None:
    assert admit(EVENT | {"event_time": time}).accepted == 1


def test_the_address_of_a_visitor_becomes_a_hash_or_is_dropped() -> None:
    for name in ("ip", "ip_address", "client_ip", "x_forwarded_for"):
        line = only(admit(EVENT | {name: "203.0.113.7, 10.0.0.1"}))
        assert re.fullmatch("[0-9a-f]{32}", line["visitor_hash"])
        assert line.keys() == EVENT.keys() | {"received_at", "visitor_hash"}
    keyless = admit(EVENT | {"ip": "203.0.113.7"}, EVENT, key=None)
    assert keyless.addresses_dropped == 1
    assert b"visitor_hash" not in keyless.lines[0]
    assert admit(EVENT | {"ip": "unknown"}).addresses_dropped == 1


@pytest.mark.parametrize("text", HIDDEN_EMAILS + HIDDEN_IPS)
def test_the_cheap_check_detects_every_hidden_address(text: str) -> None:
    line = only(admit(EVENT | {"city": text, "note": text}))
    assert line["city"] in ("[email]", "[ip]")
    assert json.loads(line["extra"])["note"] == line["city"]


def test_nul_becomes_the_replacement_character() -> None:
    assert only(admit(EVENT | {"city": "a\0b"}))["city"] == "a\ufffdb"


def test_events_may_count_as_received_when_they_happened() -> None:
    times = ["at first", "2019-10-01T00:00:00Z", "nonsense", "2019-10-01T01:00:00Z", "2030-01-01T00:00:00Z"]
    payload = b"\n".join(json.dumps(EVENT | {"event_time": time}).encode() for time in times)
    admitted = Door(load_dialect("canonical"), KEYS).admit_lines(
        parse_json_lines(payload), received_at=NOW, received_when_happened=True
    )
    hours = [received[:13] for received in admitted.received]
    assert hours == ["2019-10-01T00", "2019-10-01T00", "2019-10-01T00", "2019-10-01T01", "2019-10-01T01"]
    assert [json.loads(line)["received_at"] for line in admitted.lines] == admitted.received
    assert admitted.rejected == {"bad_event_time": 2, "event_in_future": 1}


@settings(deadline=None, max_examples=150)
@given(st.lists(EVENTS, max_size=4), st.sampled_from([None, KEY]))
def test_no_address_passes_whatever_the_event(events: list[dict[str, Any]], key: bytes | None) -> None:
    payload = b"\n".join(json.dumps(event).encode() for event in events)
    admitted = door_with(key).admit(payload, received_at=NOW)
    assert len(admitted.lines) == len(events) == admitted.accepted + admitted.rejected.total()
    for line in admitted.lines:
        assert b"\n" not in line
        assert_clean(line)


@settings(deadline=None, max_examples=100)
@given(st.lists(TEXTS.map(str.encode) | st.binary(max_size=60), max_size=4), st.sampled_from([None, KEY]))
def test_every_line_of_any_bytes_gives_one_line(lines: list[bytes], key: bytes | None) -> None:
    payload = b"\n".join(lines)
    expected = [line for line in payload.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    admitted = door_with(key).admit(payload, received_at=NOW)
    assert len(admitted.lines) == admitted.accepted + admitted.rejected.total()
    # an object may span several lines, and several may stand on one
    if not any(line.strip().startswith((b"{", b"[", b"]", b",")) for line in expected):
        assert len(admitted.lines) == len(expected)
    for line in admitted.lines:
        assert_clean(line)


def test_every_reject_reason_occurs_and_is_in_the_closed_list() -> None:
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
