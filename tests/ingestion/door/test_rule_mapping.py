"""What the keys of a dialect mean, as docs/reference/dialects.md says it."""

from __future__ import annotations

import json
from collections import Counter
from textwrap import dedent
from typing import Any

import pytest

from ingestion.door.compiling import MAX_JOINED
from ingestion.door.dialect import parse_dialect
from ingestion.door.door import Admitted, Door
from ingestion.door.json_lines import parse_json_lines
from ingestion.door.mapping import Mapper
from tests.ingestion.door.samples import KEYS, NOW, only

FIXED = {"event_type": "{text: purchase}", "event_time": '{text: "2025-03-01T10:00:00Z"}'}


def door(text: str) -> Door:
    return Door(parse_dialect(dedent(text), name="x", where="x.yml"), KEYS)


def load(text: str, *records: Any) -> Admitted:
    payload = "\n".join(json.dumps(record) for record in records).encode()
    return door(text).admit(payload, received_at=NOW)


def lines(admitted: Admitted) -> list[dict[str, Any]]:
    return [json.loads(line) for line in admitted.lines]


def field(expression: str, record: dict[str, Any], name: str = "coupon", more: str = "") -> str | None:
    """What an expression gives for a field."""
    fields = "".join(f"  {target}: {value}\n" for target, value in (FIXED | {name: expression}).items())
    return only(load(f"fields:\n{fields}{more}", record)).get(name)


def extra(line: dict[str, Any]) -> Any:
    return json.loads(line.get("extra", "{}"))


@pytest.mark.parametrize(
    ("expression", "record", "value"),
    [
        ("a", {"a": "x"}, "x"),
        ("a.b.c", {"a": {"b": {"c": 7}}}, "7"),
        ("a.1.b", {"a": [{"b": 1}, {"b": True}]}, "true"),
        ("a.b", {"a.b": "column", "a": {"b": "path"}}, "column"),
        ("Lineitem sku", {"Lineitem sku": "s"}, "s"),
        ("a", {"a": {"b": 1}}, None),
        ("a.b", {"a": "text"}, None),
        ("a.9.b", {"a": [{"b": 1}]}, None),
        ("[a, b.c]", {"a": "", "b": {"c": "second"}}, "second"),
        ("{first: [a, b]}", {"a": None, "b": False}, "false"),
        ("{text: a}", {"a": "x"}, "a"),
        ('{join: [a, b, c], with: " "}', {"a": "x", "c": "z"}, "x z"),
        ("{plus: [a, b]}", {"a": "1.10", "b": 2}, "3.10"),
        ("{plus: [a, b]}", {"a": "1.10"}, "1.10"),
        ("{plus: [a, b]}", {"z": 1}, None),
        ("{minus: [a, b]}", {"a": "5", "b": "0.50"}, "4.50"),
        ("{minus: [a, b]}", {"b": "2"}, "-2"),
        ("{times: [a, b, 2]}", {"a": "34.90", "b": 3}, "209.40"),
        ("{times: [a, b]}", {"a": "34.90"}, None),
        ("{least: [a, 1]}", {"a": "0.5"}, "0.5"),
        ("{least: [1, a]}", {"a": "2"}, "1"),
        ("{least: [1, a]}", {}, None),
        ("{over: [a, 100]}", {"a": 1999}, "19.99"),
        ("{over: [a, b]}", {"a": "10.00", "b": 3}, "3.3333"),
        ("{over: [a, b]}", {"a": "10.00", "b": 0}, None),
        ("{negate: a}", {"a": "-2.55"}, "2.55"),
        ("{absolute: a}", {"a": -2}, "2"),
        ("{sum: a.*.b}", {"a": [{"b": "1.5"}, {"c": 1}, {"b": 2}]}, "3.5"),
        ("{sum: a.*.b}", {"a": []}, None),
        ("{minus: [{times: [a, 2]}, {plus: [b, 1]}]}", {"a": 10, "b": 2}, "17"),
        ("{times: [a, 2]}", {"a": "ten"}, "ten"),
        ('{path: a, after: "u=", before: "&"}', {"a": "?u=news&v=1"}, "news"),
        ('{path: a, after: "u="}', {"a": "?v=1"}, None),
        ('{path: a, before: "&"}', {"a": "all"}, "all"),
        ("{path: a, strip_prefix: C, strip_suffix: x}", {"a": "C7x"}, "7"),
        ('{path: a, replace: {" > ": "."}}', {"a": "Care > Face"}, "Care.Face"),
        ("{path: a, values: {A: b}, default: c}", {"a": "A"}, "b"),
        ("{path: a, values: {A: b}, default: c}", {"a": "B"}, "c"),
        ("{path: a, values: {A: b}}", {"a": "B"}, "B"),
        ("{path: a, default: c}", {}, "c"),
    ],
)
def test_an_expression_gives(expression: str, record: dict[str, Any], value: str | None) -> None:
    assert field(expression, record) == value


def test_pairs_become_an_object_whatever_they_are_called() -> None:
    typed = [
        {"key": "a", "value": {"string_value": "x"}},
        {"key": "b", "value": {"string_value": None, "int_value": "7", "double_value": None}},
        {"key": "c", "value": {"double_value": 1.5, "set_timestamp_micros": "9"}},
    ]
    pairs = "pairs: [params]\n"
    assert field("{join: [params.a, params.b, params.c], with: /}", {"params": typed}, more=pairs) == "x/7/1.5"
    named = [{"name": "gift", "content": "yes"}]
    pairs = "pairs: {notes: {key: name, value: content}}\n"
    assert field("notes.gift", {"notes": named}, more=pairs) == "yes"
    assert field("items.0.params.a", {"items": [{"params": typed}]}, more="pairs: [items.*.params]\n") == "x"


def test_a_list_that_holds_more_than_pairs_stays_as_it_is() -> None:
    line = only(
        load("pairs: [a]\nfields: {event_type: t, event_time: at}", {"t": "login", "at": "2025-03-01", "a": [1]})
    )
    assert extra(line) == {"a": [1]}


ORDER = {
    "type": "purchase",
    "at": "2025-03-01T10:00:00Z",
    "order": {"id": "O1", "note": "ring"},
    "items": [{"sku": "A", "price": 1.50, "color": "red"}, {"sku": "B", "price": 2}],
}
EXPLODED = """
each: items
fields: {event_type: type, event_time: at, order_id: order.id, product_id: item.sku, price: item.price}
"""


def test_each_element_of_a_list_is_an_event_beside_the_fields_of_its_record() -> None:
    first, second = lines(load(EXPLODED, ORDER))
    assert [(line["order_id"], line["product_id"], line["price"]) for line in (first, second)] == [
        ("O1", "A", "1.5"),
        ("O1", "B", "2"),
    ]
    assert first["event_id"] != second["event_id"]
    # the record's unknown fields go with the first line, an element's with its own
    assert extra(first) == {"item": {"color": "red"}, "order": {"note": "ring"}}
    assert extra(second) == {}


@pytest.mark.parametrize("items", [[], None, "absent", {"sku": "A"}])
def test_an_empty_list_gives_one_event_without_product_or_none(items: Any) -> None:
    record = ORDER | {"items": items}
    assert "product_id" not in only(load(EXPLODED, record))
    admitted = load(EXPLODED + "if_empty: nothing\n", record)
    assert (admitted.lines, admitted.ignored) == ([], 1)


def test_lists_in_lists_are_exploded_by_their_names() -> None:
    record = {"visits": [{"id": 1, "acts": [{"t": "login"}, {"t": "sign_up"}]}, {"id": 2, "acts": [{"t": "login"}]}]}
    found = lines(
        load(
            """
            each: {visit: visits, act: visit.acts}
            fields: {event_type: act.t, event_time: {text: "2025-03-01"}, session_id: visit.id}
            """,
            record,
        )
    )
    assert [(line["session_id"], line["event_type"]) for line in found] == [
        ("1", "login"),
        ("1", "sign_up"),
        ("2", "login"),
    ]
    assert [line.get("extra") for line in found] == [None, None, None]


def test_an_element_that_is_no_object_is_a_value() -> None:
    record = {"skus": ["A", 7]}
    text = "each: skus\nfields: {event_type: {text: view_item}, event_time: {text: 2025-03-01}, product_id: item}"
    assert [line["product_id"] for line in lines(load(text, record))] == ["A", "7"]


def test_an_id_that_the_events_of_a_record_share_is_numbered() -> None:
    found = lines(load(EXPLODED.replace("{event_type", "{event_id: order.id, event_type"), ORDER))
    assert [line["event_id"] for line in found] == ["O1", "O1-2"]


RULES = """
fields: {event_time: at, order_id: order}
events:
  - type: purchase
    when: {pieces: {above: 0}, status: [paid, refunded]}
    fields: {quantity: pieces, price: price}
  - type: refund
    when: {any: [{status: refunded}, {invoice: {starts_with: C}, pieces: {below: 0}}]}
    fields: {quantity: {absolute: pieces}, line_total: refunded}
"""
ROW = {"at": "2025-03-01T10:00:00Z", "order": "1", "pieces": 2, "price": "5.00", "status": "paid"}


@pytest.mark.parametrize(
    ("change", "types"),
    [
        ({}, ["purchase"]),
        ({"status": "refunded", "refunded": "10.00"}, ["purchase", "refund"]),
        ({"pieces": "-2", "invoice": "C7"}, ["refund"]),
        ({"pieces": "-2", "invoice": "7"}, []),
        ({"pieces": "two"}, []),
        ({"pieces": None}, []),
    ],
)
def test_a_record_gives_an_event_for_each_rule_that_holds(change: dict[str, Any], types: list[str]) -> None:
    admitted = load(RULES, ROW | change)
    found = [line for line in lines(admitted) if "reject_reason" not in line]
    assert [line["event_type"] for line in found] == types
    assert admitted.rejected == Counter({} if types else {"unknown_event_type": 1})
    assert len({line["event_id"] for line in found}) == len(types)


def test_what_no_rule_takes_may_be_ignored() -> None:
    admitted = load(RULES + "otherwise: ignore\n", ROW | {"pieces": 0})
    assert (admitted.ignored, admitted.rejected, admitted.lines) == (1, Counter(), [])


@pytest.mark.parametrize(
    ("condition", "record", "holds"),
    [
        ("{a: x}", {"a": "x"}, True),
        ("{a: 7}", {"a": 7}, True),
        ("{a: true}", {"a": True}, True),
        ('{a: ""}', {}, True),
        ("{a: [x, y]}", {"a": "z"}, False),
        ("{a.b: x}", {"a": {"b": "x"}}, True),
        ("{a: {below: 0}}", {"a": "-0.01"}, True),
        ("{a: {at_least: 2, at_most: 3}}", {"a": "2"}, True),
        ("{a: {at_least: 2, at_most: 3}}", {"a": 4}, False),
        ("{a: {above: 0}}", {"a": "x"}, False),
        ("{a: {starts_with: [C, D]}}", {"a": "D7"}, True),
        ("{a: {ends_with: x}}", {"a": "ax"}, True),
        ("{a: {contains: b}}", {"a": "abc"}, True),
        ("{a: {contains: b}}", {"a": ["a", "b"]}, True),
        ("{a: {contains: b}}", {"a": ["ab"]}, False),
        ("{a.*.b: {present: yes}}", {"a": [{}, {"b": 1}]}, True),
        ("{a.*.b: {present: no}}", {"a": [{}, {"b": 1}]}, False),
        ("{a.*.b: {present: no}}", {"a": [{"b": None}, 3]}, True),
        ("{a.*.b: {present: no}}", {}, True),
        ("{a.*.b.*: [x, y]}", {"a": [{"b": ["z"]}, {"b": ["z", "y"]}]}, True),
        ("{a.*.b: {not: [x]}}", {"a": [{"b": "y"}, {"b": "x"}]}, False),
        ("{a.b.*.c: {above: 2}}", {"a": {"b": [{"c": "2"}, {"c": "3"}]}}, True),
        ("{a: {present: yes}}", {"a": [1]}, True),
        ("{a: {present: yes}}", {"a": []}, False),
        ("{a: {present: no}}", {"a": ""}, True),
        ("{a: {not: [x, y]}}", {"a": "z"}, True),
        ("{not: {a: x, b: y}}", {"a": "x"}, True),
        ("{any: [{a: x}, {b: y}]}", {"b": "y"}, True),
        ("{all: [{a: x}, {a: {starts_with: y}}]}", {"a": "x"}, False),
    ],
)
def test_a_condition_holds(condition: str, record: dict[str, Any], holds: bool) -> None:
    text = f"ignore_when: {condition}\nconstants: {{event_type: login, event_time: 2025-03-01T00:00:00Z}}"
    assert load(text, record | {"z": 1}).ignored == holds


def test_a_rule_may_leave_out_what_the_others_share() -> None:
    text = """
    each: items
    fields: {event_time: at, order_id: order.id, price: item.price}
    events:
      - {type: purchase}
      - {type: login, each: null, fields: {price: null, order_id: null}}
    """
    found = lines(load(text, ORDER))
    assert [line["event_type"] for line in found] == ["purchase", "purchase", "login"]
    assert not {"price", "order_id"} & found[2].keys()


def test_events_may_be_ignored_by_their_names() -> None:
    text = "ignore_events: [scroll]\nvalues: {event_type: {view: view_item}}\n"
    for more in ("", "fields: {event_type: event_type, event_time: event_time}\n"):
        at = {"event_time": "2025-03-01"}
        admitted = load(text + more, at | {"event_type": "scroll"}, at | {"event_type": "view"})
        assert (admitted.ignored, admitted.accepted, admitted.rejected) == (1, 1, Counter())


IDENTIFIED = """
event_id: [order, sku]
fields: {event_type: type, event_time: at, product_id: sku, order_id: order, quantity: pieces}
"""


def identified(text: str = IDENTIFIED, **change: Any) -> str:
    record = {"type": "purchase", "at": "2025-03-01", "order": "1", "sku": "A", "pieces": 1, "status": "paid"}
    return str(only(load(text, record | change))["event_id"])


def test_an_identity_is_that_of_the_named_values_and_the_type() -> None:
    assert identified() == identified(status="refunded", pieces=2)
    assert identified() != identified(type="refund")
    assert identified(order="1", sku="2,3") != identified(order="1,2", sku="3")
    assert identified(order=None, sku="A") != identified(order="A", sku=None)


def test_without_any_of_the_named_values_the_id_is_that_of_the_record() -> None:
    assert identified(order=None, sku=None) != identified(order=None, sku=None, pieces=2)


def test_an_identity_that_occurs_twice_in_a_record_is_numbered_wherever_it_stands() -> None:
    text = """
    each: items
    event_id: [order.id, item.sku]
    fields: {event_type: type, event_time: at, product_id: item.sku}
    """
    a, b = {"sku": "A"}, {"sku": "B"}
    first = lines(load(text, ORDER | {"items": [a, b, a]}))
    second = lines(load(text, ORDER | {"items": [b, a, a]}))
    assert len({line["event_id"] for line in first}) == 3
    assert {line["event_id"] for line in first} == {line["event_id"] for line in second}


def test_readers_ask_for_the_identity_of_a_record() -> None:
    dialect = parse_dialect(IDENTIFIED, name="x", where="x.yml")
    record = {"order": "1", "sku": "A"}
    assert Mapper(dialect).identity_of(record) == '["1","A"]'
    assert record == {"order": "1", "sku": "A"}
    assert Mapper(parse_dialect("description: x", name="x", where="x.yml")).identity_of(record) is None


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


def test_marks_and_null_values_apply_to_values_wherever_they_stand() -> None:
    text = """
    read: {decimal: ",", thousands: ".", null_values: [NULL, "-"]}
    fields:
      {event_type: kind, event_time: at, price: a.price, line_total: {times: [a.price, 2]}, coupon: a.coupon, city: c}
    """
    record = {"kind": "purchase", "at": "2025-03-01", "a": {"price": "1.234,50", "coupon": "-"}, "c": "NULL"}
    line = only(load(text, record))
    assert (line["price"], line["line_total"]) == ("1234.50", "2469.00")
    assert not {"coupon", "city"} & line.keys()
    flat = 'read: {decimal: ",", null_values: [NULL]}\nrename: {preis: price}'
    line = only(load(flat, {"event_type": "purchase", "event_time": "2025-03-01", "preis": "19,90", "city": "NULL"}))
    assert (line["price"], "city" in line) == ("19.90", False)


def test_a_null_token_is_absent_for_conditions_addresses_and_extra_too() -> None:
    text = """
    read: {null_values: [NULL]}
    fields: {event_time: at}
    events: [{type: login, when: {user: {present: no}}}, {type: sign_up, when: {user: {present: yes}}}]
    """
    line = only(load(text, {"at": "2025-03-01", "user": "NULL", "note": "NULL", "ip": "NULL"}))
    assert (line["event_type"], "extra" in line, "visitor_hash" in line) == ("login", False, False)


def test_a_value_that_becomes_empty_is_absent() -> None:
    at = {"event_type": "login", "event_time": "2025-03-01"}
    for more in ("", "fields: {user_id: user_id}\n"):
        assert "user_id" not in only(load('values: {user_id: {guest: ""}}\n' + more, at | {"user_id": "guest"}))


def test_an_address_at_a_path_becomes_a_visitor_hash() -> None:
    record = {"event_type": "login", "event_time": "2025-03-01", "context": {"ip": "203.0.113.7, 10.0.0.1"}}
    admitted = load("ip: context.ip", record)
    usual = load("description: x", record | {"ip": "203.0.113.7", "context": 1})
    assert only(admitted)["visitor_hash"] == only(usual)["visitor_hash"]
    assert b"203.0.113.7" not in admitted.lines[0]


def test_a_record_of_too_many_events_is_refused_and_costs_no_other_line() -> None:
    text = "each: a\nfields: {event_type: {text: login}, event_time: {text: 2025-03-01}, product_id: item}"
    admitted = load(text, {"a": [0] * 1_000}, {"a": ["x"]})
    assert (admitted.accepted, admitted.rejected) == (1, {"line_too_long": 1})


def test_a_large_order_is_no_hostile_record() -> None:
    items = [{"sku": f"A{number}", "qty": 1, "price": 9.9} for number in range(2_000)]
    assert load(EXPLODED, ORDER | {"items": items}).accepted == 2_000


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
