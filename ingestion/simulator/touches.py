"""Finds the first and last touch of orders: who is behind an order as of the order, and how those people came.

The people are the order's own device, and the devices that its user was linked with in the window before it; a device
with more than three users in that time is not followed. Their touches count, and those of the user at any device.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.shop import Ints
from ingestion.simulator.traffic import DAY

Table = NDArray[np.void]

WINDOW_DAYS: Final = 30
SHARED_DEVICE_USERS: Final = 3
NOBODY: Final = -1

TOUCH: Final = np.dtype([("device", "u8"), ("user", "i8"), ("at", "i8"), ("channel", "u1"), ("faults", "u1")])
"""An entry of a session, or a campaign click within it, with the faults of its session."""
LINK: Final = np.dtype([("device", "u8"), ("user", "i8"), ("first_seen_at", "i8")])
"""A device and a user that were seen together on a date."""
BUYER: Final = np.dtype([("device", "u8"), ("user", "i8"), ("at", "i8")])
"""Who placed an order, where and when."""
_PERSON: Final = np.dtype([("order", "i8"), ("device", "u8")])
_REACHED: Final = np.dtype([("order", "i8"), ("at", "i8"), ("device", "u8"), ("channel", "u1")])


def table(kind: np.dtype[Any], *columns: NDArray[Any]) -> Table:
    """Rows of a kind from its columns."""
    rows = np.empty(len(columns[0]), dtype=kind)
    for name, column in zip(kind.names or (), columns, strict=True):
        rows[name] = column
    return rows


@dataclass
class Day:
    """The touches and links of a date. All are added before any is read."""

    touch_parts: list[Table] = field(default_factory=list)
    link_parts: list[Table] = field(default_factory=list)

    @cached_property
    def touches(self) -> Table:
        return _sorted(_joined(self.touch_parts, TOUCH), "device")

    @cached_property
    def touches_of_users(self) -> Table:
        return _sorted(self.touches[self.touches["user"] != NOBODY], "user")

    @cached_property
    def links(self) -> Table:
        return _sorted(_joined(self.link_parts, LINK), "device")

    @cached_property
    def links_of_users(self) -> Table:
        return _sorted(self.links, "user")


@dataclass(frozen=True, slots=True)
class Paths:
    """For each order the number of its touches, its first and its last one, and the faults near them.

    A row of `first` and `last` has the time and the channel. Without a touch both are those of the epoch.
    """

    count: Ints
    first: Table
    last: Table
    faults: Ints


def find(buyers: Table, date: int, days: dict[int, Day]) -> Paths:
    """The touches of the orders of a date (days since 1970), from the days around it."""
    window = [days[day] for day in range(date - WINDOW_DAYS, date + 1) if day in days]
    around = [days[day] for day in range(date - WINDOW_DAYS - 1, date + 2) if day in days]
    count = len(buyers)
    own = table(_PERSON, np.arange(count), buyers["device"])
    linked = np.unique(_joined((_linked(buyers, day) for day in window), _PERSON))
    users = [np.empty((2, 0), dtype=np.int64)]
    for day in window:
        pair, place = _matches(day.links["device"], linked["device"])
        seen = day.links["first_seen_at"][place] <= buyers["at"][linked["order"][pair]]
        users.append(np.stack((pair[seen], day.links["user"][place[seen]])))
    of_pair = np.unique(np.concatenate(users, axis=1), axis=1)[0]
    followed = linked[np.bincount(of_pair, minlength=len(linked)) <= SHARED_DEVICE_USERS]
    people = np.unique(np.concatenate((followed, own)))

    reached = np.unique(_joined((_reached(buyers, people, day) for day in window), _REACHED))
    touch_count = np.bincount(reached["order"], minlength=count)
    has = touch_count > 0
    end = np.cumsum(touch_count)
    first, last = np.zeros(count, dtype=_REACHED), np.zeros(count, dtype=_REACHED)
    first[has], last[has] = reached[(end - touch_count)[has]], reached[end[has] - 1]

    # a fault of any session near the touches may have changed who is followed, and which touches count
    faults = np.zeros(count, dtype=np.int64)
    wide = np.unique(_joined((_linked(buyers, day, ever=True) for day in around), _PERSON))
    wide = np.concatenate((wide, own))
    for day in around:
        pair, place = _matches(day.touches["device"], wide["device"])
        np.bitwise_or.at(faults, wide["order"][pair], day.touches["faults"][place])
        order, place = _matches(day.touches_of_users["user"], buyers["user"])
        np.bitwise_or.at(faults, order, day.touches_of_users["faults"][place])
    return Paths(touch_count, first, last, faults)


def date_of(at: Ints) -> Ints:
    """The date of times, in days since 1970."""
    return at // DAY


def _linked(buyers: Table, day: Day, *, ever: bool = False) -> Table:
    """The devices on which the user of each order was seen that day, before the order."""
    order, place = _matches(day.links_of_users["user"], buyers["user"])
    seen = (day.links_of_users["first_seen_at"][place] <= buyers["at"][order]) | ever
    return table(_PERSON, order[seen], day.links_of_users["device"][place[seen]])


def _reached(buyers: Table, people: Table, day: Day) -> Table:
    """The touches of a day, up to the order: those at the devices of its people, and those of its user."""
    pair, place = _matches(day.touches["device"], people["device"])
    order, of_user = _matches(day.touches_of_users["user"], buyers["user"])
    found = np.concatenate((day.touches[place], day.touches_of_users[of_user]))
    orders = np.concatenate((people["order"][pair], order))
    before = found["at"] <= buyers["at"][orders]
    found, orders = found[before], orders[before]
    return table(_REACHED, orders, found["at"], found["device"], found["channel"])


def _matches(keys: NDArray[Any], wanted: NDArray[Any]) -> tuple[Ints, Ints]:
    """Positions in `wanted` and in the sorted `keys`, for each pair of equals. NOBODY equals nobody."""
    low, high = np.searchsorted(keys, wanted, side="left"), np.searchsorted(keys, wanted, side="right")
    if wanted.dtype.kind == "i":
        high = np.where(wanted == NOBODY, low, high)
    count = high - low
    index = np.repeat(np.arange(len(wanted)), count)
    return index, np.arange(len(index)) - np.repeat(np.cumsum(count) - count - low, count)


def _sorted(rows: Table, by: str) -> Table:
    return rows[np.argsort(rows[by], kind="stable")]


def _joined(parts: Iterable[Table], kind: np.dtype[Any]) -> Table:
    found: Sequence[Table] = list(parts)
    return np.concatenate(found) if found else np.empty(0, dtype=kind)
