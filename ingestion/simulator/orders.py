"""Simulates orders: their lines, what is sent again, refunds, and amounts in cents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.simulator.events import BACKEND, PURCHASE, REFUND, RELOADED, RESTAMPED, Events, Parts, Rows, Sessions
from ingestion.simulator.habits import Habits
from ingestion.simulator.shop import CURRENCY, Ints
from ingestion.simulator.traffic import DAY, HOUR, SECOND
from ingestion.simulator.visitors import fraction, mix

COUPONS: Final = {10: "WELCOME10", 15: "SAVE15", 20: "FRIENDS20"}
CURRENCIES: Final = (CURRENCY, "USD", "CHF", "PLN")
# what German prices contain, and an order below 50 EUR costs
VAT: Final = 19
SHIPPING: Final = 495
FREE_FROM: Final = 5_000


def add_orders(
    rng: np.random.Generator, parts: Parts, rows: Rows, habits: Habits, row: Ints, at: Ints, product: Ints, qty: Ints
) -> None:
    """Add order lines with their session and time, and what follows from them. All lines of an order have one time."""
    first_line = parts.count
    parts.add(PURCHASE, row, at, product, qty)
    order, index, order_of = np.unique(row, return_index=True, return_inverse=True)
    count, ordered_at = len(order), at[index]

    def again(kind: int, chosen: Ints, sent_at: Ints, session: Ints | None = None, same_id: bool = False) -> None:
        """Send the lines of the orders at `chosen` again; `sent_at` and `session` have a position for each order."""
        lines = np.flatnonzero(np.isin(order_of, chosen))
        of = order_of[lines]
        sessions = row[lines] if session is None else session[of]
        parts.add(kind, sessions, sent_at[of], product[lines], qty[lines], first_line + lines if same_id else None)

    # A repeat has a clear distance from the seconds of one firing, and ends no session.
    reloaded_at = ordered_at + rng.integers(90 * SECOND, 1_200 * SECOND, count)
    fired = rng.random(count) < habits.refired
    again(RELOADED, np.flatnonzero(fired), reloaded_at)
    thrice = fired & (rng.random(count) < 0.3)
    again(RELOADED, np.flatnonzero(thrice), reloaded_at + rng.integers(90 * SECOND, 1_200 * SECOND, count))

    stamped = np.flatnonzero(rng.random(count) < habits.restamped)
    midnight = (ordered_at // DAY + 1) * DAY
    stamped_at = np.maximum(midnight, ordered_at + 2 * HOUR) + rng.integers(0, 10 * HOUR, count)
    session = np.zeros(count, dtype=np.int64)
    session[stamped] = rows.add_to(order[stamped], stamped_at[stamped])
    again(RESTAMPED, stamped, stamped_at, session, same_id=True)

    booked = np.flatnonzero(rng.random(count) < habits.backend)
    again(BACKEND, booked, ordered_at + rng.integers(300_000, 3 * SECOND, count))

    lines = np.flatnonzero(rng.random(len(row)) < habits.refund)
    days = 1.0 + np.minimum(rng.exponential(2.0, len(lines)), 9.0)
    days = np.where(rng.random(len(lines)) < habits.late_refund, rng.uniform(14.0, 28.0, len(lines)), days)
    part = np.where(rng.random(len(lines)) < 0.5, 1, qty[lines])
    parts.add(REFUND, row[lines], at[lines] + (days * DAY).astype(np.int64), product[lines], part)


def draw_coupons(rng: np.random.Generator, habits: Habits, count: int) -> Ints:
    """The discount of each order in percent, mostly 0."""
    percent = np.array(list(COUPONS))[rng.integers(0, len(COUPONS), count)]
    return np.where(rng.random(count) < habits.coupon, percent, 0)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts in cents, for the order lines at `line` (positions of events).

    `discount` and `total` are of the line, `tax` and `shipping` of the whole order; `percent` is the order's discount,
    `currency` a position in CURRENCIES.
    """

    line: Ints
    order: Ints
    discount: Ints
    total: Ints
    tax: Ints
    shipping: Ints
    percent: Ints
    currency: Ints


def amounts_of(sessions: Sessions, events: Events, prices: Ints, habits: Habits, seed: int) -> Amounts:
    """The amounts of all order lines, at these prices of the products in cents."""
    line = np.flatnonzero(events.kind >= PURCHASE)
    order = sessions.tracker[events.session[line]]
    price, pieces = prices[events.product[line]], events.quantity[line]
    off = price * sessions.coupon[order] // 100
    total = pieces * (price - off)
    is_bought = events.kind[line] == PURCHASE
    bought = np.bincount(order[is_bought], weights=total[is_bought], minlength=len(sessions.origin)).astype(np.int64)
    of_order = bought[order]
    person = sessions.visits.person[sessions.visit[order]]
    draw = fraction(mix(person, seed + 8))
    foreign = 1 + mix(person, seed + 9) % np.uint64(len(CURRENCIES) - 1)
    return Amounts(
        line=line,
        order=order,
        discount=pieces * off,
        total=total,
        tax=of_order * VAT // (100 + VAT),
        percent=sessions.coupon[order],
        shipping=np.where(of_order < FREE_FROM, SHIPPING, 0),
        currency=np.where(draw < habits.foreign_currency, foreign.astype(np.int64), 0),
    )
