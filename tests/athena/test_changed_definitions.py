"""Definitions that change between runs on Athena: every table equals DuckDB's full build of the version built last."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.athena.support.both_engines import BothEngines
from tests.law.cases import event
from tests.law.schedules import LOOKBACK_HOURS
from tests.law.versions import EDITS, copy_of_the_project
from tests.support.paths import ROOT
from tests.support.warehouse import BronzeObject, DbtError


def test_a_changed_model_is_computed_anew_and_what_only_bronze_can_tell_needs_a_full_refresh(
    both_engines: BothEngines, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(lambda: both_engines.use(ROOT))
    both_engines.empty()
    both_engines.put([BronzeObject(0, (event("a", 0),)), BronzeObject(LOOKBACK_HOURS + 30, (event("b", 30),))])
    both_engines.run()
    both_engines.put([BronzeObject(LOOKBACK_HOURS + 31, (event("c", 31),))])

    both_engines.use(copy_of_the_project(tmp_path / "macro", *EDITS["macro"]))
    both_engines.run()
    assert both_engines.differences_from_rebuild() == []
    assert both_engines.value("gold.hourly_revenue", "cast(sum(total_revenue) as bigint)") == "60"
    before = sorted(both_engines.athena.rows("shoplake_silver.run_state"))
    both_engines.run(on_changed_definition="stop")
    assert sorted(both_engines.athena.rows("shoplake_silver.run_state")) == before

    both_engines.use(copy_of_the_project(tmp_path / "events", *EDITS["events"]))
    with pytest.raises(DbtError, match="were computed by another definition than that of today"):
        both_engines.run()
    both_engines.run("--full-refresh")
    assert both_engines.differences_from_rebuild() == []


def test_a_view_in_place_of_a_table_is_built_anew_and_an_empty_bronze_empties_nothing(
    both_engines: BothEngines,
) -> None:
    both_engines.empty()
    both_engines.put([BronzeObject(0, (event("a", 0),))])
    both_engines.run()
    for table in ("shoplake_silver.loads", "shoplake_gold.hourly_revenue"):
        both_engines.athena.query(
            f"create table {table}_kept with (table_type = 'iceberg', is_external = false,"
            f" location = 's3://shoplake/kept/{table}/') as select * from {table}"
        )
        both_engines.athena.query(f"drop table {table}")
        both_engines.athena.query(f"create view {table} as select * from {table}_kept")
    both_engines.run()
    for table in ("shoplake_silver.loads", "shoplake_gold.hourly_revenue"):
        both_engines.athena.query(f"drop table {table}_kept")
    both_engines.run()
    assert both_engines.differences_from_rebuild() == []
    with pytest.raises(DbtError, match="holds no events, and this run would empty"):
        both_engines.run("--full-refresh", bronze_start="2100-01-01")
    assert both_engines.value("silver.events", "count(*)") == "1"
