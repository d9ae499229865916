"""Small files that failed in the field, replayed and built (tests/support/cases.py; on Athena: tests/athena)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.support.cases import ANSWERS, FIRST, MADE, SECOND, VARIABLES, Answer, replay
from tests.support.paths import CASES, ROOT
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the project, in ../shared/cases")

ELSEWHERE: Final = {
    "hostile/addresses_that_passed.txt": "tests/ingestion/door/test_addresses.py",
    "hostile/false_positives.jsonl": "tests/ingestion/door/test_policy.py",
    "hostile/tie_rejected.jsonl": "tests/law/test_rejected_lines.py",
    "hostile/utf16le_nobom.jsonl": "tests/ingestion/door/test_lenient_json.py",
}
"""Cases of the door alone, and one of the replay guarantee, whose lines no replay writes."""


@dataclass(frozen=True)
class Shop:
    """One lake, into which every case was replayed, its tables, and what the replays printed."""

    warehouse: Warehouse
    printed: dict[str, str]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    warehouse = Warehouse(tmp_path_factory.mktemp("cases"), variables=dict(VARIABLES))
    printed: dict[str, str] = {}
    for arriving in (FIRST, SECOND):
        printed |= {case.name: replay(case, warehouse.lake, warehouse.folder) for case in arriving}
        warehouse.dbt("run")
    return Shop(warehouse, printed)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.claim)
def test_the_right_value(shop: Shop, answer: Answer) -> None:
    assert shop.warehouse.query(answer.sql) == answer.rows


def test_what_a_dialect_ignores_is_counted_in_the_summary(shop: Shop) -> None:
    [heading, counts] = [line.split() for line in shop.printed["ga4"].splitlines() if line.startswith(("file", "ga4"))]
    assert dict(zip(heading, counts, strict=False)) == {
        "file": "ga4_export.jsonl", "read": "3", "accepted": "3", "ignored": "1", "rejected": "0"
    }  # fmt: skip


def test_no_address_of_a_customer_is_in_any_table(shop: Shop) -> None:
    tables = shop.warehouse.query(
        "select table_schema || '.' || table_name from information_schema.tables where table_schema like 'shoplake_%'"
    )
    assert ("shoplake_silver.arrivals",) in tables
    for (table,) in tables:
        found = f"select * from {table} as found where to_json(found)::varchar like '%@example.com%'"
        assert shop.warehouse.query(found) == [], table


def test_every_case_is_tested() -> None:
    replayed = {case.file for case in (*FIRST, *SECOND)} - {MADE}
    listed = {str(path.relative_to(CASES)) for path in CASES.rglob("*") if path.is_file()} - {"README.md"}
    assert replayed | ELSEWHERE.keys() == listed
    for name, test in ELSEWHERE.items():
        assert Path(name).name in (ROOT / test).read_text(), name
