"""Two runs on the same tables: one builds, and the other is told in a sentence before it changes anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta

import pytest

from local_aws.launcher import Instance
from tests.athena.support.kill import Kill, statement
from tests.athena.support.statements import Statements
from tests.athena.support.warehouse import AthenaWarehouse, dbt_folder
from tests.law.cases import event
from tests.support.paths import ROOT
from tests.support.warehouse import FIRST_HOUR, BronzeObject, DbtError, Warehouse

DAY = (datetime.now(UTC) - timedelta(days=2)).date()
HOURS = (DAY - FIRST_HOUR.date()) // timedelta(hours=1)
KILLED = Kill("before", statement("create table shoplake_silver.arrivals__ha"))
# the lock is the same whatever a run builds
PART = ("--select", "arrivals", "touched_dates")


@pytest.fixture(scope="module")
def athena(instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> AthenaWarehouse:
    lake = Warehouse(tmp_path_factory.mktemp("lake"), variables={})
    athena = AthenaWarehouse(instance, DAY)
    lake.put([BronzeObject(HOURS, (event("a", 0),))])
    athena.upload(lake.lake)
    athena.dbt("run", *PART)
    return athena


def locks(athena: AthenaWarehouse) -> list[str]:
    return [name for name in athena.tables("shoplake_silver") if name.startswith("run_lock")]


def leave_lock(athena: AthenaWarehouse) -> None:
    athena.owner = "jane"
    assert athena.process("run", *PART, kill=KILLED).returncode < 0
    assert locks(athena) == ["run_lock"]
    athena.owner = "joe"


def begin(athena: AthenaWarehouse, *more: str, **variables: object) -> subprocess.Popen[str]:
    """A dbt run that goes on while the test does."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "--log-level-file", "none", "run", *PART, *more),
            *("--target", "athena_local", "--profiles-dir", str(dbt_folder())),
            *("--target-path", tempfile.mkdtemp(dir=dbt_folder())),
            *("--vars", json.dumps({"bronze_start": athena.start.isoformat()} | variables)),
        ],
        cwd=ROOT,
        env=athena.environment | {"USER": "jane", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


def shoplake_unlock(athena: AthenaWarehouse) -> str:
    return subprocess.run(
        [sys.executable, "-m", "ingestion.cli", "unlock", "--target", "athena_local"],
        cwd=ROOT,
        env=os.environ | athena.environment | {"DBT_PROFILES_DIR": str(dbt_folder())},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_of_two_runs_that_begin_together_one_builds_and_the_other_is_told(athena: AthenaWarehouse) -> None:
    athena.owner = ""
    runs = [begin(athena), begin(athena)]
    outputs = [run.communicate()[0] for run in runs]
    assert sorted(run.returncode for run in runs) == [0, 2], outputs
    told = outputs[0 if runs[0].returncode else 1]
    assert "another run is building these tables: dbt run of jane, since " in told
    assert "Traceback" not in told
    assert "START" not in told


def test_a_killed_run_keeps_others_out_until_its_lock_is_removed(athena: AthenaWarehouse) -> None:
    leave_lock(athena)
    before = athena.aws.list_objects("shoplake", "warehouse/")
    with pytest.raises(DbtError, match=r"another run is .* dbt run of jane, since .*`shoplake unlock`"):
        athena.dbt("build", *PART)
    assert athena.aws.list_objects("shoplake", "warehouse/") == before
    assert "Removed the lock of dbt run by jane, taken at " in shoplake_unlock(athena)
    assert locks(athena) == []
    assert shoplake_unlock(athena) == "No run holds the lock of shoplake_silver.\n"
    athena.dbt("run", *PART)


def test_a_run_under_the_same_name_takes_the_lock_over(athena: AthenaWarehouse) -> None:
    leave_lock(athena)
    athena.owner = "jane"
    athena.dbt("run", *PART)
    assert locks(athena) == []


def test_a_lock_that_has_ended_is_taken_over(athena: AthenaWarehouse) -> None:
    leave_lock(athena)
    athena.query("alter table shoplake_silver.run_lock set tblproperties ('expires' = '2026-01-01 00:00:00')")
    athena.dbt("run", *PART)
    assert locks(athena) == []


def test_a_run_that_is_refused_at_its_start_leaves_no_lock(athena: AthenaWarehouse) -> None:
    with pytest.raises(DbtError, match="on_changed_definition must be 'rebuild', 'stop' or 'accept', not 'ask'"):
        athena.dbt("run", *PART, on_changed_definition="ask")
    assert locks(athena) == []


def test_a_lock_lasts_while_models_begin(athena: AthenaWarehouse) -> None:
    # shorter than any model: every one finds that it has ended
    statements = Statements(athena.aws)
    athena.dbt("run", *PART, "--threads", "1", run_lock_minutes=0)
    assert len(statements.sent("ALTER_TABLE_SET_PROPERTIES")) == 2
    assert locks(athena) == []


def test_a_run_that_lost_its_lock_to_another_one_ends(athena: AthenaWarehouse) -> None:
    athena.owner = "joe"
    # one model after the other, so that some begin after the lock was taken
    run = begin(athena, "events", "order_lines", "user_product_days", "--threads", "1", run_lock_minutes=0)
    assert run.stdout
    begun = next(line for line in run.stdout if "1 of 5 OK" in line)
    steal(athena, "jane")
    output = begun + run.communicate()[0]
    assert run.returncode == 1, output
    assert "this run's lock was removed, and dbt run of jane holds it since " in output
    # it is not that of the run which has ended
    assert locks(athena) == ["run_lock"]
    athena.owner = "jane"
    athena.dbt("run", *PART)


def steal(athena: AthenaWarehouse, owner: str) -> None:
    table = athena.aws.call("glue", "GetTable", DatabaseName="shoplake_silver", Name="run_lock")["Table"]
    names = ("Name", "TableType", "Parameters", "StorageDescriptor")
    given = {name: table[name] for name in names}
    given["Parameters"] |= {"run": "another", "owner": owner}
    athena.aws.call("glue", "UpdateTable", DatabaseName="shoplake_silver", TableInput=given)
