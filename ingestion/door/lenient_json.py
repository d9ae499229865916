"""Reads the JSON that msgspec refuses for its spelling, as far as producers write it."""

from __future__ import annotations

import json
from typing import Any, Final

# Python limits how long it takes to convert digits, because that time is quadratic: 4,300 of them by default.
_LONGEST_INTEGER: Final = 4_000
_PROBE_BYTES: Final = 256
_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


def decode_lenient(line: bytes) -> Any:
    """A JSON value whose numbers with a fraction are text, as msgspec gives it to the door.

    NaN, as Python and pandas write it, is null. Half of a surrogate pair becomes U+FFFD. An integer of thousands of
    digits becomes text.

    Raises
    ------
    ValueError
        The line is not JSON.
    RecursionError
        It is nested hundreds of levels deep.
    """
    value = json.loads(line.decode(), parse_float=str, parse_int=_integer, parse_constant=_constant)
    return _without_surrogates(value) if b"\\u" in line else value


def as_utf8(data: bytes) -> bytes:
    """UTF-16 as UTF-8; other bytes unchanged.

    Bytes are UTF-16 if they begin with its byte order mark, or if many of the first ones are NUL, and JSON comes out. A
    line that was cut out of UTF-16 at the byte of its line end may begin or end with half a character.
    """
    start = data[:_PROBE_BYTES]
    if data[:2] not in _MARKS and (start.count(0) * 3 < len(start) or not start):
        return data
    body = data.removeprefix(_MARKS[0]).removeprefix(_MARKS[1])
    if len(body) % 2:
        body = body[1:] if body[0] == 0 else body[:-1]
    is_little = body[:_PROBE_BYTES:2].count(0) < body[1:_PROBE_BYTES:2].count(0)
    text = body.decode("utf-16-le" if is_little else "utf-16-be", "replace")
    return text.encode() if text.lstrip()[:1] in ("{", "[") else data


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else digits


def _constant(name: str) -> str | None:
    return None if name == "NaN" else name


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value
