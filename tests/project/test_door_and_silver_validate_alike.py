"""Silver rejects a line that bypassed the door for the same reason as the door would.

With one exception: the door writes the spellings of a number that engines read differently, such as 1e3, as plain
digits. Silver reads plain digits only, so it refuses such a spelling where it bypassed the door (SPELLINGS).
"""

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
    {"line_total": "9,99"},
    {"line_total": "-0.01"},
    {"line_total": "-0.00001"},
    {"line_total": "0.00"},
    {"line_total": "999999999999.9999"},
    {"line_total": "999999999999.99999"},
    {"line_total": "1000000000000"},
    {"line_total": "99999999999999999999"},
    {"discount": "5 %"},
    {"discount": "-5"},
    {"discount": "1000000000000"},
    {"tax": "1.60", "shipping": "4.90"},
    {"tax": "-1.60"},
    {"tax": "NaN"},
    {"shipping": "free"},
    {"shipping": "-4.90"},
    {"price": "nine", "line_total": "nine"},
    {"quantity": "nine", "line_total": "nine"},
]

SPELLINGS: dict[tuple[str, str], tuple[str, str]] = {
    # as a producer writes it: what silver has of the door's line, and why silver refuses it without the door
    ("price", "1.2345678E7"): ("12345678.0000", "bad_price"),
    ("price", "1e3"): ("1000.0000", "bad_price"),
    ("price", ".99"): ("0.9900", "bad_price"),
    ("price", "5."): ("5.0000", "bad_price"),
    ("quantity", "2E0"): ("2", "bad_quantity"),
    ("quantity", "+2"): ("2", "bad_quantity"),
    ("line_total", "1E1"): ("10.0000", "bad_amount"),
    ("discount", ".5"): ("0.5000", "bad_amount"),
    ("tax", "1.6E0"): ("1.6000", "bad_amount"),
    ("shipping", "5."): ("5.0000", "bad_amount"),
}


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


def test_the_door_writes_a_spelling_that_silver_refuses_as_the_number_that_silver_reads(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "spelled", variables={})
    door = Door(load_dialect("canonical"), KEYS)
    lines = []
    for number, (name, text) in enumerate(SPELLINGS):
        line = GOOD | {"event_id": f"{name} {text}", name: text}
        lines.append(json.dumps(line | {"event_id": str(number), "received_at": iso(FIRST_HOUR)}))
        admitted = door.admit(json.dumps(line).encode(), received_at=FIRST_HOUR)
        lines += [one.decode() for one in admitted.lines]
    warehouse.put([BronzeObject(0, tuple(lines))])
    warehouse.dbt("run", "--select", "arrivals")
    silver = "select event_id, reject_reason, {} from shoplake_silver.arrivals"
    for number, ((name, text), (value, reason)) in enumerate(SPELLINGS.items()):
        found = {row[0]: row[1:] for row in warehouse.query(silver.format(f"cast({name} as varchar)"))}
        assert found[f"{name} {text}"] == (None, value)
        assert found[str(number)] == (reason, None)


def test_a_line_that_only_silver_rejects_is_kept_with_all_its_fields(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "kept", variables={})
    bad = {"event_id": "a", "received_at": iso(FIRST_HOUR), "city": "Köln"} | GOOD | {"price": "9,99"}
    warehouse.put([BronzeObject(0, (json.dumps(bad),))])
    warehouse.dbt("run", "--select", "arrivals", "rejected_events")
    [(raw,)] = warehouse.query("select raw from shoplake_silver.rejected_events")
    for name, value in bad.items():
        assert f"{name}={value}" in str(raw)
