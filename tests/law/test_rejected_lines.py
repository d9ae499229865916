"""rejected_events equals a full refresh, whatever texts the lines hold."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.law.cases import put
from tests.law.schedules import iso, line
from tests.support.paths import CASES, ROOT
from tests.support.warehouse import FIRST_HOUR, Warehouse

TIED = [
    line(received_at=iso(FIRST_HOUR), reject_reason="unparseable", **fields)
    for fields in (
        {"event_id": "k", "raw": "r"},
        {"origin": "k", "raw": "r"},
        {"origin": "k|r"},
        {"raw": "k|r"},
        {"event_id": "", "raw": "k"},
        {"origin": "1:k", "raw": ""},
        {"raw": "1:k"},
    )
]


def test_lines_with_equal_texts_in_different_fields_have_different_hashes(warehouse: Warehouse) -> None:
    for hour in range(2):
        put(warehouse, 0, *TIED)
        put(warehouse, hour, *reversed(TIED))
        warehouse.dbt("run")
    rows = warehouse.query("select count(distinct content_hash), count(*) from shoplake_silver.rejected_events")
    assert rows == [(len(TIED), 4 * len(TIED))]
    assert warehouse.differences_from_rebuild() == []


def test_many_lines_that_tie_are_the_same_rows_again(warehouse: Warehouse) -> None:
    case = CASES / "hostile/tie_rejected.jsonl"
    if not case.is_file():
        pytest.skip("the cases are not beside the project, in ../shared/cases")
    tied = case.read_text().splitlines()
    numbered = [text.replace('"k0"', f'"k{number}"') for number in range(300) for text in tied]
    put(warehouse, 0, *numbered)
    warehouse.dbt("run")
    put(warehouse, 0, *reversed(numbered))
    warehouse.dbt("run")
    assert warehouse.query("select count(*), max(copy_number) from shoplake_silver.rejected_events") == [(1_200, 2)]
    assert warehouse.differences_from_rebuild() == []


def test_lines_that_differ_under_one_hash_are_kept_in_one_order(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MD5 collisions can be made. Here every line collides, because the hash is a constant."""
    project = tmp_path / "project"
    shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(".*", "target", "logs", "lake", "site", "tests"))
    (project / "macros/helpers/row_hash.sql").write_text("{% macro row_hash(columns) %}'one'{% endmacro %}")
    monkeypatch.setattr(warehouse, "project", project)
    for lines in (TIED, list(reversed(TIED))):
        put(warehouse, 0, *lines)
        warehouse.dbt("run")
    counts = "select max(copy_number), count(*) from shoplake_silver.rejected_events"
    assert warehouse.query(counts) == [(2 * len(TIED), 2 * len(TIED))]
    assert warehouse.differences_from_rebuild() == []
