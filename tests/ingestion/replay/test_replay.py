from __future__ import annotations

import gzip
import json
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from ingestion.replay.replay import Arrival
from tests.ingestion.replay.files import HEADER, ROW, csv, replayed, write
from tests.support.paths import DATA


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
