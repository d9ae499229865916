from __future__ import annotations

from pathlib import Path

from ingestion.door.parsed_lines import ParsedLine
from ingestion.replay.copies import numbered
from ingestion.replay.readers import open_source
from tests.ingestion.replay.files import contents, dialect, replayed, write

SALES = "event_type,event_time,product_id,price\n" + "purchase,2024-10-07,p,1.00\n" * 2 + "purchase,2024-10-07,q,1.00\n"


def test_an_orders_columns_are_those_of_its_first_row(tmp_path: Path) -> None:
    path = write(tmp_path, "order,mail,coupon,sku\n1,a@x.de,,A\n1,,,B\n1,,LATE,C\n2,,,D\n2,,,E\n,,,F\n,,,G\n1,,,H\n")
    shape = dialect("{rename: {order: order_id}, read: {fill_down: {by: order, columns: [mail, coupon]}}}")
    assert [list(row.values())[1:3] for row in contents(path, shape) if isinstance(row, dict)] == [
        ["a@x.de", ""],
        ["a@x.de", ""],
        ["a@x.de", "LATE"],
        *[["", ""]] * 5,
    ]


def test_identical_rows_are_one_event_or_each_is_one(tmp_path: Path) -> None:
    path = write(tmp_path, SALES)
    for rows, expected in (("one", 2), ("each", 3)):
        shape = dialect(f"read: {{identical_rows: {rows}}}")
        _, first = replayed(path, shape)
        _, again = replayed(path, shape)
        ids = [line["event_id"] for line in first.lines]
        assert len(set(ids)) == expected
        assert ids == [line["event_id"] for line in again.lines]


def test_the_number_of_a_row_depends_on_the_file_only(tmp_path: Path) -> None:
    shape = dialect("read: {identical_rows: each}")
    path = write(tmp_path, SALES)
    assert [line.copy for line in open_source(str(path), shape).lines()] == [1, 2, 1]


def test_rows_may_be_identical_by_what_the_dialect_names(tmp_path: Path) -> None:
    path = write(tmp_path, "order,sku,note\n1,a,x\n1,a,y\n1,b,x\n2,a,x\n")
    shape = dialect("{rename: {sku: product_id}, event_id: [order, sku], read: {identical_rows: each}}")
    assert [line.copy for line in open_source(str(path), shape).lines()] == [1, 2, 1, 1]


def test_a_row_whose_identity_is_too_long_costs_no_other_row(tmp_path: Path) -> None:
    row = "view_item,2024-10-07,{},2\n".format
    path = write(tmp_path, "event_type,event_time,a,b\n" + row(1) + row("a" * 9_000))
    shape = dialect("{event_id: [{join: [a, b]}], read: {identical_rows: each}}")
    result, _ = replayed(path, shape)
    assert (result.accepted, result.rejected) == (1, {"line_too_long": 1})


def test_a_hundred_thousand_rows_are_told_apart() -> None:
    texts = [str(number % 90_000).encode() for number in range(100_000)]
    copies = [line.copy for line in numbered(ParsedLine(1, "", text, 1) for text in texts)]
    assert copies == [1] * 90_000 + [2] * 10_000
