from __future__ import annotations

import json
import re

import pytest

from tests.ingestion.door.samples import EVENT, admit, only


def test_an_integer_of_any_length_in_extra_keeps_its_digits() -> None:
    line = only(admit(EVENT | {"deep": {"n": 10**30}, "flat": 10**30}))
    assert line["extra"] == '{"deep":{"n":1000000000000000000000000000000},"flat":"1000000000000000000000000000000"}'


@pytest.mark.parametrize("leaf", ['"plain"', '"bob@example.com"', "1" * 30])
@pytest.mark.parametrize(("opened", "closed", "levels"), [("[", "]", 1), ('{"a":', "}", 1), ('[{"a":', "}]", 2)])
def test_how_deep_a_field_may_nest_does_not_depend_on_who_calls(
    leaf: str, opened: str, closed: str, levels: int
) -> None:
    def accepted(depth: int, frames: int) -> int:
        if frames:
            return accepted(depth, frames - 1)
        nested = f"{opened * (depth // levels)}{leaf}{closed * (depth // levels)}"
        return admit(f'{json.dumps(EVENT)[:-1]}, "x": {nested}}}').accepted

    for frames in (0, 400):
        assert [accepted(depth, frames) for depth in (2, 200, 202, 400, 900)] == [1, 1, 0, 0, 0]


def test_addresses_are_scrubbed_from_every_field() -> None:
    event = EVENT | {
        "user_id": "bob@example.com",
        "page_url": "https://shop.example/?m=bob%40example.com",
        "user_agent": "Chrome/120.0.0.0 (203.0.113.7)",
        "city": "ask bob@example.com",
        "note for bob@example.com": ["2001:db8::1"],
    }
    line = only(admit(event))
    assert line["user_id"].startswith("email:")
    assert line["page_url"] == "https://shop.example/?m=[email]"
    assert line["user_agent"] == "Chrome/120.0.0.0 ([ip])"
    assert line["city"] == "ask [email]"
    assert line["extra"] == '{"note for [email]":["[ip]"]}'


def test_an_event_id_that_holds_an_address_becomes_a_pseudonym_that_outlives_the_address_key() -> None:
    bob, ann = EVENT | {"event_id": "bob@example.com-1"}, EVENT | {"event_id": "203.0.113.7/1"}
    ids = [json.loads(line)["event_id"] for line in admit(bob, ann).lines]
    assert re.fullmatch("email:[0-9a-f]{32}", ids[0])
    assert re.fullmatch("ip:[0-9a-f]{32}/1", ids[1])
    rotated = admit(bob, ann, key=b"an address key that was rotated")
    assert [json.loads(line)["event_id"] for line in rotated.lines] == ids


def test_other_ids_follow_the_address_key() -> None:
    event = EVENT | {"user_id": "bob@example.com"}
    before, after = admit(event), admit(event, key=b"an address key that was rotated")
    assert only(before)["user_id"] != only(after)["user_id"]
