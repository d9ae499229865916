"""`shoplake doctor --target athena_local`: what is wrong with tables in Glue and objects in the bucket."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local_aws.launcher import Instance
from tests.athena.support.warehouse import BUCKET, AthenaWarehouse, dbt_folder
from tests.law.cases import event
from tests.support.paths import ROOT
from tests.support.warehouse import FIRST_HOUR, BronzeObject, Warehouse

# a run on Athena lists every hour since the first arrival
DAY = (datetime.now(UTC) - timedelta(days=2)).date()
HOURS = (DAY - FIRST_HOUR.date()) // timedelta(hours=1)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return Warehouse(tmp_path_factory.mktemp("lake"), variables={})


@pytest.fixture(scope="module")
def athena(instance: Instance, lake: Warehouse) -> AthenaWarehouse:
    """The tables of two arrival hours."""
    athena = AthenaWarehouse(instance, DAY)
    lake.put([BronzeObject(HOURS, (event("a", 0), "{")), BronzeObject(HOURS + 9, (event("b", 9),))])
    athena.upload(lake.lake)
    athena.dbt("run")
    return athena


def doctor(athena: AthenaWarehouse) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ingestion.cli", "doctor", "--target", "athena_local"],
        cwd=ROOT,
        env=os.environ
        | athena.environment
        | {"DBT_PROFILES_DIR": str(dbt_folder()), "PATH": str(Path(sys.executable).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def command_after(sentence: str, text: str) -> str:
    found = re.search(rf"{re.escape(sentence)}.*\n +(.*)", text)
    assert found, text
    return found[1]


def test_tables_in_order_are_well(athena: AthenaWarehouse) -> None:
    code, text = doctor(athena)
    assert (code, text.splitlines()[-1]) == (0, "All is well."), text
    assert "3 lines = 2 events + 0 duplicates + 1 rejected" in text
    assert "every object of the last 48 hours is loaded" in text


def test_what_needs_doing_is_said_with_the_command_that_mends_it(athena: AthenaWarehouse, lake: Warehouse) -> None:
    """Everything at once, because a run takes half a minute: late and new objects, leftovers, many files."""
    lake.put([BronzeObject(HOURS, (event("late", 0),)), BronzeObject(HOURS + 10, (event("new", 10),))])
    athena.upload(lake.lake)
    athena.query(
        "create table shoplake_gold.hourly_revenue__ha with (table_type = 'ICEBERG', is_external = false, "
        f"location = 's3://{BUCKET}/warehouse/leftover/') as select 1 as one"
    )
    for _ in range(5):
        one_row = "select * from shoplake_gold.daily_user_activity limit 1"
        athena.query(f"insert into shoplake_gold.daily_user_activity {one_row}")
    code, text = doctor(athena)
    assert code == 1
    assert command_after("Not loaded yet: 1 object of 1 arrival hour", text) == "dbt build --target athena_local"
    late = command_after("Objects arrived late in 1 arrival hour that were loaded before", text)
    assert late == "dbt build --target athena_local --vars '{arrival_lookback_hours: 9}'"
    dropping = command_after("shoplake_gold.hourly_revenue__ha", text)
    names = "{names: [shoplake_gold.hourly_revenue__ha]}"
    assert dropping == f"dbt run-operation drop_unused_tables --target athena_local --args '{names}'"
    optimizing = command_after("shoplake_gold.daily_user_activity: 1 partition with many files", text)
    assert optimizing == "dbt run-operation optimize --target athena_local"
    athena.dbt("run-operation drop_unused_tables", "--args", names)
    athena.dbt("run-operation optimize")
    athena.dbt("run", "--full-refresh")
    code, text = doctor(athena)
    assert (code, text.splitlines()[-1]) == (0, "All is well."), text
