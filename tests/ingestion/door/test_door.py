from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.door.dialect import load_dialect, parse_dialect
from ingestion.door.door import Admitted, Door
from ingestion.door.parsed_lines import parse_json_lines
from ingestion.event import EVENT_TYPES, Event
from tests.ingestion.door.test_scrub import HIDDEN_EMAILS, HIDDEN_IPS

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
KEY = b"a key for tests"
EVENT = {"event_id": "e1", "event_type": "view_item", "event_time": "2025-03-01T11:00:00.000000Z"}


def admit(*events: dict[str, Any] | bytes | str, dialect: str = "canonical", key: bytes | None = KEY) -> Admitted:
    lines = [json.dumps(event).encode() if isinstance(event, dict) else event for event in events]
    payload = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    return Door(load_dialect(dialect), key=key).admit(payload, received_at=NOW, origin="file.json")


def only(admitted: Admitted) -> dict[str, Any]:
    (line,) = admitted.lines
    result = json.loads(line)
    assert isinstance(result, dict)
    return result


def test_a_canonical_event_passes_and_gets_the_time_of_the_door() -> None:
    assert only(admit(EVENT)) == EVENT | {"received_at": "2025-03-01T12:00:00.000000Z"}


def test_every_value_becomes_text_with_the_digits_of_its_producer() -> None:
    line = only(admit('{"event_type":"purchase","event_time":"2025-03-01","price":19.90,"quantity":2,"user_id":7}'))
    assert (line["price"], line["quantity"], line["user_id"]) == ("19.90", "2", "7")


def test_null_and_empty_are_absent() -> None:
    assert only(admit(EVENT | {"brand": None, "city": "", "surprise": None})).keys() == EVENT.keys() | {"received_at"}


def test_unknown_fields_are_kept_in_extra_with_sorted_keys() -> None:
    line = only(admit(EVENT | {"zeta": 1, "alpha": {"b": True}, "brand": ["nested"], "extra": {"mid": "m"}}))
    assert line["extra"] == '{"alpha":{"b":true},"brand":["nested"],"mid":"m","zeta":"1"}'
    assert "brand" not in line


@pytest.mark.parametrize("depth", range(100, 1_000, 50))
def test_a_deeply_nested_field_never_breaks_the_door(depth: int) -> None:
    nested = '{"a":' * depth + '"bob@example.com"' + "}" * depth
    admitted = admit(json.dumps(EVENT)[:-1] + f', "deep": {nested}}}')
    assert admitted.rejected in ({}, {"unparseable": 1})
    assert b"bob@" not in admitted.lines[0]


def test_an_integer_of_any_length_in_extra_keeps_its_digits() -> None:
    line = only(admit(EVENT | {"deep": {"n": 10**30}, "flat": 10**30}))
    assert line["extra"] == '{"deep":{"n":1000000000000000000000000000000},"flat":"1000000000000000000000000000000"}'


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ('{"a": 1}', {"a": "1"}),
        ("not json", {"extra": "not json"}),
        ("[1]", {"extra": "[1]"}),
        ([1], {"extra": [1]}),
    ],
)
def test_an_incoming_extra_is_merged(extra: Any, expected: dict[str, Any]) -> None:
    assert json.loads(only(admit(EVENT | {"extra": extra}))["extra"]) == expected


def test_a_producer_cannot_write_the_doors_own_fields() -> None:
    forged = {"received_at": "1999-01-01T00:00:00Z", "reject_reason": "none", "raw": "x", "origin": "y"}
    line = only(admit(EVENT | forged))
    assert line["received_at"] == "2025-03-01T12:00:00.000000Z"
    assert line.keys() == EVENT.keys() | {"received_at", "extra"}
    assert json.loads(line["extra"]) == forged


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"event_type": "view"}, "unknown_event_type"),
        ({"event_type": None}, "unknown_event_type"),
        ({"event_time": None}, "bad_event_time"),
        ({"event_time": "soon"}, "bad_event_time"),
        ({"event_time": "1999-12-31T23:59:59.999999Z"}, "event_too_old"),
        ({"event_time": "2025-03-02T12:00:00.000001Z"}, "event_in_future"),
        ({"event_time": "2026-03-01T12:00:00Z"}, "event_in_future"),
        ({"price": -1}, "bad_price"),
        ({"price": "1,99"}, "bad_price"),
        ({"quantity": 0}, "bad_quantity"),
        ({"quantity": 10**12}, "bad_quantity"),
        ({"price": "9999999999", "quantity": 999999}, "bad_amount"),
    ],
)
def test_a_refused_line_keeps_its_text_its_place_and_the_reason(change: dict[str, Any], reason: str) -> None:
    event = EVENT | change
    admitted = admit(EVENT, event)
    assert (admitted.accepted, admitted.rejected) == (1, {reason: 1})
    assert json.loads(admitted.lines[1]) == {
        "event_id": "e1",
        "received_at": "2025-03-01T12:00:00.000000Z",
        "reject_reason": reason,
        "raw": json.dumps(event),
        "origin": "file.json:2",
    }


@pytest.mark.parametrize("time", ["2000-01-01T00:00:00Z", "2025-03-02T12:00:00.000000Z"])
def test_the_bounds_of_event_time_are_accepted(time: str) -> None:
    assert admit(EVENT | {"event_time": time}).accepted == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "unparseable"),
        (b'{"event_id": "e1", "event_ty', "unparseable"),
        (b"[1, 2]", "unparseable"),
        (b"null", "unparseable"),
        (b"[" * 100_000, "unparseable"),
        (b'{"a": ' * 900 + b'"bob@example.com"' + b"}" * 900, "unknown_event_type"),
        (b'{"a": "\\ud800"}', "unparseable"),
        (b'{"a": NaN}', "unparseable"),
        (b'{"a": ' + b"9" * 4_301 + b"}", "unparseable"),
        (b'{"event_type": "caf\xe9"}', "bad_encoding"),
        (b'{"a": "' + b"x" * (2 << 20) + b'"}', "line_too_long"),
    ],
)
def test_a_line_that_cannot_be_read_is_kept_with_the_reason(line: bytes, reason: str) -> None:
    admitted = admit(EVENT, line, EVENT)
    assert [json.loads(out).get("reject_reason") for out in admitted.lines] == [None, reason, None]
    kept = json.loads(admitted.lines[1])
    assert kept["origin"] == "file.json:2"
    assert 0 < len(kept["raw"]) <= 100_000
    if len(line) > 100_000:
        assert json.loads(kept["extra"]) == {"raw_bytes": str(len(line))}


def test_blank_lines_bom_and_crlf_are_passed_over() -> None:
    payload = b"\xef\xbb\xbf" + b"\r\n".join([json.dumps(EVENT).encode(), b"", b"  ", b"x"]) + b"\r\n"
    admitted = Door(load_dialect("canonical"), key=None).admit(payload, received_at=NOW, origin="f")
    assert admitted.accepted == 1
    assert json.loads(admitted.lines[1])["origin"] == "f:4"
    assert json.loads(admitted.lines[1])["raw"] == "x"


def test_a_missing_id_is_derived_from_the_content_alone() -> None:
    event = {key: value for key, value in EVENT.items() if key != "event_id"} | {
        "price": 1.50,
        "ip": "203.0.113.7",
    }
    door = Door(load_dialect("canonical"), key=KEY)

    def derived(event: dict[str, Any], at: datetime = NOW) -> str:
        return str(only(door.admit(json.dumps(event).encode(), received_at=at))["event_id"])

    first = derived(event)
    assert re.fullmatch("c-[0-9a-f]{32}", first)
    assert derived(dict(reversed(event.items()))) == first
    assert derived(event, NOW.replace(hour=13)) == first
    assert derived(event | {"ip": "203.0.113.8"}) == first
    assert derived(event | {"event_time": "2025-03-01T12:00:00+01:00"}) == first
    assert derived(event | {"price": "1.51"}) != first
    assert derived(event | {"new_field": "x"}) != first


def test_the_address_of_a_visitor_becomes_a_hash_or_nothing() -> None:
    for name in ("ip", "ip_address", "client_ip", "x_forwarded_for"):
        line = only(admit(EVENT | {name: "203.0.113.7, 10.0.0.1"}))
        assert re.fullmatch("[0-9a-f]{32}", line["visitor_hash"])
        assert line.keys() == EVENT.keys() | {"received_at", "visitor_hash"}
    keyless = admit(EVENT | {"ip": "203.0.113.7"}, EVENT, key=None)
    assert keyless.addresses_dropped == 1
    assert b"visitor_hash" not in keyless.lines[0]
    assert admit(EVENT | {"ip": "unknown"}).addresses_dropped == 1


def test_an_incoming_visitor_hash_stays_unless_it_is_an_address() -> None:
    assert only(admit(EVENT | {"visitor_hash": "abc123"}))["visitor_hash"] == "abc123"
    line = only(admit(EVENT | {"visitor_hash": "203.0.113.7"}))
    assert "visitor_hash" not in line
    assert line["extra"] == '{"visitor_hash":"[ip]"}'


def test_addresses_are_scrubbed_from_every_field() -> None:
    event = EVENT | {
        "user_id": "bob@example.com",
        "page_url": "https://shop.example/?m=bob%40example.com",
        "user_agent": "Chrome/120.0.0.0 (203.0.113.7)",
        "product_name": "ask bob@example.com",
        "note for bob@example.com": ["2001:db8::1"],
    }
    line = only(admit(event))
    assert line["user_id"].startswith("email:")
    assert line["page_url"] == "https://shop.example/?m=[email]"
    assert line["user_agent"] == "Chrome/120.0.0.0 ([ip])"
    assert line["product_name"] == "ask [email]"
    assert line["extra"] == '{"note for [email]":["[ip]"]}'
    assert only(admit(event, key=None))["user_id"] == "[email]"


def test_ids_that_are_addresses_stay_apart_even_without_a_key() -> None:
    first, second = (
        EVENT | {"event_id": "bob@example.com-1"},
        EVENT | {"event_id": "ann@example.com-1", "city": "Bonn"},
    )
    for key in (KEY, None):
        ids = [json.loads(line)["event_id"] for line in admit(first, second, key=key).lines]
        assert ids[0] != ids[1]
        assert not any("@" in event_id for event_id in ids)


def test_the_raw_text_of_a_refused_line_is_scrubbed() -> None:
    line = only(admit('{"email": "bob@example.com", "u": "bob\\u0040example.com", "ip": "203.0.113.7", '))
    assert line["raw"] == '{"email": "[email]", "u": "[email]", "ip": "[ip]", '


def test_an_address_at_the_cut_of_a_long_raw_text_does_not_show_its_half() -> None:
    for shift in range(20):
        line = only(admit("x " * 49_990 + "." * shift + " bob@example.com " + "y" * 100))
        assert "bob" not in line["raw"]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_raw_bytes_stands_only_where_raw_is_cut_and_counts_no_line_end(end: str) -> None:
    assert "extra" not in only(admit('{"cut' + end))
    assert only(admit("x" * 100_001 + end))["extra"] == '{"raw_bytes":"100001"}'


@pytest.mark.parametrize("field", ["user_id", "anonymous_id", "session_id", "order_id"])
def test_ids_that_become_alike_without_a_key_are_counted(field: str) -> None:
    events = [EVENT | {field: "bob@example.com"}, EVENT | {field: "203.0.113.7"}, EVENT | {field: "u1"}]
    assert admit(*events, key=None).ids_dropped == 2
    assert admit(*events, key=KEY).ids_dropped == 0
    assert admit(EVENT | {"event_id": "bob@example.com", "city": "a@b.example"}, key=None).ids_dropped == 0


@pytest.mark.parametrize("text", HIDDEN_EMAILS + HIDDEN_IPS)
def test_the_cheap_check_lets_no_hidden_address_pass(text: str) -> None:
    line = only(admit(EVENT | {"city": text, "note": text}))
    assert line["city"] in ("[email]", "[ip]")
    assert json.loads(line["extra"])["note"] == line["city"]


def test_nul_becomes_the_replacement_character() -> None:
    assert only(admit(EVENT | {"city": "a\0b"}))["city"] == "a\ufffdb"


def test_clickstream_names_are_mapped() -> None:
    line = only(
        admit(
            '{"event_id":"1","event_type":"purchase","timestamp":"2025-03-01 10:00:00",'
            '"product_category":"toys","product_price":9.90,"category":"other"}',
            dialect="clickstream",
        )
    )
    assert line["event_time"] == "2025-03-01T10:00:00.000000Z"
    assert (line["category"], line["price"], line["extra"]) == ("toys", "9.90", '{"category":"other"}')


def test_a_renamed_field_that_is_missing_is_taken_under_its_canonical_name() -> None:
    line = only(admit(EVENT | {"category": "toys"}, dialect="clickstream"))
    assert line["category"] == "toys"


def test_transactions_are_purchases_with_whole_customer_ids() -> None:
    sold = {"transaction_id": "t1", "timestamp": "2025-03-01", "customer_id": "17850.0", "price": "1.005",
            "total_amount": 2.01, "quantity": "2.0", "product_id": "85123A"}  # fmt: skip
    line = only(admit(sold, dialect="transactions"))
    assert (line["order_id"], line["user_id"]) == ("t1", "17850")
    assert (line["event_type"], line["quantity"], line["price"]) == ("purchase", "2", "1.005")
    assert line["extra"] == '{"total_amount":"2.01"}'


def test_the_lines_of_one_transaction_are_different_events() -> None:
    sold = {"transaction_id": "t1", "timestamp": "2025-03-01", "price": "1", "product_id": "85123A"}
    lines = [json.loads(line) for line in admit(sold, sold | {"product_id": "B"}, dialect="transactions").lines]
    assert [line["order_id"] for line in lines] == ["t1", "t1"]
    assert lines[0]["event_id"] != lines[1]["event_id"]


def test_touches_are_views_and_purchases_by_channel() -> None:
    touch = {
        "customer_id": "A",
        "time": "2018-07-22T20:40:41Z",
        "interaction": "conversion",
        "conversion": "1",
        "conversion_value": "6.5",
        "channel": "Facebook",
    }
    line = only(admit(touch, dialect="touches"))
    assert (line["event_type"], line["utm_source"], line["price"]) == ("purchase", "Facebook", "6.5")
    assert "extra" not in line


def test_constants_and_a_dialects_own_ip_field_apply() -> None:
    dialect = parse_dialect("constants: {currency: EUR}\nip: remote\nignore: [junk]", name="x", where="x.yml")
    payload = json.dumps(EVENT | {"remote": "203.0.113.7", "junk": 1, "currency": "USD"}).encode()
    line = only(Door(dialect, key=KEY).admit(payload, received_at=NOW))
    assert line["currency"] == "EUR"
    assert line.keys() == EVENT.keys() | {"received_at", "currency", "visitor_hash", "extra"}
    assert line["extra"] == '{"currency":"USD"}'


def test_events_may_count_as_received_when_they_happened() -> None:
    times = ["at first", "2019-10-01T00:00:00Z", "nonsense", "2019-10-01T01:00:00Z", "2030-01-01T00:00:00Z"]
    payload = b"\n".join(json.dumps(EVENT | {"event_time": time}).encode() for time in times)
    admitted = Door(load_dialect("canonical"), key=None).admit_lines(
        parse_json_lines(payload), received_at=NOW, received_when_happened=True
    )
    hours = [received[:13] for received in admitted.received]
    assert hours == ["2019-10-01T00", "2019-10-01T00", "2019-10-01T00", "2019-10-01T01", "2019-10-01T01"]
    assert [json.loads(line)["received_at"] for line in admitted.lines] == admitted.received
    assert admitted.rejected == {"bad_event_time": 2, "event_in_future": 1}


# What must not be found behind the door: written apart from the scrubber, on purpose.
EMAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
IPV4 = re.compile(
    r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?![\d.])",
    re.ASCII,
)
IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:.])", re.ASCII | re.IGNORECASE)
ADDRESSES = [
    *("bob@example.com", "bob%40example.com", "a.b+c@mail.example.org", "203.0.113.7", "10.0.0.1"),
    *("2001:db8::1", "2001:db8:0:1:2:3:4:5", "2001%3Adb8%3A0%3A1%3A2%3A3%3A4%3A5"),
]
GLUE = [*'& /.:@%\\"x7\0\u2028é[,=-_', "?q=", "%20", "%2520", "\\u0040", "Chrome/120.0.0.0"]
PIECES = st.sampled_from(ADDRESSES + GLUE)
TEXTS = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*Event.__struct_fields__, "ip", "note"]) | TEXTS
EVENTS = st.builds(
    lambda base, more: base | more,
    st.fixed_dictionaries(
        {"event_type": st.sampled_from(sorted(EVENT_TYPES)), "event_time": st.just("2025-03-01T11:00:00Z")}
    ),
    st.dictionaries(NAMES, VALUES, max_size=6),
)


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value, unquote(value), unquote(unquote(value))]
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in strings(key) + strings(item)]
    return [text for item in value for text in strings(item)] if isinstance(value, list) else []


def assert_clean(line: bytes) -> None:
    record = json.loads(line)
    msgspec.json.decode(line, type=Event)
    if "extra" in record:
        record["extra"] = json.loads(record["extra"])
        assert isinstance(record["extra"], dict)
    if "user_agent" in record:
        record["user_agent"] = record["user_agent"].replace("Chrome/120.0.0.0", "")
    for text in strings(record):
        assert not EMAIL.search(text), text
        assert not IPV4.search(text), text
        assert not IPV6.search(text), text
        assert "\0" not in text


def door_with(key: bytes | None) -> Door:
    return Door(load_dialect("canonical"), key=key)


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
    assert len(admitted.lines) == len(expected) == admitted.accepted + admitted.rejected.total()
    for line in admitted.lines:
        assert_clean(line)
