"""Simulates visitors: each has a home city, one or two devices, and perhaps an account. Nothing about them is stored.

A visitor is a number that encodes the day of the first visit and a position on that day. All properties are hashes of
this number, so millions of visitors take no memory, and a returning visitor has the same properties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.habits import Habits
from ingestion.simulator.shop import Floats, Ints

Words = NDArray[np.uint64]

_CHROME: Final = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome"
# device_type, browser, user_agent, weight; mobile first, then tablet, then desktop
DEVICES: Final = (
    (
        "mobile",
        "Chrome",
        f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME}/130.0.0.0 Mobile Safari/537.36",
        0.17,
    ),
    (
        "mobile",
        "Chrome",
        f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME}/129.0.0.0 Mobile Safari/537.36",
        0.07,
    ),
    (
        "mobile",
        "Safari",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/17.6 Mobile/15E148 Safari/604.1",
        0.24,
    ),
    (
        "mobile",
        "Samsung Internet",
        f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME}/121.0.0.0 Mobile Safari/537.36 SamsungBrowser/26.0",
        0.07,
    ),
    (
        "tablet",
        "Safari",
        "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/17.6 Safari/604.1",
        0.05,
    ),
    (
        "desktop",
        "Chrome",
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME}/130.0.0.0 Safari/537.36",
        0.18,
    ),
    (
        "desktop",
        "Chrome",
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_CHROME}/130.0.0.0 Safari/537.36",
        0.06,
    ),
    (
        "desktop",
        "Edge",
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME}/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
        0.07,
    ),
    (
        "desktop",
        "Firefox",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
        0.05,
    ),
    (
        "desktop",
        "Safari",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
        "Version/17.6 Safari/605.1.15",
        0.04,
    ),
)
_DEVICE_DRAW: Final = np.cumsum([device[3] for device in DEVICES])
_MOBILE_TO: Final = float(_DEVICE_DRAW[3])
_DESKTOP_FROM: Final = float(_DEVICE_DRAW[4])
FIRST_DESKTOP: Final = 5

CITIES: Final = (
    ("DE", "Berlin", 0.14),
    ("DE", "Hamburg", 0.10),
    ("DE", "München", 0.11),
    ("DE", "Köln", 0.08),
    ("DE", "Leipzig", 0.05),
    ("DE", "Stuttgart", 0.07),
    ("AT", "Wien", 0.09),
    ("AT", "Graz", 0.03),
    ("CH", "Zürich", 0.07),
    ("CH", "Genève", 0.02),
    ("FR", "Paris", 0.06),
    ("FR", "Lyon", 0.03),
    ("NL", "Amsterdam", 0.05),
    ("BE", "Bruxelles", 0.03),
    ("PL", "Warszawa", 0.04),
    ("IT", "Milano", 0.03),
)
_CITY_DRAW: Final = np.cumsum([city[2] for city in CITIES])

_MOST_NEW_VISITORS_A_DAY: Final = 10_000_000
_SHARED: Final = 2
_VISITORS_OF_A_SHARED_DEVICE: Final = 700


def mix(values: Ints | Words, salt: int) -> Words:
    """Hash numbers to 64 uniform bits: the finalizer of splitmix64 (Steele, Lea, Flood 2014)."""
    word = values.astype(np.uint64) + np.uint64(salt * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def fraction(words: Words) -> Floats:
    """Hashes as numbers in [0, 1)."""
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


@dataclass(frozen=True, slots=True)
class Visits:
    """The visitor of each visit, one position per visit; `cookie` is the browser."""

    person: Ints
    slot: Ints
    cookie: Words
    device: Ints
    city: Ints
    is_known: NDArray[np.bool_]
    is_returning: NDArray[np.bool_]
    address: Words


def draw_visits(rng: np.random.Generator, seed: int, habits: Habits, day: int, per_day: int, count: int) -> Visits:
    """Draw the visitors of `count` visits on a day (since 1970); `per_day` visitors are new on each day.

    Two in five visits are by people who first came on an earlier day, mostly the same few loyal ones.
    """
    per_day = min(per_day, _MOST_NEW_VISITORS_A_DAY)
    is_returning = rng.random(count) < 0.4
    days_ago = np.where(is_returning, rng.geometric(0.15, count), 0)
    loyal = rng.random(count) ** np.where(is_returning, 2.5, 1.0)
    person = (day - days_ago) * _MOST_NEW_VISITORS_A_DAY + (loyal * per_day).astype(np.int64)
    visits = visits_of(rng, seed, habits, person, is_returning)
    at_shared = np.flatnonzero(rng.random(count) < habits.shared_device)
    if len(at_shared):
        # few enough that each has many users, and everybody has one of them nearby
        number = mix(person[at_shared], seed + 12) % np.uint64(per_day // _VISITORS_OF_A_SHARED_DEVICE + 1)
        visits.slot[at_shared] = _SHARED
        visits.cookie[at_shared] = mix(number, seed + 13)
        visits.device[at_shared] = FIRST_DESKTOP
        visits.city[at_shared] = (number % np.uint64(len(CITIES))).astype(np.int64)
        visits.address[at_shared] = mix(number, seed + 14)
    return visits


def visits_of(
    rng: np.random.Generator,
    seed: int,
    habits: Habits,
    person: Ints,
    is_returning: NDArray[np.bool_],
    slot: Ints | None = None,
) -> Visits:
    """One visit for each of these visitors, on their first device (`slot` 0) or their second one (1)."""
    count = len(person)
    two_devices = fraction(mix(person, seed + 1)) < habits.second_device
    drawn = (two_devices & (rng.random(count) < 0.35)).astype(np.int64)
    slot = drawn if slot is None else np.where(slot == _SHARED, 0, slot)
    own = fraction(mix(person, seed + 2))
    # the second device is a desktop if the first one is a phone, and otherwise a phone
    other = np.where(own < _MOBILE_TO, _DESKTOP_FROM + own * (1 - _DESKTOP_FROM), own * _MOBILE_TO)
    device = np.minimum(np.searchsorted(_DEVICE_DRAW, np.where(slot == 1, other, own)), len(DEVICES) - 1)
    has_account = fraction(mix(person, seed + 3)) < 0.45
    # a phone gets a new address from its carrier for each visit; a desktop always has that of the home
    elsewhere = rng.integers(0, 1 << 62, count).astype(np.uint64)
    return Visits(
        person=person,
        slot=slot,
        cookie=mix(person * 2 + slot, seed + 6),
        device=device,
        city=np.minimum(np.searchsorted(_CITY_DRAW, fraction(mix(person, seed + 4))), len(CITIES) - 1),
        is_known=has_account & (rng.random(count) < 0.7),
        is_returning=is_returning,
        address=np.where(device < FIRST_DESKTOP, mix(elsewhere, seed), mix(person, seed + 5)),
    )


def ip_address(word: int) -> str:
    """An address that belongs to nobody: shared space 100.64.0.0/10 (RFC 6598) or 2001:db8::/32 (RFC 3849)."""
    if word % 7 == 0:
        return f"2001:db8:{word >> 48 & 0xFFFF:x}:{word >> 32 & 0xFFFF:x}::{(word >> 16 & 0xFFFF) + 1:x}"
    return f"100.{64 + (word >> 40 & 63)}.{word >> 32 & 255}.{word >> 24 & 255}"
