"""How a dialect's files are read: the section `read:` of its YAML, validated.

Replay's readers apply what concerns files (encoding, columns, lines to skip); the mapping applies what concerns values
(`null_values`, `decimal`, `thousands`); both, and the Lambda function, apply `records`.
"""

from __future__ import annotations

import codecs
import difflib
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final

from ingestion.errors import UserError

FORMATS: Final = ("csv", "json", "parquet")
IDENTICAL_ROWS: Final = ("one", "each")
MOST_SKIPPED_LINES: Final = 10_000


@dataclass(frozen=True, slots=True)
class FillDown:
    """Columns that only the first row of a group holds: later rows with the same `by` get the first row's values."""

    by: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the files of a dialect are read. Every option has a default, so that most dialects need none.

    Attributes
    ----------
    format
        `csv`, `json` or `parquet`; None to detect it from the file.
    encoding
        Name of a Python text codec. A byte order mark decides without it.
    delimiter
        One character; None to detect it in the header.
    header
        Whether the first row names the columns.
    columns
        Names of the columns, for a file without a header or in place of its header.
    skip_lines
        Lines before the header.
    comment
        Lines that begin with this text are skipped.
    records
        Names that lead to the list of records inside an object that wraps it.
    fill_down
        Columns that only the first row of a group holds.
    null_values
        Values that mean that there is none.
    decimal, thousands
        Marks in numbers; `thousands` is None if there is none.
    identical_rows
        `one`: identical rows are one event. `each`: each of them is an event.
    """

    format: str | None = None
    encoding: str = "utf-8"
    delimiter: str | None = None
    header: bool = True
    columns: tuple[str, ...] = ()
    skip_lines: int = 0
    comment: str | None = None
    records: tuple[str, ...] = ()
    fill_down: FillDown | None = None
    null_values: frozenset[str] = frozenset()
    decimal: str = "."
    thousands: str | None = None
    identical_rows: str = "one"


READING_KEYS: Final = tuple(field.name for field in fields(Reading))
_NAMED_DELIMITERS: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
_NAMED_MARKS: Final = {"space": " ", "none": None, "": None}

Fail = Callable[[str, str], UserError]
"""Makes the error for a key such as `read: encoding` and what is wrong with its value."""


def parse_reading(section: Any, fail: Fail, *, default_format: str | None = None) -> Reading:
    """Parse the section `read:` of a dialect, as YAML gives it.

    Parameters
    ----------
    fail
        Makes the error for a key and a problem; it knows the file.
    default_format
        The format if the section has none: the dialect's own `format`.

    Raises
    ------
    UserError
        A key is unknown, or a value is not valid.
    """
    if not isinstance(section, dict):
        raise fail("read", "must be a mapping of `name: value` lines")
    for key in section:
        if key not in READING_KEYS:
            close = difflib.get_close_matches(str(key), READING_KEYS, n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            raise fail("read", f"has an unknown key {str(key)!r}{hint}: valid keys are {', '.join(READING_KEYS)}")
    values = _Section({key: value for key, value in section.items() if value is not None}, fail)
    columns = values.names("columns")
    if len(set(columns)) < len(columns):
        raise fail("read: columns", "names a column twice")
    decimal = values.mark("decimal") or "."
    thousands = values.mark("thousands")
    if decimal == thousands:
        raise fail("read: thousands", f"must not be the decimal mark {decimal!r}")
    return Reading(
        format=values.one_of("format", FORMATS) or default_format,
        encoding=values.encoding(),
        delimiter=values.delimiter(),
        header=values.flag("header", default=not columns),
        columns=columns,
        skip_lines=values.number("skip_lines"),
        comment=values.text("comment") or None,
        records=tuple(name for name in values.text("records").split(".") if name),
        fill_down=values.fill_down(),
        null_values=frozenset(values.names("null_values")),
        decimal=decimal,
        thousands=thousands,
        identical_rows=values.one_of("identical_rows", IDENTICAL_ROWS) or "one",
    )


@dataclass(frozen=True, slots=True)
class _Section:
    values: dict[str, Any]
    fail: Fail

    def text(self, key: str) -> str:
        return self._text(key, self.values.get(key, ""))

    def _text(self, key: str, value: Any) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str):
            raise self.fail(f"read: {key}", "must be text")
        return value

    def names(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        # a bare NULL or ~ in a list of YAML is no text but null
        items = ["null" if item is None else item for item in value] if isinstance(value, list) else [value]
        if key == "null_values" and isinstance(value, list) and None in value:
            items += ["NULL", "Null", "~"]
        return tuple(self._text(key, item) for item in items)

    def one_of(self, key: str, valid: tuple[str, ...]) -> str | None:
        value = self.values.get(key)
        if value is not None and value not in valid:
            raise self.fail(f"read: {key}", f"must be one of {', '.join(valid)}, not {value!r}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.fail(f"read: {key}", f"must be yes or no, not {value!r}")
        return value

    def number(self, key: str) -> int:
        value = self.values.get(key, 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_SKIPPED_LINES:
            raise self.fail(
                f"read: {key}", f"must be a number of lines from 0 to {MOST_SKIPPED_LINES:,}, not {value!r}"
            )
        return value

    def encoding(self) -> str:
        name = self.text("encoding") or "utf-8"
        try:
            # some codecs, such as base64, are not for text; only those for text can encode it
            "".encode(name)
            return codecs.lookup(name).name
        except (LookupError, ValueError):
            raise self.fail(
                "read: encoding", f"{name!r} is no text encoding: use a name such as utf-8, cp1252, latin-1 or utf-16"
            ) from None

    def delimiter(self) -> str | None:
        given = self.text("delimiter")
        delimiter = _NAMED_DELIMITERS.get(given, given)
        if len(delimiter) > 1 or delimiter in ('"', "\n", "\r") or not delimiter.isascii():
            raise self.fail("read: delimiter", f'must be one character such as "," or ";", or tab, not {given!r}')
        return delimiter or None

    def mark(self, key: str) -> str | None:
        given = self.text(key)
        mark = _NAMED_MARKS.get(given, given)
        if mark is not None and (len(mark) != 1 or mark.isalnum() or mark in "+-"):
            raise self.fail(f"read: {key}", f'must be one character such as "," or ".", not {given!r}')
        return mark

    def fill_down(self) -> FillDown | None:
        value = self.values.get("fill_down")
        if value is None:
            return None
        if not isinstance(value, dict) or set(value) != {"by", "columns"}:
            raise self.fail("read: fill_down", "must be of the form {by: column, columns: [column, ...]}")
        columns = value["columns"] if isinstance(value["columns"], list) else [value["columns"]]
        names = tuple(self._text("fill_down: columns", column) for column in columns)
        return FillDown(self._text("fill_down: by", value["by"]), names)
