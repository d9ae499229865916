"""Formats events as the JSON lines of a tracker, from fragments that are formatted once."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator import journeys
from ingestion.simulator.journeys import Bools, Events, Sessions
from ingestion.simulator.shop import CATEGORIES, CURRENCY, URL, Ints, Shop
from ingestion.simulator.traffic import CHANNELS, DAY, landing_url
from ingestion.simulator.visitors import CITIES, DEVICES, fraction, ip_address, mix

Texts = NDArray[np.object_]

PAYMENT: Final = ("card", "paypal", "card", "invoice", "klarna", "apple_pay", "card", "sepa_debit")
TIERS: Final = ("bronze", "bronze", "silver", "gold")
_PLACES: Final = [
    f'"device_type":"{device}","browser":"{browser}","user_agent":"{agent}","country":"{country}","city":"{city}"'
    for device, browser, agent, _ in DEVICES
    for country, city, _ in CITIES
]
_QUANTITY: Final = np.array(["", *(f',"quantity":{n}' for n in range(1, 10))], dtype=object)


class Fragments:
    """The middle part of a line for each kind of event and each product, with the prices of one day."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._day = -1
        self._by_product: dict[int, Texts] = {}
        paths = list(CATEGORIES)
        self._landing = _texts(
            f'"event_type":"page_view","page_url":"{landing_url(channel, path)}"{channel.fields()}'
            for channel in CHANNELS
            for path in paths
        )
        self._category_page = _texts(
            f'"event_type":"page_view","page_url":"{URL}/c/{path}","category":"{path}"' for path in paths
        )
        self._search = _texts(f'"event_type":"search","page_url":"{URL}/search?q={term}"' for term in shop.terms)

    def landing(self, channel: Ints, category: Ints) -> Texts:
        """The first page of a visit, with its channel."""
        texts: Texts = self._landing[channel * len(CATEGORIES) + category]
        return texts

    def plain(self, kind: int, product: Ints) -> Texts:
        """Events without a price: category pages and searches."""
        if kind == journeys.CATEGORY_PAGE:
            return self._category_page[self.shop.category_of[product]]
        return self._search[product]

    def priced(self, kind: int, product: Ints, day: int) -> Texts:
        """Events with a product, at its price on the day (days since 1970)."""
        if day != self._day:
            self._day, self._by_product = day, self._tables(day)
        return self._by_product[kind][product]

    def _tables(self, day: int) -> dict[int, Texts]:
        shop, paths = self.shop, list(CATEGORIES)
        details = [
            f'"product_id":"{product_id}","product_name":"{name}","brand":"{brand}",'
            f'"category":"{paths[category]}","category_id":"{shop.category_ids[category]}","price":{price}'
            for product_id, name, brand, category, price in zip(
                shop.product_ids,
                shop.names,
                shop.brands,
                shop.category_of.tolist(),
                shop.prices(day),
                strict=True,
            )
        ]
        pages = [f"{URL}/p/{slug}-{product}" for slug, product in zip(shop.slugs, shop.product_ids, strict=True)]

        def table(event_type: str, urls: list[str]) -> Texts:
            return _texts(
                f'"event_type":"{event_type}","page_url":"{url}",{detail}'
                for url, detail in zip(urls, details, strict=True)
            )

        return {
            journeys.VIEW_ITEM: table("view_item", pages),
            journeys.ADD_TO_CART: table("add_to_cart", pages),
            journeys.REMOVE_FROM_CART: table("remove_from_cart", [f"{URL}/cart"] * len(pages)),
            journeys.PURCHASE: table("purchase", [f"{URL}/checkout/complete"] * len(pages)),
            journeys.REFUND: _texts(f'"event_type":"refund",{detail}' for detail in details),
        }


def format_lines(
    fragments: Fragments,
    sessions: Sessions,
    events: Events,
    chosen: Ints,
    seed: int,
    drift_from: int,
    entropy: bytes,
) -> tuple[list[str], Bools]:
    """The lines of the chosen events (positions), and which sessions have the new field.

    `entropy` holds 16 bytes for each event, then 16 for each session. From `drift_from` (microseconds since 1970) on,
    members have a `loyalty_tier`, a field that the contract does not know.
    """
    ids = entropy.hex()
    kind, session, product = events.kind[chosen], events.session[chosen], events.product[chosen]
    quantity = np.where(kind >= journeys.ADD_TO_CART, events.quantity[chosen], 0)
    quantity[kind == journeys.BEGIN_CHECKOUT] = 0
    tail = _QUANTITY[quantity]
    middle = np.empty(len(chosen), dtype=object)
    day = int(sessions.started_at[0] // DAY) if len(chosen) else 0

    at = np.flatnonzero(kind == journeys.LANDING)
    category = _landing_category(fragments.shop, events, sessions, session[at], seed)
    middle[at] = fragments.landing(sessions.channel[session[at]], category)
    for plain in (journeys.CATEGORY_PAGE, journeys.SEARCH):
        at = np.flatnonzero(kind == plain)
        middle[at] = fragments.plain(plain, product[at])
    middle[kind == journeys.BEGIN_CHECKOUT] = f'"event_type":"begin_checkout","page_url":"{URL}/checkout"'
    for priced in (
        journeys.VIEW_ITEM,
        journeys.ADD_TO_CART,
        journeys.REMOVE_FROM_CART,
        journeys.PURCHASE,
        journeys.REFUND,
    ):
        at = np.flatnonzero(kind == priced)
        middle[at] = fragments.priced(priced, product[at], day)

    session_ids = 32 * len(events.at)
    for position in np.flatnonzero(kind >= journeys.PURCHASE).tolist():
        row = int(session[position])
        order = ids[session_ids + 32 * row + 16 : session_ids + 32 * row + 28]
        paid = "" if kind[position] == journeys.REFUND else f',"payment_method":"{PAYMENT[int(order[0], 16) % 8]}"'
        tail[position] += f',"currency":"{CURRENCY}","order_id":"o-{order}"{paid}'

    is_member = sessions.visits.is_known & (sessions.started_at >= drift_from)
    ends = _session_ends(sessions, np.unique(session), seed, is_member, ids, session_ids)
    end = ends[session]
    # a refund is entered in the back office, outside any visit
    for refund in np.flatnonzero(kind == journeys.REFUND).tolist():
        text = end[refund]
        end[refund] = text[: text.index(',"session_id"')] + "}"

    times = np.datetime_as_string(events.at[chosen].astype("datetime64[us]"), unit="ms").tolist()
    return [
        f'{{"event_id":"{ids[32 * number : 32 * number + 32]}","event_time":"{time}Z",{text}{more},{rest}'
        for number, time, text, more, rest in zip(
            chosen.tolist(), times, middle.tolist(), tail.tolist(), end.tolist(), strict=True
        )
    ], is_member


def _landing_category(shop: Shop, events: Events, sessions: Sessions, session: Ints, seed: int) -> Ints:
    """The category of the landing page: that of the first viewed product, or any if the visitor leaves at once."""
    first = np.full(len(sessions.channel), -1)
    viewed = np.flatnonzero(events.kind == journeys.VIEW_ITEM)[::-1]
    first[events.session[viewed]] = events.product[viewed]
    seen = first[session]
    category = (mix(session, seed) % np.uint64(len(CATEGORIES))).astype(np.int64)
    return np.where(seen >= 0, shop.category_of[seen], category)


def _session_ends(sessions: Sessions, rows: Ints, seed: int, is_member: Bools, ids: str, session_ids: int) -> Texts:
    """The last part of each line of a session: visitor, session, device and place."""
    visits = sessions.visits
    ends = np.empty(len(sessions.channel), dtype=object)
    anonymous = mix(visits.person[rows] * 2 + visits.slot[rows], seed + 6)
    tier = (fraction(mix(visits.person[rows], seed + 7)) * len(TIERS)).astype(np.int64)
    place = visits.device[rows] * len(CITIES) + visits.city[rows]
    columns: tuple[list[Any], ...] = tuple(
        column.tolist()
        for column in (
            rows,
            anonymous,
            place,
            visits.address[rows],
            visits.person[rows],
            visits.is_known[rows],
            is_member[rows],
            tier,
        )
    )
    texts = []
    for row, cookie, where, address, person, is_known, has_tier, level in zip(*columns, strict=True):
        user = f',"user_id":"c{person}"' if is_known else ""
        new = f',"loyalty_tier":"{TIERS[level]}"' if has_tier else ""
        start = session_ids + 32 * row
        texts.append(
            f'"anonymous_id":"{cookie:016x}"{user},"session_id":"{ids[start : start + 16]}",{_PLACES[where]}'
            f',"ip_address":"{ip_address(address)}"{new}}}'
        )
    ends[rows] = _texts(texts)
    return ends


def _texts(values: Any) -> Texts:
    texts = list(values)
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array
