"""Records the visits and orders of a run as the simulator meant them, so that tables can be compared with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ingestion.simulator import events as kinds
from ingestion.simulator.channels import FROM_INSIDE, INSIDE, IS_TAGGED
from ingestion.simulator.events import NEVER, Bools
from ingestion.simulator.faults import IN_FUTURE, MALFORMED
from ingestion.simulator.shop import Ints
from ingestion.simulator.touches import LINK, NOBODY, TOUCH, Day, Table, date_of, find, table
from ingestion.simulator.traffic import DAY
from ingestion.simulator.truth_rows import (
    CHANNEL_TEXTS,
    FAULT_TEXTS,
    ORDER_TOUCHES,
    ORDERS,
    SESSIONS,
    Drawn,
    Orders,
    csv_rows,
    faults_of,
    orders_of,
    times,
    users,
)

# A visit's last session may begin two days after the visit, and touches are searched up to the day after an order.
_WAIT_DAYS: Final = 3
_KEEP_DAYS: Final = 40

Write = Callable[[str, tuple[str, ...], int, list[str]], None]


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
            self._add_orders(orders_of(step, is_there))

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
        faults = faults_of(drawn, is_there, in_visit, events.session, count)

        entry = sessions.channel.copy()
        page = (events.kind[there] == kinds.CATEGORY_PAGE) & (at == start[session]) & (entry[session] == INSIDE)
        entry[session[page]] = FROM_INSIDE
        bought = np.zeros(count, dtype=np.bool_)
        bought[session[events.kind[there] == kinds.PURCHASE]] = True
        rows = np.unique(session)
        tracker = sessions.tracker[rows].tolist()
        texts = csv_rows(
            times(start[rows], "D"),
            [f"{cookie:016x}" for cookie in device[rows].tolist()],
            [drawn.ids.session(one) for one in tracker],
            times(start[rows]),
            times(end[rows]),
            map(str, np.bincount(session, minlength=count)[rows].tolist()),
            users(np.where(known_from < NEVER, person, NOBODY)[rows]),
            [CHANNEL_TEXTS[channel] for channel in entry[rows].tolist()],
            [drawn.ids.order(one) if is_order else "" for one, is_order in zip(tracker, bought[rows], strict=True)],
            [FAULT_TEXTS[bits] for bits in faults[rows].tolist()],
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

    def _add_orders(self, orders: Orders) -> None:
        for position, date in enumerate(date_of(orders.buyers["at"]).tolist()):
            of_date = self._dates[date]
            of_date.orders.append(orders.rows[position])
            of_date.order_ids.append(orders.ids[position])
            of_date.buyers.append(orders.buyers[position : position + 1])

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
        return csv_rows(
            [day] * len(rows.order_ids),
            rows.order_ids,
            map(str, paths.count.tolist()),
            times(paths.first["at"]),
            [CHANNEL_TEXTS[channel] for channel in paths.first["channel"].tolist()],
            times(paths.last["at"]),
            [CHANNEL_TEXTS[channel] for channel in paths.last["channel"].tolist()],
            [FAULT_TEXTS[bits] for bits in paths.faults.tolist()],
        )


def _first(drawn: Drawn, events: Ints, count: int) -> Ints:
    """The time of the first of these events in each session, or NEVER."""
    first = np.full(count, NEVER)
    np.minimum.at(first, drawn.events.session[events], drawn.at[events])
    return first


def _by_date(rows: Table, name: str) -> list[tuple[int, Table]]:
    dates = date_of(rows[name])
    return [(date, rows[dates == date]) for date in np.unique(dates).tolist()]
