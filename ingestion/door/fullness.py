"""How full the accepted events of a batch are. An event that lacks its product or its price passes, and is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ingestion.event import HOLLOW_LIMITS

_BASES: Final = {
    "purchase_without_price": ("purchases", "price or line_total"),
    "purchase_without_product": ("purchases", "product_id"),
    "purchase_without_order": ("purchases", "order_id"),
    "view_without_product": ("product views", "product_id"),
    "no_visitor": ("events", "user_id, anonymous_id or IP address"),
}


@dataclass(frozen=True, slots=True)
class Hollow:
    """Accepted events that lack a field.

    Attributes
    ----------
    name
        A name in `HOLLOW_LIMITS`.
    count, total
        How many events lack the field, of how many that should have it.
    events, field
        What these events are and what they lack, in words.
    """

    name: str
    count: int
    total: int
    events: str
    field: str

    @property
    def is_above_limit(self) -> bool:
        return self.count > HOLLOW_LIMITS[self.name] * self.total

    @property
    def percent(self) -> str:
        """The share, such as `33 %`; a share that is not zero is never printed as 0 %."""
        share = 100 * self.count / self.total
        return f"{share:.0f} %" if share >= 1 else f"{share:.1g} %"


@dataclass(slots=True)
class Fullness:
    """Counts of accepted events. Plain numbers, because the door counts every event."""

    events: int = 0
    purchases: int = 0
    views: int = 0
    purchase_without_price: int = 0
    purchase_without_product: int = 0
    purchase_without_order: int = 0
    view_without_product: int = 0
    no_visitor: int = 0

    def add(self, record: dict[str, Any], visitor: object) -> None:
        """Count an accepted event."""
        self.events += 1
        if not visitor and "anonymous_id" not in record and "user_id" not in record:
            self.no_visitor += 1
        event_type = record.get("event_type")
        if event_type == "view_item":
            self.views += 1
            if "product_id" not in record:
                self.view_without_product += 1
        elif event_type == "purchase":
            self.purchases += 1
            if "price" not in record and "line_total" not in record:
                self.purchase_without_price += 1
            if "product_id" not in record:
                self.purchase_without_product += 1
            if "order_id" not in record:
                self.purchase_without_order += 1

    def __iadd__(self, other: Fullness) -> Fullness:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    def hollow(self) -> list[Hollow]:
        """What is lacking, in the order of `HOLLOW_LIMITS`; empty if every event is full."""
        totals = {"purchases": self.purchases, "product views": self.views, "events": self.events}
        found = (Hollow(name, getattr(self, name), totals[_BASES[name][0]], *_BASES[name]) for name in HOLLOW_LIMITS)
        return [hollow for hollow in found if hollow.count]
