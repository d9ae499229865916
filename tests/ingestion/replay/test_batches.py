from __future__ import annotations

import pickle
from datetime import UTC, datetime

import pytest

from ingestion.door.door import Admitted
from ingestion.door.parsed_lines import ParsedLine
from ingestion.replay import batches
from ingestion.replay.batches import Batch, Record, cut, place
from ingestion.replay.csv_rows import csv_parser
from ingestion.replay.raw_lines import RawLine

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
UNKNOWN = "0000-00-00T00:00:00.000000Z"


def batch(*records: Record) -> Batch:
    return Batch(list(records), csv_parser(("a", "b"), ","), "file.csv", NOW, False)


def test_a_batch_ends_at_a_number_of_lines_or_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH_LINES", 3)
    monkeypatch.setattr(batches, "BATCH_BYTES", 10)
    texts = [b"1", b"2", b"3", b"4", b"0123456789", b"6"]
    assert [[record.number for record in part] for part in cut(RawLine(n, t, len(t)) for n, t in enumerate(texts))] == [
        [0, 1, 2],
        [3, 4],
        [5],
    ]


def test_a_worker_parses_the_lines_that_were_sent() -> None:
    sent = batch(
        RawLine(2, b"1,2", 3),
        RawLine(3, b'"x\ny",2', 7, row=["x\ny", "2"]),
        RawLine(5, b"1,", 2, is_cut=True),
        RawLine(6, b"x" * 10, 2_000_000),
        RawLine(7, b"\xff,2", 3),
    )
    received = pickle.loads(pickle.dumps(sent))
    assert received.records[3].size == 2_000_000
    assert [received.parse(record).content for record in received.records] == [
        {"a": "1", "b": "2"},
        {"a": "x\ny", "b": "2"},
        "unparseable",
        "unparseable",
        "bad_encoding",
    ]
    assert (received.origin, received.received_at, received.when_happened) == ("file.csv", NOW, False)


@pytest.mark.parametrize(
    "records",
    [
        [RawLine(7, b"1,2", 3), RawLine(8, b"", 0), RawLine(9, b"3,4", 3)],
        [RawLine(7, b"", 0)],
        [RawLine(7, b"1,2", 3), RawLine(9, b"3,4", 3)],
        [RawLine(7, b'"x\ny",2', 7), RawLine(8, b"3,4", 3)],
        [RawLine(7, b"1,2", 3), RawLine(8, b"3,4", 9)],
        [RawLine(7, b"1,2", 3), RawLine(8, b"3,", 2, is_cut=True)],
    ],
)
def test_lines_arrive_in_a_worker_as_they_were_sent(records: list[Record]) -> None:
    assert pickle.loads(pickle.dumps(batch(*records))).records == records


@pytest.mark.parametrize("lines", [[], [b"{}"], [b'{"a":"1"}', b'{"a":"2"}']])
def test_what_a_worker_admitted_arrives_as_it_was(lines: list[bytes]) -> None:
    sent = Admitted(lines, 3, 2, received=["2025-01-01"], mishandled=1)
    assert pickle.loads(pickle.dumps(sent)) == sent


def test_lines_that_the_reader_parsed_are_sent_as_they_are() -> None:
    parsed = ParsedLine(2, {"a": "\ud800", "b": {"c": ["1"]}}, b"raw", 3, b"a,b", 2)
    received = pickle.loads(pickle.dumps(batch(parsed, RawLine(3, b"1,2", 3))))
    assert received.records == [parsed, RawLine(3, b"1,2", 3)]


def admitted(*received: str) -> Admitted:
    lines = [
        f'{{"event_id":"\\"received_at\\":\\"{UNKNOWN}\\"","received_at":"{at}","raw":"\\"received_at\\":\\"{UNKNOWN}\\""}}'
        for at in received
    ]
    return Admitted([line.encode() for line in lines], len(lines), 0, received=list(received))


@pytest.mark.parametrize(
    ("received", "before", "expected"),
    [
        ([UNKNOWN, UNKNOWN, "2025-01-02"], "2025-01-01", ["2025-01-01", "2025-01-01", "2025-01-02"]),
        ([UNKNOWN, "2025-01-02"], None, ["2025-01-02", "2025-01-02"]),
        ([UNKNOWN], None, ["now"]),
        ([UNKNOWN], "2025-01-01", ["2025-01-01"]),
        (["2025-01-02"], "2025-01-01", ["2025-01-02"]),
    ],
)
def test_lines_without_a_time_at_the_start_of_a_batch_get_that_of_the_line_before(
    received: list[str], before: str | None, expected: list[str]
) -> None:
    placed = admitted(*received)
    assert place(placed, before, "now") == expected[-1]
    assert placed.received == expected
    assert placed.lines == admitted(*expected).lines


def test_a_batch_of_which_nothing_is_stored_changes_no_time() -> None:
    assert place(admitted(), "2025-01-01", "now") == "2025-01-01"
    assert place(admitted(), None, "now") is None
