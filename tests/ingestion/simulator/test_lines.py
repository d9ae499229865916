from __future__ import annotations

from datetime import timedelta

from tests.ingestion.simulator.simulated import Sent


def test_new_field_appears_on_the_second_day_only(faulty: Sent) -> None:
    first = min(faulty.arrivals)
    with_tier = [at for event, at in zip(faulty.events, faulty.arrivals, strict=True) if "loyalty_tier" in event]
    assert len(with_tier) > 1_000
    assert min(with_tier) >= first + timedelta(hours=23)
