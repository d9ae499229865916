"""Reads JSON files: an object a line, an array, an object that wraps a list, objects over lines or run together.

A file of JSON lines is read by lines. Every other form is split into its records while it is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from ingestion.door.json_splitter import split_objects
from ingestion.door.parsed_lines import MAX_LINE_BYTES, UNDECODABLE, ParsedLine, decode, is_utf8, parse_json_line
from ingestion.errors import UserError
from ingestion.replay.raw_lines import RawLine
from ingestion.replay.streams import READ_BYTES, START_BYTES, Stream

# Names under which APIs and exports wrap their records. Not `items`: those are the lines of one order.
WRAPPERS: Final = (
    "events", "batch", "records", "Records", "data", "orders", "refunds", "transactions", "results", "rows", "hits",
    "value", "messages", "documents",
)  # fmt: skip

_MOST_MEMBERS: Final = 4
_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_tokens: Final = re.compile(
    rb'"(?P<name>[^"\\]*+)"\s*+:(?P<list>\s*+\[\s*+\{)?|%b|(?P<bracket>[{}\[\]])' % _STRING, re.S
).finditer


def parse_json(line: RawLine) -> ParsedLine:
    """Parse a line of JSON, or a record of `json_records`."""
    if line.is_cut and len(line.text) <= MAX_LINE_BYTES:
        return ParsedLine(line.number, "unparseable" if is_utf8(line.text) else "bad_encoding", line.text, line.size)
    return parse_json_line(line.number, line.text, line.size)


def parse_json_raw_line(line: RawLine) -> ParsedLine:
    """Parse a line of JSON lines."""
    text = line.text
    if len(text) <= MAX_LINE_BYTES:
        try:
            value = decode(text)
        except UNDECODABLE:
            value = None
        if value.__class__ is dict:
            return ParsedLine(line.number, value, text, line.size)
    return parse_json_line(line.number, text, line.size)


def json_lines(lines: Iterator[RawLine], records: tuple[str, ...] = ()) -> Iterator[RawLine]:
    """Every line except blank ones; of a line whose object has the list that `records` leads to, the objects in it."""
    filled = (line for line in lines if line.text and not line.text.isspace())
    return _unwrapped(filled, records) if records else filled


def _unwrapped(lines: Iterator[RawLine], records: tuple[str, ...]) -> Iterator[RawLine]:
    name = json.dumps(records[0]).encode()
    for line in lines:
        # splitting takes twenty times as long as a line by itself
        if name not in line.text or line.is_cut:
            yield line
            continue
        for piece in split_objects(partial(next, iter([line.text]), b""), records, first_line=line.number):
            yield RawLine(piece.number, piece.text, piece.size, not piece.is_whole)


def json_records(stream: Stream, records: tuple[str, ...]) -> Iterator[RawLine]:
    """The objects of any form; those of the list that `records` leads to, where an object has it."""
    for number, text, size, is_whole in split_objects(lambda: stream.text.read(READ_BYTES), records):
        yield RawLine(number, text, size, not is_whole)


def is_json_lines(start: bytes) -> bool:
    """Whether a file is JSON lines, by its first bytes. A damaged first line does not make it another form."""
    text = start.lstrip()
    if not text.startswith(b"{"):
        return not text.startswith(b"[")
    first_line = text.partition(b"\n")[0].strip()
    if _is_object(first_line):
        return True
    chunks = iter([text])
    piece = next(split_objects(lambda: next(chunks, b"")), None)
    if piece is None:
        return True
    if piece.is_whole:
        return not _is_object(piece.text)
    is_damaged = piece.size < len(text)
    return is_damaged or len(start) < START_BYTES


def wrapped_list(path: str, start: bytes, known: set[str]) -> tuple[str, ...]:
    """The name of the list of records, if the file begins with an object that wraps one; empty if it does not.

    Parameters
    ----------
    known
        The names that mean something to the dialect.

    Raises
    ------
    UserError
        The object has nothing that the dialect knows, and wraps lists under names that are not usual for that.
    """
    members = members_of(start)
    lists = [name for name, is_list in members.items() if is_list]
    if not lists or known.intersection(members):
        return ()
    if len(lists) == 1 and lists[0] in WRAPPERS:
        return (lists[0],)
    if len(members) > _MOST_MEMBERS:
        return ()  # rather a record that has lists
    raise UserError(
        f"{path} is an object that seems to wrap its records in {' or '.join(map(repr, lists))}: put "
        f"`read: {{records: {lists[0]}}}` into the dialect"
    )


def _is_object(text: bytes) -> bool:
    return isinstance(parse_json_line(1, text, len(text)).content, dict)


def members_of(start: bytes) -> dict[str, bool]:
    """The names in the first object, as far as it is there, and whether the value is a list of objects."""
    members: dict[str, bool] = {}
    depth = 0
    for token in _tokens(start):
        bracket = token["bracket"]
        if bracket is None:
            if depth == 1 and token["name"] is not None:
                members[token["name"].decode("utf-8", "replace")] = token["list"] is not None
        else:
            depth += 1 if bracket in b"{[" else -1
        # a list that begins with an object is matched with its name
        depth += 2 if token["list"] else 0
        if not depth:
            break
    return members
