from __future__ import annotations

from collections import Counter

import pytest

from ingestion.cost.model import Load, bill
from ingestion.cost.prices import prices, regions

MILLION = Load(events_per_day=1_000_000)


def test_the_regions_that_shops_ask_for_have_prices() -> None:
    assert {"us-east-1", "eu-central-1", "eu-west-1"} <= set(regions())


@pytest.mark.parametrize("region", regions())
def test_every_price_is_used_and_has_the_date_and_source_of_its_number_or_is_unconfirmed(region: str) -> None:
    used = {line.price for line in bill(MILLION)}
    assert used == set(prices(region))
    for name, price in prices(region).items():
        assert price.source.startswith("https://"), name
        assert price.unconfirmed != bool(price.seen), name
        assert price.unconfirmed or price.seen[:2] == "20", name


def test_what_is_free_is_in_one_line_of_the_bill() -> None:
    """The free units of a price are taken off each of its lines."""
    lines = Counter(line.price for line in bill(MILLION))
    assert {name for name, price in prices().items() if price.free and lines[name] > 1} == set()
