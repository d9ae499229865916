from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from ingestion.errors import UserError
from ingestion.replay.readers import open_source
from tests.ingestion.replay.files import contents, dialect, write
from tests.support.paths import CASES

ONE, TWO = ({"event_type": "view", "items": [{"id": number}]} for number in (1, 2))
LINES = "\n".join(map(json.dumps, (ONE, TWO)))


@pytest.mark.parametrize(
    "text",
    [
        LINES,
        json.dumps([ONE, TWO]),
        json.dumps([ONE, TWO], indent=1),
        json.dumps(ONE) + json.dumps(TWO),
        json.dumps(ONE, indent=1) + "\n" + json.dumps(TWO, indent=1),
        json.dumps({"events": [ONE, TWO]}),
        json.dumps({"page": 1, "orders": [ONE, TWO], "next": None}, indent=1),
        json.dumps({"events": [ONE]}) + "\n" + json.dumps({"events": [TWO]}),
    ],
)
def test_every_form_is_recognised(tmp_path: Path, text: str) -> None:
    assert contents(write(tmp_path, text), dialect("{}")) == [ONE, TWO]
    assert contents(write(tmp_path, gzip.compress(text.encode())), dialect("{}")) == [ONE, TWO]


def test_each_line_may_wrap_a_list_or_be_a_record(tmp_path: Path) -> None:
    wrapped = [{"sales": [ONE, TWO], "n": 2}, ONE, {"sales": []}, TWO | {"note": '"sales"'}]
    path = write(tmp_path, "\n".join(map(json.dumps, wrapped)))
    shape = dialect("read: {records: sales}")
    assert contents(path, shape) == [ONE, TWO, ONE, wrapped[3]]
    assert [line.number for line in open_source(str(path), shape).lines()] == [1, 1, 2, 4]


def test_a_wrapped_list_of_another_name_is_a_sentence_and_then_a_key(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps({"meta": {"n": 2}, "sales": [ONE, TWO]}))
    with pytest.raises(UserError, match=r"wrap its records in 'sales': put `read: \{records: sales\}` into"):
        open_source(str(path), dialect("{}"))
    assert contents(path, dialect("read: {records: sales}")) == [ONE, TWO]


def test_an_object_that_the_dialect_knows_is_a_record_whatever_lists_it_has(tmp_path: Path) -> None:
    order = {"kind": "x", "orders": [{"a": 1}]}
    assert contents(write(tmp_path, json.dumps(order)), dialect("rename: {kind: event_type}")) == [order]


def test_damage_is_one_record_in_every_form(tmp_path: Path) -> None:
    lines = f'{{"cut": 1,\n{{"cut\n{LINES}\n{{"end'
    assert contents(write(tmp_path, lines), dialect("{}")) == ["unparseable", "unparseable", ONE, TWO, "unparseable"]
    array = f'[{json.dumps(ONE)}, {{"x": }}, {json.dumps(TWO)}, {{"end": "'
    assert contents(write(tmp_path, array), dialect("{}")) == [ONE, "unparseable", TWO, "unparseable"]


def test_an_array_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps([ONE | {"pad": "x" * 200}] * 40_000))
    source = open_source(str(path), dialect("{}"))
    tracemalloc.start()
    try:
        assert sum(1 for _ in source.lines()) == 40_000
        assert tracemalloc.get_traced_memory()[1] < 8 << 20 < path.stat().st_size
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not beside this project")
@pytest.mark.parametrize(
    ("name", "count"), [("objects_without_newline.json.gz", 3), ("pretty.json", 1), ("batch.json", 1)]
)
def test_the_cases_are_read(name: str, count: int) -> None:
    rows = contents(CASES / name, dialect("{}"))
    assert [row["price"] for row in rows if isinstance(row, dict)] == ["1.00"] * count
