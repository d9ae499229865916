"""Parses the rows of a CSV file. A row that is damaged never takes a neighbour with it."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import Final

from ingestion.door.parsed_lines import MAX_LINE_BYTES, ParsedLine, is_utf8
from ingestion.replay.raw_lines import Parser, RawLine

MAX_JOINED_BYTES: Final = 64 * 1024
MAX_JOINED_LINES: Final = 100


def csv_parser(columns: tuple[str, ...], delimiter: str, context: bytes = b"") -> Parser:
    """What parses the rows of a CSV file.

    Parameters
    ----------
    columns
        Names of the columns, each of them once.
    context
        The header as it came, which gives the rows their meaning.
    """
    return partial(_parse, columns, len(columns), delimiter, context)


def _parse(columns: tuple[str, ...], width: int, delimiter: str, context: bytes, item: RawLine) -> ParsedLine:
    line = item.text
    row = item.row
    if row is None:
        if len(line) > MAX_LINE_BYTES:
            return ParsedLine(item.number, "line_too_long", line, item.size)
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return ParsedLine(item.number, "bad_encoding", line, item.size)
        # Without a quote, splitting the text at the delimiter is enough, and three times as fast as csv.reader.
        row = text.split(delimiter) if '"' not in text else _row(text, delimiter, width) or []
    # spreadsheets end rows with delimiters
    is_whole = len(row) == width or (len(row) > width and not any(row[width:]))
    if not is_whole or item.is_cut:
        return ParsedLine(item.number, "unparseable", line, len(line))
    return ParsedLine(item.number, dict(zip(columns, row, strict=False)), line, len(line), context)


def csv_rows(lines: Iterator[RawLine], delimiter: str, width: int) -> Iterator[RawLine]:
    """Every row. Only one with quotes is parsed, because it may end in a later line."""
    ahead: deque[RawLine] = deque()
    for item in lines:
        line = item.text
        if b'"' not in line:
            if line and not line.isspace():
                yield item
            continue
        ahead.append(item)
        while ahead:
            yield from _quoted_rows(ahead, lines, delimiter, width)


def _quoted_rows(ahead: deque[RawLine], lines: Iterator[RawLine], delimiter: str, width: int) -> Iterator[RawLine]:
    """The row that begins with the first line that was read ahead; none if it is blank."""
    item = ahead.popleft()
    line = item.text
    if b'"' not in line:
        if line and not line.isspace():
            yield item
    elif len(line) > MAX_LINE_BYTES or not is_utf8(line):
        yield item
    elif (row := _row(line.decode(), delimiter, width)) is not None:
        item.row = row
        yield item
    else:
        line, row = _joined(line, lines, ahead, delimiter, width)
        yield RawLine(item.number, line, len(line), item.is_cut, row or [])


def split_row(text: str, delimiter: str) -> list[str]:
    """The fields of one line, however its quotes stand."""
    try:
        return next(csv.reader([text], delimiter=delimiter, skipinitialspace=f'{delimiter} "' in text), [])
    except csv.Error:
        return text.split(delimiter)


def _row(text: str, delimiter: str, width: int) -> list[str] | None:
    """The fields of a row with quotes; None if a quoted field does not end in it, [] if the row is not valid."""
    row = _strict_row(text, delimiter)
    if row is None or len(row) == width:
        return row
    # Not as RFC 4180 has it. A quote escaped by a backslash, as MySQL writes it, or a field in which quotes are mere
    # text is accepted where the row then has its width.
    if '\\"' in text and len(escaped := _strict_row(text, delimiter, escape="\\") or []) == width:
        return escaped
    if not row and text.count(delimiter) == width - 1:
        return text.split(delimiter)
    return row


def _strict_row(text: str, delimiter: str, escape: str | None = None) -> list[str] | None:
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        strict=True,
        escapechar=escape,
        doublequote=escape is None,
        # a quote after a space begins a field all the same
        skipinitialspace=f'{delimiter} "' in text,
    )
    try:
        return next(reader, [])
    except csv.Error as error:
        return None if "unexpected end" in str(error) else []


def _joined(
    line: bytes, lines: Iterator[RawLine], ahead: deque[RawLine], delimiter: str, width: int
) -> tuple[bytes, list[str] | None]:
    """The row whose quoted field contains line ends. If it does not end soon, only its first line is rejected."""
    taken: list[RawLine] = []
    joined = line
    quotes = line.count(b'"')
    row: list[str] | None = None
    while row is None and len(taken) < MAX_JOINED_LINES and len(joined) < MAX_JOINED_BYTES:
        item = ahead.popleft() if ahead else next(lines, None)
        if item is None:
            break
        if item.is_cut:
            ahead.appendleft(item)
            break
        taken.append(item)
        joined += b"\n" + item.text
        quotes += (found := item.text.count(b'"'))
        # a quoted field has ended only if its quotes are in pairs
        if found and (quotes % 2 == 0 or b"\\" in joined) and is_utf8(joined):
            row = _row(joined.decode(), delimiter, width)
    if row is not None and len(row) == width:
        return joined, row
    ahead.extendleft(reversed(taken))
    return line, None
