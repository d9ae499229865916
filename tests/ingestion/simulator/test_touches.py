from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from ingestion.simulator.touches import BUYER, LINK, NOBODY, TOUCH, Day, Paths, find, table
from ingestion.simulator.traffic import DAY, HOUR

ORDER_DATE = 20_000
NOON = ORDER_DATE * DAY + 12 * HOUR
PHONE, DESKTOP, LIBRARY = 1, 2, 3
ANNA, BEN = 10, 11


def paths(
    touches: list[tuple[int, int, int, int]],
    links: Sequence[tuple[int, int, int]] = (),
    device: int = PHONE,
    user: int = NOBODY,
) -> Paths:
    """The paths of one order at noon. A touch is (device, user, hours before the order, channel), a link alike."""
    days: dict[int, Day] = defaultdict(Day)
    for where, who, hours, channel in touches:
        at = NOON - hours * HOUR
        row = table(TOUCH, *(np.array([value]) for value in (where, who, at, channel, channel % 2)))
        days[at // DAY].touch_parts.append(row)
    for where, who, hours in links:
        at = NOON - hours * HOUR
        days[at // DAY].link_parts.append(table(LINK, *(np.array([value]) for value in (where, who, at))))
    buyer = table(BUYER, *(np.array([value]) for value in (device, user, NOON)))
    return find(buyer, ORDER_DATE, days)


def channels(found: Paths) -> tuple[int, int, int]:
    return int(found.count[0]), int(found.first["channel"][0]), int(found.last["channel"][0])


def test_touches_of_the_own_device_up_to_the_order_count() -> None:
    touches = [(PHONE, NOBODY, 48, 4), (PHONE, NOBODY, 0, 6), (PHONE, NOBODY, -1, 8), (DESKTOP, NOBODY, 1, 9)]
    assert channels(paths(touches)) == (2, 4, 6)


def test_the_window_is_thirty_dates_before_the_orders_own() -> None:
    # 30 dates before begin 30 days and 12 hours before noon
    touches = [(PHONE, NOBODY, 30 * 24 + 12, 4), (PHONE, NOBODY, 30 * 24 + 13, 6), (PHONE, NOBODY, 1, 8)]
    assert channels(paths(touches)) == (2, 4, 8)


def test_a_device_of_the_user_is_followed_if_it_was_linked_before_the_order() -> None:
    touches = [(DESKTOP, NOBODY, 72, 4), (PHONE, ANNA, 1, 6)]
    assert channels(paths(touches, [(DESKTOP, ANNA, 48)], user=ANNA)) == (2, 4, 6)
    assert channels(paths(touches, [(DESKTOP, ANNA, -1)], user=ANNA)) == (1, 6, 6)
    assert channels(paths(touches, [(DESKTOP, BEN, 48)], user=ANNA)) == (1, 6, 6)


def test_a_device_of_more_than_three_users_is_not_followed_but_the_users_own_touches_there_count() -> None:
    touches = [(LIBRARY, NOBODY, 72, 4), (LIBRARY, ANNA, 71, 5), (PHONE, ANNA, 1, 6)]
    links = [(LIBRARY, user, 70) for user in (ANNA, 20, 21)]
    assert channels(paths(touches, links, user=ANNA)) == (3, 4, 6)
    assert channels(paths(touches, [*links, (LIBRARY, 22, -2)], user=ANNA)) == (3, 4, 6)
    assert channels(paths(touches, [*links, (LIBRARY, 22, 2)], user=ANNA)) == (2, 5, 6)
    # the device of the order itself always counts
    assert channels(paths(touches[:2], [*links, (LIBRARY, 22, 2)], device=LIBRARY, user=ANNA)) == (2, 4, 5)


def test_a_touch_found_by_device_and_by_user_counts_once() -> None:
    assert channels(paths([(PHONE, ANNA, 5, 4)], [(PHONE, ANNA, 5)], user=ANNA)) == (1, 4, 4)


def test_people_without_an_account_are_not_one_person() -> None:
    assert channels(paths([(DESKTOP, NOBODY, 5, 4), (PHONE, NOBODY, 1, 6)])) == (1, 6, 6)


def test_faults_near_the_touches_are_reported() -> None:
    assert paths([(PHONE, NOBODY, 5, 4)]).faults.tolist() == [0]
    assert paths([(PHONE, NOBODY, 5, 4), (PHONE, NOBODY, -20, 7)]).faults.tolist() == [1]
    assert paths([(DESKTOP, NOBODY, -20, 7)], [(DESKTOP, ANNA, -20)], user=ANNA).faults.tolist() == [1]
    assert paths([(DESKTOP, NOBODY, 5, 7), (PHONE, NOBODY, 5, 4)]).faults.tolist() == [0]
