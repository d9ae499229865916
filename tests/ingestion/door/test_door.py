from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.door.json_lines import parse_json_lines
from ingestion.door.keys import Keys
from ingestion.door.parsed_lines import ParsedLine
from ingestion.event import REJECT_REASONS
from tests.ingestion.door.samples import (
    EVENT,
    EVENTS,
    HIDDEN_EMAILS,
    HIDDEN_IPS,
    ID_KEY,
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


def test_the_address_of_a_visitor_becomes_a_hash_or_is_dropped_if_it_cannot_be_read() -> None:
    for name in ("ip", "ip_address", "client_ip", "x_forwarded_for"):
        line = only(admit(EVENT | {name: "203.0.113.7, 10.0.0.1"}))
        assert re.fullmatch("[0-9a-f]{32}", line["visitor_hash"])
        assert line.keys() == EVENT.keys() | {"received_at", "visitor_hash"}
    unreadable = admit(EVENT | {"ip": "unknown"})
    assert unreadable.addresses_dropped == 1
    assert "visitor_hash" not in only(unreadable)


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
@given(st.lists(EVENTS, max_size=4))
def test_no_address_passes_whatever_the_event(events: list[dict[str, Any]]) -> None:
    payload = b"\n".join(json.dumps(event).encode() for event in events)
    admitted = door_with(KEY).admit(payload, received_at=NOW)
    assert len(admitted.lines) == len(events) == admitted.accepted + admitted.rejected.total()
    for line in admitted.lines:
        assert b"\n" not in line
        assert_clean(line)


@settings(deadline=None, max_examples=100)
@given(st.lists(TEXTS.map(str.encode) | st.binary(max_size=60), max_size=4))
def test_every_line_of_any_bytes_gives_one_line(lines: list[bytes]) -> None:
    payload = b"\n".join(lines)
    expected = [line for line in payload.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    admitted = door_with(KEY).admit(payload, received_at=NOW)
    assert len(admitted.lines) == admitted.read == admitted.accepted + admitted.rejected.total()
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


# -- ids that the door derives


def derived(event: dict[str, Any] | str, door: Door | None = None, at: datetime = NOW) -> str:
    line = event if isinstance(event, str) else json.dumps(event)
    event_id = only((door or door_with(KEY)).admit(line.encode(), received_at=at))["event_id"]
    assert isinstance(event_id, str)
    return event_id


WITHOUT_ID = {name: value for name, value in EVENT.items() if name != "event_id"}


def test_a_missing_id_is_derived_from_the_record_as_it_came() -> None:
    event = WITHOUT_ID | {"price": 1.50, "user_id": "anna@example.com", "ip": "203.0.113.7", "new_field": "x"}
    first = derived(event)
    assert re.fullmatch("r-[0-9a-f]{32}", first)
    # what differs only in what the door removes, drops or does not know is another record
    for change in (
        {"user_id": "bert@example.com"},
        {"ip": "203.0.113.8"},
        {"ip": "nonsense"},
        {"price": 1.5000001},
        {"new_field": "y"},
    ):
        assert derived(event | change) != first


def test_a_derived_id_is_the_same_whenever_the_record_comes_and_whatever_is_made_of_it() -> None:
    event = WITHOUT_ID | {"user_id": "anna@example.com", "sku": "p1"}
    first = derived(event)
    assert derived(event, at=NOW.replace(hour=13)) == first
    assert derived(f"  {json.dumps(event)}\r") == first
    assert derived(event, Door(load_dialect("canonical"), Keys(b"an address key that was rotated", ID_KEY))) == first
    learned = replace(load_dialect("canonical"), rename={"sku": ("product_id",)})
    assert derived(event, Door(learned, KEYS)) == first
    assert derived(event, Door(load_dialect("canonical"), Keys(KEY, b"the id key of another lake"))) != first


def test_the_same_row_under_another_header_is_another_record() -> None:
    row = dict(WITHOUT_ID)
    ids = {
        only(door_with(KEY).admit_lines([ParsedLine(2, dict(row), b"a;b", 3, context)], received_at=NOW))["event_id"]
        for context in (b"x;y", b"y;x")
    }
    assert len(ids) == 2


def test_numbered_copies_of_a_record_are_events_of_their_own() -> None:
    lines = [ParsedLine(copy, dict(WITHOUT_ID), b"{}", 2, copy=copy) for copy in (1, 2, 3)]
    ids = [json.loads(line)["event_id"] for line in door_with(KEY).admit_lines(lines, received_at=NOW).lines]
    assert len(set(ids)) == 3


# -- visitor_hash


def test_a_hash_that_a_producer_gives_is_hashed_again_and_stays_stable() -> None:
    given = only(admit(EVENT | {"ip": "203.0.113.7"}))["visitor_hash"]
    forged, again = (only(admit(EVENT | {"visitor_hash": given, "n": n}))["visitor_hash"] for n in (1, 2))
    assert re.fullmatch("[0-9a-f]{32}", forged)
    assert forged == again != given
    assert only(admit(EVENT | {"visitor_hash": given}, key=b"another address key"))["visitor_hash"] != forged


def test_an_address_counts_more_than_a_hash_that_a_producer_gives() -> None:
    by_address = only(admit(EVENT | {"ip": "203.0.113.7"}))["visitor_hash"]
    assert only(admit(EVENT | {"ip": "203.0.113.7", "visitor_hash": "v"}))["visitor_hash"] == by_address
