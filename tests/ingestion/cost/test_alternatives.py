from __future__ import annotations

import pytest

from ingestion.cost.alternatives import BUILDS_PER_DAY, alternatives
from ingestion.cost.model import Load


@pytest.mark.parametrize(("schedule", "builds"), BUILDS_PER_DAY.items())
def test_the_schedule_of_the_load_is_no_alternative_to_itself(schedule: str, builds: int) -> None:
    load = Load(events_per_day=1_000_000, builds=builds)
    others = alternatives(load)
    assert load not in others.values()
    assert {f"dbt builds {name}" for name in BUILDS_PER_DAY if name != schedule} <= set(others)
