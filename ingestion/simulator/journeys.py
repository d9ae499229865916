"""Simulates what visitors do in the shop: sessions and events as columns, drawn for a whole step at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.shop import Floats, Ints, Shop
from ingestion.simulator.traffic import CART_REMINDER, CHANNEL_DRAW, DAY, DEPTH, INTENT, SECOND
from ingestion.simulator.visitors import FIRST_DESKTOP, Visits, draw_visits, visits_of

Bools = NDArray[np.bool_]

# the kinds of events
LANDING: Final = 0
CATEGORY_PAGE: Final = 1
SEARCH: Final = 2
VIEW_ITEM: Final = 3
ADD_TO_CART: Final = 4
REMOVE_FROM_CART: Final = 5
BEGIN_CHECKOUT: Final = 6
PURCHASE: Final = 7
REFUND: Final = 8

BOUNCE_SHARE: Final = 0.36
REMINDED_SHARE: Final = 0.22
RECOVERED_SHARE: Final = 0.5
REFUNDED_SHARE: Final = 0.07
MAX_ITEMS: Final = 40


@dataclass(frozen=True, slots=True)
class Sessions:
    """One position per session. The sessions after the first `drawn` are follow-ups: carts recovered on the next day.

    `origin` is the position of the session that caused a follow-up, and otherwise the session's own position.
    """

    drawn: int
    origin: Ints
    channel: Ints
    started_at: Ints
    visits: Visits


@dataclass(slots=True)
class Events:
    """One position per event; times in microseconds since 1970; `product` is -1 if there is none."""

    session: Ints
    kind: Ints
    at: Ints
    product: Ints
    quantity: Ints


@dataclass(slots=True)
class _Parts:
    """Collects events, kind by kind."""

    session: list[Ints] = field(default_factory=list)
    kind: list[Ints] = field(default_factory=list)
    at: list[Ints] = field(default_factory=list)
    product: list[Ints] = field(default_factory=list)
    quantity: list[Ints] = field(default_factory=list)

    def add(
        self, kind: int, session: Ints, at: Ints, product: Ints | None = None, quantity: Ints | None = None
    ) -> None:
        count = len(session)
        self.session.append(session)
        self.kind.append(np.full(count, kind))
        self.at.append(at)
        self.product.append(np.full(count, -1) if product is None else product)
        self.quantity.append(np.ones(count, dtype=np.int64) if quantity is None else quantity)

    def combined(self) -> Events:
        return Events(*map(np.concatenate, (self.session, self.kind, self.at, self.product, self.quantity)))


def draw_sessions(
    rng: np.random.Generator, shop: Shop, start: int, end: int, new_visitors_a_day: int, count: int
) -> tuple[Sessions, Events]:
    """Draw `count` sessions that begin in [start, end), microseconds since 1970, with all their events.

    Events may happen after `end`: the rest of the visit, a return to the cart on the next day, or a refund days later.
    """
    started_at = rng.integers(start, end, count)
    visits = draw_visits(rng, shop.seed, start // DAY, new_visitors_a_day, count)
    channel = np.minimum(np.searchsorted(CHANNEL_DRAW, rng.random(count)), CART_REMINDER - 1)
    intent = (
        INTENT[channel] * np.where(visits.is_returning, 1.4, 0.85) * np.where(visits.device < FIRST_DESKTOP, 0.8, 1.25)
    )
    parts = _Parts()
    everyone = np.arange(count)
    parts.add(LANDING, everyone, started_at)

    # viewed items, for all sessions at once
    bounces = rng.random(count) < BOUNCE_SHARE / np.sqrt(DEPTH[channel])
    item_count = np.where(bounces, 0, np.minimum(rng.geometric(0.30 / np.clip(DEPTH[channel], 0.6, 2.0)), MAX_ITEMS))
    session = np.repeat(everyone, item_count)
    first = (np.cumsum(item_count) - item_count)[session]
    items = len(session)
    product = _products(rng, shop, first, items)
    dwell = np.clip(np.exp(rng.normal(3.4, 0.8, items)), 3.0, 900.0)
    landing_dwell = 3.0 + rng.exponential(12.0, count)
    elapsed = np.cumsum(dwell) - dwell
    begin = elapsed - elapsed[first] + landing_dwell[session]

    def when(offset: Floats, of: Ints) -> Ints:
        return started_at[of] + (offset * SECOND).astype(np.int64)

    u = rng.random(items)
    for kind, chosen in ((CATEGORY_PAGE, u < 0.30), (SEARCH, u > 0.88)):
        parts.add(kind, session[chosen], when(begin[chosen], session[chosen]), product[chosen])
    parts.add(VIEW_ITEM, session, when(begin + 0.3 * dwell, session), product)

    # carts
    added = rng.random(items) < np.minimum(shop.cart_rate[product] * intent[session], 0.8)
    quantity = 1 + (rng.random(items) < 0.10) + (rng.random(items) < 0.03)
    removed = added & (rng.random(items) < 0.10)
    kept = added & ~removed
    has_cart = np.bincount(session[kept], minlength=count) > 0
    checks_out = has_cart & (rng.random(count) < np.clip(0.42 * np.sqrt(intent), 0.1, 0.85))
    buys = checks_out & (rng.random(count) < 0.72)
    empties = has_cart & ~checks_out & (rng.random(count) < 0.15)
    # a "buy now" button skips the cart, and some trackers lose the click
    recorded = added & ~(kept & buys[session] & (rng.random(items) < 0.06))
    parts.add(
        ADD_TO_CART,
        session[recorded],
        when((begin + 0.7 * dwell)[recorded], session[recorded]),
        product[recorded],
        quantity[recorded],
    )
    at = when((begin + 0.9 * dwell)[removed], session[removed])
    parts.add(REMOVE_FROM_CART, session[removed], at, product[removed], quantity[removed])
    done = landing_dwell + np.bincount(session, weights=dwell, minlength=count)
    emptied = np.flatnonzero(kept & empties[session])
    by = session[emptied]
    parts.add(
        REMOVE_FROM_CART,
        by,
        when(done[by] + 2.0 + emptied - first[emptied], by),
        product[emptied],
        quantity[emptied],
    )

    # checkout and orders: all lines of an order have the same time
    paid = done + 20.0 + np.exp(rng.normal(4.2, 0.6, count))
    leaving = np.flatnonzero(checks_out)
    parts.add(BEGIN_CHECKOUT, leaving, when(done[leaving] + 8.0, leaving))
    bought = np.flatnonzero(kept & buys[session])
    by = session[bought]
    parts.add(PURCHASE, by, when(paid[by], by), product[bought], quantity[bought])
    _refund(rng, parts, by, when(paid[by], by), product[bought], quantity[bought])

    # abandoned carts, and reminders that bring visitors back on the next day
    abandons = has_cart & ~buys & ~empties
    reminded = np.flatnonzero(abandons & (rng.random(count) < REMINDED_SHARE))
    back_at = when(done[reminded] + rng.uniform(14, 34, len(reminded)) * 3600.0, reminded)
    again = np.full(count, -1)
    again[reminded] = count + np.arange(len(reminded))
    orders = rng.random(count) < RECOVERED_SHARE
    recovered = np.flatnonzero(kept & (again[session] >= 0) & orders[session])
    by = again[session[recovered]]
    ordered_at = back_at[by - count] + 95 * SECOND
    parts.add(LANDING, again[reminded], back_at)
    parts.add(BEGIN_CHECKOUT, again[reminded[orders[reminded]]], back_at[orders[reminded]] + 25 * SECOND)
    parts.add(PURCHASE, by, ordered_at, product[recovered], quantity[recovered])
    _refund(rng, parts, by, ordered_at, product[recovered], quantity[recovered])

    returns = visits_of(
        rng, shop.seed, visits.person[reminded], np.ones(len(reminded), dtype=np.bool_), visits.slot[reminded]
    )
    sessions = Sessions(
        drawn=count,
        origin=np.concatenate((everyone, reminded)),
        channel=np.concatenate((channel, np.full(len(reminded), CART_REMINDER))),
        started_at=np.concatenate((started_at, back_at)),
        visits=Visits(
            *(np.concatenate((getattr(visits, name), getattr(returns, name))) for name in Visits.__dataclass_fields__)
        ),
    )
    return sessions, parts.combined()


def _products(rng: np.random.Generator, shop: Shop, first: Ints, items: int) -> Ints:
    """Draw viewed products by popularity; two thirds are in the category of the session's first product."""
    u = rng.random(items)
    product = np.searchsorted(shop.popularity, u)
    stays = (rng.random(items) < 0.65) & (np.arange(items) > first)
    category = shop.category_of[product[first]]
    low = shop.category_from[category]
    within = np.searchsorted(shop.popularity, low + u * (shop.category_to[category] - low))
    return np.minimum(np.where(stays, within, product), len(shop.popularity) - 1)


def _refund(rng: np.random.Generator, parts: _Parts, session: Ints, at: Ints, product: Ints, quantity: Ints) -> None:
    """Some order lines are refunded one to ten days later, some of them only in part."""
    chosen = rng.random(len(session)) < REFUNDED_SHARE
    later = (DAY * (1.0 + np.minimum(rng.exponential(2.0, len(session)), 9.0))).astype(np.int64)
    part = np.where(rng.random(len(session)) < 0.5, 1, quantity)
    parts.add(REFUND, session[chosen], (at + later)[chosen], product[chosen], part[chosen])
