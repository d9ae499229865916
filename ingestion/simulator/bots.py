"""Simulates three kinds of bots. A seed always has the same bots, so that a truth file can list them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.simulator import events as kinds
from ingestion.simulator.fragments import Fragments
from ingestion.simulator.shop import Floats, Ints
from ingestion.simulator.traffic import DAY, HOUR, SECOND
from ingestion.simulator.visitors import DEVICES, mix


@dataclass(frozen=True, slots=True)
class Bot:
    """A program that visits the shop.

    scraper: requests the catalog page by page, never fills a cart, and has the user agent of a tool.
    scalper: adds one popular product to the cart again and again, mostly around noon, with the user agent of a browser.
    price_monitor: requests the same products at a constant rate day and night, from many addresses. It never pauses and
    keeps one tracker session id forever; the others get a new one each day.
    """

    kind: str
    anonymous_id: str
    user_agent: str
    device: str
    addresses: tuple[str, ...]
    share: float
    first_product: int


_HEADLESS: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0.0.0 Safari/537.36"
)


def bots_of(seed: int, popularity: Floats) -> tuple[Bot, ...]:
    """The bots of a seed; `share` is each bot's share of all bot lines."""
    kinds = ["scraper"] * 2 + ["scalper"] * 3 + ["price_monitor"]
    shares = [0.25, 0.25, 0.1, 0.1, 0.1, 0.2]
    agents = [
        "python-requests/2.32.3",
        "Scrapy/2.11.2 (+https://scrapy.org)",
        *[DEVICES[5][2]] * 3,
        _HEADLESS,
    ]
    cookies = mix(np.arange(len(kinds)), seed + 9).tolist()
    wanted = int(np.argmax(np.diff(popularity, prepend=0.0)))
    return tuple(
        Bot(
            kind=kind,
            anonymous_id=f"{cookie:016x}",
            user_agent=agent,
            device="desktop",
            # 198.18.0.0/15 is reserved, too (RFC 2544)
            addresses=tuple(f"198.18.{number + 1}.{host}" for host in range(10, 50 if kind == "price_monitor" else 11)),
            share=share,
            first_product=wanted if kind == "scalper" else cookie % len(popularity),
        )
        for number, (kind, cookie, agent, share) in enumerate(zip(kinds, cookies, agents, shares, strict=True))
    )


def daily_share(kind: str, at: int) -> float:
    """Activity of a kind of bot at a time (microseconds since 1970), relative to its mean of 1."""
    hour = at % DAY // HOUR
    if kind == "scraper":
        return 3.5 if hour < 6 else 1 / 6
    if kind == "scalper":
        return 5.0 if 11 <= hour < 14 else 3 / 7
    return 1.0


def bot_lines(
    rng: np.random.Generator, bot: Bot, fragments: Fragments, start: int, end: int, from_line: int, count: int
) -> tuple[Ints, list[str]]:
    """`count` lines of a bot in [start, end), microseconds since 1970: the time of each event, and the lines.

    `from_line` is how many lines the bot has sent before, so that it continues through the catalog.
    """
    number = np.arange(count)
    span = end - start
    if bot.kind == "price_monitor":
        at = start + (number * span + span // 2) // max(count, 1)
    elif bot.kind == "scraper":
        # consecutive requests, then a pause until the next step
        gap = min(1_300_000, span // (count + 1))
        at = start + number * gap + rng.integers(0, max(gap // 4, 1), count)
    else:
        # bursts of clicks a quarter of a second apart
        burst = np.sort(rng.integers(start, max(end - 10 * SECOND, start + 1), count // 30 + 1))
        at = np.minimum(np.sort(burst[number // 30] + number % 30 * 250_000), end - 1)
    products = len(fragments.shop.product_ids)
    if bot.kind == "scraper":
        product = (bot.first_product + from_line + number) % products
        kind = np.full(count, kinds.VIEW_ITEM)
    elif bot.kind == "price_monitor":
        product = (bot.first_product + (from_line + number) % 30) % products
        kind = np.full(count, kinds.VIEW_ITEM)
    else:
        product = np.full(count, bot.first_product)
        turn = (from_line + number) % 10
        kind = np.where(
            turn == 0,
            kinds.VIEW_ITEM,
            np.where(turn == 9, kinds.REMOVE_FROM_CART, kinds.ADD_TO_CART),
        )
    ids = rng.bytes(16 * count).hex()
    day = 0 if bot.kind == "price_monitor" else start // DAY
    session = f"{mix(np.array([day]), int(bot.anonymous_id[:8], 16))[0]:016x}"
    times = np.datetime_as_string(at.astype("datetime64[us]"), unit="ms").tolist()
    lines = []
    for position in range(count):
        event = int(kind[position])
        middle = fragments.priced(event, product[position : position + 1], start // DAY)[0]
        quantity = "" if event == kinds.VIEW_ITEM else ',"quantity":1'
        address = bot.addresses[(from_line + position) % len(bot.addresses)]
        lines.append(
            f'{{"event_id":"{ids[32 * position : 32 * position + 32]}","event_time":"{times[position]}Z"'
            f",{middle}{quantity}"
            f',"anonymous_id":"{bot.anonymous_id}","session_id":"{session}","device_type":"{bot.device}"'
            f',"user_agent":"{bot.user_agent}","country":"DE","ip_address":"{address}"}}'
        )
    return at, lines
