"""Visits and their events as columns: one position per session, or per event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.channels import INSIDE
from ingestion.simulator.shop import Ints
from ingestion.simulator.visitors import Visits

Bools = NDArray[np.bool_]

# the kinds of events
LANDING: Final = 0
CATEGORY_PAGE: Final = 1
SEARCH: Final = 2
# a further page of entry within a visit; the event's `product` is its channel
CAMPAIGN_CLICK: Final = 3
LOGIN: Final = 4
VIEW_ITEM: Final = 5
ADD_TO_CART: Final = 6
REMOVE_FROM_CART: Final = 7
BEGIN_CHECKOUT: Final = 8
# the kinds from here on are lines of orders, and the shop's server writes them
PURCHASE: Final = 9
RELOADED: Final = 10
RESTAMPED: Final = 11
BACKEND: Final = 12
REFUND: Final = 13
PRICED: Final = (VIEW_ITEM, ADD_TO_CART, REMOVE_FROM_CART, PURCHASE, RELOADED, RESTAMPED, BACKEND, REFUND)

NEVER: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Sessions:
    """One position per session. The first `drawn` are visits; the others follow from one of them.

    They are the rest of a visit after a pause, a return to the cart on the next day, or an order that is sent again on
    the next date. `origin` is the position of the visit that caused a session, and otherwise its own position.
    `tracker` is the session whose tracker session id and order id it has, `visit` the position of its visitor in
    `visits`, `known_from` the time from which the visitor is logged in, `coupon` the discount of its order in percent.
    """

    drawn: int
    origin: Ints
    tracker: Ints
    visit: Ints
    channel: Ints
    started_at: Ints
    known_from: Ints
    coupon: Ints
    visits: Visits


@dataclass(slots=True)
class Events:
    """One position per event; times in microseconds since 1970; `product` is -1 if there is none.

    `same_as` is the event whose id an event has: its own position, but for a retry with a new time.
    """

    session: Ints
    kind: Ints
    at: Ints
    product: Ints
    quantity: Ints
    same_as: Ints
    is_known: Bools


class Rows:
    """Collects sessions."""

    def __init__(self, channel: Ints, started_at: Ints, known_from: Ints) -> None:
        self.origin = self.tracker = self.visit = np.arange(len(channel))
        self.channel = channel
        self.started_at = started_at
        self.known_from = known_from

    def add_to(
        self,
        of: Ints,
        started_at: Ints,
        *,
        channel: Ints | int = INSIDE,
        visit: Ints | None = None,
        known_from: Ints | None = None,
    ) -> Ints:
        """Add a session for each of these, and return their positions. A session with a `visit` has its own tracker."""
        count = len(self.origin)
        new = count + np.arange(len(of))
        self.tracker = np.append(self.tracker, self.tracker[of] if visit is None else new)
        self.visit = np.append(self.visit, self.visit[of] if visit is None else visit)
        self.known_from = np.append(self.known_from, self.known_from[of] if known_from is None else known_from)
        self.channel = np.append(self.channel, np.broadcast_to(channel, len(of)))
        self.started_at = np.append(self.started_at, started_at)
        self.origin = np.append(self.origin, self.origin[of])
        return new


@dataclass(slots=True)
class Parts:
    """Collects events, kind by kind."""

    count: int = 0
    session: list[Ints] = field(default_factory=list)
    kind: list[Ints] = field(default_factory=list)
    at: list[Ints] = field(default_factory=list)
    product: list[Ints] = field(default_factory=list)
    quantity: list[Ints] = field(default_factory=list)
    same: list[tuple[int, Ints]] = field(default_factory=list)

    def add(
        self,
        kind: int,
        session: Ints,
        at: Ints,
        product: Ints | None = None,
        quantity: Ints | None = None,
        same_as: Ints | None = None,
    ) -> None:
        count = len(session)
        self.session.append(session)
        self.kind.append(np.full(count, kind))
        self.at.append(at)
        self.product.append(np.full(count, -1) if product is None else product)
        self.quantity.append(np.ones(count, dtype=np.int64) if quantity is None else quantity)
        if same_as is not None:
            self.same.append((self.count, same_as))
        self.count += count

    def combined(self, known_from: Ints) -> Events:
        """The events; those of a session are known from its time `known_from` on."""
        same_as = np.arange(self.count)
        for first, of in self.same:
            same_as[first : first + len(of)] = of
        session, at = np.concatenate(self.session), np.concatenate(self.at)
        return Events(
            session,
            np.concatenate(self.kind),
            at,
            np.concatenate(self.product),
            np.concatenate(self.quantity),
            same_as,
            at >= known_from[session],
        )
