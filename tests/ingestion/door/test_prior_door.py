from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.door.keys import Keys
from ingestion.door.prior_door import SEAL_BYTES, Seal
from ingestion.door.times import utc_text
from tests.ingestion.door.samples import (
    EVENT,
    EVENTS,
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


@settings(deadline=None, max_examples=150)
@given(
    EVENTS.map(lambda event: json.dumps(event).encode()) | BAD_EVENTS | TEXTS.map(str.encode) | st.binary(),
    st.sampled_from(["canonical", "rees46", "clickstream"]),
)
def test_a_sealed_line_passes_a_second_door_byte_for_byte(payload: bytes, dialect: str) -> None:
    first = door_with(KEY)
    lines = first.admit(payload, received_at=NOW, origin="file.csv").lines
    second = Door(load_dialect(dialect), Keys(b"an address key that was rotated", ID_KEY))
    assert second.admit(b"\n".join(first.sealed(lines)), received_at=LATER).lines == lines


def test_the_second_door_counts_as_the_first_one_did() -> None:
    first = admit(EVENT, EVENT | {"event_type": "purchase", "user_id": "u"}, EVENT | {"price": "x"}, b"{")
    second = door_with(KEY).admit(b"\n".join(door_with(KEY).sealed(first.lines)), received_at=LATER)
    assert (second.read, second.accepted, second.rejected) == (4, 2, {"bad_price": 1, "unparseable": 1})
    assert second.fullness == first.fullness
    assert second.fullness.purchase_without_price == 1


def test_a_sealed_line_is_not_live_traffic() -> None:
    door = door_with(KEY)
    sealed = door.sealed(admit(EVENT | {"user_id": "u"}).lines)
    assert door.admit(sealed[0], received_at=LATER).requests == {}
    assert len(admit(EVENT | {"user_id": "u", "received_at": PASSED}).requests) == 1


def test_an_event_that_a_faster_clock_accepted_is_not_in_the_future_for_the_second_door() -> None:
    ahead = NOW + timedelta(minutes=4)
    event = EVENT | {"event_time": utc_text(ahead + timedelta(hours=24))}
    door = door_with(KEY)
    lines = door.admit(json.dumps(event).encode(), received_at=ahead).lines
    assert door.admit(door.sealed(lines)[0], received_at=NOW).lines == lines


def test_a_clock_that_is_wrong_does_not_move_the_watermark_even_with_a_seal() -> None:
    door = door_with(KEY)
    lines = door.admit(json.dumps(EVENT).encode(), received_at=NOW + timedelta(minutes=6)).lines
    assert only(door.admit(door.sealed(lines)[0], received_at=NOW))["received_at"] == utc_text(NOW)


def changed(line: bytes) -> list[bytes]:
    """The line with one byte changed, at each of its places, if it is still JSON."""
    lines = [line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :] for at in range(len(line))]
    return [text for text in lines if b"\n" not in text]


def test_a_line_that_was_changed_after_its_seal_is_that_of_a_producer() -> None:
    door = door_with(KEY)
    (sealed,) = door.sealed(admit(EVENT | {"visitor_hash": "v"}).lines)
    (whole,) = door.admit(sealed, received_at=LATER).lines
    for line in changed(sealed):
        for passed in door.admit(line, received_at=LATER).lines:
            assert passed != whole
            assert json.loads(passed)["received_at"] == utc_text(LATER)


@pytest.mark.parametrize(
    "forged",
    [
        EVENT | {"received_at": PASSED, "visitor_hash": "v" * 32},
        {"seal": "A" * 16} | EVENT | {"received_at": PASSED, "visitor_hash": "v" * 32},
        {"seal": ""} | EVENT | {"received_at": PASSED, "visitor_hash": "v" * 32},
        EVENT | {"received_at": PASSED, "replayed_at": PASSED, "visitor_hash": "v" * 32},
    ],
)
def test_a_producer_sets_neither_the_time_nor_the_visitor(forged: dict[str, Any]) -> None:
    line = only(admit(forged))
    assert line["received_at"] == utc_text(NOW)
    assert "replayed_at" not in line
    assert line["visitor_hash"] != "v" * 32
    # nothing is dropped
    assert json.loads(line["extra"])["received_at"] == PASSED


def test_the_seal_of_a_door_with_another_id_key_proves_nothing() -> None:
    (line,) = admit(EVENT | {"visitor_hash": "v"}).lines
    forged = Seal(b"the id key of another lake").sealed(line)
    passed = only(door_with(KEY).admit(forged, received_at=LATER))
    assert passed["received_at"] == utc_text(LATER)
    assert passed["visitor_hash"] != json.loads(line)["visitor_hash"]


def test_a_producer_cannot_name_the_reason_of_its_rejection() -> None:
    (line,) = admit(REJECTED_LINE | {"reject_reason": "a dimension that costs money", "raw": "bob@example.com"}).lines
    assert json.loads(line)["reject_reason"] == "unknown_event_type"
    assert_clean(line)


def test_a_sealed_line_is_as_long_as_the_sink_assumes() -> None:
    assert len(Seal(ID_KEY).sealed(b'{"a":"b"}')) == len(b'{"a":"b"}') + SEAL_BYTES


@given(st.binary(max_size=80))
def test_any_text_without_its_seal_is_opened_by_no_door(text: bytes) -> None:
    assert Seal(KEYS.ids).opened(text) is None
    assert Seal(KEYS.ids).opened(b'{"seal":"' + text) is None
