"""Which events a record becomes by the rules of a dialect, and their ids, as docs/reference/dialects.md says it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ingestion.door.dialect import parse_dialect
from ingestion.door.mapping import Mapper
from tests.ingestion.door.mapped import EXPLODED, ORDER, extra, lines, load
from tests.ingestion.door.samples import only


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


def test_a_record_of_too_many_events_is_refused_and_costs_no_other_line() -> None:
    text = "each: a\nfields: {event_type: {text: login}, event_time: {text: 2025-03-01}, product_id: item}"
    admitted = load(text, {"a": [0] * 1_000}, {"a": ["x"]})
    assert (admitted.accepted, admitted.rejected) == (1, {"line_too_long": 1})


def test_a_large_order_is_no_hostile_record() -> None:
    items = [{"sku": f"A{number}", "qty": 1, "price": 9.9} for number in range(2_000)]
    assert load(EXPLODED, ORDER | {"items": items}).accepted == 2_000
