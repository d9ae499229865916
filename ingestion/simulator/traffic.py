"""When visitors come (a daily and weekly curve), and through which channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.simulator.shop import URL, Floats, Ints

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

# relative traffic of each hour, UTC; lowest at 4, highest at 20
_WEEKDAY: Final = (9, 6, 4, 3, 2, 3, 7, 14, 22, 27, 30, 32, 36, 33, 31, 31, 34, 39, 47, 58, 64, 54, 36, 19)
_WEEKEND: Final = (14, 9, 6, 4, 3, 3, 5, 9, 18, 31, 44, 52, 53, 52, 52, 53, 54, 56, 59, 63, 65, 52, 36, 22)
_WEEK: Final = np.array([*_WEEKDAY * 5, *_WEEKEND * 2], dtype=np.float64)
_HOURS: Final = np.arange(-1, 169) + 0.5
_CURVE: Final = np.concatenate((_WEEK[-1:], _WEEK, _WEEK[:1])) / _WEEK.mean()


def intensity(at: Ints) -> Floats:
    """Traffic at these times (microseconds since 1970) relative to the week's mean of 1."""
    # 1970-01-01 was a Thursday, 72 hours into a week that starts on Monday
    return np.asarray(np.interp((at / HOUR + 72) % 168, _HOURS, _CURVE), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Channel:
    """A marketing channel. Organic, direct and referral visits have no utm fields, as in real data."""

    source: str
    medium: str
    campaign: str
    referrer: str
    weight: float
    intent: float
    depth: float
    landing: str

    @property
    def utm(self) -> str:
        """The query string of the landing page; empty if the channel has no campaign."""
        if not self.campaign:
            return ""
        return f"?utm_source={self.source}&utm_medium={self.medium}&utm_campaign={self.campaign}"

    def fields(self) -> str:
        """The channel's fields in the landing event, as JSON members with a comma before each."""
        text = f',"referrer":"{self.referrer}"' if self.referrer else ""
        if self.campaign:
            text += f',"utm_source":"{self.source}","utm_medium":"{self.medium}","utm_campaign":"{self.campaign}"'
        return text


_GOOGLE: Final = "https://www.google.com/"
_FACEBOOK: Final = "https://l.facebook.com/"
CHANNELS: Final = (
    Channel("google", "cpc", "brand", _GOOGLE, 0.07, 1.7, 1.1, "/"),
    Channel("google", "cpc", "shopping_generic", _GOOGLE, 0.12, 0.9, 0.8, "category"),
    Channel("google", "organic", "", _GOOGLE, 0.25, 1.0, 1.0, "category"),
    Channel("newsletter", "email", "weekly_deals", "", 0.07, 1.8, 1.3, "/deals"),
    Channel("facebook", "paid_social", "retargeting", _FACEBOOK, 0.05, 1.2, 0.9, "category"),
    Channel("facebook", "paid_social", "prospecting", _FACEBOOK, 0.08, 0.35, 0.6, "/new"),
    Channel("instagram", "paid_social", "season_looks", "https://l.instagram.com/", 0.08, 0.45, 0.8, "/looks"),
    Channel("", "", "", "", 0.21, 1.35, 1.2, "/"),
    Channel("", "", "", "https://www.best-gadgets.example/review", 0.04, 0.8, 0.9, "category"),
    Channel("", "", "", "https://forum.dealhunters.example/t/", 0.03, 1.1, 0.7, "category"),
    # Only for visitors who abandoned a cart on the day before.
    Channel("newsletter", "email", "cart_reminder", "", 0.0, 1.0, 1.0, "/cart"),
)
CART_REMINDER: Final = len(CHANNELS) - 1
CHANNEL_DRAW: Final = np.cumsum([channel.weight for channel in CHANNELS[:CART_REMINDER]])
INTENT: Final = np.array([channel.intent for channel in CHANNELS])
DEPTH: Final = np.array([channel.depth for channel in CHANNELS])


def landing_url(channel: Channel, category: str) -> str:
    """The first page of a visit through this channel."""
    path = f"/c/{category}" if channel.landing == "category" else channel.landing
    return f"{URL}{path}{channel.utm}"
