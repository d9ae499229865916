"""`dbt` on a warehouse that another process holds, under the plugin's present and former path."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.support.paths import ROOT

PRESENT, FORMER = "ingestion.warehouse.single_writer", "ingestion.one_build"


@pytest.fixture(params=[PRESENT, FORMER])
def plugin(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Write a profiles.yml that names the plugin."""
    profile = (ROOT / "profiles.yml.example").read_text()
    assert f"module: {PRESENT}" in profile
    path = str(request.param)
    (tmp_path / "profiles.yml").write_text(profile.replace(PRESENT, path))
    return path


def dbt(folder: Path) -> subprocess.CompletedProcess[str]:
    """Let dbt open the warehouse and do nothing else."""
    return subprocess.run(
        [
            *(sys.executable, "-c", "from dbt.cli.main import cli; cli()"),
            *("--no-use-colors", "--log-level-file", "none", "debug", "--connection"),
            *("--project-dir", str(ROOT), "--profiles-dir", str(folder), "--target", "local"),
        ],
        capture_output=True,
        check=False,
        cwd=folder,
        env=os.environ | {"SHOPLAKE_WAREHOUSE": str(folder / "shop.duckdb"), "DBT_LOG_PATH": str(folder / "logs")},
        text=True,
    )


def test_dbt_opens_a_free_warehouse_and_reports_a_former_plugin_path(plugin: str, tmp_path: Path) -> None:
    done = dbt(tmp_path)
    assert (done.returncode, "OK connection ok" in done.stdout) == (0, True), done.stdout
    assert ("change it to ingestion.warehouse.single_writer" in done.stdout) == (plugin == FORMER)


def test_dbt_stops_with_one_sentence_while_another_process_holds_the_warehouse(plugin: str, tmp_path: Path) -> None:
    with duckdb.connect(tmp_path / "shop.duckdb"):
        done = dbt(tmp_path)
    assert done.returncode != 0
    assert f"is in use by process {os.getpid()}: one build" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert (tmp_path / "shop.duckdb").is_file()


def test_an_empty_file_that_a_killed_build_left_is_replaced(plugin: str, tmp_path: Path) -> None:
    (tmp_path / "shop.duckdb").touch()
    assert dbt(tmp_path).returncode == 0
    assert (tmp_path / "shop.duckdb").stat().st_size > 0
