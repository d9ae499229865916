from __future__ import annotations

from ingestion.cost.model import Load, bill
from ingestion.cost.prices import prices


def test_every_price_has_a_source_and_is_used() -> None:
    used = {line.price for line in bill(Load(events_per_day=1_000_000))}
    assert used == set(prices())
    for name, price in prices().items():
        assert price.source.startswith("https://"), name
        assert price.seen[:2] == "20", name
