"""One event, one object, the counts of the ledger, a killed run: what the directed cases share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

from tests.law.schedules import iso, line
from tests.support.warehouse import FIRST_HOUR, BronzeObject, Warehouse


def event(event_id: str, hour: int, *, received: int = 0, **fields: object) -> str:
    """A purchase at `hour` that the door received `received` seconds later; `fields` replace the defaults."""
    moment = FIRST_HOUR + timedelta(hours=hour)
    given = {
        "event_type": "purchase",
        "event_time": iso(moment),
        "received_at": iso(moment + timedelta(seconds=received)),
        "user_id": "u1",
        "product_id": "p1",
        "category": "home",
        "price": "10.00",
        "quantity": "1",
        "order_id": "o1",
    }
    return line(event_id=event_id, **(given | fields))


def put(warehouse: Warehouse, hour: int, *lines: str) -> None:
    warehouse.put([BronzeObject(hour, lines)])


def ledger(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return warehouse.query(
        "select line_count, accepted_count, duplicate_count, rejected_count"
        " from shoplake_silver.loads order by arrival_hour"
    )


def run_state(warehouse: Warehouse, fact: str) -> list[str]:
    """The subjects that the warehouse remembers of a fact."""
    views = "select 1 from information_schema.tables where table_name = 'run_state'"
    records = warehouse.query("select fact, subject from shoplake_silver.run_state") if warehouse.query(views) else []
    return sorted(subject for known, subject in records if known == fact)


def set_run_state(warehouse: Warehouse, fact: str, subjects: list[str]) -> None:
    """Replace all that the warehouse remembers, except the definitions of its tables and the first day of bronze."""
    rows = [(kept, known) for kept in ("definitions", "bronze_start") for known in run_state(warehouse, kept)]
    rows += [(fact, subject) for subject in subjects]
    values = ", ".join(f"('{known}', '{subject}')" for known, subject in rows)
    warehouse.execute(
        f"create or replace view shoplake_silver.run_state as from (values {values}) as records (fact, subject)"
    )


def run_and_kill(warehouse: Warehouse, start: str, *arguments: str, seconds_later: float = 0) -> None:
    """`dbt run` in a process of its own, ended by SIGKILL after dbt printed `start`, such as "2 of 15 START"."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *warehouse.arguments("run", *arguments)],
        env=os.environ | warehouse.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert any(start in line for line in process.stdout), start
    time.sleep(seconds_later)
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
