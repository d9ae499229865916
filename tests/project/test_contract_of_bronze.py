"""The event is defined once in Python and read by SQL: what stands twice is held together here."""

from __future__ import annotations

import re

import yaml

from ingestion.event import EVENT_TYPES, FIELDS
from tests.support.paths import ROOT


def test_the_source_reads_every_field_of_the_event_in_its_order() -> None:
    location = yaml.safe_load((ROOT / "models/bronze/_bronze__sources.yml").read_text())
    text = location["sources"][0]["tables"][0]["config"]["meta"]["external_location"]
    columns = re.findall(r"'(\w+)': 'VARCHAR'", text.split("columns =")[1])
    assert tuple(columns) == FIELDS


def test_sql_and_door_know_the_same_event_types() -> None:
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text())
    assert set(project["vars"]["event_types"]) == EVENT_TYPES


def test_events_keeps_every_field_that_an_accepted_line_can_have() -> None:
    model = (ROOT / "models/silver/events/events.sql").read_text()
    columns = set(re.findall(r"'(\w+)'", model.split("{% set columns = [")[1].split("] %}")[0]))
    refused_only = {"reject_reason", "raw", "origin"}
    assert columns == {"event_date", "event_at", "arrival_hour"} | set(FIELDS) - {"event_time"} - refused_only


def test_a_line_that_only_sql_refuses_is_told_with_every_field() -> None:
    model = (ROOT / "models/silver/events/arrivals.sql").read_text()
    told = re.findall(r"'(\w+)'", model.split("{% set fields = [")[1].split("] %}")[0])
    assert tuple(told) == FIELDS[: FIELDS.index("reject_reason")]
