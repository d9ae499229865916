"""Variants of the shipped formats, made up, with the sales that are right: (orders, pieces, revenue, given back)."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple


class Variant(NamedTuple):
    """A file of a shipped format; `later` is a file that comes after it."""

    dialect: str
    content: bytes
    sales: tuple[int, int, str, str]
    ignored: int = 0
    rejected: int = 0
    later: bytes = b""


def lines(*records: Any) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


def ga4(name: str, at: int, **fields: Any) -> dict[str, Any]:
    return {
        "event_date": "20251108",
        "event_timestamp": 1_762_600_000_000_000 + at,
        "event_name": name,
        "event_params": [{"key": "currency", "value": {"string_value": "USD", "int_value": None}}],
        "user_pseudo_id": "9.9",
        **fields,
    }


ORDER: Final = {"transaction_id": "T9", "purchase_revenue": "45.5"}
GA4_PURCHASE: Final = ga4(
    "purchase",
    1,
    ecommerce=ORDER,
    items=[
        {"item_id": "A", "price": None, "quantity": None, "item_revenue": 15.5},
        {"item_id": "B", "price": "10", "quantity": 3},
    ],
)
GA4_REFUND: Final = ga4("refund", 2, ecommerce={"transaction_id": "T9"}, items=[{"item_id": "B", "item_refund": 20.0}])
GA4_WITHOUT_PRICES: Final = ga4("purchase", 3, ecommerce=ORDER, items=[{"item_id": "A"}, {"item_id": "B"}])


def track(event: str, number: int, **properties: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": event,
        "messageId": f"m{number}",
        "anonymousId": "a1",
        "timestamp": "2025-11-08T10:00:00.123Z",
        "properties": {"order_id": "50314b8e", "currency": "USD", **properties},
    }


COMPLETED: Final = {
    "revenue": 25.0,
    "products": [{"product_id": "507", "price": 19, "quantity": 1}, {"product_id": "505", "price": 3, "quantity": 2}],
}
TRACKED: Final = [
    track("Order Completed", 1, **COMPLETED),
    track("Order Refunded", 2, products=[{"product_id": "505", "price": 3}]),
]
SNAKE: Final = [
    track("order_completed", 1, **COMPLETED),
    track("order_refunded", 2, total=30),
    track("coupon_entered", 3),
]

SHOPIFY_HEADER: Final = (
    "Name,Email,Financial Status,Currency,Subtotal,Discount Amount,Cancelled at,Refunded Amount,Created at,"
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount\n"
)


def shopify(*rows: str) -> bytes:
    """Rows of orders: their own columns, then pieces, price, SKU and discount of the line."""
    text = SHOPIFY_HEADER
    for row in rows:
        *order, quantity, price, sku, discount = row.split(",")
        text += ",".join([*order, "2025-11-08 10:00:00 +0100", quantity, "Mug", price, sku, discount]) + "\n"
    return text.encode()


WOO: Final = {
    "id": 727,
    "status": "processing",
    "currency": "EUR",
    "order_key": "wc_1",
    "date_created_gmt": "2025-11-08T09:00:00",
    "line_items": [{"id": 1, "product_id": 93, "name": "Cup", "quantity": 2, "subtotal": "40.00", "total": "36.00"}],
    "fee_lines": [
        {"id": 3, "name": "Gift wrap", "total": "3.00"},
        {"id": 4, "name": "Loyal customer", "total": "-1.00"},
    ],
    "refunds": [],
}
WEBHOOK: Final = {
    "id": 2,
    "created_at": "2025-11-08T10:00:00-05:00",
    "currency": "USD",
    "financial_status": "pending",
    "cancelled_at": "2025-11-08T11:00:00-05:00",
    "line_items": [{"id": 1, "product_id": 10, "title": "Mug", "price": "20.00", "quantity": 2}],
    "refunds": [],
}
INVOICES: Final = """\
Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
489434,85048,15CM CHRISTMAS,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom
489434,85048,15CM CHRISTMAS,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom
C489449,22087,PAPER BUNTING,-12,2009-12-01 10:33:00,2.95,16321.0,Australia
489464,21733,85123a mixed,-96,2009-12-01 10:52:00,0.0,,United Kingdom
"""

SNOWPLOW: Final = {"app_id": "shop", "domain_userid": "d", "derived_tstamp": "2025-11-08T10:00:00.000Z"}
ITEM: Final = {"ti_orderid": "T7", "ti_sku": "A", "ti_price": 12.5, "ti_quantity": 2, "ti_currency": "EUR"}
ACTION: Final = "unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1"
ENTITY: Final = "contexts_com_snowplowanalytics_snowplow_ecommerce"
MATOMO_ORDER: Final = {"type": "ecommerceOrder", "orderId": "T2", "revenueSubTotal": "50.5", "timestamp": 1762600100}

VARIANTS: Final = {
    "Snowplow: transactions of older trackers": Variant(
        "snowplow",
        lines(
            SNOWPLOW | {"event": "transaction", "event_name": "transaction", "event_id": "1", "tr_total": 30},
            SNOWPLOW | ITEM | {"event": "transaction_item", "event_name": "transaction_item", "event_id": "2"},
        ),
        (1, 2, "25", "0"),
        1,
    ),
    "Snowplow: no product has a price": Variant(
        "snowplow",
        lines(
            SNOWPLOW
            | {
                "event_id": "1",
                ACTION: {"type": "transaction"},
                f"{ENTITY}_product_1": [{"id": "A"}, {"id": "B"}],
                f"{ENTITY}_transaction_1": [{"transaction_id": "T1", "revenue": 50.5}],
            }
        ),
        (1, 1, "50.5", "0"),
    ),
    "Matomo: an order without products": Variant(
        "matomo",
        json.dumps([{"idSite": 1, "idVisit": 5, "visitorId": "a", "actionDetails": [MATOMO_ORDER]}]).encode(),
        (1, 1, "50.5", "0"),
    ),
    "GA4: revenue or refund of an item without a price": Variant(
        "ga4_bigquery", lines(GA4_PURCHASE, GA4_REFUND), (1, 4, "45.5", "20")
    ),
    "GA4: no item has a price": Variant("ga4_bigquery", lines(GA4_WITHOUT_PRICES), (1, 1, "45.5", "0")),
    "GA4: intraday and day": Variant(
        "ga4_bigquery", lines(GA4_PURCHASE, GA4_PURCHASE | {"is_active_user": True}), (1, 4, "45.5", "0")
    ),
    "GA4: a time with an exponent": Variant(
        "ga4_bigquery",
        lines(GA4_PURCHASE).replace(b"1762600000000001", b"1.762600000000001E15"),
        (1, 4, "45.5", "0"),
    ),
    "Segment: a batch": Variant("segment", json.dumps({"batch": TRACKED}).encode(), (1, 3, "25", "3")),
    "Segment: a batch a line": Variant(
        "segment", lines({"batch": TRACKED[:1]}, TRACKED[1], {"batch": [TRACKED[0]]}), (1, 3, "25", "3")
    ),
    "Segment: names of tables": Variant("segment", lines(*SNAKE), (1, 3, "25", "30"), 1),
    "Segment: no product has a price": Variant(
        "segment", lines(track("Order Completed", 1, revenue=50, products=[{"product_id": 1}])), (1, 1, "50", "0")
    ),
    "Shopify: the discount of a line is in that of the order": Variant(
        "shopify_orders",
        shopify("#1,a@x.co,paid,EUR,45.00,5.00,,0.00,2,20.00,A,5.00", "#1,,,,,,,,1,10.00,B,0.00"),
        (1, 3, "45", "0"),
    ),
    "Shopify: discounts on a line and on the order": Variant(
        "shopify_orders",
        shopify("#1,a@x.co,paid,EUR,40.00,10.00,,0.00,2,20.00,A,5.00", "#1,,,,,,,,1,10.00,B,0.00"),
        (1, 3, "40", "0"),
    ),
    "Shopify: the discount is of shipping": Variant(
        "shopify_orders",
        shopify("#1,a@x.co,paid,EUR,50.00,4.90,,0.00,2,20.00,A,0.00", "#1,,,,,,,,1,10.00,B,0.00"),
        (1, 3, "50", "0"),
    ),
    "Shopify: cancelled before it was paid": Variant(
        "shopify_orders",
        shopify(
            "#1,a@x.co,pending,EUR,50.00,0.00,2025-11-08 11:00:00 +0100,0.00,2,20.00,A,0.00",
            "#1,,,,,,,,1,10.00,B,0.00",
            "#2,a@x.co,refunded,EUR,50.00,0.00,2025-11-08 11:00:00 +0100,50.00,5,10.00,A,0.00",
        ),
        (1, 5, "50", "50"),
    ),
    "Shopify: the same order twice, voided after it was loaded": Variant(
        "shopify_orders",
        shopify(
            "#1,a@x.co,authorized,EUR,50.00,0.00,,0.00,2,20.00,A,0.00",
            "#1,,,,,,,,1,10.00,B,0.00",
            "#2,a@x.co,paid,EUR,10.00,0.00,,0.00,1,10.00,B,0.00",
        ),
        (1, 1, "10", "0"),
        later=shopify("#1,a@x.co,voided,EUR,50.00,0.00,,0.00,2,20.00,A,0.00", "#1,,,,,,,,1,10.00,B,0.00"),
    ),
    "Shopify's webhook: cancelled before it was paid": Variant("shopify_webhook", lines(WEBHOOK), (0, 0, "0", "0")),
    "Shopify's webhook: voided after it was loaded": Variant(
        "shopify_webhook",
        lines(WEBHOOK | {"cancelled_at": None}, WEBHOOK | {"id": 3, "financial_status": "paid"}),
        (1, 2, "40", "0"),
        later=lines(WEBHOOK | {"financial_status": "voided"}),
    ),
    "Shopify's webhook: an order inside another object is refused": Variant(
        "shopify_webhook", lines({"order": WEBHOOK}), (0, 0, "0", "0"), 0, 1
    ),
    "WooCommerce: fees": Variant("woocommerce", json.dumps([WOO]).encode(), (1, 3, "39", "1")),
    "WooCommerce: cancelled after it was loaded": Variant(
        "woocommerce", lines(WOO, WOO | {"id": 728}), (1, 3, "39", "1"), later=lines(WOO | {"status": "cancelled"})
    ),
    "Online Retail II": Variant("online_retail", b"\xef\xbb\xbf" + INVOICES.encode(), (1, 24, "166.8", "35.4"), 1),
}
