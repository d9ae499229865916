"""The canonical event, the contract between the door and dbt: one JSON object a line, as bronze holds it.

Every field is text. A number as text keeps the digits that its producer wrote, whichever engine reads it: DuckDB reads
a bare 19.90 as 19.9 and Athena does not, so tables that should be equal would differ. Times are ISO 8601 in UTC with
six decimals.
"""

from __future__ import annotations

from typing import Final

import msgspec

DESCRIPTIONS: Final = {
    "event_id": (
        "Id that the producer gave the event. Without one, the door derives an id from the record as it came (r-...), "
        "so an exact copy counts once."
    ),
    "event_type": (
        "GA4's name: page_view, search, login, sign_up, or one of its e-commerce names, such as view_item, "
        "add_to_cart, purchase or refund."
    ),
    "event_time": "When it happened, by the producer's clock. ISO 8601, UTC after the door.",
    "received_at": "When the door received it (UTC), or, replayed with --arrival event, when it happened.",
    "replayed_at": "When it was replayed (UTC), if it was replayed with --arrival event.",
    "user_id": "The shop's account id, if the visitor was logged in.",
    "anonymous_id": "Id of the browser (cookie).",
    "session_id": "Session id of the tracker.",
    "page_url": "Page on which it happened, without e-mail and IP addresses.",
    "referrer": "Page the visitor came from, without e-mail and IP addresses.",
    "utm_source": "Campaign tag: the source of the visit, such as google.",
    "utm_medium": "Campaign tag: the kind of channel, such as cpc.",
    "utm_campaign": "Campaign tag: the campaign.",
    "product_id": "The shop's product id.",
    "product_name": "Product name, as the event gives it.",
    "brand": "Brand, as the event gives it.",
    "category": "Dotted category path, as the event gives it, such as electronics.smartphone.",
    "category_id": "The shop's category id, as text. Do not rely on it: spreadsheets turn it into 2.1E+18.",
    "price": "Price of one piece, in the event's currency.",
    "quantity": "Number of pieces. NULL if the tracker sends none, which counts as one.",
    "line_total": (
        "What the line cost, after its discount. It is preferred over price times quantity: 10.00 for 3 has no exact "
        "price."
    ),
    "discount": "Discount on the line, already taken off line_total.",
    "coupon": "Code of the coupon.",
    "currency": "ISO 4217 code, as the event gives it.",
    "order_id": "The shop's order id.",
    "tax": "Tax of the whole order. It stands on each of its lines and counts once an order.",
    "shipping": "Shipping of the whole order. It stands on each of its lines and counts once an order.",
    "payment_method": "Payment method.",
    "device_type": "Such as desktop, mobile or tablet, as the tracker gives it.",
    "browser": "Browser name, as the tracker gives it.",
    "user_agent": "User-Agent header, without e-mail and IP addresses.",
    "country": "Country, as the tracker gives it.",
    "city": "City, as the tracker gives it.",
    "visitor_hash": "Keyed hash (HMAC-SHA256) of the IP address. The address itself never gets through the door.",
    "source": "System that sent the event, such as tracker or backend.",
    "consent": "State of consent that the producer gives, as it gives it.",
    "extra": "JSON object of the fields that the contract does not know.",
    "reject_reason": "Why the line was rejected, such as bad_price or event_in_future. NULL for an accepted line.",
    "raw": "The rejected line, without e-mail and IP addresses.",
    "origin": "File and line number of a replayed line that was rejected.",
}
"""Every field and what it means, in the order of the contract. After a change, `make contract` carries it to everything
that repeats it: the dbt source, the columns of silver, the Glue table."""

FIELDS: Final = tuple(DESCRIPTIONS)
REJECTED_FIELDS: Final = ("reject_reason", "raw", "origin")
"""The fields that only a rejected line has."""

Event: Final = msgspec.defstruct(
    "Event", [(name, str | None, None) for name in FIELDS], omit_defaults=True, forbid_unknown_fields=True
)

# GA4's names: https://developers.google.com/analytics/devguides/collection/ga4/reference/events
EVENT_TYPES: Final = frozenset(
    {
        "page_view",
        "search",
        "login",
        "sign_up",
        "view_item_list",
        "select_item",
        "view_promotion",
        "select_promotion",
        "view_item",
        "add_to_wishlist",
        "add_to_cart",
        "remove_from_cart",
        "view_cart",
        "begin_checkout",
        "add_shipping_info",
        "add_payment_info",
        "purchase",
        "refund",
    }
)

# Why the door rejects a line. The list is closed, because each reason is a dimension of a metric.
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

HOLLOW_LIMITS: Final = {
    # revenue misses what these bought: a few free gifts are usual, a field that is named otherwise is not
    "purchase_without_price": 0.05,
    # they count in revenue and in no product
    "purchase_without_product": 0.05,
    # each line becomes an order of its own; a shop that sells over the counter has some
    "purchase_without_order": 0.20,
    # a view of no product is a page_view
    "view_without_product": 0.05,
    # trackers without consent send some; beyond a fifth, visitors and rates mean little
    "no_visitor": 0.20,
}
"""The share of hollow events above which the command line, the door's metrics and dbt (variable `hollow_limits`) warn.

`purchase_without_...` and `view_without_product` are shares of the accepted purchases and view_items: without price and
line_total, without product_id, without order_id. `no_visitor` is the share of all accepted events that have none of
user_id, anonymous_id and visitor_hash."""
