from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.errors import UserError
from ingestion.replay import row_sums
from ingestion.replay.readers import open_source
from tests.ingestion.replay.files import dialect, write

HEADER = "order,rebate,sku,price,qty\n"
SUMMED = """
read: {fill_down: {by: order, columns: [rebate]}}
sums: {value: {times: [price, qty]}}
rename: {sku: product_id}
"""


def sums(path: Path) -> list[str | None]:
    rows = [line.content for line in open_source(str(path), dialect(SUMMED)).lines()]
    return [row.get("value") if isinstance(row, dict) else None for row in rows]


def test_each_row_of_an_order_has_the_sum_over_its_order(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "1,3,a,10.00,2\n1,,b,5.50,1\n2,,a,1,1\n,,a,7,1\n,,a,8,1\n")
    assert sums(path) == ["25.50", "25.50", "1", "7", "8"]


def test_a_damaged_row_is_kept_and_an_order_with_an_odd_value_has_no_sum(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "1,,a,10.00,2\n1,cut\n1,,b,2,1\n2,,a,ten,1\n2,,b,1,1\n3,,b,,1\n")
    assert sums(path) == ["22.00", None, "22.00", None, None, "0"]


def test_a_larger_group_than_memory_should_hold_has_no_sums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_sums, "MOST_ROWS", 2)
    path = write(tmp_path, HEADER + "1,,a,1,1\n" * 4 + "2,,a,1,1\n" * 2)
    assert sums(path) == [None] * 4 + ["2", "2"]


def test_sums_need_rows_that_belong_together() -> None:
    with pytest.raises(UserError, match="sums needs `read:"):
        dialect("sums: {value: price}")


def test_a_row_with_a_text_that_is_far_too_long_for_a_number_has_no_sum(tmp_path: Path) -> None:
    path = write(tmp_path, f"{HEADER}1,,a,{'1' * 5_000},1\n2,,a,7,1\n")
    shape = dialect(SUMMED.replace("price, qty", "{join: [price, price]}, qty"))
    rows = [line.content for line in open_source(str(path), shape).lines()]
    assert [row.get("value") if isinstance(row, dict) else None for row in rows] == [None, "77"]
