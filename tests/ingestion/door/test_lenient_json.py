from __future__ import annotations

import json
from typing import Any

import pytest

from ingestion.door.lenient_json import as_utf8, decode_lenient
from tests.ingestion.door.samples import EVENT, admit, only
from tests.support.paths import CASES

RECORD = '{"event_type":"view_item","name":"Größe 東京","email":"max.mustermann@example.com"}'


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": "Mug \\ud83d"}', {"a": "Mug \ufffd"}),
        ('{"a": "\\udc00\\ud83d\\ude00", "\\ud83d": 1}', {"a": "\ufffd\U0001f600", "\ufffd": 1}),
        ('{"a": "\\\\ud83d"}', {"a": "\\ud83d"}),
        ('{"a": NaN, "b": [Infinity, -Infinity]}', {"a": None, "b": ["Infinity", "-Infinity"]}),
        ('{"a": 1.50, "b": 1.2345678E7, "c": 12}', {"a": "1.50", "b": "1.2345678E7", "c": 12}),
        (f'{{"a": {"9" * 300_000}}}', {"a": "9" * 300_000}),
    ],
)
def test_a_spelling_that_msgspec_refuses_is_read(text: str, value: dict[str, Any]) -> None:
    assert decode_lenient(text.encode()) == value


@pytest.mark.parametrize("text", ["{", "nan", "{'a': 1}", '{"a": 01}', '{"a": 1,}', "[" * 100_000])
def test_what_is_no_json_stays_unreadable(text: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        decode_lenient(text.encode())


def test_an_event_is_not_refused_for_its_spelling() -> None:
    spelled = json.dumps(EVENT)[:-1]
    for more, name, value in [
        ('"city": "Mug \\ud83d"', "city", "Mug \ufffd"),
        ('"city": NaN', "city", None),
        ('"price": NaN', "price", None),
        ('"deep": {"n": NaN}', "extra", '{"deep":{"n":null}}'),
        (f'"n": {"9" * 5_000}', "extra", f'{{"n":"{"9" * 5_000}"}}'),
    ]:
        assert only(admit(f"{spelled}, {more}}}")).get(name) == value
    assert (
        admit(b"\xef\xbb\xbf" + json.dumps(EVENT).encode(), b"\xef\xbb\xbf" + json.dumps(EVENT).encode()).accepted == 2
    )


@pytest.mark.skipif(not CASES.exists(), reason=f"the shared cases are not at {CASES}")
def test_half_an_emoji_does_not_cost_the_purchase() -> None:
    line = only(admit((CASES / "lone_surrogate.jsonl").read_bytes().strip().replace(b"2025-10", b"2024-10")))
    assert (line["price"], line["product_name"]) == ("12.50", "Mug \ufffd")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("line_end", ["", "\n", "\r\n"])
def test_utf16_is_read(encoding: str, line_end: str) -> None:
    event = json.dumps(EVENT | {"city": "Köln 東京", "note": "max.mustermann@example.com"}, ensure_ascii=False)
    admitted = admit((event + line_end) * 1 + (event + line_end if line_end else ""), encoding=encoding)
    assert (admitted.accepted, admitted.rejected) == (2 if line_end else 1, {})
    assert all(json.loads(line)["city"] == "Köln 東京" for line in admitted.lines)
    # the bytes of one line, as a reader of lines cuts them out of the file
    for piece in event.join("\n\n").encode("utf-16-le").split(b"\n"):
        assert as_utf8(piece).strip(b"\0") in (b"", event.encode())


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff\xfe", b"\xff\xfe{", b"\0\0\0\0", b"plain", b"a\0b", "é".encode()])
def test_other_bytes_stay_as_they_are(data: bytes) -> None:
    assert as_utf8(data) == data


@pytest.mark.skipif(not CASES.exists(), reason=f"the shared cases are not at {CASES}")
def test_utf16_without_a_byte_order_mark_shows_no_address() -> None:
    admitted = admit((CASES / "hostile" / "utf16le_nobom.jsonl").read_bytes())
    assert len(admitted.lines) == 1
    assert b"muster" not in admitted.lines[0]
    assert json.loads(admitted.lines[0])["reject_reason"] == "bad_event_time"
