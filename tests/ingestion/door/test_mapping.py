from __future__ import annotations

import json
from typing import Any

import pytest

from ingestion.door.dialect import parse_dialect
from ingestion.door.door import Door
from tests.ingestion.door.samples import EVENT, KEYS, NOW, admit, only


def test_every_value_becomes_text_with_the_digits_of_its_producer() -> None:
    line = only(admit('{"event_type":"purchase","event_time":"2025-03-01","price":19.90,"quantity":2,"user_id":7}'))
    assert (line["price"], line["quantity"], line["user_id"]) == ("19.90", "2", "7")


def test_null_and_empty_are_absent() -> None:
    assert only(admit(EVENT | {"brand": None, "city": "", "surprise": None})).keys() == EVENT.keys() | {"received_at"}


def test_unknown_fields_are_kept_in_extra_with_sorted_keys() -> None:
    line = only(admit(EVENT | {"zeta": 1, "alpha": {"b": True}, "brand": ["nested"], "extra": {"mid": "m"}}))
    assert line["extra"] == '{"alpha":{"b":true},"brand":["nested"],"mid":"m","zeta":"1"}'
    assert "brand" not in line


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


def test_an_incoming_visitor_hash_is_none_if_it_is_an_address() -> None:
    line = only(admit(EVENT | {"visitor_hash": "203.0.113.7"}))
    assert "visitor_hash" not in line
    assert line["extra"] == '{"visitor_hash":"[ip]"}'


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
    line = only(Door(dialect, KEYS).admit(payload, received_at=NOW))
    assert line["currency"] == "EUR"
    assert line.keys() == EVENT.keys() | {"received_at", "currency", "visitor_hash", "extra"}
    assert line["extra"] == '{"currency":"USD"}'
