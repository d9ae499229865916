"""Reads files of events and parses their lines for the door: CSV or JSON lines, plain or gzip, from a path or stdin.

Memory is bounded for any file: of a line that is longer than the door's limit, the rest is only counted.
"""

from __future__ import annotations

import csv
import io
import os
import stat
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple, cast

import msgspec

from ingestion.door.dialect import Dialect
from ingestion.door.parsed_lines import MAX_LINE_BYTES, ParsedLine, is_utf8, parse_json_line
from ingestion.errors import UserError
from ingestion.gunzip import MAGIC, Gunzip

STDIN: Final = "-"
MAX_JOINED_BYTES: Final = 64 * 1024
MAX_JOINED_LINES: Final = 100
_BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS: Final = (",", ";", "\t", "|")
_READ_BYTES: Final = 1 << 20


class RawLine(msgspec.Struct, gc=False):
    """A line of a file, or a row of a CSV file whose quoted fields contain line ends.

    Attributes
    ----------
    number
        Line number from 1.
    text
        The line, or its start if it is too long, without its line end.
    size
        Length of the line in bytes, without its line end.
    is_cut
        Whether the line is cut off by damage to the file.
    row
        The fields of a CSV row that had to be parsed to find its end; empty if it is not valid.
    """

    number: int
    text: bytes
    size: int
    is_cut: bool = False
    row: list[str] | None = None


Parser = Callable[[RawLine], ParsedLine]


class _Opened(NamedTuple):
    """An open file: as stored, decompressed, its lines, and the first line that is not blank (already read)."""

    raw: BinaryIO
    stream: BinaryIO
    lines: Iterator[RawLine]
    first: RawLine | None


@dataclass(slots=True)
class Source:
    """A file that was inspected and can be replayed.

    Attributes
    ----------
    name
        The file's name, for `origin`.
    size
        Bytes on disk; None for a pipe.
    header
        Column names of a CSV file; None for JSON lines.
    broken
        After reading: a sentence that explains why the file could not be read to its end.
    """

    name: str
    path: str
    size: int | None
    header: list[str] | None
    delimiter: str
    broken: str | None = None
    opened: _Opened | None = None

    @property
    def position(self) -> int:
        """Bytes read so far, as stored: for a gzip file, compressed bytes."""
        if self.opened is None or self.size is None:
            return 0
        raw = self.opened.raw
        return self.size if raw.closed else raw.tell()

    @property
    def parser(self) -> Parser:
        """Parses what `records` yields, in this process or another."""
        return _parse_json if self.header is None else CsvParser(tuple(self.header), self.delimiter)

    def lines(self) -> Iterator[ParsedLine]:
        """Parse every line except blank ones and a CSV header."""
        parse = self.parser
        return (parse(record) for record in self.records())

    def records(self) -> Iterator[RawLine]:
        """Read every line except blank ones and a CSV header: the part that must be done in order."""
        self.opened = opened = self.opened or _opened(_open(self.path))
        try:
            if self.header is not None:
                yield from _rows(opened.lines, self.delimiter, len(self.header))
            else:
                for line in chain([opened.first] if opened.first else [], opened.lines):
                    if line.text and not line.text.isspace():
                        yield line
            self.broken = _damage(self.name, opened.stream)
        except OSError as error:
            self.broken = f"{self.name} could not be read to its end: {error.strerror or error}"
        finally:
            if self.path != STDIN:
                opened.raw.close()


def open_source(path: str, dialect: Dialect) -> Source:
    """Inspect a file before anything is written.

    Raises
    ------
    UserError
        The file is missing, empty, a directory, not readable, UTF-16 or a JSON array, or a required column is missing.
    """
    name = "stdin" if path == STDIN else Path(path).name
    try:
        raw = sys.stdin.buffer if path == STDIN else _open(path)
    except IsADirectoryError as error:
        raise UserError(f"{path} is a directory: give the files in it, such as {path.rstrip('/')}/*.csv") from error
    except FileNotFoundError as error:
        raise UserError(f"there is no file {path}") from error
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    status = os.fstat(raw.fileno()) if path != STDIN else None
    regular = status is not None and stat.S_ISREG(status.st_mode)
    try:
        opened = _opened(raw)
        if opened.first is None:
            raise UserError(_nothing_readable(path) if _is_damaged(opened.stream) else f"{path} is empty")
        header, delimiter = _layout(path, opened.first, dialect)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    source = Source(name, path, status.st_size if status and regular else None, header, delimiter)
    if regular:
        raw.close()
    else:
        source.opened = opened  # a pipe cannot be read twice
    return source


def _opened(raw: BinaryIO) -> _Opened:
    stream = _decompressed(raw)
    lines = _raw_lines(stream)
    return _Opened(raw, stream, lines, _first(lines))


def _open(path: str) -> BinaryIO:
    return Path(path).open("rb", buffering=_READ_BYTES)


def _decompressed(raw: BinaryIO) -> BinaryIO:
    """The stream, decompressed if its first bytes are those of gzip, whatever the file is named."""
    if cast(io.BufferedReader, raw).peek(len(MAGIC))[: len(MAGIC)] != MAGIC:
        return raw
    return cast(BinaryIO, io.BufferedReader(Gunzip(raw), _READ_BYTES))


def _is_damaged(stream: BinaryIO | None) -> bool:
    return _damage("", stream) is not None


def _damage(name: str, stream: BinaryIO | None) -> str | None:
    """After reading: a sentence that describes the damage to a gzip file."""
    gunzip = stream.raw if isinstance(stream, io.BufferedReader) else None
    if not isinstance(gunzip, Gunzip) or gunzip.damage is None:
        return None
    if gunzip.damage == "trailing bytes":
        return f"{name} has bytes after its gzip data that are not gzip; all lines before them were loaded"
    return f"{name} is a damaged or truncated gzip file; the readable part was loaded"


def _nothing_readable(path: str) -> str:
    return f"{path} is a damaged or truncated gzip file, and none of it can be read"


def _raw_lines(stream: BinaryIO) -> Iterator[RawLine]:
    limit = MAX_LINE_BYTES + 3
    number = 0
    while line := stream.readline(limit):
        number += 1
        last = line
        size = len(line)
        while len(last) == limit and not last.endswith(b"\n") and (more := stream.readline(limit)):
            last = more
            size += len(more)
        size -= len(last) - len(last.rstrip(b"\r\n"))
        if number == 1 and line.startswith(_BOM):
            line = line.removeprefix(_BOM)
            size -= len(_BOM)
        is_cut = not last.endswith(b"\n") and _is_damaged(stream)
        yield RawLine(number, line.rstrip(b"\r\n"), size, is_cut)


def _first(lines: Iterator[RawLine]) -> RawLine | None:
    return next((line for line in lines if line.text and not line.text.isspace()), None)


def _layout(path: str, first: RawLine, dialect: Dialect) -> tuple[list[str] | None, str]:
    """The column names (None for JSON lines) and the delimiter."""
    line = first.text
    if line[:2] in _UTF16:
        raise UserError(f"{path} is UTF-16: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8) and replay the result")
    start = line.lstrip()[:1]
    if start == b"[":
        raise UserError(
            f"{path} is a JSON array, but replay reads one object per line: convert it with jq -c '.[]' {path}"
        )
    if dialect.format == "json" or (dialect.format is None and start == b"{"):
        return None, ""
    if first.is_cut:
        raise UserError(_nothing_readable(path))
    if first.size > MAX_JOINED_BYTES or b"\r" in line:
        raise UserError(f"{path} has no usable line ends: save it with LF or CRLF line ends")
    text = line.decode("utf-8", "backslashreplace")
    delimiter = max(_DELIMITERS, key=text.count)
    try:
        names = [name.strip() for name in next(csv.reader([text], delimiter=delimiter))]
    except csv.Error as error:
        raise UserError(f"the header of {path} cannot be read: {error}") from error
    if missing := [name for name in dialect.required if name not in names]:
        found = ", ".join(names)
        raise UserError(
            f"{path} has no column {', '.join(missing)}, which dialect {dialect.name} requires; found: "
            f"{found[:300]}{'...' if len(found) > 300 else ''}"
        )
    return _unique(names), delimiter


def _unique(names: list[str]) -> list[str]:
    """Column names in which empty ones and duplicates get a number: `column_3`, `price_2`."""
    seen: list[str] = []
    for position, given in enumerate(names, 1):
        name = given or f"column_{position}"
        while name in seen:
            name = f"{name}_{position}"
        seen.append(name)
    return seen


@dataclass(frozen=True, slots=True)
class CsvParser:
    """Parses the rows of a CSV file."""

    header: tuple[str, ...]
    delimiter: str

    def __call__(self, item: RawLine) -> ParsedLine:
        line = item.text
        if len(line) > MAX_LINE_BYTES:
            return ParsedLine(item.number, "line_too_long", line, item.size)
        row = item.row
        if row is None:
            try:
                text = line.decode()
            except UnicodeDecodeError:
                return ParsedLine(item.number, "bad_encoding", line, item.size)
            # Without a quote, splitting the text at the delimiter is enough, and three times as fast as csv.reader.
            row = text.split(self.delimiter) if '"' not in text else _quoted(text, self.delimiter)
        if item.is_cut or row is None or len(row) != len(self.header):
            return ParsedLine(item.number, "unparseable", line, len(line))
        return ParsedLine(item.number, dict(zip(self.header, row, strict=True)), line, len(line))


def _parse_json(line: RawLine) -> ParsedLine:
    return parse_json_line(line.number, line.text, line.size)


def _rows(lines: Iterator[RawLine], delimiter: str, width: int) -> Iterator[RawLine]:
    """Every row. Only one with quotes is parsed, because it may end in a later line."""
    ahead: deque[RawLine] = deque()
    while (item := ahead.popleft() if ahead else next(lines, None)) is not None:
        line = item.text
        is_short = len(line) <= MAX_LINE_BYTES
        if is_short and (not line or line.isspace()):
            continue
        if is_short and b'"' in line and is_utf8(line):
            item.row = _quoted(line.decode(), delimiter)
            if item.row is None:
                line, row = _joined(line, lines, ahead, delimiter, width)
                item = RawLine(item.number, line, len(line), item.is_cut, row or [])
        yield item


def _quoted(text: str, delimiter: str) -> list[str] | None:
    """The fields of a row with quotes; None if a quoted field does not end in it, [] if the row is not valid."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return None if "unexpected end" in str(error) else []


def _joined(
    line: bytes, lines: Iterator[RawLine], ahead: deque[RawLine], delimiter: str, width: int
) -> tuple[bytes, list[str] | None]:
    """The row whose quoted field contains line ends. If it does not end soon, only its first line is rejected."""
    taken: list[RawLine] = []
    joined = line
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
        if b'"' in item.text and is_utf8(joined):
            row = _quoted(joined.decode(), delimiter)
    if row is not None and len(row) == width:
        return joined, row
    ahead.extendleft(reversed(taken))
    return line, None
