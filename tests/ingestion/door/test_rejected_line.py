from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ingestion.door.samples import EVENT, admit, only


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
def test_a_rejected_line_keeps_its_text_its_line_number_and_the_reason(change: dict[str, Any], reason: str) -> None:
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


def test_the_raw_text_of_a_rejected_line_is_scrubbed() -> None:
    line = only(admit('{"email": "bob@example.com", "u": "bob\\u0040example.com", "ip": "203.0.113.7", '))
    assert line["raw"] == '{"email": "[email]", "u": "[email]", "ip": "[ip]", '


def test_half_an_address_is_not_visible_where_a_long_raw_text_is_cut() -> None:
    for shift in range(20):
        line = only(admit("x " * 49_990 + "." * shift + " bob@example.com " + "y" * 100))
        assert "bob" not in line["raw"]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_raw_bytes_is_set_only_if_raw_is_cut_and_excludes_the_line_end(end: str) -> None:
    assert "extra" not in only(admit('{"cut' + end))
    assert only(admit("x" * 100_001 + end))["extra"] == '{"raw_bytes":"100001"}'
