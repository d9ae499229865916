"""The canonical event: one JSON object a line, as the door writes it and bronze holds it.

Every field is text. A number that is text keeps the digits its producer wrote, whichever engine reads it:
DuckDB turns a bare 19.90 into 19.9, Athena does not, and two tables that should be equal would differ.
"""

from __future__ import annotations

from typing import Final

import msgspec


class Event(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """The fields of a line of bronze, in the order of the contract.

    Times are ISO 8601 in UTC with six decimals. `visitor_hash` is a keyed hash of the IP address, never the
    address. `extra` is a JSON object with all that the contract does not know. `reject_reason`, `raw` and
    `origin` stand on lines that were refused: why, what the line said (scrubbed), and where it came from
    (`file.csv:17`).
    """

    event_id: str | None = None
    event_type: str | None = None
    event_time: str | None = None
    received_at: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    session_id: str | None = None
    page_url: str | None = None
    referrer: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    product_id: str | None = None
    product_name: str | None = None
    brand: str | None = None
    category: str | None = None
    category_id: str | None = None
    price: str | None = None
    quantity: str | None = None
    currency: str | None = None
    order_id: str | None = None
    payment_method: str | None = None
    device_type: str | None = None
    browser: str | None = None
    user_agent: str | None = None
    country: str | None = None
    city: str | None = None
    visitor_hash: str | None = None
    extra: str | None = None
    reject_reason: str | None = None
    raw: str | None = None
    origin: str | None = None


FIELDS: Final = Event.__struct_fields__

# GA4's e-commerce names: https://developers.google.com/analytics/devguides/collection/ga4/ecommerce
EVENT_TYPES: Final = frozenset(
    {
        "page_view",
        "view_item",
        "search",
        "add_to_cart",
        "remove_from_cart",
        "begin_checkout",
        "purchase",
        "refund",
    }
)

# Why the door refuses a line. A closed list: each reason is a dimension of a metric.
REJECT_REASONS: Final = frozenset(
    {
        "unparseable",
        "bad_encoding",
        "line_too_long",
        "unknown_event_type",
        "bad_event_time",
        "event_too_old",
        "event_in_future",
        "bad_price",
        "bad_quantity",
        "bad_amount",
    }
)
