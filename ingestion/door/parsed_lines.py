"""Parsed lines: what a reader of JSON or CSV passes to the door."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ingestion.door.lenient_json import as_utf8, decode_lenient

MAX_LINE_BYTES: Final = 1_000 * 1024
"""The largest record that Firehose accepts: 1,000 KiB before base64. Source: AWS, Amazon Data Firehose quota."""

UNDECODABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)
"""Raised for a line that is not JSON, or whose JSON is too deeply nested."""

# A number becomes text with the digits that its producer wrote.
decode: Final = msgspec.json.Decoder(float_hook=str).decode


_BOM: Final = b"\xef\xbb\xbf"


class ParsedLine(msgspec.Struct, gc=False):
    """A line of a producer. A Struct, because a NamedTuple takes three times as long to create.

    Attributes
    ----------
    number
        Line number in its source.
    content
        The fields, or the reject reason if the line has none.
    raw
        The line, or its start if it is too long.
    size
        Length of the line in bytes, without its line end.
    context
        What gives the line its meaning but stands elsewhere, such as the header of a CSV file. It is part of the
        record from which an event without an id gets one.
    copy
        1, or which one of several identical records of the file this is, if each of them is an event of its own.
    """

    number: int
    content: dict[str, Any] | str
    raw: bytes
    size: int
    context: bytes = b""
    copy: int = 1


def parse_json_line(number: int, line: bytes, size: int) -> ParsedLine:
    """Parse one line of JSON, or the start of one that is too long.

    What msgspec refuses, such as half a surrogate pair, NaN, or an integer of a thousand digits, is read by the
    standard library.
    """
    if len(line) > MAX_LINE_BYTES:
        return ParsedLine(number, "line_too_long", line, size)
    try:
        value = decode(line)
    except UNDECODABLE:
        line = as_utf8(line).removeprefix(_BOM)
        if not is_utf8(line):
            return ParsedLine(number, "bad_encoding", line, size)
        try:
            value = decode_lenient(line)
        except UNDECODABLE:
            value = None
    return ParsedLine(number, value if value.__class__ is dict else "unparseable", line, size)


def is_utf8(line: bytes) -> bool:
    """Whether the bytes are UTF-8."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
