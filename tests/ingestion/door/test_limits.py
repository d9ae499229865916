from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, given, settings, target
from hypothesis import strategies as st

from ingestion.door import encoding, rejected_line
from ingestion.door.mapping import Mapped
from ingestion.door.parsed_lines import MAX_LINE_BYTES
from tests.ingestion.door.samples import EVENT, KEY, NOW, VALUES, admit, door_with

SIZE = 900_000
# What hostile text is made of. Each is repeated alone, and mixed with others.
UNITS = [
    *(":", "::", "1:", "a::", "1:1:1:1:1:1:1:g", "2001:db8::1 ", "10:00:00 ", ".", "1.", "1.1.1.1 ", "1.1.1.300 "),
    *("@", "x@", "@x@", "x@a.bc ", " @a.bc ", "@a.", "//a:b@c/", '"@a.bc', "@[", "a.b=c.de@", "%", "%40", "%25", "%zz"),
    *(
        "%D0%BF",
        "x@a.bc%20",
        "=40",
        "&",
        "&amp;",
        "&#64;",
        "&a=",
        "&commat;",
        "?@a.bc",
        "//a=",
        "\\",
        "\\u0040",
        "\\x40",
    ),
    *(
        "\\\\",
        "\\u0430",
        "\\u{40}",
        '"',
        "[",
        "{",
        "a",
        "f:",
        "0123456789",
        "é",
        "\uff41",
        "\uff20",
        "\u0662x",
        "a\u0301\u0316",
    ),
    *(
        "\u0316\u0301",
        "\ufdfa",
        "\u00ad",
        "\u200b@",
        "\ufffd",
        "\U0001d7d0",
        "lorem ipsum ",
        '{"a":',
        "1e9,",
        "\t",
        "\0",
    ),
]
BLOCKS = st.lists(st.tuples(st.sampled_from(UNITS), st.sampled_from([1, 2, 30, 1_000])), min_size=1, max_size=6)


def repeated(unit: str, size: int = SIZE) -> str:
    return unit * (size // len(json.dumps(unit, ensure_ascii=False).encode().strip(b'"') or b"__"))


def seconds(payload: bytes, *, times: int = 3) -> float:
    """CPU time of the door for one payload, the best of several."""
    door = door_with(KEY)
    best = float("inf")
    for _ in range(times):
        before = time.process_time()
        door.admit(payload, received_at=NOW)
        best = min(best, time.process_time() - before)
    return best


def line(text: str, name: str = "city") -> bytes:
    return json.dumps(EVENT | {name: text}, ensure_ascii=False).encode()


def plain_line(size: int, name: str = "city") -> bytes:
    return line(repeated("The quick brown fox jumps over the lazy dog, then sleeps. ", size), name)


def assert_costs_little(payload: bytes, name: str = "city", most: float = 10) -> float:
    """How often a payload costs what a plain one does: at most ten times. A busy machine may take a second look."""
    hostile, plain = float("inf"), 0.0
    for _ in range(6):
        hostile = min(hostile, seconds(payload))
        plain = max(plain, seconds(plain_line(len(payload), name)))
        if hostile <= most * plain:
            return hostile / plain
    raise AssertionError(f"{hostile / plain:.1f} times what plain text costs: {payload[100:180]!r}")


def assert_output_is_bounded(payload: bytes, lines: list[bytes]) -> None:
    assert sum(map(len, lines)) <= 16 * len(payload) + 16 * 1024
    assert all(len(line) <= MAX_LINE_BYTES for line in lines)


@pytest.mark.parametrize("name", ["city", "user_id", "unknown"])
@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_hostile_text_costs_at_most_ten_times_what_plain_text_costs(unit: str, name: str) -> None:
    assert_costs_little(line(repeated(unit), name), name)


@pytest.mark.parametrize("unit", ["Chrome/1.2.3.4 ", "A 1.2.3.4 (iOS ", "Chrome/", "a/1.", "1.1.1.1 ", "x@a.bc "])
def test_a_hostile_user_agent_costs_little_too(unit: str) -> None:
    assert_costs_little(line(repeated(unit), "user_agent"), "user_agent")


@settings(deadline=None, max_examples=60, phases=[Phase.generate, Phase.target], derandomize=True)
@given(BLOCKS, st.sampled_from(["city", "user_id", "unknown"]), st.sampled_from([64_000, 200_000, SIZE]))
def test_the_worst_mixture_of_hostile_text_costs_at_most_ten_times_what_plain_text_costs(
    blocks: list[tuple[str, int]], name: str, size: int
) -> None:
    payload = line(repeated("".join(unit * count for unit, count in blocks), size), name)
    target(assert_costs_little(payload, name))


@pytest.mark.parametrize("unit", ["{", "[", '{"a":', "x@a.bc ", "1:", "a\u0301\u0316", "\\u0040", "%40"])
def test_a_refused_line_costs_little_too(unit: str) -> None:
    assert_costs_little(repeated(unit).encode())


@pytest.mark.parametrize(
    "record",
    [
        EVENT | {f"{number}@b.co": number for number in range(8_300)},
        EVENT | {f"{number}": f"{number}@b.co" for number in range(8_300)},
        EVENT | {f"{number}@b.co": {f"{inner}@b.co": [] for inner in range(90)} for number in range(90)},
        EVENT | {"a": {"[email]": 1, **{f"{number}@b.co": number for number in range(5_000)}}},
        EVENT | {"city": "\ufdfa" * 320_000 + "bob\uff20example.com"},
        EVENT | {"city": "\u3300" * 320_000 + "bob\uff20example.com"},
        EVENT | {"user_id": "a@b.cd,::1," * 40_000},
        EVENT | {"city": ":" * 1_000_000},
        EVENT | {"note": '\\"\u0001' * 100_000},
        EVENT | {"n": 10**4_000, "m": [10**4_000] * 200},
    ],
    ids=[
        "names",
        "values",
        "nested names",
        "taken names",
        "long ligature",
        "square",
        "ids",
        "colons",
        "escapes",
        "digits",
    ],
)
def test_what_a_record_becomes_is_bounded_in_size_and_time(record: dict[str, Any]) -> None:
    payload = json.dumps(record, ensure_ascii=False).encode()
    admitted = admit(record)
    assert len(admitted.lines) == 1
    assert_output_is_bounded(payload, admitted.lines)
    twice = b"\n".join([payload] * 2)
    assert seconds(twice) < 4 * seconds(payload) + 0.05


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.text(max_size=30), VALUES, max_size=8), st.integers(1, 40))
def test_the_output_of_any_record_is_bounded(record: dict[str, Any], copies: int) -> None:
    payload = json.dumps(EVENT | record | {"many": [record] * copies}).encode()
    assert_output_is_bounded(payload, door_with(KEY).admit(payload, received_at=NOW).lines)


@pytest.mark.parametrize("dust", ["x\n", "{}\n", "1\r\n", "{}", "{} ", "[]\n", '{"a":1}', "[{}]\n"])
def test_very_many_lines_and_objects_that_can_be_no_events_are_one_rejected_line_and_cost_no_event(dust: str) -> None:
    event = json.dumps(EVENT)
    for text, events in (
        (dust * 50_000, 0),
        (f"[{','.join([dust.strip()] * 50_000)}]", 0),
        (f"[{','.join([dust.strip()] * 50_000)},{event}]", 1),
        (f"{event}\n{dust * 50_000}", 1),
        (f"{dust * 50_000}{event}", 1),
    ):
        payload = text.encode()
        admitted = door_with(KEY).admit(payload, received_at=NOW)
        assert_output_is_bounded(payload, admitted.lines)
        assert (admitted.accepted, admitted.rejected.total() <= 1) == (events, True), text[-300:]


def test_many_short_events_are_no_dust() -> None:
    short = "".join(f'{{"event_type":"login","event_time":"2025-01-01","n":{number}}}\n\n' for number in range(3_000))
    assert door_with(KEY).admit(short.encode(), received_at=NOW).accepted == 3_000
    assert admit(EVENT | {"city": "{" * 9_000}).accepted == 1


def test_a_record_that_becomes_too_much_is_rejected_as_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    door = door_with(KEY)

    def exploding(record: dict[str, Any], _: int) -> list[Mapped]:
        fields = {name: record[name] for name in EVENT} | {"city": "x" * 1_000}
        return [Mapped(dict(fields), {}, part=part) for part in range(40)]

    monkeypatch.setattr(door, "_map", exploding)
    for record, expected in ((EVENT, {"line_too_long": 1}), (EVENT | {"note": "y" * 3_000}, {})):
        payload = json.dumps(record).encode()
        admitted = door.admit(payload, received_at=NOW)
        assert admitted.rejected == expected
        assert_output_is_bounded(payload, admitted.lines)
    assert admitted.accepted == 40


def test_a_line_that_grows_beyond_the_limit_is_rejected_as_too_long() -> None:
    record = EVENT | {"note": '"' * 450_000}
    assert len(json.dumps(record)) < MAX_LINE_BYTES
    assert admit(EVENT, record, EVENT).rejected == {"line_too_long": 1}


@pytest.mark.parametrize("error", [TypeError("bob@example.com"), KeyError("x"), RecursionError(), MemoryError()])
def test_a_mistake_in_one_line_costs_no_other_line_and_is_logged_without_its_text(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(extra: dict[str, Any]) -> str:
        raise error

    monkeypatch.setattr(encoding, "_extra_text", failing)
    admitted = admit(EVENT, EVENT | {"note": "x"}, EVENT)
    assert (admitted.accepted, admitted.rejected) == (2, {"unparseable": 1})
    is_mistake = not isinstance(error, RecursionError)
    assert admitted.mishandled == is_mistake
    assert (type(error).__name__ in caplog.text) is is_mistake
    assert "bob" not in caplog.text


def test_a_rejected_line_whose_text_cannot_be_scrubbed_loses_it_and_costs_no_other_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(text: str) -> str:
        if "bob" in text:
            raise TypeError(text)
        return text

    monkeypatch.setattr(rejected_line, "scrub_text", failing)
    admitted = admit(EVENT, "bob@example.com", EVENT)
    assert (admitted.accepted, admitted.rejected, admitted.mishandled) == (2, {"unparseable": 1}, 1)
    assert b"bob" not in b"".join(admitted.lines)
    assert b'"origin":"file.json:2"' in admitted.lines[1]
    assert "TypeError" in caplog.text
    assert "bob" not in caplog.text


def json_texts() -> Iterator[st.SearchStrategy[str]]:
    scalars = st.sampled_from(
        ["null", "NaN", "-Infinity", "1e999", "-0", "9" * 5_000, '"\\ud83d"', '"\\u0000"', "[]", "{}"]
    )
    names = st.sampled_from(
        ["event_type", "event_time", "received_at", "extra", "raw", "reject_reason", "ip", "price", "x"]
    )
    nested = st.recursive(
        scalars | st.text(max_size=5).map(json.dumps),
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
            | st.lists(st.tuples(names, inner), max_size=4).map(
                lambda pairs: "{" + ",".join(f'"{name}":{value}' for name, value in pairs) + "}"
            )
        ),
        max_leaves=10,
    )
    yield st.lists(st.tuples(names, nested), max_size=8).map(
        lambda pairs: json.dumps(EVENT)[:-1] + "".join(f',"{name}":{value}' for name, value in pairs) + "}"
    )


@settings(deadline=None, max_examples=200)
@given(st.lists(next(json_texts()).map(str.encode) | st.binary(max_size=80), max_size=4))
def test_whatever_a_line_is_it_costs_no_other_line(lines: list[bytes]) -> None:
    good = json.dumps(EVENT).encode()
    payload = b"\n".join([good, *(item.replace(b"\n", b"") for item in lines), good])
    admitted = door_with(KEY).admit(payload, received_at=NOW)
    assert admitted.mishandled == 0
    assert admitted.accepted >= 2
    assert all(b"\n" not in out and json.loads(out) for out in admitted.lines)
