"""Finds the columns of a CSV file. If the dialect knows none of them, a sentence says why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

from ingestion.door.dialect import PRODUCER_FIELDS, Dialect
from ingestion.door.known_names import known_names
from ingestion.door.scrub import scrub_text
from ingestion.errors import UserError
from ingestion.replay.csv_rows import MAX_JOINED_BYTES, split_row
from ingestion.replay.raw_lines import RawLine

DELIMITERS: Final = (",", ";", "\t", "|")
_LINES_SEARCHED: Final = 50
_NAMES_SHOWN: Final = 300
_without_quoted: Final = partial(re.compile(r'"[^"]*+"').sub, "")
_is_data: Final = re.compile(
    r"[-+]?[0-9][0-9.,: ]*"  # a number
    r"|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}([T ].*)?"  # a time
    r"|[^@\s]+@[^@\s]+\.[a-z]+"  # an e-mail address
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-.*"  # a UUID
    r"|https?://.*"
).fullmatch
# Excel writes the delimiter on a line before the header.
_separator: Final = re.compile(r"sep=(.)").fullmatch


class CsvLayout(NamedTuple):
    """The columns of a file, its delimiter, its header as it came, and the first row if that was read already."""

    columns: list[str]
    delimiter: str
    header: bytes
    first: RawLine | None


def csv_layout(path: str, first: RawLine, lines: Iterator[RawLine], dialect: Dialect) -> CsvLayout:
    """Find the columns.

    Parameters
    ----------
    first
        The first line that is not blank and not skipped.
    lines
        Those after it, for finding a header further down if this is none.

    Raises
    ------
    UserError
        There is no usable line, or a required column is missing, or the first line is no header.
    """
    reading = dialect.read
    delimiter = reading.delimiter
    if separator := _separator(_text(first).strip()):
        delimiter = delimiter or separator[1]
        first = next((line for line in lines if not line.is_blank), first)
    if first.size > MAX_JOINED_BYTES or b"\r" in first.text:
        raise UserError(f"{path} has no usable line ends: save it with LF or CRLF line ends")
    text = _text(first)
    delimiter = delimiter or detected_delimiter(text)
    cells = [cell.strip() for cell in split_row(text, delimiter)]
    if not reading.header:
        columns = list(reading.columns) or [f"column_{number}" for number in range(1, len(cells) + 1)]
        _check_width(path, first, columns, cells)
        _check_required(path, dialect, columns, "read: columns names")
        return CsvLayout(columns, delimiter, b"", first)
    columns = list(reading.columns) or cells
    if reading.columns:
        _check_width(path, first, columns, cells)
    missing = [name for name in dialect.required if name not in columns]
    # what a function of the dialect looks for is not known
    if missing or (dialect.python is None and not known_columns(dialect).intersection(columns)):
        _explain(path, first, columns, lines, dialect)
    return CsvLayout(_unique(columns), delimiter, first.text, None)


def detected_delimiter(text: str) -> str:
    """The delimiter that a line has most of outside its quotes."""
    return max(DELIMITERS, key=_without_quoted(text).count)


def known_columns(dialect: Dialect) -> set[str]:
    """The columns that mean something to a dialect."""
    return {*PRODUCER_FIELDS, *known_names(dialect)}


def looks_like_data(cells: list[str]) -> bool:
    """Whether a row holds values, not names of columns."""
    return any(_is_data(cell) for cell in cells) or len(set(filter(None, cells))) * 2 <= len(cells)


def _text(line: RawLine) -> str:
    return line.text.decode("utf-8", "backslashreplace")


def _check_width(path: str, first: RawLine, columns: list[str], cells: list[str]) -> None:
    if len(columns) != len(cells) and any(cells[len(columns) :] or [""] * (len(columns) > len(cells))):
        raise UserError(
            f"line {first.number} of {path} has {len(cells)} columns, but read: columns in the dialect names "
            f"{len(columns)}"
        )


def _check_required(path: str, dialect: Dialect, columns: list[str], what: str) -> None:
    if missing := [name for name in dialect.required if name not in columns]:
        raise UserError(f"{path}: {what} no {', '.join(missing)}, which dialect {dialect.name} requires")


def _explain(path: str, first: RawLine, columns: list[str], lines: Iterator[RawLine], dialect: Dialect) -> None:
    """Raise the sentence about a first line that does not name the columns that the dialect needs."""
    needed = set(dialect.required)
    known = known_columns(dialect)
    for line in islice(lines, _LINES_SEARCHED):
        text = _text(line)
        names = {name.strip() for name in split_row(text, dialect.read.delimiter or detected_delimiter(text))}
        if needed <= names if needed else len(names & known) > 1:
            raise UserError(
                f"line {line.number} of {path} looks like its header, not line {first.number}: put "
                f"`read: {{skip_lines: {line.number - 1}}}` into the dialect"
            )
    missing = ", ".join(name for name in dialect.required if name not in columns)
    if looks_like_data(columns):
        raise UserError(
            f"line {first.number} of {path} looks like data, not like a header: if the file has no header, name its "
            f"{len(columns)} columns in the dialect with `read: {{columns: [...]}}`"
        )
    # the columns may be values, since this is no header
    found = scrub_text(", ".join(columns))
    found = f"{found[:_NAMES_SHOWN]}{'...' if len(found) > _NAMES_SHOWN else ''}"
    if missing:
        raise UserError(
            f"{path} has no column {missing}, which dialect {dialect.name} requires; found: {found}. "
            f"`shoplake dialects draft {path}` proposes a dialect"
        )
    raise UserError(
        f"{path} has no column that dialect {dialect.name} knows (line {first.number}: {found}): `shoplake "
        f"dialects draft {path}` proposes a dialect"
    )


def _unique(names: list[str]) -> list[str]:
    """Column names in which empty ones and duplicates get a number: `column_3`, `price_2`."""
    seen: dict[str, None] = {}
    for position, given in enumerate(names, 1):
        name = given or f"column_{position}"
        while name in seen:
            name = f"{name}_{position}"
        seen[name] = None
    return list(seen)
