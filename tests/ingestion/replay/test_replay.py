from __future__ import annotations

import gzip
import io
import json
import sys
import tracemalloc
import zlib
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.errors import UserError
from ingestion.replay.readers import open_source
from ingestion.replay.replay import Arrival, Replayed, replay
from tests.support.paths import DATA

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
HEADER = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"
ROW = "2019-10-01 00:00:00 UTC,view,1,2,a.b,acme,35.79,7,s"


class ListSink:
    """Keeps what is written, by hour of arrival."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.hours: list[str] = []

    def write(self, lines: Iterable[bytes], arrived_at: datetime) -> None:
        self.lines += [json.loads(line) for line in lines]
        self.hours.append(arrived_at.strftime("%Y-%m-%dT%H"))

    def close(self) -> None:
        pass


def replayed(path: Path | str, dialect: str = "rees46", arrival: Arrival = Arrival.now) -> tuple[Replayed, ListSink]:
    shape, sink = load_dialect(dialect), ListSink()
    source = open_source(str(path), shape)
    return replay(source, Door(shape, key=None), sink, arrival=arrival, clock=lambda: NOW), sink


def write(tmp_path: Path, content: str | bytes, name: str = "events.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def csv(*rows: str, end: str = "\n") -> str:
    return end.join([HEADER, *rows]) + end


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


def test_the_spreadsheet_damaged_file_loads_as_it_is() -> None:
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


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_line_ends_and_bom_do_not_matter(tmp_path: Path, end: str, bom: str) -> None:
    result, sink = replayed(write(tmp_path, bom + csv(ROW, "", ROW, end=end)))
    assert (result.accepted, result.rejected.total()) == (2, 0)
    assert sink.lines[0]["session_id"] == "s"
    assert sink.lines[0] == sink.lines[1]


def test_gzip_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    assert replayed(write(tmp_path, gzip.compress(csv(ROW).encode()), "events.csv"))[0].accepted == 1
    assert replayed(write(tmp_path, csv(ROW), "events.csv.gz"))[0].accepted == 1


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_seen_in_the_header(tmp_path: Path, delimiter: str) -> None:
    assert replayed(write(tmp_path, csv(ROW).replace(",", delimiter)))[0].accepted == 1


def test_a_cut_last_line_is_refused_with_its_place(tmp_path: Path) -> None:
    result, sink = replayed(write(tmp_path, csv(ROW) + ROW[:40]))
    assert (result.accepted, result.rejected) == (1, {"unparseable": 1})
    assert (sink.lines[1]["origin"], sink.lines[1]["raw"]) == ("events.csv:3", ROW[:40])


def test_one_bad_row_does_not_touch_its_neighbours(tmp_path: Path) -> None:
    content = b"\n".join(
        [
            HEADER.encode(),
            ROW.encode(),
            ROW.encode() + b",more",
            ROW.replace("acme", "caf\xe9").encode("latin-1"),
            ROW.replace("35.79", "-1").encode(),
            ROW.replace("acme", "x" * (2 << 20)).encode(),
            ROW.encode(),
        ]
    )
    result, sink = replayed(write(tmp_path, content))
    assert result.accepted == 2
    assert [(line["origin"], line["reject_reason"]) for line in sink.lines if "origin" in line] == [
        ("events.csv:3", "unparseable"),
        ("events.csv:4", "bad_encoding"),
        ("events.csv:5", "bad_price"),
        ("events.csv:6", "line_too_long"),
    ]
    too_long = sink.lines[4]
    assert int(json.loads(too_long["extra"])["raw_bytes"]) > 2 << 20
    assert len(too_long["raw"]) == 100_000


def test_quoted_fields_may_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    row = ROW.replace("acme", '"ac""me, the\nshop"')
    result, sink = replayed(write(tmp_path, csv(row, ROW)))
    assert (result.accepted, result.rejected.total()) == (2, 0)
    assert sink.lines[0]["brand"] == 'ac"me, the\nshop'


@pytest.mark.parametrize("neighbours", [1, 300])
def test_a_quote_that_never_ends_costs_its_own_line_only(tmp_path: Path, neighbours: int) -> None:
    broken = ROW.replace("acme", '"acme')
    result, sink = replayed(write(tmp_path, csv(ROW, broken, *[ROW] * neighbours)))
    assert (result.accepted, result.rejected) == (1 + neighbours, {"unparseable": 1})
    assert next(line for line in sink.lines if "origin" in line)["origin"] == "events.csv:3"


def test_two_stray_quotes_do_not_swallow_what_is_between(tmp_path: Path) -> None:
    broken = ROW.replace("acme", '"acme')
    result, _ = replayed(write(tmp_path, csv(broken, ROW, ROW, broken, ROW)))
    assert (result.accepted, result.rejected) == (3, {"unparseable": 2})


def test_an_inch_mark_is_no_quote(tmp_path: Path) -> None:
    _, sink = replayed(write(tmp_path, csv(ROW.replace("acme", '5" screen'))))
    assert sink.lines[0]["brand"] == '5" screen'


def test_json_lines_are_seen_in_the_content(tmp_path: Path) -> None:
    event = {"event_type": "purchase", "timestamp": "2019-10-01", "product_price": 1.50}
    path = write(tmp_path, f"\n{json.dumps(event)}\n{{cut", "events.txt")
    result, sink = replayed(path, "clickstream")
    assert (result.accepted, result.rejected) == (1, {"unparseable": 1})
    assert sink.lines[0]["price"] == "1.5"
    assert sink.lines[1]["origin"] == "events.txt:3"


def test_a_header_may_follow_blank_lines(tmp_path: Path) -> None:
    assert replayed(write(tmp_path, "\n\n" + csv(ROW)))[0].accepted == 1


def test_unnamed_and_repeated_columns_are_kept(tmp_path: Path) -> None:
    _, sink = replayed(write(tmp_path, f"{HEADER},,price\n{ROW},x,9\n"))
    assert sink.lines[0]["price"] == "35.79"
    assert json.loads(sink.lines[0]["extra"]) == {"column_10": "x", "price_11": "9"}


def test_events_received_when_they_happened_lie_in_their_hour(tmp_path: Path) -> None:
    rows = [ROW.replace(" 00:", f" {hour:02d}:") for hour in (3, 1, 3, 2)]
    _, sink = replayed(write(tmp_path, csv(*rows)), arrival=Arrival.event)
    assert sink.hours == ["2019-10-01T01", "2019-10-01T02", "2019-10-01T03"]
    assert all(line["received_at"] == line["event_time"] for line in sink.lines)


def test_a_row_without_a_time_is_received_with_the_row_before_it_in_another_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.replay.replay.BATCH_LINES", 1)
    rows = [ROW, ROW.replace("2019-10-01 00:00:00 UTC", "soon")]
    _, sink = replayed(write(tmp_path, csv(*rows)), arrival=Arrival.event)
    assert [line["received_at"] for line in sink.lines] == ["2019-10-01T00:00:00.000000Z"] * 2


def test_stdin_is_read_once_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BufferedReader(io.BytesIO(gzip.compress(csv(ROW, ROW).encode())))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
    result, sink = replayed("-")
    assert result.accepted == 2
    assert result.name == "stdin"
    assert len(sink.lines) == 2


def test_of_a_cut_gzip_what_can_be_read_is_loaded(tmp_path: Path) -> None:
    rows = [ROW.replace(",7,", f",{number * 7919 % 100_003},") for number in range(50_000)]
    whole = gzip.compress(csv(*rows).encode())
    result, _ = replayed(write(tmp_path, whole[: len(whole) // 2], "events.csv.gz"))
    assert 0 < result.accepted < 50_000
    assert result.broken is not None
    assert "cut gzip" in result.broken


def test_of_a_small_cut_gzip_every_whole_row_is_loaded_and_the_cut_one_refused(tmp_path: Path) -> None:
    packed = gzip.compress(csv(ROW, ROW.replace(",s", ",a-long-session")).encode(), 0)
    # Stored, not compressed: 8 bytes of checksum, the line end, and the end of the last field are cut off.
    result, sink = replayed(write(tmp_path, packed[:-13], "events.csv.gz"))
    assert (result.accepted, result.rejected) == (1, {"unparseable": 1})
    assert sink.lines[1]["raw"].endswith("a-long-ses")
    assert result.broken is not None


def test_of_a_damaged_gzip_every_row_before_the_damage_is_loaded(tmp_path: Path) -> None:
    rows = [ROW.replace(",7,", f",{number},") for number in range(1_000)]
    packer = zlib.compressobj(wbits=31)
    sound = packer.compress(csv(*rows).encode()) + packer.flush(zlib.Z_FULL_FLUSH)
    # Deflate has no block of type 3, which these bytes announce.
    result, _ = replayed(write(tmp_path, sound + b"\x07" * 50_000, "events.csv.gz"))
    assert result.accepted == 1_000
    assert result.broken is not None
    assert "damaged" in result.broken


def test_a_gzip_of_several_members_is_read_whole(tmp_path: Path) -> None:
    # Long enough for several calls of the decompressor.
    more = (ROW + "\n") * 40_000
    content = gzip.compress(csv(ROW).encode()) + gzip.compress(more.encode()) * 2 + b"\0" * 512
    result, _ = replayed(write(tmp_path, content, "events.csv.gz"))
    assert (result.accepted, result.rejected.total(), result.broken) == (80_001, 0, None)


def test_bytes_after_a_gzip_cost_no_row_and_are_told(tmp_path: Path) -> None:
    result, _ = replayed(write(tmp_path, gzip.compress(csv(ROW, ROW).encode()) + b"garbage", "events.csv.gz"))
    assert (result.accepted, result.rejected.total()) == (2, 0)
    assert result.broken is not None
    assert "after its gzip data" in result.broken


def test_a_line_end_does_not_make_a_refused_line_look_cut(tmp_path: Path) -> None:
    table = csv(ROW).encode() + b"\xff,\r\n"
    objects = b'\xef\xbb\xbf{"cut\n{"cut\r\n{"event_type":"view"}\n'
    for content, dialect in ((table, "rees46"), (objects, "canonical")):
        _, sink = replayed(write(tmp_path, content), dialect)
        assert sink.lines[-1]["reject_reason"]
        assert not any("extra" in line for line in sink.lines)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(b"x" * 100, mtime=0)[:12], "gzip"),
        (csv(ROW).encode("utf-16"), "UTF-16"),
        (b'[{"event_type": "view"}]', "JSON array"),
        (csv(ROW).replace("\n", "\r").encode(), "line ends"),
        (b"time,type\n1,2\n", "has no column event_time, event_type, product_id.*found: time, type"),
    ],
)
def test_a_file_that_cannot_be_replayed_is_one_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UserError, match=message):
        open_source(str(write(tmp_path, content)), load_dialect("rees46"))


def test_memory_does_not_follow_the_length_of_a_line(tmp_path: Path) -> None:
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
