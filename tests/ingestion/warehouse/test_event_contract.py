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

from ingestion.event import EVENT_TYPES, FIELDS, HOLLOW_LIMITS, REJECTED_FIELDS
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


def test_dbt_and_the_command_line_call_the_same_shares_hollow() -> None:
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text())
    assert project["vars"]["hollow_limits"] == HOLLOW_LIMITS
    test = (ROOT / "tests/singular/events/hollow_events.sql").read_text()
    assert all(f"('{name}', " in test for name in HOLLOW_LIMITS)


def test_a_field_that_is_added_by_the_recipe_reaches_the_tables_that_stand(tmp_path: Path) -> None:
    """docs/guide/adding-a-field.md: one line in ingestion/event.py, then `make contract`. Four files change."""
    project = tmp_path / "project"
    shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(".*", "target", "logs", "lake", "site", "tests"))
    event = project / "ingestion/event.py"
    new = '    "gift_note_of_test": "What the card says.",\n    "extra": '
    event.write_text(event.read_text().replace('    "extra": ', new, 1))
    subprocess.run([sys.executable, "-m", "ingestion.warehouse.event_contract"], cwd=project, check=True)
    changed = {
        path for path in (SOURCE, SILVER, DOCS, TEMPLATE) if (project / path).read_text() != (ROOT / path).read_text()
    }
    assert changed == {SOURCE, SILVER, TEMPLATE}

    warehouse = Warehouse(tmp_path / "warehouse", variables={})
    now = iso(FIRST_HOUR)
    before = {"event_type": "search", "event_time": now, "received_at": now}
    put(warehouse, 0, line(event_id="old", **before), line(event_id="twice", **before))
    warehouse.dbt("run")
    after = before | {"gift_note_of_test": "Congratulations"}
    put(warehouse, 1, line(event_id="new", **after), line(event_id="twice", **after))
    put(warehouse, 1, line(event_id="bad", price="no price", **after))
    rows = "select event_id, gift_note_of_test, arrival_hour from shoplake_silver.events order by 1"
    warehouse.variables["on_changed_definition"] = "accept"
    run(warehouse, project, "run")
    [(_, new_note, _), (_, old_note, _), (_, twice_note, _)] = incremental = warehouse.query(rows)
    assert (new_note, old_note, twice_note) == ("Congratulations", None, "Congratulations")
    [(raw,)] = warehouse.query("select raw from shoplake_silver.rejected_events")
    assert "gift_note_of_test=Congratulations" in raw
    run(warehouse, project, "run", "--full-refresh")
    assert warehouse.query(rows) == incremental


def run(warehouse: Warehouse, project: Path, *command: str) -> None:
    arguments = warehouse.arguments(*command)
    arguments[arguments.index("--project-dir") + 1] = str(project)
    dbt = [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]
    subprocess.run([*dbt, *arguments], env=os.environ | warehouse.environment, cwd=project, check=True)


def test_silver_has_every_field_in_the_order_of_the_contract(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "columns", variables={})
    warehouse.dbt("run", "--select", "arrivals", "touched_dates", "events")
    accepted = ["event_at" if name == "event_time" else name for name in FIELDS if name not in REJECTED_FIELDS]
    described = [name for name, *_ in warehouse.query("describe shoplake_silver.events")]
    assert described == ["event_date", *accepted, "arrival_hour", "has_conflicting_copies"]
    described = [name for name, *_ in warehouse.query("describe shoplake_silver.arrivals")]
    assert [name for name in described if name in accepted] == accepted
    assert json.dumps(described[-2:]) == '["raw", "origin"]'
