"""The channels through which visitors come: their campaign tags, referrers and landing pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ingestion.simulator.shop import URL


@dataclass(frozen=True, slots=True)
class Channel:
    """A way into the shop, with the tags that its links carry; search, referral and direct visits have none.

    `group` is the channel's name in GA4's default channel grouping.
    """

    group: str
    source: str = ""
    medium: str = ""
    campaign: str = ""
    referrer: str = ""
    weight: float = 0.0
    intent: float = 1.0
    depth: float = 1.0
    landing: str = "category"

    @property
    def tags(self) -> dict[str, str]:
        """The campaign tags that are given."""
        tags = {"utm_source": self.source, "utm_medium": self.medium, "utm_campaign": self.campaign}
        return {name: value for name, value in tags.items() if value}

    def url(self, category: str) -> str:
        """The first page of a visit through this channel."""
        path = f"/c/{category}" if self.landing == "category" else self.landing
        query = "&".join(f"{name}={value}" for name, value in self.tags.items())
        return f"{URL}{path}{'?' if query else ''}{query}"

    def fields(self) -> str:
        """The channel's fields in the landing event, as JSON members with a comma before each."""
        members = ({"referrer": self.referrer} if self.referrer else {}) | self.tags
        return "".join(f',"{name}":"{value}"' for name, value in members.items())


_GOOGLE: Final = "https://www.google.com/"
_FACEBOOK: Final = "https://l.facebook.com/"
_SHOPPING: Final = ("google", "cpc", "shopping_generic")
_GADGETS: Final = "https://www.best-gadgets.example/review"
_FORUM: Final = "https://forum.dealhunters.example/t/"

CHANNELS: Final = (
    Channel("Paid Search", "google", "cpc", "brand", _GOOGLE, 0.06, 1.7, 1.1, "/"),
    Channel("Paid Shopping", *_SHOPPING, _GOOGLE, 0.09, 0.9, 0.8),
    Channel("Cross-network", "google", "cpc", "pmax_cross-network", _GOOGLE, 0.03, 0.9, 0.8),
    Channel("Paid Search", "bing", "cpc", "brand", "https://www.bing.com/", 0.02, 1.5, 1.1, "/"),
    Channel("Organic Search", referrer=_GOOGLE, weight=0.2),
    Channel("Organic Search", referrer="https://www.bing.com/", weight=0.02),
    Channel("Organic Search", referrer="https://duckduckgo.com/", weight=0.02),
    Channel("Email", "newsletter", "email", "weekly_deals", "", 0.06, 1.8, 1.3, "/deals"),
    Channel("Email", "order_mail", "email", "", "", 0.01, 1.2, 1.0, "/"),
    Channel("Paid Social", "facebook", "paid_social", "retargeting", _FACEBOOK, 0.04, 1.2, 0.9),
    Channel("Paid Social", "facebook", "paid_social", "prospecting", _FACEBOOK, 0.06, 0.35, 0.6, "/new"),
    Channel("Paid Social", "instagram", "paid_social", "looks", "https://l.instagram.com/", 0.06, 0.45, 0.8, "/looks"),
    Channel("Organic Social", referrer=_FACEBOOK, weight=0.02, intent=0.5, depth=0.8),
    Channel("Organic Social", referrer="https://www.pinterest.com/", weight=0.01, intent=0.6),
    Channel("Organic Video", referrer="https://www.youtube.com/", weight=0.01, intent=0.7),
    Channel("Paid Video", "youtube", "cpv", "unboxing", "https://www.youtube.com/", 0.01, 0.5, 0.7),
    Channel("Display", "adnet", "display", "autumn_banner", "https://news.example/", 0.02, 0.3, 0.5, "/new"),
    Channel("Affiliates", "dealhunters", "affiliate", "voucher_week", _FORUM, 0.02, 1.4, 0.8, "/deals"),
    Channel("SMS", "sms", "sms", "flash_sale", "", 0.005, 1.5, 0.9, "/deals"),
    Channel("Mobile Push Notifications", "app", "push", "back_in_stock", "", 0.005, 1.8, 0.7),
    Channel("AI Assistant", "chatgpt.com", "", "", "https://chatgpt.com/", 0.02, 1.3, 1.0),
    Channel("AI Assistant", referrer="https://www.perplexity.ai/", weight=0.01, intent=1.3),
    Channel("Organic Shopping", referrer="https://www.ebay.de/", weight=0.01),
    Channel("Referral", referrer=_GADGETS, weight=0.03, intent=0.8, depth=0.9),
    Channel("Referral", referrer=_FORUM, weight=0.02, intent=1.1, depth=0.7),
    # the shop's own domain is not a referrer: back from the page of a payment provider, or from the shop's blog
    Channel("Direct", referrer=f"{URL}/blog/gifts", weight=0.01),
    Channel("Direct", weight=0.13, intent=1.35, depth=1.2, landing="/"),
    # Only for visitors who abandoned a cart on the day before.
    Channel("Email", "newsletter", "email", "cart_reminder", "", landing="/cart"),
    # Only for a visit that goes on after a pause, with a page that has a referrer, or none.
    Channel("Direct", referrer=f"{URL}/"),
    Channel("Direct"),
)
INSIDE: Final = len(CHANNELS) - 1
FROM_INSIDE: Final = len(CHANNELS) - 2
CART_REMINDER: Final = len(CHANNELS) - 3
CHANNEL_DRAW: Final = np.cumsum([channel.weight for channel in CHANNELS[:CART_REMINDER]])
INTENT: Final = np.array([channel.intent for channel in CHANNELS])
DEPTH: Final = np.array([channel.depth for channel in CHANNELS])
IS_TAGGED: Final = np.array([bool(channel.tags) for channel in CHANNELS])
TAGGED: Final = np.flatnonzero(IS_TAGGED)
