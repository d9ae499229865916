"""Simulates faults: what goes wrong between a browser and the lake. Each kind of fault has a rate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator.events import BEGIN_CHECKOUT, PURCHASE, REFUND, SEARCH, Events
from ingestion.simulator.shop import Ints
from ingestion.simulator.traffic import DAY, HOUR, MINUTE, SECOND

Tags = NDArray[np.uint8]

# One bit for each kind of fault in a line, so that the truth counts the lines that are really in the lake.
LATE: Final = 1
DUPLICATE: Final = 2
MALFORMED: Final = 4
SKEWED: Final = 8
IN_FUTURE: Final = 16
PERSONAL: Final = 32
BOT: Final = 64
NEW_FIELD: Final = 128
TAGS: Final = {
    "late": LATE,
    "duplicate": DUPLICATE,
    "malformed": MALFORMED,
    "clock_skew": SKEWED,
    "a_year_ahead": IN_FUTURE,
    "personal_data": PERSONAL,
    "bot": BOT,
    "new_field": NEW_FIELD,
}


@dataclass(frozen=True, slots=True)
class Rates:
    """The rate of each kind of fault, as a share of all lines (skew: of all sessions)."""

    late: float = 0.02
    duplicate: float = 0.01
    malformed: float = 0.003
    skew: float = 0.005
    pii: float = 0.005
    bot: float = 0.03


@dataclass(slots=True)
class Arrivals:
    """Lines on their way to the door, one position per line. `event` is the position of the line's event.

    `at` is the arrival in microseconds since 1970, and `prompt` the arrival without faults. `is_resent` marks the
    second attempt of a tracker, which adds a field to the line; other copies are exact.
    """

    event: Ints
    at: Ints
    prompt: Ints
    tags: Tags
    is_resent: NDArray[np.bool_]


def send(rng: np.random.Generator, events: Events, rates: Rates, skewed_session: Ints) -> Arrivals:
    """Draw when each event arrives, how often, and its faults. Wrong clocks shift `events.at`.

    The shop's server writes the lines of orders. Its clock is correct and its lines are well-formed.
    """
    count = len(events.at)
    by_server = events.kind >= PURCHASE
    prompt = events.at + 200_000 + np.minimum(rng.exponential(1.5, count) * SECOND, MINUTE).astype(np.int64)
    tags = np.zeros(count, dtype=np.uint8)

    late = rng.random(count) < rates.late
    delay = np.clip(np.exp(rng.normal(np.log(40.0), 1.6, count)), 2.0, 3 * 24 * 60) * MINUTE
    at = np.where(late, events.at + delay.astype(np.int64), prompt)
    tags[late] |= LATE

    malformed = ~by_server & (rng.random(count) < rates.malformed / max(1.0 - by_server.mean(), 0.5))
    tags[malformed] |= MALFORMED
    personal = ~malformed & (rng.random(count) < rates.pii)
    tags[personal] |= PERSONAL

    shift = np.where(by_server | malformed, 0, skewed_session[events.session])
    events.at = events.at + shift
    tags[shift != 0] |= SKEWED
    tags[shift > 300 * DAY] |= IN_FUTURE

    copied = np.flatnonzero(rng.random(count) < rates.duplicate)
    resent = rng.random(len(copied)) < 0.5
    pause = np.where(
        resent,
        np.clip(np.exp(rng.normal(np.log(50.0), 1.4, len(copied))), 5.0, 26 * 60) * MINUTE,
        rng.uniform(0.0, 2.0, len(copied)) * SECOND,
    ).astype(np.int64)
    return Arrivals(
        event=np.concatenate((np.arange(count), copied)),
        at=np.concatenate((at, at[copied] + pause)),
        prompt=np.concatenate((prompt, prompt[copied])),
        tags=np.concatenate((tags, tags[copied] | DUPLICATE)),
        is_resent=np.concatenate((np.zeros(count, dtype=np.bool_), resent)),
    )


def wrong_clocks(rng: np.random.Generator, sessions: int, rate: float) -> Ints:
    """The clock error of each session in microseconds: mostly 0, otherwise minutes to hours, or a year."""
    wrong = rng.random(sessions) < rate
    how = rng.random(sessions)
    hours = rng.integers(2 * MINUTE, 11 * HOUR, sessions)
    shift = np.where(how < 0.65, -hours, np.where(how < 0.9, hours, 366 * DAY))
    return np.where(wrong, shift, 0)


def set_field(line: str, name: str, value: str) -> str:
    """Set a field of a JSON line to a value (as JSON text), or add the field. All other bytes stay unchanged."""
    changed, hits = re.subn(rf'"{name}":(?:"[^"]*"|[^,}}]*)', lambda _: f'"{name}":{value}', line, count=1)
    return changed if hits else f'{{"{name}":{value},{line[1:]}'


def malform(line: str, draw: int) -> str:
    """Damage a line in one of twelve ways, which `draw` (>= 0) selects."""
    way, size = draw % 12, draw // 12
    if way in (0, 1):
        return line[: 20 + size % (len(line) - 40)]
    if way == 2:
        return f"[{size % 1000}]"
    if way == 3:
        # bytes that are not valid UTF-8, kept as surrogates until the batch is encoded
        return bytes(128 + (size >> shift) % 128 for shift in range(24)).decode("utf-8", "surrogateescape")
    if way in (4, 5):
        return set_field(line, "event_type", '"product_viewed"' if way == 4 else '"undefined"')
    if way in (6, 7):
        return set_field(line, "event_time", '"31.12. 25:61"' if way == 6 else '"NaN-NaN-NaN"')
    if way == 8:
        return set_field(line, "quantity", "0" if size % 2 else "1000000000000")
    return set_field(line, "price", ('"19,90"', "-19.90", "true")[way - 9])


_NAMES: Final = ("anna.schmidt", "j.martin82", "lea+shop", "t.nowak", "marc_dubois", "info")
_HOSTS: Final = ("example.com", "mail.example.org", "post.example.net")


def leak(line: str, kind: int, draw: int) -> str:
    """Add an e-mail or IP address to a line; `draw` (>= 0) selects the address and the field."""
    email = f"{_NAMES[draw % 6]}@{_HOSTS[draw // 6 % 3]}"
    address = f"198.51.100.{draw // 18 % 254 + 1}"
    way = draw // 5_000 % 6
    if kind == SEARCH and way < 3:
        return _add_to_url(line, f"user={email}")
    if way == 0:
        return _add_to_url(line, f"email={email.replace('@', '%40')}")
    if way == 1:
        return _add_to_url(line, f"client={address}")
    if way == 2 and kind != REFUND:
        return set_field(line, "user_id", f'"{email}"')
    if way == 3 and kind < BEGIN_CHECKOUT:
        return set_field(line, "product_name", f'"Gift card for {email}"')
    if way == 4:
        return set_field(line, "debug", f'{{"peer":"{address}","contact":"{email}"}}')
    return _add_to_url(line, f"utm_content={email}")


def _add_to_url(line: str, parameter: str) -> str:
    match = re.search(r'"page_url":"([^"]*)"', line)
    if match is None:
        return set_field(line, "debug", f'"{parameter}"')
    return set_field(line, "page_url", f'"{match[1]}{"&" if "?" in match[1] else "?"}{parameter}"')
