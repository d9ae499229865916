"""`shoplake build`: builds if anything is new, and says what; else it ends before any model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from typer.testing import CliRunner, Result

from ingestion.cli.app import app
from ingestion.errors import UserError
from tests.law.cases import event
from tests.support.paths import ROOT
from tests.support.warehouse import BronzeObject, Warehouse

NOTHING = "Nothing arrived since the last build, and nothing changed: there is nothing to build.\n"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("build"), variables={})
    warehouse.put([BronzeObject(0, (event("a", 0),))])
    return warehouse


@pytest.fixture
def build(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("DBT_PROFILES_DIR", str(warehouse.folder / "profiles"))
    monkeypatch.setenv("DBT_TARGET_PATH", str(warehouse.folder / "target"))
    monkeypatch.setenv("DBT_LOG_PATH", str(warehouse.folder / "logs"))
    for name, value in warehouse.environment.items():
        monkeypatch.setenv(name, value)

    def run(*options: str) -> Result:
        result = CliRunner().invoke(app, ["build", *options])
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        return result

    return run


def reason(result: Result) -> str:
    return result.stdout.splitlines()[0]


def test_it_builds_what_is_new_and_nothing_twice(warehouse: Warehouse, build: Callable[..., Result]) -> None:
    first = build()
    assert reason(first).startswith("To build: not built yet: shoplake_gold.category_daily_performance, ")
    assert reason(first).endswith(" and 14 more")
    assert first.exit_code == 0
    written = warehouse.path.stat().st_mtime_ns
    assert (build().stdout, build().exit_code) == (NOTHING, 0)
    assert warehouse.path.stat().st_mtime_ns == written
    warehouse.put([BronzeObject(5, (event("b", 5),))])
    second = build()
    assert (reason(second), second.exit_code) == ("To build: new arrivals", 0)
    assert warehouse.query("select count(*) from shoplake_silver.events") == [(2,)]
    # a late object of an hour that the ledger counts
    warehouse.put([BronzeObject(0, (event("c", 0),))])
    assert reason(build()) == "To build: new arrivals"
    assert build().stdout == NOTHING


def test_it_tries_again_what_failed(warehouse: Warehouse, build: Callable[..., Result]) -> None:
    build()
    warehouse.put([BronzeObject(6, (event("d", 6),))])
    failed = build("--vars", "{bronze_window: a mistake}")
    assert (reason(failed), failed.exit_code) == ("To build: new arrivals", 1)
    again = build()
    assert reason(again).startswith("To build: failed in the last run: arrivals, ")
    assert again.exit_code == 0
    assert build().stdout == NOTHING


def test_the_daily_tier_catches_up_although_nothing_arrived(warehouse: Warehouse, build: Callable[..., Result]) -> None:
    build()
    warehouse.put([BronzeObject(7, (event("e", 7, event_type="view_item", product_id="p9"),))])
    assert reason(build("--selector", "hourly")) == "To build: new arrivals"
    assert build("--selector", "hourly").stdout == NOTHING
    views = "select view_count from shoplake_gold.product_popularity where product_id = 'p9'"
    assert warehouse.query(views) == []
    assert reason(build()) == "To build: left out of earlier builds: product_popularity"
    assert warehouse.query(views) == [(1,)]
    assert build().stdout == NOTHING


def test_a_stale_table_that_no_model_builds_is_no_work(warehouse: Warehouse, build: Callable[..., Result]) -> None:
    warehouse.execute("create table shoplake_gold.former_model as select 1 as one")
    warehouse.put([BronzeObject(8, (event("f", 8),))])
    assert "No model builds shoplake_gold.former_model any more" in build().stdout
    assert build().stdout == NOTHING
    warehouse.execute("drop table shoplake_gold.former_model")


def test_a_changed_definition_is_new(warehouse: Warehouse, build: Callable[..., Result]) -> None:
    build()
    warehouse.execute("drop table shoplake_gold.transactions")
    assert reason(build()) == "To build: not built yet: shoplake_gold.transactions"
    warehouse.execute("drop table shoplake_gold.product_popularity")
    assert build("--selector", "hourly").stdout == NOTHING
    assert reason(build()) == "To build: not built yet: shoplake_gold.product_popularity"
    result = build("--vars", "{event_copies: oldest}")
    assert reason(result).startswith("To build: another definition: ")
    assert result.exit_code == 1


def test_elsewhere_it_says_where_the_project_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="builds the dbt project of the current folder: cd "):
        CliRunner().invoke(app, ["build"], catch_exceptions=False)
