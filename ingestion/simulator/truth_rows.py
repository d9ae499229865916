"""What a step's visits are in the tables of the truth: columns, texts and the rows of orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ingestion.simulator import events as kinds
from ingestion.simulator.channels import CHANNELS
from ingestion.simulator.events import Bools, Events, Sessions
from ingestion.simulator.faults import MALFORMED, PERSONAL, SKEWED, Tags
from ingestion.simulator.lines import Ids
from ingestion.simulator.orders import COUPONS, CURRENCIES, Amounts
from ingestion.simulator.shop import Ints, decimal
from ingestion.simulator.touches import BUYER, NOBODY, Table, table

_CHANNEL: Final = ("source", "medium", "campaign", "referrer", "channel")
SESSIONS: Final = (
    *("session_date", "device_id", "tracker_session_id", "started_at", "ended_at", "event_count", "user_id"),
    *(*_CHANNEL, "order_id", "faults"),
)
ORDERS: Final = (
    *("order_date", "order_id", "ordered_at", "user_id", "device_id", "tracker_session_id", "currency"),
    *("line_count", "piece_count", "gross", "discount", "coupon", "tax", "shipping", "refund_count", "refunded", "net"),
    *("reload_count", "repeat_count", "is_restamped", "backend_count", "faults"),
)
ORDER_TOUCHES: Final = (
    *("order_date", "order_id", "touch_count"),
    *(f"{which}_{name}" for which in ("first", "last") for name in ("touch_at", *_CHANNEL)),
    "faults",
)

CHANNEL_TEXTS: Final = [
    f"{channel.source},{channel.medium},{channel.campaign},{channel.referrer},{channel.group}" for channel in CHANNELS
]
_MISSING: Final = 1
_FAULTS: Final = ((_MISSING, "missing"), (MALFORMED, "malformed"), (SKEWED, "clock_skew"), (PERSONAL, "personal_data"))
FAULT_TEXTS: Final = [" ".join(name for bit, name in _FAULTS if bits & bit) for bits in range(256)]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A step's visits: which events are sent, when their first copies arrive, and their faults.

    `at` is when an event happened, whatever the visitor's clock said.
    """

    sessions: Sessions
    events: Events
    at: Ints
    is_sent: Bools
    arrives_at: Ints
    tags: Tags
    amounts: Amounts
    ids: Ids


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders of a step: their ids, who bought, and their rows in the table of orders."""

    ids: list[str]
    buyers: Table
    rows: list[str]


def orders_of(drawn: Drawn, is_there: Bools) -> Orders:
    """The orders of which a line is in the lake."""
    sessions, events, amounts, count = drawn.sessions, drawn.events, drawn.amounts, len(drawn.sessions.origin)
    faults = faults_of(drawn, is_there, events.kind == kinds.PURCHASE, sessions.tracker[events.session], count)
    kind, is_there = events.kind[amounts.line], is_there[amounts.line]
    # the last line of each order, which has what all of them have
    last = np.full(count, -1)
    bought = np.flatnonzero(is_there & (kind == kinds.PURCHASE))
    last[amounts.order[bought]] = bought
    orders = np.flatnonzero(last >= 0)
    line, visit = last[orders], sessions.visit[orders]
    event = amounts.line[line]
    at, device = drawn.at[event], sessions.visits.cookie[visit]
    user = np.where(events.is_known[event], sessions.visits.person[visit], NOBODY)

    def total(of: int, values: Ints | None = None) -> Ints:
        """How many lines of a kind each order has in the lake, or the sum of their values."""
        lines = is_there & (kind == of)
        weights = None if values is None else values[lines]
        return np.bincount(amounts.order[lines], weights, count)[orders].astype(np.int64)

    reloads = np.flatnonzero(is_there & (kind == kinds.RELOADED))
    firings = np.unique(np.stack((amounts.order[reloads], drawn.at[amounts.line[reloads]])), axis=1)[0]
    restamped = total(kinds.RESTAMPED)
    gross, refunded = total(kinds.PURCHASE, amounts.total), total(kinds.REFUND, amounts.total)
    order_ids = [drawn.ids.order(order) for order in orders.tolist()]
    texts = csv_rows(
        times(at, "D"),
        order_ids,
        times(at),
        users(user),
        [f"{cookie:016x}" for cookie in device.tolist()],
        [drawn.ids.session(order) for order in orders.tolist()],
        [CURRENCIES[currency] for currency in amounts.currency[line].tolist()],
        map(str, total(kinds.PURCHASE).tolist()),
        map(str, total(kinds.PURCHASE, events.quantity[amounts.line]).tolist()),
        map(decimal, gross.tolist()),
        map(decimal, total(kinds.PURCHASE, amounts.discount).tolist()),
        [COUPONS.get(percent, "") for percent in amounts.percent[line].tolist()],
        map(decimal, amounts.tax[line].tolist()),
        map(decimal, amounts.shipping[line].tolist()),
        map(str, total(kinds.REFUND).tolist()),
        map(decimal, refunded.tolist()),
        map(decimal, (gross - refunded).tolist()),
        map(str, np.bincount(firings.astype(np.int64), minlength=count)[orders].tolist()),
        map(str, (total(kinds.RELOADED) + restamped).tolist()),
        ["true" if lines else "false" for lines in restamped.tolist()],
        map(str, total(kinds.BACKEND).tolist()),
        [FAULT_TEXTS[bits] for bits in faults[orders].tolist()],
    )
    return Orders(order_ids, table(BUYER, device, user, at), texts)


def faults_of(drawn: Drawn, is_there: Bools, chosen: Bools, group: Ints, count: int) -> Ints:
    """What happened to the chosen events of each group (of `count`) on their way to the tables."""
    events = np.flatnonzero(drawn.is_sent & chosen)
    bits = drawn.tags[events].astype(np.int64) & (MALFORMED | SKEWED | PERSONAL)
    bits[~is_there[events] & (bits & MALFORMED == 0)] |= _MISSING
    faults = np.zeros(count, dtype=np.int64)
    np.bitwise_or.at(faults, group[events], bits)
    return faults


def times(at: Ints, unit: Any = "ms") -> list[str]:
    """Times as text, to the millisecond or to the day (`D`)."""
    texts: list[str] = np.datetime_as_string(at.astype("datetime64[us]"), unit=unit).tolist()
    return texts


def users(person: Ints) -> list[str]:
    """The account ids of people, empty for NOBODY."""
    return ["" if number == NOBODY else f"c{number}" for number in person.tolist()]


def csv_rows(*columns: Any) -> list[str]:
    """Lines of CSV from columns of text. No text of the simulator needs quotes."""
    return [",".join(values) for values in zip(*columns, strict=True)]
