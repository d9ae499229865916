from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.command import COMMAND, run
from tests.support.warehouse import Warehouse


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse over 2,000 simulated events of two days, of which one was corrected."""
    warehouse = Warehouse(tmp_path_factory.mktemp("report"), variables={})
    environment: dict[str, Any] = warehouse.environment
    run("simulate", "--events", "2000", "--days", "2", "--start", "2026-03-10", **environment)
    warehouse.dbt("run")
    warehouse.correct_a_purchase()
    warehouse.dbt("run")
    return warehouse


def report(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the report in a folder that holds neither the project nor a profiles.yml."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "SHOPLAKE_"))}
    return subprocess.run(
        [*COMMAND, "report", *map(str, arguments)],
        capture_output=True,
        check=False,
        cwd=folder,
        env=environment | {"COLUMNS": "100"},
        text=True,
    )


def number(pattern: str, text: str) -> float:
    """Return the number that a pattern finds."""
    found = re.search(pattern, text)
    assert found, text
    return float(found[1].replace(",", ""))


def test_the_report_prints_what_the_tables_hold_from_any_folder(shop: Warehouse, tmp_path: Path) -> None:
    done = report(tmp_path, "--warehouse", shop.path)
    assert (done.returncode, done.stderr) == (0, "")
    for heading in ("What sells", "Best hours", "Day by day", "Rejected lines"):
        assert heading in done.stdout
    [(events, revenue)] = shop.query(
        "select (select count(*) from shoplake_silver.events), sum(total_revenue) from shoplake_gold.hourly_revenue"
    )
    assert number(r"^([\d,]+) events on", done.stdout) == events
    assert number(r"revenue ([\d,.]+),", done.stdout) == pytest.approx(float(revenue), abs=0.01)
    assert "The ledger adds up: 2,001 lines = " in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_copies_that_disagree_are_reported_if_there_are_any(shop: Warehouse, tmp_path: Path) -> None:
    # the second attempts of the simulator differ in what they count of themselves, and in nothing else
    assert shop.query("select count(*) from shoplake_silver.events where has_conflicting_copies") == [(1,)]
    assert "1 of the events arrived in copies that disagree" in report(tmp_path, "--warehouse", shop.path).stdout
    without = shutil.copy(shop.path, tmp_path / "without.duckdb")
    with duckdb.connect(without) as connection:
        connection.execute("update shoplake_silver.loads set conflicting_count = 0")
    assert "disagree" not in report(tmp_path, "--warehouse", without).stdout


def test_a_currency_is_text_whatever_stands_in_it(shop: Warehouse, tmp_path: Path) -> None:
    odd = shutil.copy(shop.path, tmp_path / "odd.duckdb")
    with duckdb.connect(odd) as connection:
        connection.execute(
            "update shoplake_silver.order_lines set currency = '[/x]' || chr(27) || repeat('y', 5000) "
            "where event_id = (select min(event_id) from shoplake_silver.order_lines)"
        )
    done = report(tmp_path, "--warehouse", odd)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Amounts in [/x]·yyy" in done.stdout.replace("EUR, ", "")
    assert "y" * 500 not in done.stdout


def test_rows_and_days_limit_what_is_shown(shop: Warehouse, tmp_path: Path) -> None:
    done = report(tmp_path, "--warehouse", shop.path, "--rows", "2", "--days", "1")
    assert len(re.findall(r"^\d\d:00 ", done.stdout, re.MULTILINE)) == 2
    assert len(re.findall(r"^\w{3} \d{4}-\d\d-\d\d ", done.stdout, re.MULTILINE)) == 1


def test_a_running_build_is_one_sentence(shop: Warehouse, tmp_path: Path) -> None:
    with duckdb.connect(shop.path):
        done = report(tmp_path, "--warehouse", shop.path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "is a build still running?" in done.stderr


def test_a_missing_or_empty_warehouse_is_one_sentence(tmp_path: Path) -> None:
    missing = report(tmp_path)
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    assert "there is no warehouse at warehouse.duckdb: run `dbt build` first" in missing.stderr
    duckdb.connect(tmp_path / "empty.duckdb").close()
    empty = report(tmp_path, "--warehouse", "empty.duckdb")
    assert (empty.returncode, empty.stderr.count("\n")) == (2, 1)
    assert "has no gold tables yet: run `dbt build` first" in empty.stderr


def test_a_table_that_is_not_there_is_named(shop: Warehouse, tmp_path: Path) -> None:
    without = shutil.copy(shop.path, tmp_path / "without.duckdb")
    with duckdb.connect(without) as connection:
        connection.execute("alter table shoplake_gold.product_funnel rename to funnel")
    renamed = report(tmp_path, "--warehouse", without)
    assert (renamed.returncode, renamed.stderr) == (
        2,
        f"{without} lacks shoplake_gold.product_funnel, which the project builds now: run `dbt build` first\n",
    )
    with duckdb.connect(tmp_path / "other.duckdb") as connection:
        connection.execute("create schema dev_gold; create table dev_gold.product_funnel as select 1")
    other = report(tmp_path, "--warehouse", "other.duckdb")
    assert (other.returncode, other.stderr.count("\n")) == (2, 1)
    assert "in shoplake_gold, shoplake_silver, where profiles.yml has them, but holds dev_gold: run" in other.stderr


@pytest.mark.parametrize("variables", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0"}])
def test_the_report_has_the_same_numbers_in_every_locale(
    shop: Warehouse, tmp_path: Path, variables: dict[str, str]
) -> None:
    plain, other = (
        subprocess.run(
            [*COMMAND, "report", "--warehouse", str(shop.path)],
            capture_output=True,
            check=True,
            cwd=tmp_path,
            env=os.environ | {"COLUMNS": "100"} | environment,
        )
        for environment in ({"PYTHONIOENCODING": "utf-8"}, variables)
    )
    assert (plain.stderr, other.stderr) == (b"", b"")
    numbers = re.compile(rb"[0-9][0-9,.]*")
    assert numbers.findall(plain.stdout) == numbers.findall(other.stdout)


def test_a_shop_without_events_says_how_to_get_some(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "empty", variables={})
    warehouse.dbt("run")
    done = report(tmp_path, "--warehouse", warehouse.path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No events yet: run `shoplake simulate`" in done.stdout
