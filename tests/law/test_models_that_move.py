"""Tables that nobody fills for a while, because their model stands elsewhere, and what a full refresh leaves undone."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest

from tests.law.cases import event, put, run_and_kill, run_state
from tests.law.versions import copy_of_the_project
from tests.support.paths import ROOT
from tests.support.warehouse import DbtError, Warehouse

ORDER_LINES = "models/silver/sales/order_lines.sql"
MOVES = {
    "ephemeral": (
        (ORDER_LINES, "{{ config(", "{{ config(materialized='ephemeral',"),
        (ORDER_LINES, "{% if is_incremental() %}\n{{ join_vanished_groups(of='touched hours') }}\n{% endif %}", ""),
    ),
    "another schema": (("dbt_project.yml", "+schema: gold", "+schema: mart"),),
}


@pytest.mark.parametrize("move", sorted(MOVES))
def test_a_model_that_stood_elsewhere_for_a_while_is_computed_anew(shop: Warehouse, tmp_path: Path, move: str) -> None:
    shop.dbt("run")
    shop.project = copy_of_the_project(tmp_path / "p", *MOVES[move])
    put(shop, 62, event("meanwhile", 62))
    shop.dbt("run")
    assert {
        "ephemeral": "shoplake_silver.order_lines",
        "another schema": "shoplake_gold.transactions",
    }[move] in run_state(shop, "stale_tables")
    shop.project = ROOT
    put(shop, 90, event("later", 90))
    shop.dbt("run")
    # the tables in the other schema are remembered while they stand
    assert [found for found in shop.differences_from_rebuild() if "run_state" not in found] == []


def rewrite_bronze(shop: Warehouse) -> None:
    """Every price changes, in objects of the same names, as after an erasure: only a full refresh can tell."""
    for path in shop.lake.rglob("*.gz"):
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"10.00", b"77.00")))


def test_a_full_refresh_that_fails_leaves_no_table_as_bronze_was_before(
    shop: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.dbt("run")
    rewrite_bronze(shop)
    fails = "pre_hook=\"{{ \\\"select error('full')\\\" if env_var('SHOPLAKE_TEST_FAILS', '') else '' }}\","
    shop.project = copy_of_the_project(tmp_path / "p", (ORDER_LINES, "{{ config(", "{{ config(" + fails))
    with monkeypatch.context() as failing:
        failing.setenv("SHOPLAKE_TEST_FAILS", "yes")
        with pytest.raises(DbtError, match="full"):
            shop.dbt("run", "--full-refresh")
    shop.dbt("run")
    assert shop.differences_from_rebuild() == []


def test_a_full_refresh_that_was_killed_is_completed_by_the_next_run(shop: Warehouse) -> None:
    shop.dbt("run")
    rewrite_bronze(shop)
    run_and_kill(shop, "START sql incremental model shoplake_silver.order_lines", "--full-refresh", "--threads", "1")
    with pytest.raises(DbtError, match="A full refresh did not finish, so it is not known what the rows of"):
        shop.dbt("run", on_changed_definition="stop")
    shop.dbt("run")
    assert run_state(shop, "unfinished_refresh") == []
    assert shop.differences_from_rebuild() == []


def test_a_full_refresh_of_a_part_leaves_the_rest_to_the_next_run(shop: Warehouse) -> None:
    shop.dbt("run")
    rewrite_bronze(shop)
    shop.dbt("run", "--full-refresh", "--select", "arrivals", "events", "rejected_events")
    shop.dbt("run")
    assert shop.differences_from_rebuild() == []


def test_what_is_read_from_another_schema_although_it_stands_here_is_not_built_on(
    shop: Warehouse, tmp_path: Path
) -> None:
    shop.dbt("run")
    state = tmp_path / "state"
    state.mkdir()
    shop.dbt("parse").writable_manifest().write(str(state / "manifest.json"))
    ours = tmp_path / "ours"
    shutil.copytree(shop.lake, ours)
    put(shop, 62, event("theirs", 62))
    shop.dbt("run")
    with pytest.MonkeyPatch.context() as dev:
        dev.setattr(shop, "lake", ours)
        dev.setattr(shop, "schema", "dev")
        shop.dbt("run")
        rows = "from dev_gold.hourly_revenue order by all"
        before = shop.query(rows)
        shop.dbt(
            "run", "--select", "hourly_revenue", "--full-refresh", "--defer", "--favor-state", "--state", str(state)
        )
        assert shop.query(rows) != before
        shop.dbt("run")
        assert shop.query(rows) == before
