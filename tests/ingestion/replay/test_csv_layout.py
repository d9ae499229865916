from __future__ import annotations

import time
from pathlib import Path

import pytest

from ingestion.errors import UserError
from ingestion.replay.readers import open_source
from tests.ingestion.replay.files import contents, dialect, write
from tests.support.paths import CASES

A = "rename: {a: event_time}\n"


def test_columns_are_named_where_there_is_no_header(tmp_path: Path) -> None:
    path = write(tmp_path, "1;2\n3;4\n")
    assert contents(path, dialect(A + "read: {columns: [a, b]}")) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    assert contents(path, dialect("read: {header: no}")) == [
        {"column_1": "1", "column_2": "2"},
        {"column_1": "3", "column_2": "4"},
    ]
    replaced = write(tmp_path, "x;y\n3;4\n")
    assert contents(replaced, dialect(A + "read: {columns: [a, b], header: yes}")) == [{"a": "3", "b": "4"}]


def test_the_names_of_columns_are_no_part_of_a_record_without_header(tmp_path: Path) -> None:
    path = write(tmp_path, "1;2\n")
    (line,) = open_source(str(path), dialect(A + "read: {columns: [a, b]}")).lines()
    assert (line.raw, line.context) == (b"1;2", b"")
    (line,) = open_source(str(write(tmp_path, "a ;b\n1;2\n")), dialect(A)).lines()
    assert (line.raw, line.context) == (b"1;2", b"a ;b")


def test_a_header_of_one_name_again_and_again_takes_linear_time(tmp_path: Path) -> None:
    path = write(tmp_path, f"a,{','.join(['b'] * 30_000)}\n1{',2' * 30_000}\n")
    started = time.process_time()
    (row,) = contents(path, dialect(A))
    assert time.process_time() - started < 2  # 0.1 s; 9 s if each name is compared with all before it
    assert isinstance(row, dict)
    assert len(row) == 30_001


def test_lines_and_comments_are_skipped_and_keep_their_numbers(tmp_path: Path) -> None:
    path = write(tmp_path, "Report\n\n# x\na,b\n# y\n1,2\n")
    (line,) = open_source(str(path), dialect(A + 'read: {skip_lines: 1, comment: "#"}')).lines()
    assert (line.number, line.content) == (6, {"a": "1", "b": "2"})


def test_the_line_on_which_excel_names_the_delimiter_is_no_header(tmp_path: Path) -> None:
    assert contents(write(tmp_path, "sep=;\r\na;b,c\r\n1;2,3\r\n"), dialect(A)) == [{"a": "1", "b,c": "2,3"}]


def test_delimiters_in_quotes_do_not_count(tmp_path: Path) -> None:
    assert contents(write(tmp_path, '"b,c,d";a\n1;2\n'), dialect(A)) == [{"b,c,d": "1", "a": "2"}]
    assert contents(write(tmp_path, "a;b,c,d\n1;2\n"), dialect(A + 'read: {delimiter: ";"}')) == [
        {"a": "1", "b,c,d": "2"}
    ]


@pytest.mark.parametrize(
    ("content", "shape", "message"),
    [
        (
            "# made today\n\na,b\n1,2\n",
            A + "required: [a]",
            r"line 3 of .* looks like its header, not line 1: put `read",
        ),
        ("made today\n#\na,event_type\n1,2\n", A, r"looks like its header, not line 1: .*skip_lines: 2"),
        ("4711,2014-04-06T18:44:58.314Z,9\n1,2,3\n", A, r"line 1 of .* looks like data.* its 3 columns .*columns"),
        ("x,y\n1,2\n", A, r"has no column that dialect mine knows \(line 1: x, y\): `shoplake dialects draft"),
        ("x,y\n1,2\n", A + "required: [a]", "has no column a, which dialect mine requires; found: x, y"),
        ("1,2\n", A + "read: {columns: [a]}", "line 1 of .* has 2 columns, but read: columns in the dialect names 1"),
        ("1,2\n", "required: [a]\nread: {columns: [b, c]}", "read: columns names no a, which dialect mine requires"),
    ],
)
def test_a_file_whose_columns_are_not_known_is_one_sentence(
    tmp_path: Path, content: str, shape: str, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        open_source(str(write(tmp_path, content)), dialect(shape))


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not beside this project")
def test_the_cases_with_and_without_what_they_need() -> None:
    no_header = CASES / "no_header.csv"
    with pytest.raises(UserError, match=r"line 1 .*no_header\.csv looks like data"):
        open_source(str(no_header), dialect("{}"))
    rows = contents(no_header, dialect("read: {columns: [session_id, event_time, product_id, price, quantity]}"))
    assert [row["price"] for row in rows if isinstance(row, dict)] == ["12462", "10471", "1883"]
    with pytest.raises(UserError, match=r"line 4 .*preamble\.csv looks like its header"):
        open_source(str(CASES / "preamble.csv"), dialect("{}"))
    assert len(contents(CASES / "preamble.csv", dialect('read: {comment: "#"}'))) == 1
    german = contents(CASES / "german_orders.csv", dialect("rename: {Bestelldatum: event_time}"))
    assert [row["Artikelname"] for row in german if isinstance(row, dict)] == ["Kerze; groß", "Kerze", "Öl"]
    latin = contents(
        CASES / "returns_latin1.csv", dialect("{rename: {InvoiceDate: event_time}, read: {encoding: latin-1}}")
    )
    assert "CLOCK £20" in [row["Description"] for row in latin if isinstance(row, dict)]
