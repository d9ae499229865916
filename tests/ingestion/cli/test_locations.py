"""Every command and dbt read --lake, SHOPLAKE_LAKE and SHOPLAKE_WAREHOUSE in the same way, or refuse them alike."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import COMMAND, events
from tests.support.paths import ROOT
from tests.support.warehouse import Warehouse

COMMANDS = [
    ["replay", "-"],
    ["simulate", "--events", "10"],
    ["upload"],
    ["keys", "show"],
    ["keys", "rotate", "-y"],
    ["demo"],
]
NAME = "it's [a] lake?/k=v/*\\%s {x}"


def run(folder: Path, *command: str, stdin: bytes = b"", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of shoplake in a folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "SHOPLAKE_"))}
    done = subprocess.run(
        [*COMMAND, *command], input=stdin, capture_output=True, check=False, cwd=folder, env=kept | variables
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def dbt(warehouse: Warehouse, folder: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run dbt in a folder that need not be the project's."""
    return subprocess.run(
        [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *warehouse.arguments(*command)],
        capture_output=True,
        check=False,
        cwd=folder,
        env=os.environ | warehouse.environment | variables,
        text=True,
    )


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_lake_that_cannot_be_is_refused_by_every_command_with_the_same_sentence(command: list[str]) -> None:
    done = run(ROOT, *command, SHOPLAKE_LAKE="s3://bucket")
    assert (done.returncode, done.stderr) == (
        2,
        "the lake s3://bucket is an address: set SHOPLAKE_LAKE to a path on this machine\n",
    )


def test_dbt_refuses_the_same_with_the_same_sentence_and_no_traceback(tmp_path: Path) -> None:
    done = dbt(
        Warehouse(tmp_path / "w", variables={}), ROOT, "show", "--inline", "select 1", SHOPLAKE_LAKE="s3://bucket"
    )
    assert done.returncode
    assert "the lake s3://bucket is an address: set SHOPLAKE_LAKE to a path on this machine" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_replay_and_dbt_mean_the_same_folder_from_wherever_they_are_started(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w", variables={})
    models = ("run", "--select", "+events")
    here = tmp_path / "here"
    here.mkdir()

    neither = dbt(warehouse, here, *models, SHOPLAKE_LAKE=NAME, SHOPLAKE_WAREHOUSE="w.duckdb")
    assert neither.returncode
    assert f"there is no warehouse at {here}/w.duckdb: a relative path counts from the current" in neither.stdout
    assert list(here.iterdir()) == [], "nothing was made where nobody meant it"

    no_lake = dbt(warehouse, here, *models, SHOPLAKE_LAKE=NAME)
    assert no_lake.returncode
    assert f"there is no lake at {here}/{NAME}: a relative path counts from the current folder" in no_lake.stdout

    assert run(here, "replay", "-", "--quiet", stdin=events(7), SHOPLAKE_LAKE=NAME).returncode == 0
    built = dbt(warehouse, here, *models, SHOPLAKE_LAKE=NAME)
    assert "Read 7 lines of 1 arrival hours" in built.stdout, built.stdout
    assert warehouse.query("select count(*) from shoplake_silver.events") == [(7,)]

    mistyped = {"SHOPLAKE_LAKE": f"{here}/nothing"}
    again = dbt(warehouse, ROOT, *models, **mistyped)
    assert f"The lake {here}/nothing (SHOPLAKE_LAKE) holds no events, and this run would empty" in again.stdout
    new = dbt(warehouse, ROOT, *models, SHOPLAKE_WAREHOUSE=f"{tmp_path}/new.duckdb", **mistyped)
    assert f"No new events in bronze (there is no lake at {here}/nothing), so nothing was added" in new.stdout


def test_the_report_says_where_it_looked_for_a_relative_warehouse(tmp_path: Path) -> None:
    done = run(tmp_path, "report", SHOPLAKE_WAREHOUSE="shop.duckdb")
    assert (done.returncode, done.stderr) == (
        2,
        "there is no warehouse at shop.duckdb: run `dbt build` first "
        f"(a relative path counts from the current folder, {tmp_path})\n",
    )
