"""Simulates what visitors do in the shop, drawn for a whole step at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.simulator import events as kinds
from ingestion.simulator.channels import (
    CART_REMINDER,
    CHANNEL_DRAW,
    DEPTH,
    INTENT,
)
from ingestion.simulator.events import NEVER, Bools, Events, Parts, Rows, Sessions
from ingestion.simulator.habits import Habits
from ingestion.simulator.orders import add_orders, draw_coupons
from ingestion.simulator.shop import Floats, Ints, Shop
from ingestion.simulator.traffic import DAY, MINUTE, SECOND
from ingestion.simulator.visitors import FIRST_DESKTOP, Visits, draw_visits, visits_of
from ingestion.simulator.walks import LONGEST_DWELL, Walks, click_on_campaigns, walk

BOUNCE_SHARE: Final = 0.36
REMINDED_SHARE: Final = 0.22
RECOVERED_SHARE: Final = 0.5
MAX_ITEMS: Final = 40


@dataclass(frozen=True, slots=True)
class _Carts:
    """The items that stay in a cart, and what becomes of the cart of each visit."""

    kept: Bools
    quantity: Ints
    checks_out: Bools
    buys: Bools
    is_left: Bools


def draw_sessions(
    rng: np.random.Generator, shop: Shop, habits: Habits, start: int, end: int, new_visitors_a_day: int, count: int
) -> tuple[Sessions, Events]:
    """Draw `count` visits that begin in [start, end), microseconds since 1970, with all their events.

    Events may happen after `end`: the rest of the visit, a return to the cart on the next day, or a refund weeks later.
    """
    started_at = rng.integers(start, end, count)
    visits = draw_visits(rng, shop.seed, habits, start // DAY, new_visitors_a_day, count)
    channel = np.minimum(np.searchsorted(CHANNEL_DRAW, rng.random(count)), CART_REMINDER - 1)
    intent = (
        INTENT[channel] * np.where(visits.is_returning, 1.4, 0.85) * np.where(visits.device < FIRST_DESKTOP, 0.8, 1.25)
    )
    bounces = rng.random(count) < BOUNCE_SHARE / np.sqrt(DEPTH[channel])
    item_count = np.where(bounces, 0, np.minimum(rng.geometric(0.30 / np.clip(DEPTH[channel], 0.6, 2.0)), MAX_ITEMS))
    if end % DAY == 0:
        over = rng.random(count) < habits.midnight
        shortly_before = np.maximum(end - rng.integers(MINUTE, 4 * MINUTE, count), start)
        started_at = np.where(over, shortly_before, started_at)
        item_count = np.where(over, np.maximum(item_count, 8), item_count)

    parts, rows = Parts(), Rows(channel, started_at, np.where(visits.is_known, 0, NEVER))
    walks = walk(rng, shop, habits, parts, rows, item_count)
    click_on_campaigns(rng, habits, parts, rows, walks)
    carts = _fill_carts(rng, shop, parts, walks, intent)
    _log_in(rng, habits, parts, rows, walks, visits, carts.checks_out)
    _check_out(rng, habits, parts, rows, walks, carts)
    returns = _remind(rng, shop, habits, parts, rows, walks, carts, visits)

    sessions = Sessions(
        drawn=count,
        origin=rows.origin,
        tracker=rows.tracker,
        visit=rows.visit,
        channel=rows.channel,
        started_at=rows.started_at,
        known_from=rows.known_from,
        coupon=draw_coupons(rng, habits, len(rows.origin)),
        visits=Visits(
            *(np.concatenate((getattr(visits, name), getattr(returns, name))) for name in Visits.__dataclass_fields__)
        ),
    )
    return sessions, parts.combined(rows.known_from)


def _fill_carts(rng: np.random.Generator, shop: Shop, parts: Parts, walks: Walks, intent: Floats) -> _Carts:
    """What is added, removed and kept."""
    count, items = len(intent), len(walks.visit)
    visit, row, product, begin, dwell = walks.visit, walks.row, walks.product, walks.begin, walks.dwell
    added = rng.random(items) < np.minimum(shop.cart_rate[product] * intent[visit], 0.8)
    quantity = 1 + (rng.random(items) < 0.10) + (rng.random(items) < 0.03)
    removed = added & (rng.random(items) < 0.10)
    kept = added & ~removed
    has_cart = np.bincount(visit[kept], minlength=count) > 0
    checks_out = has_cart & (rng.random(count) < np.clip(0.42 * np.sqrt(intent), 0.1, 0.85))
    buys = checks_out & (rng.random(count) < 0.72)
    empties = has_cart & ~checks_out & (rng.random(count) < 0.15)
    # a "buy now" button skips the cart, and some trackers lose the click
    recorded = added & ~(kept & buys[visit] & (rng.random(items) < 0.06))
    at = walks.when((begin + 0.7 * dwell)[recorded], visit[recorded])
    parts.add(kinds.ADD_TO_CART, row[recorded], at, product[recorded], quantity[recorded])
    at = walks.when((begin + 0.9 * dwell)[removed], visit[removed])
    parts.add(kinds.REMOVE_FROM_CART, row[removed], at, product[removed], quantity[removed])
    emptied = np.flatnonzero(kept & empties[visit])
    by = visit[emptied]
    at = walks.when(walks.done[by] + 2.0 + emptied - walks.first_item[by], by)
    parts.add(kinds.REMOVE_FROM_CART, walks.last_row[by], at, product[emptied], quantity[emptied])
    return _Carts(kept, quantity, checks_out, buys, has_cart & ~buys & ~empties)


def _log_in(
    rng: np.random.Generator,
    habits: Habits,
    parts: Parts,
    rows: Rows,
    walks: Walks,
    visits: Visits,
    checks_out: Bools,
) -> None:
    """Those who log in within the visit do it before some page, or at the latest to check out."""
    count = len(walks.item_count)
    late = np.flatnonzero(visits.is_known & (walks.item_count > 0) & (rng.random(count) < habits.login))
    item = walks.first_item[late] + (rng.random(len(late)) * walks.item_count[late]).astype(np.int64)
    at_checkout = checks_out[late]
    at = np.where(at_checkout, walks.when(walks.done[late] + 4.0, late), walks.before(item, 0.03))
    parts.add(kinds.LOGIN, np.where(at_checkout, walks.last_row[late], walks.row[item]), at)
    rows.known_from[late] = at
    rows.known_from[walks.last_row[late]] = at


def _check_out(rng: np.random.Generator, habits: Habits, parts: Parts, rows: Rows, walks: Walks, carts: _Carts) -> None:
    paid = walks.done + 20.0 + np.minimum(np.exp(rng.normal(4.2, 0.6, len(walks.done))), LONGEST_DWELL)
    leaving = np.flatnonzero(carts.checks_out)
    parts.add(kinds.BEGIN_CHECKOUT, walks.last_row[leaving], walks.when(walks.done[leaving] + 8.0, leaving))
    bought = np.flatnonzero(carts.kept & carts.buys[walks.visit])
    by = walks.visit[bought]
    at = walks.when(paid[by], by)
    add_orders(rng, parts, rows, habits, walks.last_row[by], at, walks.product[bought], carts.quantity[bought])


def _remind(
    rng: np.random.Generator,
    shop: Shop,
    habits: Habits,
    parts: Parts,
    rows: Rows,
    walks: Walks,
    carts: _Carts,
    visits: Visits,
) -> Visits:
    """Reminders of abandoned carts bring visitors back on the next day. Returns these visits."""
    count = len(walks.done)
    reminded = np.flatnonzero(carts.is_left & (rng.random(count) < REMINDED_SHARE))
    back_at = walks.when(walks.done[reminded] + rng.uniform(14, 34, len(reminded)) * 3600.0, reminded)
    is_returning = np.ones(len(reminded), dtype=np.bool_)
    returns = visits_of(rng, shop.seed, habits, visits.person[reminded], is_returning, visits.slot[reminded])
    visit, known_from = count + np.arange(len(reminded)), np.where(returns.is_known, 0, NEVER)
    again = np.full(count, -1)
    again[reminded] = rows.add_to(reminded, back_at, channel=CART_REMINDER, visit=visit, known_from=known_from)
    orders = rng.random(count) < RECOVERED_SHARE
    recovered = np.flatnonzero(carts.kept & (again[walks.visit] >= 0) & orders[walks.visit])
    by = again[walks.visit[recovered]]
    parts.add(kinds.LANDING, again[reminded], back_at)
    parts.add(kinds.BEGIN_CHECKOUT, again[reminded[orders[reminded]]], back_at[orders[reminded]] + 25 * SECOND)
    at = rows.started_at[by] + 95 * SECOND
    add_orders(rng, parts, rows, habits, by, at, walks.product[recovered], carts.quantity[recovered])
    return returns
