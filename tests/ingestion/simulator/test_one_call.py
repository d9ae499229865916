from __future__ import annotations

import pytest

from ingestion.simulator.one_call import events_in_one_call, split


def test_one_call_stays_below_the_quota_of_its_region() -> None:
    # 1 MiB, or 5, for 225 seconds
    for region, most in (("eu-central-1", 388_000), ("us-east-1", 1_940_000)):
        assert 0.75 * most < events_in_one_call(region) < 0.85 * most


@pytest.mark.parametrize(
    ("events", "parts"), [(1, [1]), (10, [10]), (11, [6, 5]), (30, [10, 10, 10]), (31, [8, 8, 8, 7])]
)
def test_parts_are_few_and_even(events: int, parts: list[int]) -> None:
    assert split(events, 10) == parts
