"""Files of events, taken apart into rows for the door: CSV or JSON lines, plain or gzip, path or stdin.

Memory is bounded whatever the file holds: a line is read to the door's limit, the rest of it only counted.
"""

from __future__ import annotations

import csv
import io
import os
import stat
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final, cast

from ingestion.door.dialect import Dialect
from ingestion.door.parsed_lines import MAX_LINE_BYTES, Row, is_utf8, json_row
from ingestion.errors import UserError
from ingestion.gunzip import MAGIC, Gunzip

STDIN: Final = "-"
MAX_JOINED_BYTES: Final = 64 * 1024
MAX_JOINED_LINES: Final = 100
_BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS: Final = (",", ";", "\t", "|")
_READ_BYTES: Final = 1 << 20

Line = tuple[int, bytes, int, bool]
"""Line number from 1, the line or its head without line end, its length in bytes, whether it is cut off by damage."""


@dataclass(slots=True)
class Source:
    """A file that was looked at and can be replayed.

    Attributes
    ----------
    name
        The file's name, for `origin`.
    size
        Bytes on disk, None for a pipe.
    header
        Column names of a CSV file, None for JSON lines.
    broken
        After reading: a sentence on why the file could not be read to its end.
    """

    name: str
    path: str
    size: int | None
    header: list[str] | None
    delimiter: str
    broken: str | None = None
    _raw: BinaryIO | None = None
    _stream: BinaryIO | None = None
    _lines: Iterator[Line] | None = None
    _first: Line | None = None

    @property
    def position(self) -> int:
        """Bytes read so far, as stored: of a gzip file the compressed ones."""
        return self._raw.tell() if self._raw is not None and not self._raw.closed and self.size is not None else 0

    def rows(self) -> Iterator[Row]:
        """Every line as a row for the door; blank ones and a CSV header are passed over."""
        if self._lines is None:
            self._raw = _open(self.path)
            self._stream = _unpacked(self._raw)
            self._lines = _lines(self._stream)
            self._first = _first(self._lines)
        try:
            if self.header is not None:
                yield from _csv_rows(self._lines, self.header, self.delimiter)
            else:
                lines = chain([self._first] if self._first else [], self._lines)
                yield from (json_row(*line[:3]) for line in lines if line[1] and not line[1].isspace())
            self.broken = _damage(self.name, self._stream)
        except OSError as error:
            self.broken = f"{self.name} could not be read to its end: {error.strerror or error}"
        finally:
            if self._raw is not None and self.path != STDIN:
                self._raw.close()


def open_source(path: str, dialect: Dialect) -> Source:
    """Look at a file before anything is written.

    Raises
    ------
    UserError
        It is missing, empty, a directory, not readable, UTF-16, a JSON array, or lacks a needed column.
    """
    name = "stdin" if path == STDIN else Path(path).name
    try:
        raw = sys.stdin.buffer if path == STDIN else _open(path)
    except IsADirectoryError as error:
        raise UserError(f"{path} is a directory; name the files in it, such as {path.rstrip('/')}/*.csv") from error
    except FileNotFoundError as error:
        raise UserError(f"there is no file {path}") from error
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    status = os.fstat(raw.fileno()) if path != STDIN else None
    regular = status is not None and stat.S_ISREG(status.st_mode)
    try:
        stream = _unpacked(raw)
        lines = _lines(stream)
        first = _first(lines)
        if first is None:
            raise UserError(_nothing_readable(path) if _is_damaged(stream) else f"{path} is empty")
        header, delimiter = _layout(path, first, dialect)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    source = Source(name, path, status.st_size if status and regular else None, header, delimiter)
    if regular:
        raw.close()
    else:
        source._raw, source._stream, source._lines, source._first = raw, stream, lines, first
    return source


def _open(path: str) -> BinaryIO:
    return Path(path).open("rb", buffering=_READ_BYTES)


def _unpacked(raw: BinaryIO) -> BinaryIO:
    """The stream, decompressed if its first bytes say gzip, whatever its name says."""
    if cast(io.BufferedReader, raw).peek(len(MAGIC))[: len(MAGIC)] != MAGIC:
        return raw
    return cast(BinaryIO, io.BufferedReader(Gunzip(raw), _READ_BYTES))


def _is_damaged(stream: BinaryIO | None) -> bool:
    return _damage("", stream) is not None


def _damage(name: str, stream: BinaryIO | None) -> str | None:
    """After reading: a sentence on what is wrong with a gzip file."""
    gunzip = stream.raw if isinstance(stream, io.BufferedReader) else None
    if not isinstance(gunzip, Gunzip) or gunzip.damage is None:
        return None
    if gunzip.damage == "trailing bytes":
        return f"{name} goes on after its gzip data with bytes that are no gzip; all rows before them were loaded"
    return f"{name} is a damaged or cut gzip file; what could be read of it was loaded"


def _nothing_readable(path: str) -> str:
    return f"{path} is a damaged or cut gzip file and nothing of it can be read"


def _lines(stream: BinaryIO) -> Iterator[Line]:
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
        yield number, line.rstrip(b"\r\n"), size, not last.endswith(b"\n") and _is_damaged(stream)


def _first(lines: Iterator[Line]) -> Line | None:
    return next((line for line in lines if line[1] and not line[1].isspace()), None)


def _layout(path: str, first: Line, dialect: Dialect) -> tuple[list[str] | None, str]:
    """(column names or None for JSON lines, delimiter)."""
    line = first[1]
    if line[:2] in _UTF16:
        raise UserError(f"{path} is UTF-16; save it as UTF-8 (iconv -f UTF-16 -t UTF-8) and replay that")
    start = line.lstrip()[:1]
    if start == b"[":
        raise UserError(f"{path} is a JSON array; replay reads one object a line: jq -c '.[]' {path}")
    if dialect.format == "json" or (dialect.format is None and start == b"{"):
        return None, ""
    if first[3]:
        raise UserError(_nothing_readable(path))
    if first[2] > MAX_JOINED_BYTES or b"\r" in line:
        raise UserError(f"{path} has no line ends that can be read; save it with LF or CRLF line ends")
    text = line.decode("utf-8", "backslashreplace")
    delimiter = max(_DELIMITERS, key=text.count)
    try:
        names = [name.strip() for name in next(csv.reader([text], delimiter=delimiter))]
    except csv.Error as error:
        raise UserError(f"{path}: the header cannot be read: {error}") from error
    if missing := [name for name in dialect.required if name not in names]:
        found = ", ".join(names)
        raise UserError(
            f"{path} has no column {', '.join(missing)}, which dialect {dialect.name} needs; found: "
            f"{found[:300]}{'...' if len(found) > 300 else ''}"
        )
    return _unique(names), delimiter


def _unique(names: list[str]) -> list[str]:
    """Names of columns without gaps and repeats: `column_3`, `price_2`."""
    seen: list[str] = []
    for position, given in enumerate(names, 1):
        name = given or f"column_{position}"
        while name in seen:
            name = f"{name}_{position}"
        seen.append(name)
    return seen


def _csv_rows(lines: Iterator[Line], header: list[str], delimiter: str) -> Iterator[Row]:
    width = len(header)
    ahead: deque[Line] = deque()
    while (item := ahead.popleft() if ahead else next(lines, None)) is not None:
        number, line, size, cut = item
        if len(line) > MAX_LINE_BYTES:
            yield number, "line_too_long", line, size
            continue
        if not line or line.isspace():
            continue
        try:
            text = line.decode()
        except UnicodeDecodeError:
            yield number, "bad_encoding", line, size
            continue
        # Without a quote a row of CSV is its text split at the delimiter, three times as fast as csv.reader.
        row = text.split(delimiter) if '"' not in text else _quoted(text, delimiter)
        if row is None:
            line, row = _joined(line, lines, ahead, delimiter, width)
        if cut or row is None or len(row) != width:
            yield number, "unparseable", line, len(line)
        else:
            yield number, dict(zip(header, row, strict=True)), line, len(line)


def _quoted(text: str, delimiter: str) -> list[str] | None:
    """The fields of a row with quotes; None if a quoted field does not end in it, [] if it is no row."""
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return None if "unexpected end" in str(error) else []


def _joined(
    line: bytes, lines: Iterator[Line], ahead: deque[Line], delimiter: str, width: int
) -> tuple[bytes, list[str] | None]:
    """The row whose quoted field runs over line ends. If it does not end soon, only one line is lost."""
    taken: list[Line] = []
    joined = line
    row: list[str] | None = None
    while row is None and len(taken) < MAX_JOINED_LINES and len(joined) < MAX_JOINED_BYTES:
        item = ahead.popleft() if ahead else next(lines, None)
        if item is None:
            break
        if item[3]:
            ahead.appendleft(item)
            break
        taken.append(item)
        joined += b"\n" + item[1]
        if b'"' in item[1] and is_utf8(joined):
            row = _quoted(joined.decode(), delimiter)
    if row is not None and len(row) == width:
        return joined, row
    ahead.extendleft(reversed(taken))
    return line, None
