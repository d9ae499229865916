from __future__ import annotations

import gzip
import io
import re
import sys
from pathlib import Path

import duckdb
import pytest

from ingestion.errors import UserError
from ingestion.replay.readers import open_source
from tests.ingestion.replay.files import contents, dialect, replayed, write


def parquet(tmp_path: Path, select: str) -> Path:
    path = tmp_path / "events.parquet"
    duckdb.sql(f"copy ({select}) to '{path}' (format parquet)")
    return path


def test_rows_are_records_with_the_digits_that_were_stored(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        """
        select 'purchase' as event_type, timestamp '2024-10-07 10:00:00.123456' as event_time,
            cast(19.90 as decimal(18, 4)) as price, 12345678.0::double as big, 9007199254740993::bigint as id,
            [{'sku': 'a', 'qty': 2}] as items, null::varchar as nothing
        """,
    )
    assert contents(path, dialect("{}")) == [
        {
            "event_type": "purchase",
            "event_time": "2024-10-07 10:00:00.123456",
            "price": "19.9000",
            "big": "12345678.0",
            "id": 9007199254740993,
            "items": [{"sku": "a", "qty": 2}],
            "nothing": None,
        }
    ]


def test_times_with_a_zone_and_dates_are_read_by_the_door(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        "select 'view_item' as event_type, timestamptz '2024-10-07 12:00:00+02' as event_time union all "
        "select 'view_item', timestamptz '2024-10-08 00:00:00+00'",
    )
    result, sink = replayed(path, "canonical")
    assert result.accepted == 2
    assert {line["event_time"] for line in sink.lines} == {"2024-10-07T10:00:00.000000Z", "2024-10-08T00:00:00.000000Z"}


def test_the_position_follows_the_rows(tmp_path: Path) -> None:
    path = parquet(tmp_path, "select 'view_item' as event_type, range as product_id from range(10000)")
    source = open_source(str(path), dialect("{}"))
    lines = source.lines()
    next(lines)
    assert source.size is not None
    assert 0 < source.position < source.size
    assert sum(1 for _ in lines) == 9_999
    assert source.position == source.size


def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = parquet(tmp_path, "select 1 as price").read_bytes()
    with pytest.raises(UserError, match="unpack it"):
        open_source(str(write(tmp_path, gzip.compress(good))), dialect("{}"))
    with pytest.raises(UserError, match="cannot be read"):
        open_source(str(write(tmp_path, good[:-20])), dialect("{}"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(good))))
    with pytest.raises(UserError, match="give it by its name"):
        open_source("-", dialect("{}"))


def test_a_text_that_is_not_utf8_is_named_without_its_value(tmp_path: Path) -> None:
    path = tmp_path / "bob@example.com.parquet"
    duckdb.sql(f"copy (select 'bob.smith~x' as city) to '{path}' (format parquet, compression uncompressed)")
    path.write_bytes(path.read_bytes().replace(b"smith~x", b"smith\xffx"))
    source = open_source(str(path), dialect("rename: {city: product_id}"))
    assert list(source.lines()) == []
    assert source.broken is not None
    assert "not valid UTF8" in source.broken
    assert not re.search("bob|smith", source.broken.partition("could not be read")[2])
