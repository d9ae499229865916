from __future__ import annotations

import gzip
import io
import json
import sys
from pathlib import Path

import pytest

from ingestion.door.dialect import load_dialect
from ingestion.errors import UserError
from ingestion.replay.readers import open_source
from tests.ingestion.replay.files import HEADER, ROW, csv, replayed, write


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_line_ends_and_bom_do_not_matter(tmp_path: Path, end: str, bom: str) -> None:
    result, sink = replayed(write(tmp_path, bom + csv(ROW, "", ROW, end=end)))
    assert (result.accepted, result.rejected.total()) == (2, 0)
    assert sink.lines[0]["session_id"] == "s"
    assert sink.lines[0] == sink.lines[1]


def test_gzip_is_detected_by_its_first_bytes(tmp_path: Path) -> None:
    assert replayed(write(tmp_path, gzip.compress(csv(ROW).encode()), "events.csv"))[0].accepted == 1
    assert replayed(write(tmp_path, csv(ROW), "events.csv.gz"))[0].accepted == 1


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_detected_in_the_header(tmp_path: Path, delimiter: str) -> None:
    assert replayed(write(tmp_path, csv(ROW).replace(",", delimiter)))[0].accepted == 1


def test_a_truncated_last_line_is_rejected_with_its_line_number(tmp_path: Path) -> None:
    result, sink = replayed(write(tmp_path, csv(ROW) + ROW[:40]))
    assert (result.accepted, result.rejected) == (1, {"unparseable": 1})
    assert (sink.lines[1]["origin"], sink.lines[1]["raw"]) == ("events.csv:3", ROW[:40])


def test_a_bad_row_does_not_affect_its_neighbors(tmp_path: Path) -> None:
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
    assert 98_000 <= len(too_long["raw"]) <= 100_000


def test_quoted_fields_may_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    row = ROW.replace("acme", '"ac""me, the\nshop"')
    result, sink = replayed(write(tmp_path, csv(row, ROW)))
    assert (result.accepted, result.rejected.total()) == (2, 0)
    assert sink.lines[0]["brand"] == 'ac"me, the\nshop'


@pytest.mark.parametrize("neighbours", [1, 300])
def test_a_quote_that_never_ends_rejects_only_its_own_line(tmp_path: Path, neighbours: int) -> None:
    broken = ROW.replace("acme", '"acme')
    result, sink = replayed(write(tmp_path, csv(ROW, broken, *[ROW] * neighbours)))
    assert (result.accepted, result.rejected) == (1 + neighbours, {"unparseable": 1})
    assert next(line for line in sink.lines if "origin" in line)["origin"] == "events.csv:3"


def test_two_stray_quotes_do_not_swallow_the_lines_between_them(tmp_path: Path) -> None:
    broken = ROW.replace("acme", '"acme')
    result, _ = replayed(write(tmp_path, csv(broken, ROW, ROW, broken, ROW)))
    assert (result.accepted, result.rejected) == (3, {"unparseable": 2})


def test_an_inch_mark_is_not_a_quote(tmp_path: Path) -> None:
    _, sink = replayed(write(tmp_path, csv(ROW.replace("acme", '5" screen'))))
    assert sink.lines[0]["brand"] == '5" screen'


def test_json_lines_are_detected_in_the_content(tmp_path: Path) -> None:
    event = {"event_type": "purchase", "timestamp": "2019-10-01", "product_price": 1.50}
    path = write(tmp_path, f"\n{json.dumps(event)}\n{{cut", "events.txt")
    result, sink = replayed(path, "clickstream")
    assert (result.accepted, result.rejected) == (1, {"unparseable": 1})
    assert sink.lines[0]["price"] == "1.5"
    assert sink.lines[1]["origin"] == "events.txt:3"


def test_a_header_may_follow_blank_lines(tmp_path: Path) -> None:
    assert replayed(write(tmp_path, "\n\n" + csv(ROW)))[0].accepted == 1


def test_unnamed_and_duplicate_columns_are_kept(tmp_path: Path) -> None:
    _, sink = replayed(write(tmp_path, f"{HEADER},,price\n{ROW},x,9\n"))
    assert sink.lines[0]["price"] == "35.79"
    assert json.loads(sink.lines[0]["extra"]) == {"column_10": "x", "price_11": "9"}


def test_stdin_is_read_once_and_completely(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BufferedReader(io.BytesIO(gzip.compress(csv(ROW, ROW).encode())))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
    result, sink = replayed("-")
    assert result.accepted == 2
    assert result.name == "stdin"
    assert len(sink.lines) == 2


def test_a_line_end_does_not_make_a_rejected_line_look_cut(tmp_path: Path) -> None:
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
        (b'[{"event_type": "view"}]', "is JSON, but dialect rees46 reads CSV"),
        (b"PAR1" + b"x" * 20, "is a Parquet file that cannot be read"),
        (b"time,type\n1,2\n", "has no column event_time, event_type, product_id.*found: time, type"),
        (b"a@example.com,type\nx,y\n", "looks like data"),
        (b"2001:db8::1,type\nx,y\n", r"found: \[ip\], type"),
    ],
)
def test_a_file_that_cannot_be_replayed_is_one_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(UserError, match=message):
        open_source(str(write(tmp_path, content)), load_dialect("rees46"))
