"""What the expressions, conditions and marks of a dialect give, as docs/reference/dialects.md says it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ingestion.door.mapped import extra, field, load
from tests.ingestion.door.samples import only


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
