"""Simulates what visitors do in the shop, drawn for a whole step at once."""

from __future__ import annotations

from typing import Final

import numpy as np

from ingestion.simulator import events as kinds
from ingestion.simulator.channels import (
    CART_REMINDER,
    CHANNEL_DRAW,
    DEPTH,
    INTENT,
    IS_TAGGED,
    TAGGED,
)
from ingestion.simulator.events import NEVER, Events, Parts, Rows, Sessions
from ingestion.simulator.habits import Habits
from ingestion.simulator.orders import add_orders, draw_coupons
from ingestion.simulator.shop import Floats, Ints, Shop
from ingestion.simulator.traffic import DAY, MINUTE, SECOND
from ingestion.simulator.visitors import FIRST_DESKTOP, Visits, draw_visits, visits_of

BOUNCE_SHARE: Final = 0.36
REMINDED_SHARE: Final = 0.22
RECOVERED_SHARE: Final = 0.5
MAX_ITEMS: Final = 40
# Two events of a session are never further apart, and two sessions of one tracker session id never closer: both are far
# from the 30 minutes that end a session.
LONGEST_DWELL: Final = 900.0
SHORTEST_PAUSE: Final = 2_400.0
LONGEST_PAUSE: Final = 18_000.0


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
    everyone = np.arange(count)

    # viewed items, for all visits at once
    bounces = rng.random(count) < BOUNCE_SHARE / np.sqrt(DEPTH[channel])
    item_count = np.where(bounces, 0, np.minimum(rng.geometric(0.30 / np.clip(DEPTH[channel], 0.6, 2.0)), MAX_ITEMS))
    if end % DAY == 0:
        over = rng.random(count) < habits.midnight
        shortly_before = np.maximum(end - rng.integers(MINUTE, 4 * MINUTE, count), start)
        started_at = np.where(over, shortly_before, started_at)
        item_count = np.where(over, np.maximum(item_count, 8), item_count)
    session = np.repeat(everyone, item_count)
    first_item = np.cumsum(item_count) - item_count
    first = first_item[session]
    items = len(session)
    product = _products(rng, shop, first, items)
    dwell = np.clip(np.exp(rng.normal(3.4, 0.8, items)), 3.0, LONGEST_DWELL)
    landing_dwell = 3.0 + np.minimum(rng.exponential(12.0, count), LONGEST_DWELL / 2)

    # the items after a pause belong to a session of their own
    paused = np.flatnonzero((item_count > 1) & (rng.random(count) < habits.pause))
    resumed = np.full(count, items)
    resumed[paused] = first_item[paused] + 1 + (rng.random(len(paused)) * (item_count[paused] - 1)).astype(np.int64)
    pause = np.zeros(items)
    pause[resumed[paused]] = rng.uniform(SHORTEST_PAUSE, LONGEST_PAUSE, len(paused))
    elapsed = np.cumsum(dwell + pause) - dwell
    begin = elapsed - elapsed[first] + landing_dwell[session]
    done = landing_dwell + np.bincount(session, weights=dwell + pause, minlength=count)

    def when(offset: Floats, of: Ints) -> Ints:
        return started_at[of] + (offset * SECOND).astype(np.int64)

    def before(item: Ints, share: float) -> Ints:
        """The time just before an item's page: a share of what the visitor spent on the page before."""
        of = session[item]
        last = np.where(item > first_item[of], dwell[item - 1], landing_dwell[of])
        return when(begin[item] - share * last, of)

    rows = Rows(channel, started_at, np.where(visits.is_known, 0, NEVER))
    last_row = everyone.copy()
    last_row[paused] = rows.add_to(paused, when(begin[resumed[paused]], paused))
    row = np.where(np.arange(items) >= resumed[session], last_row[session], session)

    parts = Parts()
    parts.add(kinds.LANDING, everyone, started_at)
    u = rng.random(items)
    for kind, chosen in ((kinds.CATEGORY_PAGE, u < 0.30), (kinds.SEARCH, u > 0.88)):
        parts.add(kind, row[chosen], when(begin[chosen], session[chosen]), product[chosen])
    parts.add(kinds.VIEW_ITEM, row, when(begin + 0.3 * dwell, session), product)

    # a campaign within the visit: half of those who pause come back through one
    clicks = np.flatnonzero((item_count > 1) & (rng.random(count) < habits.campaign_click))
    item = first_item[clicks] + 1 + (rng.random(len(clicks)) * (item_count[clicks] - 1)).astype(np.int64)
    item = np.where((resumed[clicks] < items) & (rng.random(len(clicks)) < 0.5), resumed[clicks], item)
    named = TAGGED[rng.integers(0, len(TAGGED), len(clicks))]
    named = np.where(IS_TAGGED[channel[clicks]] & (rng.random(len(clicks)) < 0.3), channel[clicks], named)
    parts.add(kinds.CAMPAIGN_CLICK, row[item], before(item, 0.05), named)
    returns = item == resumed[clicks]
    rows.channel[row[item[returns]]] = named[returns]

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
    at = when((begin + 0.7 * dwell)[recorded], session[recorded])
    parts.add(kinds.ADD_TO_CART, row[recorded], at, product[recorded], quantity[recorded])
    at = when((begin + 0.9 * dwell)[removed], session[removed])
    parts.add(kinds.REMOVE_FROM_CART, row[removed], at, product[removed], quantity[removed])
    emptied = np.flatnonzero(kept & empties[session])
    at = when(done[session[emptied]] + 2.0 + emptied - first[emptied], session[emptied])
    parts.add(kinds.REMOVE_FROM_CART, last_row[session[emptied]], at, product[emptied], quantity[emptied])

    # Those who log in within the visit do it before some page, or at the latest to check out.
    late = np.flatnonzero(visits.is_known & (item_count > 0) & (rng.random(count) < habits.login))
    item = first_item[late] + (rng.random(len(late)) * item_count[late]).astype(np.int64)
    login_at = np.where(checks_out[late], when(done[late] + 4.0, late), before(item, 0.03))
    parts.add(kinds.LOGIN, np.where(checks_out[late], last_row[late], row[item]), login_at)
    rows.known_from[late] = login_at
    rows.known_from[last_row[late]] = login_at

    # checkout and orders
    paid = done + 20.0 + np.minimum(np.exp(rng.normal(4.2, 0.6, count)), LONGEST_DWELL)
    leaving = np.flatnonzero(checks_out)
    parts.add(kinds.BEGIN_CHECKOUT, last_row[leaving], when(done[leaving] + 8.0, leaving))
    bought = np.flatnonzero(kept & buys[session])
    by = session[bought]
    add_orders(rng, parts, rows, habits, last_row[by], when(paid[by], by), product[bought], quantity[bought])

    # abandoned carts, and reminders that bring visitors back on the next day
    abandons = has_cart & ~buys & ~empties
    reminded = np.flatnonzero(abandons & (rng.random(count) < REMINDED_SHARE))
    back_at = when(done[reminded] + rng.uniform(14, 34, len(reminded)) * 3600.0, reminded)
    back = visits_of(
        rng, shop.seed, habits, visits.person[reminded], np.ones(len(reminded), dtype=np.bool_), visits.slot[reminded]
    )
    visit, known_from = count + np.arange(len(reminded)), np.where(back.is_known, 0, NEVER)
    again = np.full(count, -1)
    again[reminded] = rows.add_to(reminded, back_at, channel=CART_REMINDER, visit=visit, known_from=known_from)
    orders = rng.random(count) < RECOVERED_SHARE
    recovered = np.flatnonzero(kept & (again[session] >= 0) & orders[session])
    by = again[session[recovered]]
    parts.add(kinds.LANDING, again[reminded], back_at)
    parts.add(kinds.BEGIN_CHECKOUT, again[reminded[orders[reminded]]], back_at[orders[reminded]] + 25 * SECOND)
    at = rows.started_at[by] + 95 * SECOND
    add_orders(rng, parts, rows, habits, by, at, product[recovered], quantity[recovered])

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
            *(np.concatenate((getattr(visits, name), getattr(back, name))) for name in Visits.__dataclass_fields__)
        ),
    )
    return sessions, parts.combined(rows.known_from)


def _products(rng: np.random.Generator, shop: Shop, first: Ints, items: int) -> Ints:
    """Draw viewed products by popularity; two thirds are in the category of the session's first product."""
    u = rng.random(items)
    product = np.searchsorted(shop.popularity, u)
    stays = (rng.random(items) < 0.65) & (np.arange(items) > first)
    category = shop.category_of[product[first]]
    low = shop.category_from[category]
    within = np.searchsorted(shop.popularity, low + u * (shop.category_to[category] - low))
    return np.minimum(np.where(stays, within, product), len(shop.popularity) - 1)
