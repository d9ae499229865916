from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.door.json_splitter import Piece, split_objects
from ingestion.door.parsed_lines import MAX_LINE_BYTES

VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=4), values, max_size=3),
    max_leaves=12,
)
OBJECTS = st.lists(st.dictionaries(st.sampled_from(["a", "list", '"{']), VALUES, max_size=3), max_size=4)


def split(text: bytes, *records: str, chunk: int = 1 << 20) -> list[Piece]:
    stream = io.BytesIO(text)
    return list(split_objects(lambda: stream.read(chunk), records))


@settings(deadline=None)
@given(OBJECTS, st.sampled_from([None, 2]), st.booleans(), st.sampled_from([1, 2, 7, 64, 1 << 20]))
def test_objects_come_out_as_they_went_in_wherever_the_chunks_end(
    objects: list[dict[str, Any]], indent: int | None, ascii: bool, chunk: int
) -> None:
    for text in (
        json.dumps(objects, indent=indent, ensure_ascii=ascii),
        "".join(json.dumps(item, indent=indent, ensure_ascii=ascii) for item in objects),
    ):
        pieces = split(text.encode(), chunk=chunk)
        assert [json.loads(piece.text) for piece in pieces] == objects
        assert all(piece.is_whole and piece.size == len(piece.text) for piece in pieces)
    wrapped = json.dumps({"list": 1, "b": {"list": objects}, "list ": [{"a": 1}], "c": '"'}, indent=indent).encode()
    assert [json.loads(piece.text) for piece in split(wrapped, "b", "list", chunk=chunk)] == objects


def test_line_numbers_are_those_of_the_first_byte() -> None:
    text = b'[\n{"a": 1},\n\n{"b":\n2}, {"c": [{}]}\n,{"d": "x'
    for chunk in (1, 5, 100):
        assert [piece.number for piece in split(text, chunk=chunk)] == [2, 4, 5, 6]


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        (b'[{"n": 1}, {"x": "never ends}, {"n": 2}, {"n": 3}]', {2}),
        (b'[{"n": 1}, {"x": "cut\n, {"n": 2}, {"n": 3}]', set()),
        (b'[{"n": 1}, {"x": [1, {"n": 2}, {"n": 3}]', {2, 3}),
        (b'[{"n": 1}, {"x": {"y": 1}, {"n": 2}, {"n": 3}]', set()),
        (b'[{"n": 1}, {"x": 1]}, {"n": 2}, {"n": 3}]', set()),
        (b'[{"n": 1}, x"}, {"n": 2}, {"n": 3}]', set()),
    ],
)
def test_a_damaged_object_costs_at_most_its_neighbour(text: bytes, lost: set[int]) -> None:
    for chunk in (1, 9, 1 << 20):
        whole = [json.loads(piece.text) for piece in split(text, chunk=chunk) if piece.is_whole]
        assert [item["n"] for item in whole] == [n for n in (1, 2, 3) if n not in lost]


@pytest.mark.parametrize("filler", [b"x", b" ", b"\\\\", b'","', b"[", b'":{"'])
def test_memory_is_bounded_for_an_object_that_does_not_end(filler: bytes) -> None:
    total = 8 * MAX_LINE_BYTES
    most = 0

    def endless() -> bytes:
        nonlocal total
        total -= 1 << 16
        return filler * ((1 << 16) // len(filler)) if total > 0 else b""

    first = iter([b'{"a":"'])
    for piece in split_objects(lambda: next(first, None) or endless()):
        most = max(most, len(piece.text))
    assert most <= 2 * MAX_LINE_BYTES


def test_an_object_that_is_too_long_is_cut_and_its_size_is_known() -> None:
    long = b'{"a": [1, "' + b"x" * 3 * MAX_LINE_BYTES + b'"]}'
    pieces = split(b"[" + long + b', {"b": 1}]', chunk=1 << 16)
    assert [(piece.size, piece.is_whole) for piece in pieces] == [(len(long), True), (8, True)]
    assert MAX_LINE_BYTES < len(pieces[0].text) < MAX_LINE_BYTES + (1 << 17)
