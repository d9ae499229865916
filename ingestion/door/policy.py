"""What the door does with the text of each field of the event, so that no address gets through and no product is lost.

docs/guide/security.md has the same table with the reasons; a test compares the two.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Policy(StrEnum):
    """What happens to e-mail and IP addresses in a field."""

    PSEUDONYM = "pseudonym"
    """An address becomes a keyed hash, so that ids can still be told apart."""
    SCRUBBED = "scrubbed"
    """An address becomes `[email]` or `[ip]`."""
    KEPT = "kept"
    """Never altered: ids of products look like addresses (10.0.0.1, SHIRT@RED.XL) and name no person."""
    CHECKED = "checked"
    """Accepted only as a number, a time or one of a list of names; no other text can be in it."""
    HASHED = "hashed"
    """Only the keyed hash of an address is stored."""


POLICIES: Final = {
    "event_id": Policy.PSEUDONYM,
    "event_type": Policy.CHECKED,
    "event_time": Policy.CHECKED,
    "received_at": Policy.CHECKED,
    "replayed_at": Policy.CHECKED,
    "user_id": Policy.PSEUDONYM,
    "anonymous_id": Policy.PSEUDONYM,
    "session_id": Policy.PSEUDONYM,
    "page_url": Policy.SCRUBBED,
    "referrer": Policy.SCRUBBED,
    "utm_source": Policy.SCRUBBED,
    "utm_medium": Policy.SCRUBBED,
    "utm_campaign": Policy.SCRUBBED,
    "product_id": Policy.KEPT,
    "product_name": Policy.SCRUBBED,
    "brand": Policy.KEPT,
    "category": Policy.KEPT,
    "category_id": Policy.KEPT,
    "price": Policy.CHECKED,
    "quantity": Policy.CHECKED,
    "line_total": Policy.CHECKED,
    "discount": Policy.CHECKED,
    "coupon": Policy.SCRUBBED,
    "currency": Policy.SCRUBBED,
    "order_id": Policy.PSEUDONYM,
    "tax": Policy.CHECKED,
    "shipping": Policy.CHECKED,
    "payment_method": Policy.SCRUBBED,
    "device_type": Policy.SCRUBBED,
    "browser": Policy.SCRUBBED,
    "user_agent": Policy.SCRUBBED,
    "country": Policy.SCRUBBED,
    "city": Policy.SCRUBBED,
    "visitor_hash": Policy.HASHED,
    "source": Policy.SCRUBBED,
    "consent": Policy.SCRUBBED,
    "extra": Policy.SCRUBBED,
    "reject_reason": Policy.CHECKED,
    "raw": Policy.SCRUBBED,
    "origin": Policy.SCRUBBED,
}
