"""The shops whose webhooks are accepted, and how each signs a delivery.

Both sign the body as it was sent, with HMAC-SHA256 in base64:
https://shopify.dev/docs/apps/build/webhooks/subscribe/https#step-2-validate-the-origin-of-your-webhook-to-ensure-its-coming-from-shopify
https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop system.

    Attributes
    ----------
    name
        The last part of the name of the parameter with its secrets.
    dialect
        The dialect of its deliveries.
    signature, topic
        The headers with the signature and with the kind of event, in lower case as a function URL passes them.
    topics
        The kinds of events that the dialect reads.
    """

    name: str
    dialect: str
    signature: str
    topic: str
    topics: frozenset[str]


SHOPS: Final = (
    Shop(
        name="shopify",
        dialect="shopify_webhook",
        signature="x-shopify-hmac-sha256",
        topic="x-shopify-topic",
        topics=frozenset(
            {f"orders/{event}" for event in ("create", "paid", "updated", "cancelled", "fulfilled")}
            | {"orders/partially_fulfilled", "refunds/create"}
        ),
    ),
    Shop(
        name="woocommerce",
        dialect="woocommerce",
        signature="x-wc-webhook-signature",
        topic="x-wc-webhook-topic",
        # of a deleted order, only its number is sent
        topics=frozenset({"order.created", "order.updated", "order.restored"}),
    ),
)


def shop_of(headers: Mapping[str, str]) -> Shop | None:
    """The shop that signed a delivery, by the name of the header; None if nobody did."""
    return next((shop for shop in SHOPS if shop.signature in headers), None)


def is_signed(body: bytes, signature: str, secrets: Iterable[str]) -> bool:
    """Whether the signature is that of the body with one of the secrets, compared in constant time."""
    given = signature.encode()
    found = False
    for secret in secrets:
        expected = b64encode(hmac.digest(secret.encode(), body, "sha256"))
        found |= hmac.compare_digest(given, expected)
    return found
