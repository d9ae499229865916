from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ingestion.door.rejected_line import rejected_line
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


ADDRESSES = [
    *("max.mustermann@example.com", "max.mustermann%40example.com", "max.mustermann&commat;example.com"),
    *("max.mustermann @ example.com", '"max mustermann"@example.com', "max.mustermann@203.0.113.77", "203.0.113.77"),
    *(
        "2001:db8:85a3:8d3:1319:8a2e:370:7348",
        "https://max.mustermann:secret@example.com/",
        "max.mustermann=40example.com",
    ),
    "max.mustermann\\u0040example.com",
]
VISIBLE = re.compile("max|muster|secret|203|0\\.113|2001|db8|85a3", re.I)


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_of_an_address_is_visible_where_a_long_text_is_cut(address: str) -> None:
    for shift in range(len(address) + 12):
        line = only(admit("x " * 49_990 + "." * shift + " " + address + " " + "y" * 100))
        assert not VISIBLE.search(line["raw"]), line["raw"][-60:]


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_of_an_address_is_visible_where_a_producer_cut_its_json(address: str) -> None:
    text = json.dumps({"note": "x", "email": address})
    for end in range(text.index("email") + 9, len(text) - 1):
        line = only(admit(text[:end]))
        assert not VISIBLE.search(line["raw"]), line["raw"]
        assert line["raw"].startswith('{"note": "x", "email":')


@pytest.mark.parametrize(
    "address", ["max.mustermann@example.com", "203.0.113.77", "2001:db8:85a3:8d3:1319:8a2e:370:7348"]
)
def test_half_an_address_at_the_end_of_other_text_is_not_visible(address: str) -> None:
    at = address.find("@") + 1 or address.index("113" if "." in address else "85a3")
    for end in range(at, len(address) + 1):
        assert not VISIBLE.search(only(admit("page_view,10:00:00," + address[:end]))["raw"])
    assert only(admit("page_view,10:00:00"))["raw"] == "page_view,10:00:00"


def test_what_hides_in_a_cut_text_stays_hidden_when_addresses_before_it_become_shorter() -> None:
    line = only(admit("max.mustermann@example.com," * 4_000 + '{"x":"y"}' * 7_000))
    assert len(line["raw"]) <= 100_000
    assert not VISIBLE.search(line["raw"])


@pytest.mark.parametrize("hole", [b"\xff", b"\x00", b"\xc3", b"\xed\xa0\xbd", b"\xf0\x9f"])
def test_a_byte_that_cannot_be_decoded_does_not_hide_an_address(hole: bytes) -> None:
    for address in (b"max.mustermann@example.com", b"203.0.113.77", b"2001:db8:85a3::8a2e:370:7348"):
        for at in range(1, len(address)):
            line = only(admit(b'{"city": "\xff", "note": "' + address[:at] + hole + address[at:] + b'"}'))
            assert not VISIBLE.search(line["raw"]), line["raw"]


def test_utf16_that_cannot_be_read_shows_no_address() -> None:
    for encoding in ("utf-16-le", "utf-16-be", "utf-16"):
        line = only(admit(b"x" + '{"email": "max.mustermann@example.com'.encode(encoding)))
        assert not VISIBLE.search(line["raw"]), line["raw"]


def test_the_name_of_the_file_is_scrubbed() -> None:
    for name in ("max.mustermann@example.com.csv", "2001:db8:85a3::1.csv", "203.0.113.77.csv", "export 2025.10.07.csv"):
        line = json.loads(rejected_line("unparseable", "2025-03-01T12:00:00.000000Z", b"x", origin=f"{name}:3"))
        assert not VISIBLE.search(line["origin"])
        assert line["origin"].endswith(".csv:3") or "mustermann" in name


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_raw_bytes_is_set_only_if_raw_is_cut_and_excludes_the_line_end(end: str) -> None:
    assert "extra" not in only(admit('{"cut' + end))
    assert only(admit("x" * 100_001 + end))["extra"] == '{"raw_bytes":"100001"}'
