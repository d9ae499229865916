"""`dbt build` over simulated bad data, while another build runs, and after the lake was replaced or lost objects."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ingestion.warehouse.compiled_analyses import compile_analyses
from tests.support.warehouse import Warehouse

DBT = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]
SHOPLAKE = [sys.executable, "-m", "ingestion.cli"]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse over 20,000 simulated events of three days with simulated bad data, built with its data tests."""
    warehouse = Warehouse(tmp_path_factory.mktemp("simulated"), variables={})
    shoplake(warehouse, "simulate", "--events", "20000", "--malformed-rate", "0.02", "--duplicate-rate", "0.05")
    warehouse.dbt("build")
    return warehouse


def shoplake(warehouse: Warehouse, *arguments: str) -> str:
    done = subprocess.run(
        [*SHOPLAKE, *arguments], env=os.environ | warehouse.environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_every_simulated_line_is_accounted_for(simulated: Warehouse) -> None:
    [(lines, accepted, duplicates, rejected)] = simulated.query(
        "select sum(line_count), sum(accepted_count), sum(duplicate_count), sum(rejected_count)"
        " from shoplake_silver.loads"
    )
    assert (lines, lines) == (20_000, accepted + duplicates + rejected)
    assert simulated.query("select count(*) from shoplake_silver.events") == [(accepted,)]
    assert min(int(str(duplicates)), int(str(rejected))) > 100


def test_unit_tests_of_the_models_pass(simulated: Warehouse) -> None:
    simulated.dbt("test", "--select", "test_type:unit")


def test_every_analysis_returns_rows(simulated: Warehouse) -> None:
    simulated.correct_a_purchase()
    simulated.dbt("run")
    for name, sql in compile_analyses(simulated.path.stem).items():
        assert simulated.query(sql), name


def test_the_second_increment_equals_a_rebuild(simulated: Warehouse) -> None:
    shoplake(simulated, "simulate", "--more", "2h", "--events", "2000")
    simulated.dbt("build")
    assert simulated.differences_from_rebuild() == []


def test_a_selection_builds_on_a_new_warehouse_in_a_folder_with_special_characters(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "it's 5% [odd]", variables={})
    shoplake(warehouse, "simulate", "--events", "500", "--hours", "2")
    warehouse.dbt("build", "--select", "+product_funnel", "--exclude-resource-type", "unit_test")
    assert warehouse.query("select count(*) from shoplake_silver.arrivals where object_state is null") == [(500,)]
    warehouse.dbt("build")
    assert warehouse.query("select sum(line_count) from shoplake_silver.loads") == [(500,)]


def test_a_replaced_lake_is_reported_and_a_full_refresh_rebuilds_from_it(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "replaced", variables={})
    shop = ("simulate", "--events", "500", "--start", "2026-03-10", "--hours", "2")
    shoplake(warehouse, *shop)
    warehouse.dbt("run")
    shutil.rmtree(warehouse.lake)
    shoplake(warehouse, *shop, "--seed", "99")
    command_line = [*DBT, *warehouse.arguments("run")]
    again = subprocess.run(command_line, env=os.environ | warehouse.environment, capture_output=True, text=True)
    assert (again.returncode, "if the lake was replaced, run dbt build --full-refresh" in again.stdout) == (0, True)
    warehouse.dbt("run", "--full-refresh")
    assert warehouse.differences_from_rebuild() == []


def test_a_lake_that_lost_objects_is_reported_and_the_tables_stay(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "lost", variables={})
    shoplake(warehouse, "simulate", "--events", "500", "--hours", "2")
    warehouse.dbt("run")
    next(warehouse.lake.glob("bronze/events/*/*/*.gz")).unlink()
    again = subprocess.run(
        [*DBT, *warehouse.arguments("run")], env=os.environ | warehouse.environment, capture_output=True, text=True
    )
    assert (again.returncode, "The lake lacks objects that were loaded before" in again.stdout) == (0, True)
    assert warehouse.query("select sum(line_count) from shoplake_silver.loads") == [(500,)]


def test_a_second_build_at_the_same_time_stops_with_an_error_message(simulated: Warehouse) -> None:
    held = duckdb.connect(simulated.path)
    try:
        second = subprocess.run(
            [*DBT, *simulated.arguments("build")],
            env=os.environ | simulated.environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        held.close()
    printed = second.stdout + second.stderr
    assert second.returncode != 0
    assert f"is in use by process {os.getpid()}: one build" in printed
    assert "Traceback" not in printed
