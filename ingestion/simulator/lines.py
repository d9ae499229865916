"""Formats events as the JSON lines of a tracker."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ingestion.simulator import events as kinds
from ingestion.simulator.events import Bools, Events, Sessions
from ingestion.simulator.fragments import Fragments, Texts, as_texts
from ingestion.simulator.orders import COUPONS, CURRENCIES, Amounts
from ingestion.simulator.shop import CATEGORIES, URL, Ints, Shop, decimal
from ingestion.simulator.visitors import CITIES, DEVICES, fraction, ip_address, mix

PAYMENT: Final = ("card", "paypal", "card", "invoice", "klarna", "apple_pay", "card", "sepa_debit")
TIERS: Final = ("bronze", "bronze", "silver", "gold")
_PLACES: Final = [
    f'"device_type":"{device}","browser":"{browser}","user_agent":"{agent}","country":"{country}","city":"{city}"'
    for device, browser, agent, _ in DEVICES
    for country, city, _ in CITIES
]
_QUANTITY: Final = np.array(["", *(f',"quantity":{n}' for n in range(1, 10))], dtype=object)


class Ids:
    """The ids of a step's events, sessions and orders, from random bytes: 16 for each event, then for each session.

    The id of an event is 32 digits of `hex`, from 32 times its position on.
    """

    def __init__(self, entropy: bytes, events: int) -> None:
        self.hex = entropy.hex()
        self._sessions = 32 * events

    def session(self, tracker: int) -> str:
        start = self._sessions + 32 * tracker
        return self.hex[start : start + 16]

    def order(self, tracker: int) -> str:
        start = self._sessions + 32 * tracker + 16
        return f"o-{self.hex[start : start + 12]}"


def format_lines(
    fragments: Fragments,
    sessions: Sessions,
    events: Events,
    amounts: Amounts,
    chosen: Ints,
    has_tier: Bools,
    day: int,
    seed: int,
    ids: Ids,
) -> list[str]:
    """The lines of the chosen events (positions); those with `has_tier` have a field that the contract does not know.

    Prices are those of `day` (since 1970).
    """
    kind, session, product = events.kind[chosen], events.session[chosen], events.product[chosen]
    quantity = np.where(kind >= kinds.ADD_TO_CART, events.quantity[chosen], 0)
    quantity[kind == kinds.BEGIN_CHECKOUT] = 0
    tail = _QUANTITY[quantity]
    middle = np.empty(len(chosen), dtype=object)

    at = np.flatnonzero(kind == kinds.LANDING)
    category = _landing_category(fragments.shop, events, sessions, session[at], seed)
    middle[at] = fragments.landing(sessions.channel[session[at]], category)
    at = np.flatnonzero(kind == kinds.CAMPAIGN_CLICK)
    category = (mix(session[at], seed) % np.uint64(len(CATEGORIES))).astype(np.int64)
    middle[at] = fragments.landing(product[at], category)
    for plain in (kinds.CATEGORY_PAGE, kinds.SEARCH):
        at = np.flatnonzero(kind == plain)
        middle[at] = fragments.plain(plain, product[at])
    middle[kind == kinds.LOGIN] = f'"event_type":"login","page_url":"{URL}/login"'
    middle[kind == kinds.BEGIN_CHECKOUT] = f'"event_type":"begin_checkout","page_url":"{URL}/checkout"'
    for priced in kinds.PRICED:
        at = np.flatnonzero(kind == priced)
        middle[at] = fragments.priced(priced, product[at], day)

    end = _ends(sessions, session, events.is_known[chosen], has_tier[chosen], seed, ids)
    of_order = np.flatnonzero(kind >= kinds.PURCHASE)
    lines = np.searchsorted(amounts.line, chosen[of_order])
    for position, line in zip(of_order.tolist(), lines.tolist(), strict=True):
        tail[position] += _order_fields(int(kind[position]), amounts, line, ids)
        if kind[position] >= kinds.BACKEND:
            # entered by the shop's own systems, outside of any visit
            is_known = events.is_known[chosen[position]]
            person = sessions.visits.person[sessions.visit[session[position]]]
            end[position] = (f'"user_id":"c{person}",' if is_known else "") + '"source":"backend"}'

    times = np.datetime_as_string(events.at[chosen].astype("datetime64[us]"), unit="ms").tolist()
    event_ids = ids.hex
    return [
        f'{{"event_id":"{event_ids[32 * number : 32 * number + 32]}","event_time":"{time}Z",{text}{more},{rest}'
        for number, time, text, more, rest in zip(
            events.same_as[chosen].tolist(), times, middle.tolist(), tail.tolist(), end.tolist(), strict=True
        )
    ]


def _order_fields(kind: int, amounts: Amounts, line: int, ids: Ids) -> str:
    """What an order's line has beyond its product. A line without a discount has no total."""
    order = ids.order(int(amounts.order[line]))
    fields = f',"currency":"{CURRENCIES[amounts.currency[line]]}","order_id":"{order}"'
    if kind != kinds.REFUND:
        payment = PAYMENT[int(order[2], 16) % len(PAYMENT)]
        fields += f',"payment_method":"{payment}","tax":{decimal(int(amounts.tax[line]))}'
        fields += f',"shipping":{decimal(int(amounts.shipping[line]))}'
    if amounts.percent[line]:
        fields += f',"line_total":{decimal(int(amounts.total[line]))}'
        if kind != kinds.REFUND:
            fields += f',"discount":{decimal(int(amounts.discount[line]))},"coupon":"{COUPONS[amounts.percent[line]]}"'
    return fields if kind >= kinds.BACKEND else fields + ',"source":"tracker"'


def _landing_category(shop: Shop, events: Events, sessions: Sessions, session: Ints, seed: int) -> Ints:
    """The category of the landing page: that of the first viewed product, or any if the visitor leaves at once."""
    first = np.full(len(sessions.channel), -1)
    viewed = np.flatnonzero(events.kind == kinds.VIEW_ITEM)[::-1]
    first[events.session[viewed]] = events.product[viewed]
    seen = first[session]
    category = (mix(session, seed) % np.uint64(len(CATEGORIES))).astype(np.int64)
    return np.where(seen >= 0, shop.category_of[seen], category)


def _ends(sessions: Sessions, session: Ints, is_known: Bools, has_tier: Bools, seed: int, ids: Ids) -> Texts:
    """The last part of each line, for its session and whether its visitor is logged in: visitor, device and place."""
    visits = sessions.visits
    keys, line_of = np.unique(session * 4 + is_known * 2 + has_tier, return_inverse=True)
    rows = keys // 4
    visit = sessions.visit[rows]
    tier = (fraction(mix(visits.person[visit], seed + 7)) * len(TIERS)).astype(np.int64)
    columns: tuple[list[Any], ...] = tuple(
        column.tolist()
        for column in (
            keys % 4,
            sessions.tracker[rows],
            visits.cookie[visit],
            visits.device[visit] * len(CITIES) + visits.city[visit],
            visits.address[visit],
            visits.person[visit],
            tier,
        )
    )
    texts = []
    for key, tracker, cookie, where, address, person, level in zip(*columns, strict=True):
        user = f',"user_id":"c{person}"' if key >= 2 else ""
        new = f',"loyalty_tier":"{TIERS[level]}"' if key % 2 else ""
        texts.append(
            f'"anonymous_id":"{cookie:016x}"{user},"session_id":"{ids.session(tracker)}",{_PLACES[where]}'
            f',"ip_address":"{ip_address(address)}"{new}}}'
        )
    ends: Texts = as_texts(texts)[line_of]
    return ends
