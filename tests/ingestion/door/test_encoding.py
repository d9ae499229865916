from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from tests.ingestion.door.samples import EVENT, KEY, KEYS, NOW, admit, only


def test_an_integer_of_any_length_in_extra_keeps_its_digits() -> None:
    line = only(admit(EVENT | {"deep": {"n": 10**30}, "flat": 10**30}))
    assert line["extra"] == '{"deep":{"n":1000000000000000000000000000000},"flat":"1000000000000000000000000000000"}'


def test_a_missing_id_is_derived_from_the_content_alone() -> None:
    event = {key: value for key, value in EVENT.items() if key != "event_id"} | {
        "price": 1.50,
        "ip": "203.0.113.7",
    }
    door = Door(load_dialect("canonical"), KEYS)

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


def test_event_ids_that_are_addresses_stay_distinct_even_without_a_key() -> None:
    first, second = (
        EVENT | {"event_id": "bob@example.com-1"},
        EVENT | {"event_id": "ann@example.com-1", "city": "Bonn"},
    )
    for key in (KEY, None):
        ids = [json.loads(line)["event_id"] for line in admit(first, second, key=key).lines]
        assert ids[0] != ids[1]
        assert not any("@" in event_id for event_id in ids)


@pytest.mark.parametrize("field", ["user_id", "anonymous_id", "session_id", "order_id"])
def test_ids_that_become_equal_without_a_key_are_counted(field: str) -> None:
    events = [EVENT | {field: "bob@example.com"}, EVENT | {field: "203.0.113.7"}, EVENT | {field: "u1"}]
    assert admit(*events, key=None).ids_dropped == 2
    assert admit(*events, key=KEY).ids_dropped == 0
    assert admit(EVENT | {"event_id": "bob@example.com", "city": "a@b.example"}, key=None).ids_dropped == 0
