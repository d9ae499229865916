"""DuckDB reads the folder that the commands write, whatever its name; the SQL is that of the source."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
import yaml

from ingestion.lake.location import lake_folder
from ingestion.warehouse.bronze_files import BronzeFiles
from tests.support.paths import ROOT

NAMES = [
    "plain", "~x", "*", "?", "[a]", "]", "\\", "a\\b", "%20%s%(name)s", "k=v", "dt=2020-01-01/hour=01", "event_id=5",
    "filename=x", "{a,b}", "a b", "'", '"', "new\nline", "é", "#", ";", "$HOME", "{{ 1 }}", "a/..", "link", "slash/",
    os.fsdecode(b"\xff"),
]  # fmt: skip
[SOURCE] = yaml.safe_load((ROOT / "models/bronze/_bronze__sources.yml").read_text())["sources"]
READ = SOURCE["tables"][0]["config"]["meta"]["external_location"]


@contextmanager
def opened(files: BronzeFiles) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor as dbt-duckdb makes it: one of several of a connection, each with its own variables."""
    with duckdb.connect() as connection:
        files.register(connection)
        connection.create_function("is_chosen", lambda file: file.endswith("/a.gz"), ["VARCHAR"], "BOOLEAN")
        with connection.cursor() as cursor:
            files.set_variables(cursor)
            yield cursor


@pytest.mark.parametrize("name", NAMES)
def test_the_source_reads_what_stands_in_the_folder_of_that_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    lake = lake_folder(f"{tmp_path}/{name}")
    hour = lake / "bronze/events/dt=2026-03-10/hour=06"
    hour.mkdir(parents=True)
    (hour / "a.gz").write_bytes(gzip.compress(b'{"event_id":"x"}\n'))
    (hour / "b.gz").write_bytes(b"DuckDB cannot open this")
    # a lake that a pattern would also find
    other = tmp_path / "aab=v/bronze/events/dt=2026-03-10/hour=06"
    other.mkdir(parents=True)
    (other / "a.gz").write_bytes(gzip.compress(b'{"event_id":"of another lake"}\n'))
    files = BronzeFiles(lake)
    with opened(files) as cursor:
        columns = "event_id, dt, hour, split_part(filename, '/', -1)"
        rows = cursor.execute(f"select {columns} from {READ} where is_chosen(filename)").fetchall()
        assert rows == [("x", "2026-03-10", "06", "a.gz")]
        named = [row[0] for row in cursor.execute(f"describe select * from {READ}").fetchall()]
        assert [column for column in named if column in ("k", "dt", "hour")] == ["dt", "hour"]
        listed = cursor.execute("from glob(getvariable('bronze_objects_anywhere'))").fetchall()
        assert sorted(file[-5:] for (file,) in listed) == ["/a.gz", "/b.gz"]
        [(shown, is_missing)] = cursor.execute("select lake_folder(), lake_is_missing()").fetchall()
        assert (os.fsencode(lake).decode(errors="replace"), False) == (shown, is_missing)


def test_an_empty_and_a_missing_lake_have_no_lines(tmp_path: Path) -> None:
    for lake in (tmp_path, tmp_path / "k=v" / "missing"):
        with opened(BronzeFiles(lake)) as cursor:
            assert cursor.execute(f"select count(*), count(dt) from {READ}").fetchall() == [(0, 0)]
            assert cursor.execute("select lake_is_missing()").fetchall() == [(lake != tmp_path,)]


def test_the_link_goes_when_the_build_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    files = BronzeFiles(tmp_path / "k=v")
    assert len(list(tmp_path.iterdir())) == 1
    del files
    assert list(tmp_path.iterdir()) == []
