"""Simulates what visits look at: their pages, pauses and campaign clicks, drawn for a whole step at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.simulator import events as kinds
from ingestion.simulator.channels import IS_TAGGED, TAGGED
from ingestion.simulator.events import Parts, Rows
from ingestion.simulator.habits import Habits
from ingestion.simulator.shop import Floats, Ints, Shop
from ingestion.simulator.traffic import SECOND

# Two events of a session are never further apart, and two sessions of one tracker session id never closer: both are far
# from the 30 minutes that end a session.
LONGEST_DWELL: Final = 900.0
SHORTEST_PAUSE: Final = 2_400.0
LONGEST_PAUSE: Final = 18_000.0


@dataclass(frozen=True, slots=True)
class Walks:
    """What visits look at. The first arrays have a position per visit, those from `visit` on one per viewed item.

    `resumed` is the item after a pause, or the number of all items; `row` is the session of an item, `last_row` that of
    the visit's end. Times are seconds after the visit's start: `begin` of an item's page, `done` after the last one.
    """

    started_at: Ints
    item_count: Ints
    first_item: Ints
    resumed: Ints
    last_row: Ints
    landing_dwell: Floats
    done: Floats
    visit: Ints
    product: Ints
    row: Ints
    dwell: Floats
    begin: Floats

    def when(self, offset: Floats, of: Ints) -> Ints:
        """The times at these offsets of visits."""
        return self.started_at[of] + (offset * SECOND).astype(np.int64)

    def before(self, item: Ints, share: float) -> Ints:
        """The time just before an item's page: a share of what the visitor spent on the page before."""
        of = self.visit[item]
        last = np.where(item > self.first_item[of], self.dwell[item - 1], self.landing_dwell[of])
        return self.when(self.begin[item] - share * last, of)


def walk(rng: np.random.Generator, shop: Shop, habits: Habits, parts: Parts, rows: Rows, item_count: Ints) -> Walks:
    """The landing and the viewed items of all visits at once, with a pause in some of them."""
    count = len(item_count)
    everyone, started_at = np.arange(count), rows.started_at
    visit = np.repeat(everyone, item_count)
    first_item = np.cumsum(item_count) - item_count
    first = first_item[visit]
    items = len(visit)
    product = _products(rng, shop, first, items)
    dwell = np.clip(np.exp(rng.normal(3.4, 0.8, items)), 3.0, LONGEST_DWELL)
    landing_dwell = 3.0 + np.minimum(rng.exponential(12.0, count), LONGEST_DWELL / 2)

    paused = np.flatnonzero((item_count > 1) & (rng.random(count) < habits.pause))
    resumed = np.full(count, items)
    resumed[paused] = first_item[paused] + 1 + (rng.random(len(paused)) * (item_count[paused] - 1)).astype(np.int64)
    pause = np.zeros(items)
    pause[resumed[paused]] = rng.uniform(SHORTEST_PAUSE, LONGEST_PAUSE, len(paused))
    elapsed = np.cumsum(dwell + pause) - dwell
    begin = elapsed - elapsed[first] + landing_dwell[visit]
    done = landing_dwell + np.bincount(visit, weights=dwell + pause, minlength=count)

    # the items after a pause belong to a session of their own
    last_row = everyone.copy()
    back_at = started_at[paused] + (begin[resumed[paused]] * SECOND).astype(np.int64)
    last_row[paused] = rows.add_to(paused, back_at)
    row = np.where(np.arange(items) >= resumed[visit], last_row[visit], visit)
    walks = Walks(
        started_at, item_count, first_item, resumed, last_row, landing_dwell, done, visit, product, row, dwell, begin
    )
    parts.add(kinds.LANDING, everyone, started_at)
    u = rng.random(items)
    for kind, chosen in ((kinds.CATEGORY_PAGE, u < 0.30), (kinds.SEARCH, u > 0.88)):
        parts.add(kind, row[chosen], walks.when(begin[chosen], visit[chosen]), product[chosen])
    parts.add(kinds.VIEW_ITEM, row, walks.when(begin + 0.3 * dwell, visit), product)
    return walks


def click_on_campaigns(rng: np.random.Generator, habits: Habits, parts: Parts, rows: Rows, walks: Walks) -> None:
    """Some come in through a campaign within the visit, among them half of those who pause and do so."""
    count, channel = len(walks.item_count), rows.channel
    clicks = np.flatnonzero((walks.item_count > 1) & (rng.random(count) < habits.campaign_click))
    resumed = walks.resumed[clicks]
    item = walks.first_item[clicks] + 1
    item += (rng.random(len(clicks)) * (walks.item_count[clicks] - 1)).astype(np.int64)
    item = np.where((resumed < len(walks.visit)) & (rng.random(len(clicks)) < 0.5), resumed, item)
    named = TAGGED[rng.integers(0, len(TAGGED), len(clicks))]
    named = np.where(IS_TAGGED[channel[clicks]] & (rng.random(len(clicks)) < 0.3), channel[clicks], named)
    parts.add(kinds.CAMPAIGN_CLICK, walks.row[item], walks.before(item, 0.05), named)
    returns = item == resumed
    channel[walks.row[item[returns]]] = named[returns]


def _products(rng: np.random.Generator, shop: Shop, first: Ints, items: int) -> Ints:
    """Draw viewed products by popularity; two thirds are in the category of the session's first product."""
    u = rng.random(items)
    product = np.searchsorted(shop.popularity, u)
    stays = (rng.random(items) < 0.65) & (np.arange(items) > first)
    category = shop.category_of[product[first]]
    low = shop.category_from[category]
    within = np.searchsorted(shop.popularity, low + u * (shop.category_to[category] - low))
    return np.minimum(np.where(stays, within, product), len(shop.popularity) - 1)
