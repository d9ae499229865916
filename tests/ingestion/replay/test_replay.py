from __future__ import annotations

import gzip
import itertools
import json
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.door.parsed_lines import MAX_LINE_BYTES
from ingestion.lake.lake_sink import LakeSink
from ingestion.replay.batches import through
from ingestion.replay.readers import open_source
from ingestion.replay.replay import Arrival, Replayed, replay_all
from tests.ingestion.door.samples import KEYS
from tests.ingestion.replay.files import HEADER, NOW, ROW, csv, replayed, write
from tests.support.paths import DATA
from tests.support.workers import PromptWorkers


def needs(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"real data {name} is not at ../shared/data (see its README)")
    return DATA / name


def test_the_real_sample_gives_the_expected_counts() -> None:
    expected = json.loads(needs("rees46_2019_oct_sample.expected.json").read_text())
    result, sink = replayed(needs("rees46_2019_oct_sample.csv"))
    assert (result.read, result.accepted) == (expected["lines_after_header"], expected["rows_well_formed"])
    names = {"view": "view_item", "cart": "add_to_cart", "purchase": "purchase"}
    by_type = Counter(line["event_type"] for line in sink.lines)
    assert by_type == {names[key]: count for key, count in expected["counts_by_type"].items()}
    distinct = {line["event_id"]: line["event_type"] for line in sink.lines}
    assert len(distinct) == 4_996
    assert Counter(distinct.values()) == {names[key]: count for key, count in expected["counts_by_type_dedup"].items()}


def test_a_file_damaged_by_a_spreadsheet_loads_unchanged() -> None:
    result, sink = replayed(needs("rees46_2019_oct_excel_bom.csv"))
    assert (result.accepted, result.rejected.total()) == (29, 0)
    assert [line["price"] for line in sink.lines[:3]] == ["35.79", "33.2", "543.1"]


def test_the_real_touches_give_the_expected_counts() -> None:
    expected = json.loads(needs("attribution_touches_2018_07.expected.json").read_text())
    result, sink = replayed(needs("attribution_touches_2018_07.csv.gz"), "touches", Arrival.event)
    assert result.accepted == expected["rows"]
    assert Counter(line["event_type"] for line in sink.lines)["purchase"] == expected["conversions"]
    assert Counter(line["utm_source"] for line in sink.lines) == expected["by_channel_rows"]
    # Not in order of time, and yet each hour of July is written once.
    assert len(sink.hours) == len(set(sink.hours))


def test_events_received_when_they_happened_are_written_to_their_hour(tmp_path: Path) -> None:
    rows = [ROW.replace(" 00:", f" {hour:02d}:") for hour in (3, 1, 3, 2)]
    _, sink = replayed(write(tmp_path, csv(*rows)), arrival=Arrival.event)
    assert sink.hours == ["2019-10-01T01", "2019-10-01T02", "2019-10-01T03"]
    assert all(line["received_at"] == line["event_time"] for line in sink.lines)


def test_a_row_without_a_time_is_received_with_the_row_before_it_in_another_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.replay.batches.BATCH_LINES", 1)
    rows = [ROW, ROW.replace("2019-10-01 00:00:00 UTC", "soon")]
    _, sink = replayed(write(tmp_path, csv(*rows)), arrival=Arrival.event)
    assert [line["received_at"] for line in sink.lines] == ["2019-10-01T00:00:00.000000Z"] * 2


def test_memory_does_not_grow_with_the_length_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "long.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(HEADER.encode() + b"\n")
        for _ in range(64):
            file.write(b"x" * (1 << 20))
        file.write(b"\n" + ROW.encode() + b"\n")
    tracemalloc.start()
    result, _ = replayed(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (result.accepted, result.rejected) == (1, {"line_too_long": 1})
    assert peak < 32 << 20


def dirty_csv(rows: int) -> bytes:
    """Rows of which some are broken, quoted, joined over line ends, blank, too long, or without a usable time."""
    lines = [HEADER.encode()]
    for number in range(rows):
        time = f"2019-10-01 {number * 7 % 24:02d}:{number % 60:02d}:00 UTC"
        row = f"{time},view,{number},2,a.b,acme,35.79,7,s".encode()
        broken = {
            0: b"soon,view,1,2,a.b,acme,35.79,7,s",
            5: b"cut," + row[:20],
            8: row.replace(b"acme", b'"ac\nme, ""x"""'),
            9: row.replace(b"acme", b'"never closed'),
            13: b"  ",
            14: row.replace(b"acme", b"\xff\xfe"),
            21: row.replace(b"acme", b"anna@example.com"),
            22: row.replace(b"acme", b"x" * (MAX_LINE_BYTES + 5)),
        }
        lines.append(broken.get(number if number == 22 else number % 22, row))
    return b"\r\n".join(lines)


def dirty_json(rows: int) -> bytes:
    lines = []
    for number in range(rows):
        event = {
            "event_type": "view_item" if number % 9 else "view",
            "event_time": f"2025-02-01T{number % 5:02d}:00:00Z" if number % 50 > 20 else None,
            "ip": f"203.0.113.{number % 200}",
            "note": 'say "received_at":"0000-00-00T00:00:00.000000Z"',
        }
        lines.append(json.dumps(event).encode() if number % 13 else b'{"cut')
    return b"\n".join(lines)


def lake_of(
    lake: Path, paths: Sequence[Path], dialect: str, arrival: Arrival, count: int
) -> tuple[list[Replayed], dict[str, bytes]]:
    names, seconds = itertools.count(), itertools.count()
    shape = load_dialect(dialect)
    workers = PromptWorkers(count, partial(through, partial(Door, shape, KEYS)), inline=2)
    with workers, LakeSink(lake, object_bytes=2_000, names=lambda: f"{next(names):04d}") as sink:
        results = replay_all(
            [open_source(str(path), shape) for path in paths],
            workers,
            sink,
            arrival=arrival,
            clock=lambda: NOW + timedelta(seconds=next(seconds)),
        )
    return results, {str(path.relative_to(lake)): path.read_bytes() for path in lake.rglob("*") if path.is_file()}


@pytest.mark.parametrize("arrival", list(Arrival))
@pytest.mark.parametrize("dialect", ["rees46", "canonical"])
def test_the_lake_is_the_same_with_any_number_of_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dialect: str, arrival: Arrival
) -> None:
    monkeypatch.setattr("ingestion.replay.batches.BATCH_LINES", 150)
    monkeypatch.setattr("ingestion.replay.replay.BUFFERED_BYTES", 100_000)
    monkeypatch.setattr("ingestion.lake.lake_sink._CHUNK_BYTES", 10_000)
    content = dirty_csv(3_000) if dialect == "rees46" else dirty_json(3_000)
    paths = [
        write(tmp_path, content, "first"),
        write(tmp_path, gzip.compress(content), "second"),
        write(tmp_path, gzip.compress(content)[:-400], "damaged"),
        write(tmp_path, content[:300], "short"),
    ]
    results, files = lake_of(tmp_path / "1", paths, dialect, arrival, 1)
    assert [result.broken is None for result in results] == [True, True, False, True]
    assert sum(result.accepted for result in results) > 500
    assert sum(result.rejected.total() for result in results) > 100
    assert len(files) > 2
    for count in (2, 3):
        assert lake_of(tmp_path / str(count), paths, dialect, arrival, count) == (results, files)
