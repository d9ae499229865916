"""The replay guarantee on Athena: runs are killed, definitions change between them, and every table equals a rebuild.

Every killed run is a real dbt process that kills itself by SIGKILL (support/kill.py). The tables are compared with
DuckDB's full build of the same bronze; test_parity.py tests that Athena's full refresh equals it too.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.athena.support.both_engines import BothEngines
from tests.athena.support.kill import Kill
from tests.law.cases import event
from tests.law.schedules import LOOKBACK_HOURS, TIERS, iso, schedules, slow_examples
from tests.law.test_rejected_lines import TIED
from tests.law.versions import EDITS, copy_of_the_project
from tests.support.paths import ROOT
from tests.support.warehouse import FIRST_HOUR, BronzeObject, DbtError

# a run sends about seventy statements: it is killed after a multiple of STATEMENTS_PER_POINT
POINTS, STATEMENTS_PER_POINT = 14, 5


def test_every_table_equals_a_full_refresh(
    both_engines: BothEngines, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    versions = {name: copy_of_the_project(tmp_path / name, *EDITS[name]) for name in ("macro", "model")}
    versions["today"] = ROOT
    count: int = request.config.getoption("--athena-schedules")

    @slow_examples(count, fixed=count <= 5)
    @given(data=st.data())
    def check_replay_guarantee(data: st.DataObject) -> None:
        both_engines.empty()
        copies = data.draw(st.sampled_from(["oldest", "newest"]))
        # CI has only minutes; with more schedules they may be longer, too
        for run in data.draw(schedules(POINTS, LOOKBACK_HOURS, longest=2 if count <= 5 else 5)):
            both_engines.put(run.objects)
            both_engines.use(versions[data.draw(st.sampled_from(["today", "macro", "model"]))])
            if run.models_done is None:
                both_engines.run(*data.draw(TIERS), event_copies=copies)
            elif run.models_done >= 0:
                nth = 1 + run.models_done * STATEMENTS_PER_POINT
                both_engines.run_until(Kill("after", "StartQueryExecution", nth), event_copies=copies)
        # the window by hours reads its lookback again: this run repeats the last one's work
        both_engines.run(event_copies=copies)
        assert both_engines.differences_from_rebuild(event_copies=copies) == []

    try:
        check_replay_guarantee()
    finally:
        both_engines.use(ROOT)


def test_copies_that_disagree_and_lines_that_tie_end_in_the_tables_of_a_rebuild(both_engines: BothEngines) -> None:
    """Corrections, replays, ties and copies that lose, over three runs; then the other value of event_copies."""
    both_engines.empty()
    replays = [iso(FIRST_HOUR + timedelta(hours=hour)) for hour in (20, 21)]
    arrivals: list[list[str]] = [
        [
            event("edit", 0, quantity="3"),
            event("replay", 0, quantity="2", replayed_at=replays[1]),
            event("tie", 0, quantity="3"),
            event("flag", 0, received=60),
            event("java", 0, price="12345678", line_total="9999999.0", currency="IDR"),
            event("thirds", 0, price="3.33", quantity="3", line_total="10.00", tax="1.60", shipping="4.9", coupon="c"),
            *TIED,
        ],
        [
            event("edit", 0, received=3_600, quantity="2"),
            event("replay", 0, quantity="3", replayed_at=replays[0]),
            event("tie", 0, quantity="2"),
            event("flag", 0, city="K\u00f6ln"),
            event("tax", 0, tax="1,60"),
            *reversed(TIED),
        ],
        [event("edit", 0, received=60, quantity="1"), event("tie", 0, quantity="3"), TIED[0]],
    ]
    for hour, lines in enumerate(arrivals):
        both_engines.put([BronzeObject(hour, tuple(lines))])
        both_engines.run()
    amounts = "select event_id, cast(amount as varchar) from shoplake_silver.order_lines order by 1"
    assert both_engines.athena.query(amounts).rows[1:] == [
        ["edit", "20.0000"], ["flag", "10.0000"], ["java", "9999999.0000"], ["replay", "20.0000"],
        ["thirds", "10.0000"], ["tie", "20.0000"],
    ]  # fmt: skip
    conflicting = "array_join(array_agg(event_id order by event_id) filter (where has_conflicting_copies), ' ')"
    assert both_engines.value("silver.events", conflicting) == "edit flag replay tie"
    assert both_engines.differences_from_rebuild() == []

    with pytest.raises(DbtError, match="The rows of events were computed by another definition"):
        both_engines.run(event_copies="oldest")
    both_engines.run("--full-refresh", event_copies="oldest")
    both_engines.run(event_copies="oldest")
    assert both_engines.differences_from_rebuild(event_copies="oldest") == []
