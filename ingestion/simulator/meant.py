"""Records the visits and orders of a run as the simulator meant them, so that tables can be compared with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from ingestion.simulator import events as kinds
from ingestion.simulator.channels import CHANNELS, FROM_INSIDE, INSIDE, IS_TAGGED
from ingestion.simulator.events import NEVER, Bools, Events, Sessions
from ingestion.simulator.faults import IN_FUTURE, MALFORMED, PERSONAL, SKEWED, Tags
from ingestion.simulator.lines import Ids
from ingestion.simulator.orders import COUPONS, CURRENCIES, Amounts
from ingestion.simulator.shop import Ints, decimal
from ingestion.simulator.touches import BUYER, LINK, NOBODY, TOUCH, Day, Table, date_of, find, table
from ingestion.simulator.traffic import DAY

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

_CHANNEL_TEXTS: Final = [
    f"{channel.source},{channel.medium},{channel.campaign},{channel.referrer},{channel.group}" for channel in CHANNELS
]
_MISSING: Final = 1
_FAULTS: Final = ((_MISSING, "missing"), (MALFORMED, "malformed"), (SKEWED, "clock_skew"), (PERSONAL, "personal_data"))
_FAULT_TEXTS: Final = [" ".join(name for bit, name in _FAULTS if bits & bit) for bits in range(256)]

# A visit's last session may begin two days after the visit, and touches are searched up to the day after an order.
_WAIT_DAYS: Final = 3
_KEEP_DAYS: Final = 40

Write = Callable[[str, tuple[str, ...], int, list[str]], None]


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


@dataclass
class _Date:
    """What is known of a date so far."""

    sessions: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    order_ids: list[str] = field(default_factory=list)
    buyers: list[Table] = field(default_factory=list)


class Meant:
    """Collects visits step by step, in the order of time, and writes the rows of each date once they are complete.

    Parameters
    ----------
    write
        Takes the name and the columns of a table, a date (days since 1970) and its rows.
    until
        The end of what the lake holds, in microseconds since 1970.
    first_date, first_touch_date
        The first date whose sessions and orders are complete, and the first whose orders have all their touches.
    """

    def __init__(self, write: Write, until: int, first_date: int, first_touch_date: int) -> None:
        self.until = until
        self._write = write
        self._first_date, self._first_touch_date = first_date, first_touch_date
        self._dates: defaultdict[int, _Date] = defaultdict(_Date)
        self._days: defaultdict[int, Day] = defaultdict(Day)

    def add(self, step_start: int, drawn: Drawn) -> None:
        """Add the visits of a step. Steps come in the order of time."""
        self._write_before(step_start // DAY - _WAIT_DAYS)
        # lines have milliseconds
        step = replace(drawn, at=drawn.at // 1_000 * 1_000)
        is_there = drawn.is_sent & (drawn.arrives_at < self.until) & (drawn.tags & (MALFORMED | IN_FUTURE) == 0)
        self._add_sessions(step, is_there)
        if np.any(is_there & (drawn.events.kind == kinds.PURCHASE)):
            self._add_orders(step, is_there)

    def close(self) -> None:
        """Write the dates that are left."""
        self._write_before(1 << 40)

    def _add_sessions(self, drawn: Drawn, is_there: Bools) -> None:
        sessions, events, count = drawn.sessions, drawn.events, len(drawn.sessions.origin)
        in_visit = events.kind < kinds.BACKEND
        there = np.flatnonzero(is_there & in_visit)
        session, at = events.session[there], drawn.at[there]
        start, end = np.full(count, NEVER), np.zeros(count, dtype=np.int64)
        np.minimum.at(start, session, at)
        np.maximum.at(end, session, at)
        known = there[events.is_known[there]]
        known_from = _first(drawn, known, count)
        device, person = sessions.visits.cookie[sessions.visit], sessions.visits.person[sessions.visit]
        faults = _faults(drawn, is_there, in_visit, events.session, count)

        entry = sessions.channel.copy()
        page = (events.kind[there] == kinds.CATEGORY_PAGE) & (at == start[session]) & (entry[session] == INSIDE)
        entry[session[page]] = FROM_INSIDE
        bought = np.zeros(count, dtype=np.bool_)
        bought[session[events.kind[there] == kinds.PURCHASE]] = True
        rows = np.unique(session)
        tracker = sessions.tracker[rows].tolist()
        texts = _rows(
            _times(start[rows], "D"),
            [f"{cookie:016x}" for cookie in device[rows].tolist()],
            [drawn.ids.session(one) for one in tracker],
            _times(start[rows]),
            _times(end[rows]),
            map(str, np.bincount(session, minlength=count)[rows].tolist()),
            _users(np.where(known_from < NEVER, person, NOBODY)[rows]),
            [_CHANNEL_TEXTS[channel] for channel in entry[rows].tolist()],
            [drawn.ids.order(one) if is_order else "" for one, is_order in zip(tracker, bought[rows], strict=True)],
            [_FAULT_TEXTS[bits] for bits in faults[rows].tolist()],
        )
        for date, text in zip(date_of(start[rows]).tolist(), texts, strict=True):
            self._dates[date].sessions.append(text)

        user = np.where(known_from <= start, person, NOBODY)
        self._add_touches(table(TOUCH, device, user, start, entry, faults)[rows])
        click = there[events.kind[there] == kinds.CAMPAIGN_CLICK]
        of, channel = events.session[click], events.product[click]
        other = ~IS_TAGGED[sessions.channel[of]] | (channel != sessions.channel[of])
        user = np.where(events.is_known[click], person[of], NOBODY)
        clicked = table(TOUCH, device[of], user, drawn.at[click], channel, faults[of])
        self._add_touches(clicked[other & (drawn.at[click] > start[of])])

        # Those who are logged in are seen on one date, or on two if midnight passes meanwhile.
        later = known[date_of(drawn.at[known]) > date_of(known_from)[events.session[known]]]
        for since in (known_from, _first(drawn, later, count)):
            seen = np.flatnonzero(since < NEVER)
            links = table(LINK, device[seen], person[seen], since[seen])
            for date, of_date in _by_date(links, "first_seen_at"):
                self._days[date].link_parts.append(of_date)

    def _add_touches(self, touches: Table) -> None:
        for date, of_date in _by_date(touches, "at"):
            self._days[date].touch_parts.append(of_date)

    def _add_orders(self, drawn: Drawn, is_there: Bools) -> None:
        sessions, events, amounts, count = drawn.sessions, drawn.events, drawn.amounts, len(drawn.sessions.origin)
        faults = _faults(drawn, is_there, events.kind == kinds.PURCHASE, sessions.tracker[events.session], count)
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
        texts = _rows(
            _times(at, "D"),
            order_ids,
            _times(at),
            _users(user),
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
            [_FAULT_TEXTS[bits] for bits in faults[orders].tolist()],
        )
        buyers = table(BUYER, device, user, at)
        for position, (date, text) in enumerate(zip(date_of(at).tolist(), texts, strict=True)):
            self._dates[date].orders.append(text)
            self._dates[date].order_ids.append(order_ids[position])
            self._dates[date].buyers.append(buyers[position : position + 1])

    def _write_before(self, end: int) -> None:
        for date in sorted(date for date in self._dates if date < end):
            rows = self._dates.pop(date)
            if date >= self._first_date:
                self._write("sessions", SESSIONS, date, rows.sessions)
                self._write("orders", ORDERS, date, rows.orders)
            if date >= self._first_touch_date:
                self._write("order_touches", ORDER_TOUCHES, date, self._touch_rows(date, rows))
        for date in [date for date in self._days if date < end - _KEEP_DAYS]:
            del self._days[date]

    def _touch_rows(self, date: int, rows: _Date) -> list[str]:
        if not rows.buyers:
            return []
        paths = find(np.concatenate(rows.buyers), date, self._days)
        day = str(np.datetime64(date, "D"))
        return _rows(
            [day] * len(rows.order_ids),
            rows.order_ids,
            map(str, paths.count.tolist()),
            _times(paths.first["at"]),
            [_CHANNEL_TEXTS[channel] for channel in paths.first["channel"].tolist()],
            _times(paths.last["at"]),
            [_CHANNEL_TEXTS[channel] for channel in paths.last["channel"].tolist()],
            [_FAULT_TEXTS[bits] for bits in paths.faults.tolist()],
        )


def _first(drawn: Drawn, events: Ints, count: int) -> Ints:
    """The time of the first of these events in each session, or NEVER."""
    first = np.full(count, NEVER)
    np.minimum.at(first, drawn.events.session[events], drawn.at[events])
    return first


def _faults(drawn: Drawn, is_there: Bools, chosen: Bools, group: Ints, count: int) -> Ints:
    """What happened to the chosen events of each group (of `count`) on their way to the tables."""
    events = np.flatnonzero(drawn.is_sent & chosen)
    bits = drawn.tags[events].astype(np.int64) & (MALFORMED | SKEWED | PERSONAL)
    bits[~is_there[events] & (bits & MALFORMED == 0)] |= _MISSING
    faults = np.zeros(count, dtype=np.int64)
    np.bitwise_or.at(faults, group[events], bits)
    return faults


def _by_date(rows: Table, name: str) -> list[tuple[int, Table]]:
    dates = date_of(rows[name])
    return [(date, rows[dates == date]) for date in np.unique(dates).tolist()]


def _times(at: Ints, unit: Any = "ms") -> list[str]:
    texts: list[str] = np.datetime_as_string(at.astype("datetime64[us]"), unit=unit).tolist()
    return texts


def _users(person: Ints) -> list[str]:
    return ["" if number == NOBODY else f"c{number}" for number in person.tolist()]


def _rows(*columns: Any) -> list[str]:
    return [",".join(values) for values in zip(*columns, strict=True)]
