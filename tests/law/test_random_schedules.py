"""The replay guarantee: events may arrive late, twice or out of order, and a run may be killed halfway.

After the next plain run, every table equals a full refresh over the same bronze.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.schedules import LOOKBACK_HOURS, TIERS, schedules, slow_examples
from tests.support.warehouse import Warehouse


def test_every_table_equals_a_full_refresh(
    warehouse: Warehouse, models: list[str], request: pytest.FixtureRequest
) -> None:
    oldest = LOOKBACK_HOURS if warehouse.variables["bronze_window"] == "hours" else 40
    count: int = request.config.getoption("--schedules")

    @slow_examples((count + 1) // 2, fixed=count <= 30)
    @given(data=st.data())
    def equals_a_full_refresh(data: st.DataObject) -> None:
        warehouse.empty()
        warehouse.variables["event_copies"] = data.draw(st.sampled_from(["newest", "oldest"]))
        for run in data.draw(schedules(len(models), oldest)):
            warehouse.put(run.objects)
            if run.models_done is None:
                warehouse.dbt("run", *data.draw(TIERS))
            elif run.models_done > 0:
                warehouse.dbt("run", "--select", *models[: run.models_done])
            if run.again:
                warehouse.dbt("run")
        warehouse.dbt("run")
        assert warehouse.differences_from_rebuild() == []

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(warehouse.variables, "event_copies", "newest")
        equals_a_full_refresh()
