from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qs, urlsplit

import pytest

from ingestion.simulator.channels import CHANNEL_DRAW, CHANNELS
from tests.ingestion.simulator.simulated import Sent


def test_the_weights_of_the_channels_are_shares() -> None:
    assert CHANNEL_DRAW[-1] == pytest.approx(1.0)


def test_tags_of_a_landing_page_are_those_of_its_address(clean: Sent) -> None:
    tagged = [event for event in clean.events if any(name.startswith("utm_") for name in event)]
    assert len(tagged) > 2_000
    for event in tagged:
        given = {name: value for name, value in event.items() if name.startswith("utm_")}
        assert {name: [value] for name, value in given.items()} == parse_qs(urlsplit(event["page_url"]).query)


def test_visitors_come_from_everywhere(clean: Sent) -> None:
    sources = Counter(event.get("utm_source") or urlsplit(event.get("referrer", "")).hostname for event in clean.events)
    assert {
        *("google", "bing", "newsletter", "facebook", "adnet", "dealhunters", "chatgpt.com", "www.google.com"),
        *(
            "duckduckgo.com",
            "www.perplexity.ai",
            "www.ebay.de",
            "www.best-gadgets.example",
            "shop.example",
            "order_mail",
        ),
    } <= set(sources)
    groups = {channel.group for channel in CHANNELS}
    assert {"Direct", "Organic Search", "Paid Search", "Paid Social", "Email", "AI Assistant", "Referral"} <= groups
