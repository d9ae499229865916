from __future__ import annotations

from pathlib import Path

import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from ingestion.errors import UserError
from ingestion.warehouse.operation import parse, run_operation, selected_by
from tests.support.paths import ROOT


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("SHOPLAKE_WAREHOUSE", str(tmp_path / "warehouse.duckdb"))
    (tmp_path / "profiles.yml").write_text((ROOT / "profiles.yml.example").read_text())
    return [
        *("--project-dir", str(ROOT), "--profiles-dir", str(tmp_path), "--target", "local"),
        *("--target-path", str(tmp_path / "target")),
    ]


def test_it_returns_what_the_macro_logs_and_prints_nothing(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = parse(options)
    lines = run_operation("unlock", options, manifest)
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    assert lines == ["On DuckDB the process that has the file open keeps others out, so there is no lock to remove."]
    assert capsys.readouterr().out == ""


def test_a_macro_that_fails_is_one_sentence(options: list[str]) -> None:
    with pytest.raises(UserError, match=r"optimize is for Iceberg tables, and a DuckDB file does not need it"):
        run_operation("optimize", options)
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def test_a_project_that_cannot_be_read(options: list[str]) -> None:
    with pytest.raises(UserError, match="nowhere"):
        parse([*options, "--target", "nowhere"])


def test_it_names_what_a_selector_selects(options: list[str]) -> None:
    manifest = parse(options)
    hourly = set(selected_by("hourly", options, manifest))
    assert {"events", "product_funnel"} <= hourly
    assert not {name for name in hourly if "product_popularity" in name}
    with pytest.raises(UserError, match="weekly"):
        selected_by("weekly", options, manifest)
