"""The replay guarantee on Athena: after random schedules with killed runs, every table equals a full refresh.

Every killed run is a real dbt process that kills itself by SIGKILL (support/kill.py). The tables are compared with
DuckDB's full build of the same bronze; test_parity.py tests that Athena's full refresh equals it too.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.athena.support.both_engines import BothEngines
from tests.athena.support.kill import Kill
from tests.law.schedules import LOOKBACK_HOURS, schedules

# a run sends about seventy statements: it is killed after a multiple of STATEMENTS_PER_POINT
POINTS, STATEMENTS_PER_POINT = 14, 5


def test_every_table_equals_a_full_refresh(both_engines: BothEngines, request: pytest.FixtureRequest) -> None:
    count: int = request.config.getoption("--athena-schedules")

    @settings(
        max_examples=count,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=count <= 5,
    )
    @given(data=st.data())
    def check_replay_guarantee(data: st.DataObject) -> None:
        both_engines.empty()
        # CI has only minutes; with more schedules they may be longer, too
        for run in data.draw(schedules(POINTS, LOOKBACK_HOURS, longest=2 if count <= 5 else 5)):
            both_engines.put(run.objects)
            if run.models_done is None:
                both_engines.run()
            elif run.models_done >= 0:
                nth = 1 + run.models_done * STATEMENTS_PER_POINT
                both_engines.run_until(Kill("after", "StartQueryExecution", nth))
        # the window by hours reads its lookback again: this run repeats the last one's work
        both_engines.run()
        assert both_engines.differences_from_rebuild() == []

    check_replay_guarantee()
