"""Parses JSON lines, and what producers send in their place: arrays, wrapped lists, objects over several lines.

A line that is one object costs nothing more than its parsing. Only a line that is none is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ingestion.door.json_splitter import Piece, split_objects
from ingestion.door.lenient_json import as_utf8
from ingestion.door.parsed_lines import MAX_LINE_BYTES, ParsedLine, is_utf8, parse_json_line

_BOM: Final = b"\xef\xbb\xbf"
_CHUNK_BYTES: Final = 4_096
_MOST_SEARCHES: Final = 100
# No event is as short. A rejected line of bronze has ninety bytes, so many short ones would become many times as much.
_SHORTEST_RECORD: Final = 8
_MOST_SHORT: Final = 1_000
# Lines that only open or close a list whose objects stand on lines of their own.
_LIST_MARKS: Final = frozenset({b"[", b"]", b",", b"],", b"[]"})


def parse_json_lines(payload: bytes, first_line: int = 1, records: tuple[str, ...] = ()) -> Iterator[ParsedLine]:
    """Parse JSON lines and skip blank ones. What is not a JSON object has a reject reason as its content.

    Parameters
    ----------
    first_line
        Number of the payload's first line.
    records
        Names that lead to the list of records inside an object that wraps it. An object without it is a record.
    """
    payload = as_utf8(payload).removeprefix(_BOM)
    if _is_dust(payload):
        payload, dust = _without_dust(payload)
        yield ParsedLine(first_line, "unparseable", dust, len(dust))
    # An object over several lines is looked for where a line may begin one, but not without end: a payload of opening
    # brackets must not take longer than any other.
    budget, searches = 4 * len(payload), _MOST_SEARCHES
    position = 0
    for number, line in enumerate(payload.split(b"\n"), first_line):
        start, position = position, position + len(line) + 1
        if not line or line.isspace():
            continue
        parsed = parse_json_line(number, line, len(line) - line.endswith(b"\r"))
        content = parsed.content
        if content.__class__ is dict:
            if records and records[0] in content:
                yield from parse_wrapped(parsed, records)
            else:
                yield parsed
            continue
        text = line.strip()
        if content != "unparseable" or not text.startswith((b"{", b"[", b"]", b",")):
            yield parsed
        elif text in _LIST_MARKS:
            continue
        elif b"}" in text and (found := _on_one_line(text, number, records)):
            yield from found
        elif text.startswith(b"{") and searches > 0 and budget > 0:
            begins_object, read = _begins_object(payload, start, number)
            budget, searches = budget - read, searches - 1
            if begins_object:
                yield from map(parse_piece, _pieces(payload[start:], number, records))
                return
            yield parsed
        else:
            yield parsed


def parse_wrapped(line: ParsedLine, records: tuple[str, ...]) -> Iterator[ParsedLine]:
    """The records of the list that an object wraps; the object itself if it has no such list."""
    content: Any = line.content
    for name in records:
        content = content.get(name) if isinstance(content, dict) else None
    yield from _parsed(line.raw, line.number, records)[0] if isinstance(content, list) else [line]


def parse_piece(piece: Piece) -> ParsedLine:
    """Parse one piece of a JSON text."""
    if piece.is_whole or piece.size > MAX_LINE_BYTES:
        return parse_json_line(piece.number, piece.text, piece.size)
    reason = "unparseable" if is_utf8(piece.text) else "bad_encoding"
    return ParsedLine(piece.number, reason, piece.text, piece.size)


def _on_one_line(text: bytes, number: int, records: tuple[str, ...]) -> list[ParsedLine]:
    """The records of an array, or of objects run together, on one line; empty if it is neither."""
    if not text.startswith((b"[", b"{")):
        return []
    lines, has_dust = _parsed(text, number, records)
    if has_dust:
        return lines
    are_objects = [isinstance(line.content, dict) for line in lines]
    # What follows a damaged object may be only a part of it, so only an array may begin with one.
    return lines if any(are_objects) and (are_objects[0] or text.startswith(b"[")) else []


def _is_dust(payload: bytes) -> bool:
    """Whether a payload has very many lines, of which hardly any can be an event."""
    most = max(len(payload) // _SHORTEST_RECORD, _MOST_SHORT)
    return payload.count(b"\n") > most and sum(map(bool, map(bytes.strip, payload.split(b"\n")))) > most


def _without_dust(payload: bytes) -> tuple[bytes, bytes]:
    """The payload with empty lines in place of those that are too short to be events, and these by themselves."""
    lines = payload.split(b"\n")
    dust = b"\n".join(line for line in map(bytes.strip, lines) if 0 < len(line) < _SHORTEST_RECORD)
    return b"\n".join(line if len(line.strip()) >= _SHORTEST_RECORD else b"" for line in lines), dust


def _parsed(text: bytes, number: int, records: tuple[str, ...]) -> tuple[list[ParsedLine], bool]:
    """The records in a JSON text, and whether the last is what stands for very many that are too short to be events."""
    lines: list[ParsedLine] = []
    dust = bytearray()
    size = 0
    for piece in _pieces(text, number, records):
        if dust and piece.size < _SHORTEST_RECORD:
            dust += piece.text
            continue
        lines.append(parse_piece(piece))
        size += piece.size
        if not dust and len(lines) > _MOST_SHORT and len(lines) * _SHORTEST_RECORD > size:
            dust += b"".join(line.raw for line in lines if line.size < _SHORTEST_RECORD)
            lines = [line for line in lines if line.size >= _SHORTEST_RECORD]
    if dust:
        lines.append(ParsedLine(number, "unparseable", bytes(dust), len(dust)))
    return lines, bool(dust)


def _pieces(text: bytes, number: int, records: tuple[str, ...]) -> Iterator[Piece]:
    chunks = iter((text,))
    return split_objects(lambda: next(chunks, b""), records, first_line=number)


def _begins_object(payload: bytes, start: int, number: int) -> tuple[bool, int]:
    """Whether an object begins there and ends on a later line, and how many bytes were read to know it."""
    read = 0

    def chunk() -> bytes:
        nonlocal read
        # growing chunks: few for a long object, few bytes for a short one
        data = payload[start + read : start + read + max(_CHUNK_BYTES, read)]
        read += len(data)
        return data if read <= 2 * MAX_LINE_BYTES else b""

    piece = next(split_objects(chunk, first_line=number), None)
    return piece is not None and piece.is_whole and isinstance(parse_piece(piece).content, dict), read
