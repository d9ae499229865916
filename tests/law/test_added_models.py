"""Models as people add them who have not read how: a build over one that would go wrong says so before it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.law.added_models import KEYED, LEDGER, daily, project_with
from tests.law.cases import event, put
from tests.law.versions import copy_of_the_project
from tests.support.warehouse import DbtError, Warehouse

MICROBATCH = "incremental_strategy='microbatch', event_time='event_at', begin='2026-03-10', batch_size='day'"
NEWEST = "{% if is_incremental() %}event_at > (select max(event_date) from {{ this }}){% else %}true{% endif %}"


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        (daily(config="materialized='incremental'"), "has no unique_key, so what is read twice would be stored twice"),
        (daily(config="incremental_strategy='append', " + KEYED), "has the strategy append"),
        (daily(config=MICROBATCH), "has the strategy microbatch"),
        *[
            (daily(config=f"{name}=['n'], " + KEYED), f"has {name}, so stored rows would keep what late events")
            for name in ("merge_update_columns", "merge_exclude_columns", "incremental_predicates")
        ],
        (daily("{{ dbt_utils.get_column_values(1) if false else 1 }}"), "makes SQL of the values that get_column"),
        (daily(where="{{ in_touched_dates() }} and {{ in_touched_hours() }}"), "computes the events that arrived"),
        (daily(where=NEWEST), r"computes a part of its rows that in_touched_dates\(\) does not choose"),
    ],
)  # fmt: skip
def test_an_incremental_model_that_would_go_wrong_is_refused_before_anything_is_built(
    shop: Warehouse, tmp_path: Path, sql: str, problem: str
) -> None:
    shop.project = project_with(tmp_path / "p", sql)
    for selection in ((), ("--select", "my_daily")):
        with pytest.raises(DbtError, match="my_daily is incremental and " + problem):
            shop.dbt("run", *selection)
    assert shop.query("select count(*) from shoplake_silver.arrivals where event_id = 'late'") == [(0,)]
    # a run that leaves it out goes on
    shop.dbt("run", "--select", "arrivals")


def test_a_model_for_which_the_ledger_does_not_wait_is_refused_by_a_run_that_moves_the_ledger(
    shop: Warehouse, tmp_path: Path
) -> None:
    file, before, after = LEDGER
    shop.project = project_with(tmp_path / "p", daily(), (file, after, before))
    with pytest.raises(DbtError, match="my_daily is incremental and not built before loads, the ledger"):
        shop.dbt("run")
    shop.dbt("run", "--select", "my_daily")


@pytest.mark.parametrize(
    "config", ["materialized='table'", "unique_key='event_date', **replacing_groups('n', of='all')"]
)
def test_a_model_that_computes_every_row_needs_no_registration(shop: Warehouse, tmp_path: Path, config: str) -> None:
    file, before, after = LEDGER
    shop.project = project_with(tmp_path / "p", daily(config=config, where="true"), (file, after, before))
    shop.dbt("run")
    put(shop, 62, event("later", 31))
    shop.dbt("run")
    assert shop.differences_from_rebuild() == []


def test_an_incremental_model_in_another_database_is_refused(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w", variables={})
    profile = tmp_path / "w/profiles/profiles.yml"
    attached = "      threads: 2\n      attach: [{path: ':memory:', alias: other}]\n"
    profile.write_text(profile.read_text().replace("      threads: 2\n", attached, 1))
    put(warehouse, 0, event("a", 0))
    warehouse.project = project_with(tmp_path / "p", daily(config="database='other', " + KEYED))
    with pytest.raises(DbtError, match="my_daily is incremental and in another database than loads, the ledger"):
        warehouse.dbt("run")


def test_a_run_that_could_not_load_what_earlier_runs_left_builds_nothing(shop: Warehouse, tmp_path: Path) -> None:
    shop.project = project_with(tmp_path / "p", daily(), ("dbt_project.yml", '  - "{{ load_run_state() }}"\n', ""))
    with pytest.raises(DbtError, match=r"load_run_state.* did not run to its end when this run started"):
        shop.dbt("run")


VERSIONS = """models:
  - name: my_daily
    latest_version: 2
    versions: [{v: 1}, {v: 2}]
"""


def test_each_version_of_a_model_is_waited_for(shop: Warehouse, tmp_path: Path) -> None:
    files = {"models/silver/sales/my_daily_v1.sql": daily(), "models/silver/sales/_my_daily.yml": VERSIONS}
    file, before, after = LEDGER
    both = (file, after, before + "'my_daily', ")
    shop.project = project_with(tmp_path / "p", daily(), both, files=files)
    (shop.project / "models/silver/sales/my_daily.sql").rename(shop.project / "models/silver/sales/my_daily_v2.sql")
    with pytest.raises(DbtError, match=r"my_daily.v1 is incremental and not built before loads, the ledger"):
        shop.dbt("run")
    with pytest.raises(DbtError, match=r"left out my_daily.v1, which would never see them"):
        shop.dbt("run", "--exclude", "my_daily.v1")
    ledger = shop.project / "models/silver/events/loads.sql"
    ledger.write_text(
        ledger.read_text().replace("\nwith\n", "\n-- depends_on: {{ ref('my_daily', v=1) }}\n\nwith\n", 1)
    )
    shop.project = shop.project.rename(tmp_path / "q")
    shop.dbt("run", "--exclude", "loads")
    shop.dbt("run", "--select", "loads")
    assert shop.differences_from_rebuild() == []


def test_a_model_behind_an_ephemeral_one_and_a_view_may_be_built_in_parts(shop: Warehouse, tmp_path: Path) -> None:
    between = {
        "models/silver/sales/paid.sql": "{{ config(materialized='ephemeral') }}\nselect * from {{ ref('seen') }}\n",
        "models/silver/sales/seen.sql": "{{ config(materialized='view') }}\nselect * from {{ ref('events') }}\n",
    }
    shop.project = project_with(tmp_path / "p", daily().replace("ref('events')", "ref('paid')"), files=between)
    shop.dbt("run")
    put(shop, 62, event("later", 62))
    shop.dbt("run", "--exclude", "loads", "seen")
    shop.dbt("run", "--select", "loads")
    assert shop.differences_from_rebuild() == []


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (
            ("dbt_project.yml", "+materialized: incremental", "+materialized: table"),
            "events must be materialized as incr",
        ),
        (("dbt_project.yml", "name: shoplake", "name: myshop"), r"events must be .* must name the project, myshop"),
        (
            ("models/silver/events/events.sql", "{{ config(", "{{ config(full_refresh=true, "),
            "events has full_refresh: true, and every run would replace it by the lines of that run",
        ),
    ],
)
def test_what_arrivals_are_made_into_must_keep_what_earlier_runs_read(
    shop: Warehouse, tmp_path: Path, edit: tuple[str, str, str], sentence: str
) -> None:
    shop.project = copy_of_the_project(tmp_path / "p", edit)
    with pytest.raises(DbtError, match=sentence):
        shop.dbt("run")


def test_a_model_that_no_full_refresh_reaches_is_refused_by_one_that_reads_bronze(
    shop: Warehouse, tmp_path: Path
) -> None:
    shop.project = project_with(tmp_path / "p", daily(config="full_refresh=false, " + KEYED))
    shop.dbt("run")
    with pytest.raises(DbtError, match=r"my_daily is incremental and has full_refresh: false, so --full-refresh"):
        shop.dbt("run", "--full-refresh")
    shop.dbt("run", "--full-refresh", "--select", "my_daily")
