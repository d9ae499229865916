"""What a dialect in a text makes of records, for tests of the keys of a dialect."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import Any

from ingestion.door.dialect import parse_dialect
from ingestion.door.door import Admitted, Door
from tests.ingestion.door.samples import KEYS, NOW, only

FIXED = {"event_type": "{text: purchase}", "event_time": '{text: "2025-03-01T10:00:00Z"}'}
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
