"""The one reading of --warehouse and SHOPLAKE_WAREHOUSE."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from ingestion.errors import UserError
from ingestion.warehouse.location import warehouse_file


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def test_no_text_is_the_default_and_a_tilde_is_the_home_folder(home: Path) -> None:
    assert warehouse_file("") == warehouse_file(None) == Path("warehouse.duckdb")
    assert warehouse_file("~/shop.duckdb") == home / "shop.duckdb"


@pytest.mark.parametrize("folder", ["plain", "*", "[a]", "%20", "k=v", "{a}", "a b", "it's", "~", "é"])
def test_duckdb_creates_the_file_that_was_named(folder: str) -> None:
    (Path.cwd() / folder).mkdir()
    file = warehouse_file(f"{Path.cwd()}/{folder}/{folder}.duckdb")
    with duckdb.connect(file.absolute()) as connection:
        connection.execute("create table made as select 1")
    assert file.is_file()


@pytest.mark.parametrize("name", ["a\\b", "a?b", "a#b", "a;b", "a\nb", os.fsdecode(b"\xff")])
def test_a_path_that_duckdb_or_dbt_cannot_take_is_refused(name: str) -> None:
    for path in (f"{name}/shop.duckdb", f"{name}.duckdb"):
        with pytest.raises(UserError, match="in its path, which DuckDB cannot take: set SHOPLAKE_WAREHOUSE"):
            warehouse_file(path)


def test_an_address_is_refused() -> None:
    with pytest.raises(UserError, match=r"the warehouse s3://bucket/shop\.duckdb is an address"):
        warehouse_file("s3://bucket/shop.duckdb")
