"""`shoplake unlock` where there is nothing to unlock; tests/athena/test_run_lock.py removes a lock."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingestion.cli.app import app
from ingestion.errors import UserError
from tests.support.paths import ROOT


@pytest.fixture(autouse=True)
def example_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "profiles.yml").write_text((ROOT / "profiles.yml.example").read_text())
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path))
    monkeypatch.delenv("SHOPLAKE_TARGET", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.chdir(ROOT)


def test_duckdb_needs_no_lock() -> None:
    result = CliRunner().invoke(app, ["unlock"])
    assert result.exit_code == 0
    assert "warehouse.duckdb needs no lock: the process that has the file open keeps others out" in result.stdout


@pytest.mark.parametrize(
    ("target", "sentence"),
    [("athena_local", "AWS_ENDPOINT_URL is not set"), ("production", "it has no target production, only local, ")],
)
def test_a_target_that_cannot_be_asked(target: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        CliRunner().invoke(app, ["unlock", "--target", target], catch_exceptions=False)


def test_elsewhere_it_says_where_the_project_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="the lock is that of the dbt project of the current folder: cd "):
        CliRunner().invoke(app, ["unlock"], catch_exceptions=False)
