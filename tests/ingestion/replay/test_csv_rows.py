from __future__ import annotations

import pickle
import time

import pytest

from ingestion.replay.csv_rows import csv_parser, csv_rows, split_row
from ingestion.replay.raw_lines import RawLine
from tests.ingestion.replay.files import contents, dialect
from tests.support.paths import CASES


def parsed(*lines: str, width: int = 3) -> list[object]:
    rows = csv_rows((RawLine(n, text.encode(), len(text)) for n, text in enumerate(lines, 1)), ",", width)
    parse = csv_parser(tuple("abcde"[:width]), ",")
    contents = [line.content for line in map(parse, rows)]
    return [list(content.values()) if isinstance(content, dict) else content for content in contents]


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ('1,5" screen,3', ["1", '5" screen', "3"]),
        ('1,"a, ""b""",3', ["1", 'a, "b"', "3"]),
        ('1,"a \\"b\\", c",3', ["1", 'a "b", c', "3"]),
        ('1,"Best" mug,3', ["1", '"Best" mug', "3"]),
        ('1, "a, b",3', ["1", "a, b", "3"]),
        ("1,'a, b',3", "unparseable"),
        ("1,2", "unparseable"),
        ("1,2,3,,", ["1", "2", "3"]),
        ("1,2,3,,4", "unparseable"),
        ('1,"a"b,c"d",3', "unparseable"),
    ],
)
def test_a_row_is_read_or_refused(line: str, row: object) -> None:
    neighbour = ["x", "y", "z"]
    assert parsed("x,y,z", line, "x,y,z") == [neighbour, row, neighbour]


def test_a_worker_parses_a_row_over_several_lines_again() -> None:
    (row,) = csv_rows(iter([RawLine(1, b'1,"a', 4), RawLine(2, b'b",3', 4)]), ",", 3)
    parse = pickle.loads(pickle.dumps(csv_parser(("a", "b", "c"), ",")))
    assert parse(RawLine(row.number, row.text, row.size)).content == {"a": "1", "b": "a\nb", "c": "3"}


def test_fields_are_found_however_the_quotes_stand() -> None:
    assert split_row('a, "b,c",d', ",") == ["a", "b,c", "d"]


@pytest.mark.parametrize("line", ['"', '1,"', '","', '"\\"'])
def test_quotes_that_never_end_take_linear_time(line: str) -> None:
    def seconds(count: int) -> float:
        started = time.process_time()
        parsed(*[line] * count)
        return time.process_time() - started

    assert seconds(4_000) < 20 * max(seconds(500), 0.01)


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not beside this project")
def test_no_line_of_the_case_of_quotes_is_merged_with_its_neighbour() -> None:
    rows = contents(CASES / "quotes.csv", dialect("{}"))
    ids = [row["event_id"] if isinstance(row, dict) else row for row in rows]
    assert ids == ["q1", "q2", "q3", "unparseable", "q5", "q6", "q7", "q8"]
    assert isinstance(rows[-1], dict)
    assert rows[-1]["price"] == "1.00"
