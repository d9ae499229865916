"""Silver rejects a line that bypassed the door for the same reason as the door would."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from tests.ingestion.door.samples import KEYS
from tests.law.schedules import iso
from tests.support.warehouse import FIRST_HOUR, BronzeObject, Warehouse

GOOD = {"event_type": "purchase", "event_time": iso(FIRST_HOUR), "price": "9.99", "quantity": "2"}
DAY = timedelta(days=1)
LINES: list[dict[str, str]] = [
    {},
    {"event_type": "nonsense"},
    {"event_type": "PURCHASE"},
    {"event_time": "yesterday"},
    {"event_time": "2026-02-30T00:00:00Z"},
    {"event_time": "2026-03-10T08:00:00+02:00"},
    {"event_time": "1999-12-31T23:59:59.999999Z"},
    {"event_time": "2000-01-01T00:00:00.000000Z"},
    {"event_time": iso(FIRST_HOUR + DAY)},
    {"event_time": iso(FIRST_HOUR + DAY + timedelta(microseconds=1))},
    {"event_time": iso(FIRST_HOUR + timedelta(days=365))},
    {"price": "9,99"},
    {"price": "nine"},
    {"price": "1e3"},
    {"price": "1_000"},
    {"price": "-0.01"},
    {"price": "0.00"},
    {"price": "0.00004"},
    {"price": "9999999999.9999"},
    {"price": "10000000000"},
    {"quantity": "0"},
    {"quantity": "-1"},
    {"quantity": "1.5"},
    {"quantity": "1.0"},
    {"quantity": "999999"},
    {"quantity": "1000000"},
    {"quantity": "1000000000000"},
    {"quantity": "few"},
    {"price": "1000000", "quantity": "999999"},
    {"price": "1000001", "quantity": "999999"},
    {"price": "1000000.999999", "quantity": "999999"},
]


@pytest.fixture(scope="module")
def reasons_of_silver(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    warehouse = Warehouse(tmp_path_factory.mktemp("silver"), variables={})
    lines = [
        json.dumps({"event_id": str(n), "received_at": iso(FIRST_HOUR)} | GOOD | bad) for n, bad in enumerate(LINES)
    ]
    warehouse.put([BronzeObject(0, tuple(lines))])
    warehouse.dbt("run", "--select", "arrivals")
    return dict(warehouse.query("select event_id, reject_reason from shoplake_silver.arrivals"))


@pytest.mark.parametrize("number", range(len(LINES)), ids=lambda number: json.dumps(LINES[number]))
def test_the_door_and_silver_give_the_same_reason(reasons_of_silver: dict[str, str | None], number: int) -> None:
    line = json.dumps({"event_id": str(number)} | GOOD | LINES[number]).encode()
    admitted = Door(load_dialect("canonical"), KEYS).admit(line, received_at=FIRST_HOUR)
    assert next(iter(admitted.rejected), None) == reasons_of_silver[str(number)]


def test_a_line_that_only_silver_rejects_is_kept_with_all_its_fields(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "kept", variables={})
    bad = {"event_id": "a", "received_at": iso(FIRST_HOUR), "city": "Köln"} | GOOD | {"price": "9,99"}
    warehouse.put([BronzeObject(0, (json.dumps(bad),))])
    warehouse.dbt("run", "--select", "arrivals", "rejected_events")
    [(raw,)] = warehouse.query("select raw from shoplake_silver.rejected_events")
    for name, value in bad.items():
        assert f"{name}={value}" in str(raw)
