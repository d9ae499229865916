"""Rows: what a reader of JSON or CSV hands to the door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

MAX_LINE_BYTES: Final = 1_000 * 1024
"""The largest record Firehose takes: 1,000 KiB before base64. Source: AWS, Amazon Data Firehose quota."""

Row = tuple[int, dict[str, Any] | str, bytes, int]
"""Line number; the fields, or the reason why there are none; the line or its head; its bytes without line end."""

UNDECODABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)
"""What a line may raise that is not JSON, or JSON beyond all measure."""

# A number becomes text with the digits its producer wrote.
decode: Final = msgspec.json.Decoder(float_hook=str).decode


def json_rows(payload: bytes, first_line: int = 1) -> Iterator[Row]:
    """Rows of JSON lines; a line that is no JSON object comes with the reason instead of its fields."""
    for number, line in enumerate(payload.removeprefix(b"\xef\xbb\xbf").split(b"\n"), first_line):
        if line and not line.isspace():
            yield json_row(number, line, len(line) - line.endswith(b"\r"))


def json_row(number: int, line: bytes, size: int) -> Row:
    """One line of JSON, or the head of one that is too long, as a row."""
    if len(line) > MAX_LINE_BYTES:
        return number, "line_too_long", line, size
    try:
        source = decode(line)
    except UNDECODABLE:
        return number, "unparseable" if is_utf8(line) else "bad_encoding", line, size
    return number, source if isinstance(source, dict) else "unparseable", line, size


def is_utf8(line: bytes) -> bool:
    """Whether the bytes are UTF-8."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
