"""What becomes of the rest of a record: fields no rule names, addresses, records that cannot be mapped."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import Any

import pytest

from ingestion.door.compiled_rules import encode_identity
from ingestion.door.compiling import MAX_JOINED
from ingestion.door.json_lines import parse_json_lines
from tests.ingestion.door.mapped import EXPLODED, ORDER, door, extra, load
from tests.ingestion.door.samples import only


def test_what_no_field_uses_goes_to_extra_or_nowhere() -> None:
    text = """
    fields: {event_type: kind, event_time: at, city: geo.city, country: [geo.country, geo.code]}
    ignore: [junk, geo.zip]
    """
    record = {
        "kind": "login",
        "at": "2025-03-01",
        "geo": {"city": "Bonn", "country": "DE", "code": "de", "zip": "53111"},
        "junk": {"a": 1},
        "left": 1,
        "deep": {"a": [1]},
        "extra": '{"b": 2}',
        "empty": {},
    }
    assert extra(only(load(text, record))) == {"b": "2", "deep": {"a": [1]}, "geo": {"code": "de"}, "left": "1"}
    assert "extra" not in only(load(dedent(text) + "unknown: drop\n", record))


def test_an_element_that_no_rule_takes_stays_in_its_list() -> None:
    text = """
    each: items
    fields: {event_type: {text: purchase}, event_time: at}
    events: [{when: {item.sku: A}, fields: {product_id: item.sku}}]
    """
    assert extra(only(load(text, ORDER)))["items"] == [{"price": 2, "sku": "B"}]


def test_a_field_that_the_dialect_does_not_mention_keeps_its_name() -> None:
    line = only(
        load("fields: {event_type: kind, event_time: at}", {"kind": "login", "at": "2025-03-01", "city": "Bonn"})
    )
    assert line["city"] == "Bonn"
    # one that it uses elsewhere does not
    line = only(
        load(
            "fields: {event_type: kind, event_time: at, country: city}",
            {"kind": "login", "at": "2025-03-01", "city": "Bonn"},
        )
    )
    assert "city" not in line


def test_an_identity_is_the_json_that_it_has_always_been() -> None:
    parts = ["a,b", None, 'é"\\ \n\x7f\u2028', "\ud83d\ude00"]
    assert encode_identity(parts) == json.dumps(parts, separators=(",", ":"))


def test_fields_that_keep_their_names_have_the_order_of_the_contract_in_every_process() -> None:
    record = {"kind": "login", "at": "2025-03-01", "city": "Bonn", "user_id": "u", "country": "DE", "brand": "b"}
    line = only(load("fields: {event_type: kind, event_time: at}", record))
    assert [name for name in line if name in record] == ["user_id", "brand", "country", "city"]


@pytest.mark.parametrize("more", ["", "otherwise: ignore\n"])
def test_an_ignored_field_is_not_kept_under_its_name(more: str) -> None:
    line = only(
        load(
            f"{more}constants: {{event_type: login}}\nignore: [discount]",
            {"event_time": "2025-03-01T00:00:00Z", "discount": "10%", "coupon": "x"},
        )
    )
    assert "discount" not in line
    assert line["coupon"] == "x"


def test_an_address_at_a_path_becomes_a_visitor_hash() -> None:
    record = {"event_type": "login", "event_time": "2025-03-01", "context": {"ip": "203.0.113.7, 10.0.0.1"}}
    admitted = load("ip: context.ip", record)
    usual = load("description: x", record | {"ip": "203.0.113.7", "context": 1})
    assert only(admitted)["visitor_hash"] == only(usual)["visitor_hash"]
    assert b"203.0.113.7" not in admitted.lines[0]


def test_the_lines_of_a_record_are_one_request_of_its_visitor() -> None:
    admitted = load(EXPLODED.replace("{event_type", "{user_id: order.id, event_type"), ORDER, ORDER)
    assert (admitted.accepted, list(admitted.requests.values())) == (4, [2])


def test_texts_do_not_grow_without_bound() -> None:
    text = "each: a\nfields: {event_type: {text: login}, event_time: {text: 2025-03-01}, product_id: {join: [b, item]}}"
    admitted = load(text, {"a": ["x"] * 100, "b": "y" * MAX_JOINED})
    assert admitted.rejected == {"line_too_long": 1}


def test_a_record_that_cannot_be_mapped_has_no_addresses_and_costs_no_other_record() -> None:
    the_door = door("each: a\nip: ip\nfields: {product_id: item}")
    payload = b"\n".join(
        json.dumps(record).encode() for record in ({"ip": "203.0.113.8", "a": [1] * 1_000}, {"ip": "203.0.113.7"})
    )
    visitor = the_door.visitor_hash("203.0.113.7")
    assert visitor
    assert the_door.addresses(payload, {visitor}) == {visitor: "203.0.113.7"}


@pytest.mark.parametrize(
    "record",
    [
        {"items": [None, [], "x", {"sku": {"a": 1}}]},
        {"order": ["x"], "items": {"0": 1}},
        {"order": {"id": {"deep": [[]]}}, "items": [[[]]]},
        {"items": [{"sku": "A"}] * 2, "order": None, "item": {"sku": "own"}},
    ],
)
def test_records_of_any_shape_give_lines(record: dict[str, Any]) -> None:
    admitted = load(EXPLODED, ORDER | record)
    assert admitted.lines
    assert len(list(parse_json_lines(b"\n".join(admitted.lines)))) == len(admitted.lines)
