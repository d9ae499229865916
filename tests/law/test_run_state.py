"""What one run leaves for the next (macros/run_state): killed runs, `dbt retry`, views of the version before."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.law.cases import event, ledger, put, run_and_kill, run_state, set_run_state
from tests.support.paths import ROOT
from tests.support.warehouse import DbtError, Warehouse

DBT = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]


def test_a_killed_run_forgets_who_saw_the_arrivals_before(warehouse: Warehouse) -> None:
    """The run replaced arrivals and never got to its end: what was remembered of the old lines must not count."""
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    put(warehouse, 1, event("b", 1))
    first = ("arrivals", "touched_dates", "events", "user_product_days")
    warehouse.dbt("run", "--select", *first)
    put(warehouse, 2, event("c", 2))
    run_and_kill(warehouse, "2 of 2 START sql", "--select", "arrivals", "touched_dates", "--threads", "1")
    assert warehouse.query("select count(*) from shoplake_silver.arrivals where event_id = 'c'") == [(1,)]
    with pytest.raises(DbtError, match=r"An earlier run read new arrivals and left out .*events, "):
        warehouse.dbt("run", "--exclude", *first)
    warehouse.dbt("run")
    assert warehouse.differences_from_rebuild() == []


def test_the_views_of_version_0_1_are_adopted(warehouse: Warehouse) -> None:
    put(warehouse, 0, event("a", 0))
    put(warehouse, 30, event("b", 30))
    warehouse.dbt("run")
    put(warehouse, 31, event("c", 31))
    first = ("arrivals", "touched_dates", "events", "user_product_days")
    warehouse.dbt("run", "--select", *first)
    names = run_state(warehouse, "seen_by_models")
    assert names == sorted(first)
    set_run_state(warehouse, "seen_by_models", [])
    warehouse.execute(
        f"create view shoplake_silver.unfinished_run as select unnest({names}) as name;"
        " delete from shoplake_gold.hourly_revenue where event_hour < 12;"
        " create view shoplake_silver.left_behind as select 'shoplake_gold.hourly_revenue' as name"
    )
    warehouse.dbt("run", "--exclude", *first)
    assert ledger(warehouse) == [(1, 1, 0, 0)] * 3
    views = "select table_name from information_schema.tables where table_schema = 'shoplake_silver'"
    assert {name for (name,) in warehouse.query(views)}.isdisjoint({"unfinished_run", "left_behind"})
    assert run_state(warehouse, "seen_by_models") == run_state(warehouse, "stale_tables") == []
    assert warehouse.differences_from_rebuild() == []


@pytest.mark.parametrize("options", [(), ("--full-refresh",)], ids=["increment", "full refresh"])
def test_retry_after_a_failed_model_builds_the_rest_and_moves_the_ledger(
    warehouses: dict[str, Warehouse], tmp_path: Path, options: tuple[str, ...]
) -> None:
    """`dbt retry` does not tell a macro what it selected, and repeats --full-refresh without arrivals."""
    warehouse = warehouses["objects"]
    warehouse.empty()
    put(warehouse, 0, event("a", 0))
    warehouse.dbt("run")
    project = tmp_path / "project"
    shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(".*", "target", "logs", "lake", "site", "tests"))
    model = project / "models/silver/sales/order_lines.sql"
    right = model.read_text()
    put(warehouse, 30, event("b", 30))

    model.write_text(right.replace("coalesce(order_id, event_id)", "no_such_column"))
    assert "no_such_column" in run(warehouse, project, "run", *options, expect=1)
    assert ledger(warehouse) == [(1, 1, 0, 0)]
    model.write_text(right)
    run(warehouse, project, "retry", expect=0)
    assert ledger(warehouse) == [(1, 1, 0, 0)] * 2
    assert warehouse.differences_from_rebuild() == []


def run(warehouse: Warehouse, project: Path, *command: str, expect: int) -> str:
    arguments = [argument for argument in warehouse.arguments(*command) if argument != "--no-write-json"]
    arguments[arguments.index("--project-dir") + 1] = str(project)
    done = subprocess.run(
        [*DBT, *arguments], env=os.environ | warehouse.environment, cwd=project, capture_output=True, text=True
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout
