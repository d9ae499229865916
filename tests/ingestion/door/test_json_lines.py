from __future__ import annotations

import json
import time

import pytest

from ingestion.door.json_lines import parse_json_lines
from tests.support.paths import CASES

ONE, TWO, THREE = ({"event_id": str(number), "items": [{"id": number}]} for number in (1, 2, 3))


def contents(payload: bytes, *records: str) -> list[object]:
    return [line.content for line in parse_json_lines(payload, records=records)]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(json.dumps(event) for event in (ONE, TWO, THREE)),
        json.dumps([ONE, TWO, THREE]),
        json.dumps([ONE, TWO, THREE], indent=2),
        "[\n" + ",\n".join(json.dumps(event) for event in (ONE, TWO, THREE)) + "\n]\n",
        "".join(json.dumps(event) for event in (ONE, TWO, THREE)),
        "\n".join(json.dumps(event, indent=1) for event in (ONE, TWO, THREE)),
        "".join(json.dumps(event, indent=1) for event in (ONE, TWO, THREE)),
        json.dumps(ONE) + "\n" + json.dumps([TWO]) + "\n" + json.dumps(THREE, indent=1),
    ],
    ids=["lines", "array", "indented array", "array of lines", "run together", "indented", "indented and run", "mixed"],
)
def test_the_records_of_every_form_are_read(text: str) -> None:
    assert contents(text.encode()) == [ONE, TWO, THREE]
    assert contents(text.replace("\n", "\r\n").encode()) == [ONE, TWO, THREE]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_wrapped_list_is_read_where_it_is_named(indent: int | None) -> None:
    text = json.dumps({"sent": {"at": 1}, "data": {"batch": [ONE, TWO]}, "more": [THREE]}, indent=indent).encode()
    assert contents(text, "data", "batch") == [ONE, TWO]
    assert contents(text + b"\n" + text, "data", "batch") == [ONE, TWO, ONE, TWO]
    assert contents(text) == [json.loads(text)]
    assert contents(json.dumps(ONE).encode(), "data", "batch") == [ONE]


def test_a_record_keeps_its_own_text_wherever_it_stands() -> None:
    text = json.dumps(ONE)
    for payload in (text, f"[{text}]", f'{{"batch": [{text}]}}', text + text):
        assert next(parse_json_lines(payload.encode(), records=("batch",))).raw == text.encode()


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'[{"a": 1}, {"b": }, {"c": 3}]', [{"a": "1"}, "unparseable", {"c": "3"}]),
        (b'{"a": 1}{"b": \n{"c": 3}', [{"a": "1"}, "unparseable", {"c": "3"}]),
        (b'{"cut\n{"a": 1}', ["unparseable", {"a": "1"}]),
        (b'{"cut": 1,\n{"a": 1}', ["unparseable", {"a": "1"}]),
        (b'{\n "a": 1,\n "b": "cut\n}\n{"c": 3}', ["unparseable"] * 4 + [{"c": "3"}]),
        (b'{\n "a": 1\n}\n{"cut\n{"c": 3}', [{"a": "1"}, "unparseable", {"c": "3"}]),
        (b'{"damaged": "x, "items": [{"id": 1}]}', ["unparseable"]),
        (b"[]\n[1, 2]", ["unparseable"]),
        (b'{\n "a": "caf\xe9"\n}', ["unparseable", "bad_encoding", "unparseable"]),
    ],
)
def test_damage_does_not_reach_the_neighbours(payload: bytes, expected: list[object]) -> None:
    assert [
        {name: str(value) for name, value in content.items()} if isinstance(content, dict) else content
        for content in contents(payload)
    ] == expected


@pytest.mark.parametrize("unit", [b"{\n", b'{"a":\n', b"[", b'{"a":[', b'{"a":"\n', b'"', b"{}\\", b'{"a":{},'])
def test_hostile_text_takes_linear_time(unit: bytes) -> None:
    def seconds(size: int) -> float:
        payload = unit * (size // len(unit))
        started = time.process_time()
        for _ in parse_json_lines(payload):
            pass
        return time.process_time() - started

    assert seconds(1 << 20) < 20 * max(seconds(1 << 17), 0.02)


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not beside this project")
@pytest.mark.parametrize(("name", "events"), [("pretty.json", 1), ("batch.json", 1)])
def test_the_cases_are_read(name: str, events: int) -> None:
    lines = contents((CASES / name).read_bytes(), "events")
    assert [content["event_type"] for content in lines if isinstance(content, dict)] == ["purchase"] * events
