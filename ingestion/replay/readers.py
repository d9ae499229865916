"""Opens files of events and reads their records for the door, in bounded memory.

The first bytes of a file say what it is (`streams`): CSV (`csv_layout`, `csv_rows`), JSON (`json_records`) or Parquet
(`parquet_rows`). The dialect's section `read:` says the rest.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from ingestion.door.dialect import Dialect
from ingestion.door.known_names import known_names
from ingestion.door.mapping import Mapper
from ingestion.door.parsed_lines import ParsedLine
from ingestion.door.scrub import scrub_text
from ingestion.errors import UserError
from ingestion.replay.copies import filled_down, numbered
from ingestion.replay.csv_layout import csv_layout
from ingestion.replay.csv_rows import csv_parser, csv_rows
from ingestion.replay.json_records import (
    is_json_lines,
    json_lines,
    json_records,
    parse_json,
    parse_json_raw_line,
    wrapped_list,
)
from ingestion.replay.parquet_rows import ParquetFile
from ingestion.replay.raw_lines import Parser, RawLine, raw_lines, without_comments
from ingestion.replay.row_sums import RowSums
from ingestion.replay.streams import PARQUET, STDIN, Stream, open_stream


@dataclass(slots=True)
class _Opened:
    """An open file: its records, which are still to be read, what parses them, and what became of its bytes."""

    records: Iterator[RawLine]
    parse: Parser
    raw: BinaryIO
    stream: Stream
    columns: list[str] | None = None
    parquet: ParquetFile | None = None


@dataclass(slots=True)
class Source:
    """A file that was inspected and can be replayed.

    Attributes
    ----------
    name
        The file's name, for `origin` and the terminal, without e-mail and IP addresses.
    size
        Bytes on disk; None for a pipe.
    broken
        After reading: a sentence that explains why the file could not be read to its end.
    """

    name: str
    path: str
    size: int | None
    dialect: Dialect
    broken: str | None = None
    opened: _Opened | None = None

    @property
    def position(self) -> int:
        """Bytes read so far, as stored: for a gzip file, compressed bytes."""
        if self.opened is None or self.size is None:
            return 0
        if (parquet := self.opened.parquet) is not None:
            return self.size * parquet.rows_read // max(parquet.row_count, 1)
        return self.size if self.opened.raw.closed else self.opened.raw.tell()

    @property
    def columns(self) -> list[str] | None:
        """Names of the columns, of a file that has columns."""
        return self._open().columns

    @property
    def parser(self) -> Parser:
        """Parses a line of `records`, in this process or another."""
        return self._open().parse

    def lines(self) -> Iterator[ParsedLine]:
        """Parse every record; blank lines and the header of a CSV file are none."""
        parse = self.parser
        if not self._is_in_order:
            return map(parse, self._raw_records())
        return (record if isinstance(record, ParsedLine) else parse(record) for record in self.records())

    def records(self) -> Iterator[RawLine | ParsedLine]:
        """Read every record: the part of reading that must be done in order.

        Records that depend on those before them are parsed.
        """
        raw, reading = self._raw_records(), self.dialect.read
        if not self._is_in_order:
            return raw
        lines: Iterator[ParsedLine] = map(self.parser, raw)
        if reading.fill_down:
            lines = filled_down(lines, reading.fill_down)
            if self.dialect.sums:
                sums = RowSums(reading.fill_down.by, self.dialect.sums, self.dialect.marks, reading.null_values)
                lines = sums.added(lines)
        return numbered(lines, Mapper(self.dialect).identity_of) if reading.identical_rows == "each" else lines

    @property
    def _is_in_order(self) -> bool:
        """Whether what a record means depends on those before it."""
        return self.dialect.read.fill_down is not None or self.dialect.read.identical_rows == "each"

    def _raw_records(self) -> Iterator[RawLine]:
        opened = self._open()
        try:
            yield from opened.records
            self.broken = opened.stream.damage(self.name)
        except OSError as error:
            self.broken = f"{self.name} could not be read to its end: {error.strerror or error}"
        finally:
            if self.path != STDIN:
                opened.raw.close()

    def _open(self) -> _Opened:
        if self.opened is None:
            self.opened = _opened(self.path, self.dialect)
        return self.opened


def open_source(path: str, dialect: Dialect) -> Source:
    """Inspect a file before anything is written.

    Raises
    ------
    UserError
        The file is missing, empty, a directory, not readable, of a form that is not read, or not of this dialect.
    """
    opened = _opened(path, dialect)
    status = os.fstat(opened.raw.fileno()) if path != STDIN else None
    is_regular = status is not None and stat.S_ISREG(status.st_mode)
    # a name need not be UTF-8, but what stands in the lake is
    name = "stdin" if path == STDIN else scrub_text(os.fsencode(Path(path).name).decode(errors="replace"))
    source = Source(name, path, status.st_size if status and is_regular else None, dialect)
    if is_regular:
        opened.raw.close()
    else:
        source.opened = opened  # a pipe cannot be read twice
    return source


def _opened(path: str, dialect: Dialect) -> _Opened:
    try:
        stream = open_stream(path, dialect.read.encoding)
        return _of_its_format(path, stream, dialect)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error


def _of_its_format(path: str, stream: Stream, dialect: Dialect) -> _Opened:
    format_, start = dialect.read.format, stream.start.lstrip()
    if start.startswith(PARQUET):
        return _parquet(path, stream)
    looks_like_json = start.startswith((b"{", b"["))
    if format_ == "parquet":
        raise UserError(f"{path} is no Parquet file, which dialect {dialect.name} reads")
    if format_ == "csv" and start.startswith((b'{"', b"[{")):
        raise UserError(f"{path} is JSON, but dialect {dialect.name} reads CSV")
    lines = without_comments(raw_lines(stream), dialect.read.skip_lines, dialect.read.comment)
    if format_ == "json" or (format_ is None and looks_like_json):
        return _json(path, stream, lines, dialect)
    return _csv(path, stream, lines, dialect)


def _parquet(path: str, stream: Stream) -> _Opened:
    if path == STDIN or stream.is_packed or not stream.raw.seekable():
        raise UserError(f"{path} is Parquet: unpack it, and give it by its name, since it cannot be read from a pipe")
    parquet = ParquetFile(path)
    return _Opened(parquet.records(), parse_json, stream.raw, stream, parquet.columns, parquet)


def _json(path: str, stream: Stream, lines: Iterator[RawLine], dialect: Dialect) -> _Opened:
    if not stream.start.strip():
        _first_line(path, stream, lines)
    records = dialect.read.records
    if not records and dialect.python is None:
        records = wrapped_list(path, stream.start, {"event_type", "event_time", *known_names(dialect)})
    if not is_json_lines(stream.start):
        return _Opened(json_records(stream, records), parse_json, stream.raw, stream)
    return _Opened(json_lines(lines, records), parse_json_raw_line, stream.raw, stream)


def _csv(path: str, stream: Stream, lines: Iterator[RawLine], dialect: Dialect) -> _Opened:
    first = _first_line(path, stream, lines)
    if first.is_cut:
        raise UserError(stream.nothing_readable(path))
    layout = csv_layout(path, first, lines, dialect)
    lines = chain([layout.first], lines) if layout.first else lines
    rows = csv_rows(lines, layout.delimiter, len(layout.columns))
    parse = csv_parser(tuple(layout.columns), layout.delimiter, layout.header)
    return _Opened(rows, parse, stream.raw, stream, layout.columns)


def _first_line(path: str, stream: Stream, lines: Iterator[RawLine]) -> RawLine:
    first = next((line for line in lines if not line.is_blank), None)
    if first is None:
        raise UserError(stream.nothing_readable(path) if stream.is_damaged else f"{path} is empty")
    return first
