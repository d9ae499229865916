"""The event is defined in ingestion/event.py. Files that repeat it agree, and a new field reaches silver by itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ingestion.event import EVENT_TYPES, FIELDS, REJECTED_FIELDS
from ingestion.warehouse.event_contract import DOCS, SILVER, SOURCE, TEMPLATE, contract_files
from tests.law.cases import put
from tests.law.schedules import iso, line
from tests.support.paths import ROOT
from tests.support.warehouse import FIRST_HOUR, Warehouse


@pytest.mark.parametrize("path", [SOURCE, SILVER, DOCS, TEMPLATE])
def test_a_file_that_repeats_the_fields_agrees_with_the_contract(path: str) -> None:
    assert contract_files(ROOT)[path] == (ROOT / path).read_text(), "run `make contract`"


def test_sql_and_door_accept_the_same_event_types() -> None:
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text())
    assert set(project["vars"]["event_types"]) == EVENT_TYPES


def test_a_field_that_is_added_by_the_recipe_reaches_silver(tmp_path: Path) -> None:
    """docs/guide/adding-a-field.md: one line in ingestion/event.py, then `make contract`. Four files change."""
    project = tmp_path / "project"
    shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(".*", "target", "logs", "lake", "site", "tests"))
    event = project / "ingestion/event.py"
    new = '    "loyalty_tier": "Tier of the customer.",\n    "extra": '
    event.write_text(event.read_text().replace('    "extra": ', new, 1))
    subprocess.run([sys.executable, "-m", "ingestion.warehouse.event_contract"], cwd=project, check=True)
    changed = {
        path for path in (SOURCE, SILVER, DOCS, TEMPLATE) if (project / path).read_text() != (ROOT / path).read_text()
    }
    assert changed == {SOURCE, SILVER, TEMPLATE}

    warehouse = Warehouse(tmp_path / "warehouse", variables={})
    now = iso(FIRST_HOUR)
    fields = {"event_type": "search", "event_time": now, "received_at": now, "loyalty_tier": "gold"}
    put(warehouse, 0, line(event_id="a", **fields), line(event_id="b", price="no price", **fields))
    arguments = warehouse.arguments("run")
    arguments[arguments.index("--project-dir") + 1] = str(project)
    subprocess.run(
        [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *arguments],
        env=os.environ | warehouse.environment,
        cwd=project,
        check=True,
    )
    assert warehouse.query("select event_id, loyalty_tier from shoplake_silver.events") == [("a", "gold")]
    [(raw,)] = warehouse.query("select raw from shoplake_silver.rejected_events")
    assert "loyalty_tier=gold" in raw


def test_silver_has_every_field_in_the_order_of_the_contract(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "columns", variables={})
    warehouse.dbt("run", "--select", "arrivals", "touched_dates", "events")
    accepted = ["event_at" if name == "event_time" else name for name in FIELDS if name not in REJECTED_FIELDS]
    described = [name for name, *_ in warehouse.query("describe shoplake_silver.events")]
    assert described == ["event_date", *accepted, "arrival_hour"]
    described = [name for name, *_ in warehouse.query("describe shoplake_silver.arrivals")]
    assert [name for name in described if name in accepted] == accepted
    assert json.dumps(described[-2:]) == '["raw", "origin"]'
