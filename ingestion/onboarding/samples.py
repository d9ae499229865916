"""Reads the first records of a file of which nothing is known: its encoding, delimiter, header and lists are found."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

from ingestion.door.dialect import Dialect
from ingestion.door.reading import Reading
from ingestion.door.scrub import scrub_text
from ingestion.errors import UserError
from ingestion.replay.csv_layout import DELIMITERS, looks_like_data
from ingestion.replay.csv_rows import split_row
from ingestion.replay.json_records import members_of
from ingestion.replay.readers import open_source
from ingestion.replay.streams import PARQUET, STDIN, open_stream

MOST_RECORDS: Final = 3_000
_LOOKED_AT: Final = 1 << 20
_LINES: Final = 300
_MOST_JOINED: Final = 20
_EXAMPLES: Final = 3
_LONGEST_EXAMPLE: Final = 30
_ITEMS: Final = (
    "line_items", "lineItems", "items", "products", "order_items", "orderItems", "order_lines", "orderLines", "lines",
    "positions", "articles", "cart", "basket", "contents", "details", "rows",
)  # fmt: skip


@dataclass(slots=True)
class Sample:
    """The first records of a file.

    Attributes
    ----------
    reading
        How the file is read.
    records
        Values by column, or by path where objects are nested: `geo.country`, and `item.price` for an element of `each`.
    columns
        All columns, in the order of the file.
    each
        The list of which each element is an event; empty if records are events.
    other_lists
        Lists of objects that are not exploded.
    is_nested
        Whether columns are paths.
    is_table
        Whether it is CSV.
    damaged
        Records that could not be read.
    notes
        What was found out about the file.
    """

    path: str
    reading: Reading
    records: list[dict[str, str]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    each: str = ""
    other_lists: list[str] = field(default_factory=list)
    is_nested: bool = False
    is_table: bool = False
    damaged: int = 0
    notes: list[str] = field(default_factory=list)

    def values(self, column: str) -> list[str]:
        """The values of a column that are not empty."""
        return [text for record in self.records if (text := record.get(column, "").strip())]


def sample(path: str) -> Sample:
    """Read the first records of a file.

    Raises
    ------
    UserError
        The file cannot be read, or no columns can be found in it.
    """
    if path == STDIN:
        raise UserError("a draft needs a file, because it is read several times")
    try:
        stream = open_stream(path)
        text = stream.text.read(_LOOKED_AT)
        stream.raw.close()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    start = text.lstrip()
    if not start:
        raise UserError(f"{path} is empty")
    if start.startswith((b"{", b"[", PARQUET)):
        return _objects(path, start)
    return _table(path, text)


def _objects(path: str, start: bytes) -> Sample:
    found = Sample(path, Reading())
    if start.startswith(b"{"):
        members = members_of(start)
        lists = [name for name, is_list in members.items() if is_list]
        if len(lists) == 1 and len(members) <= 6 and lists[0] not in _ITEMS:
            found.reading = Reading(records=(lists[0],))
    members = members_of(start) if start.startswith(b"{") else {}
    contents = list(_contents(found, next((name for name, is_list in members.items() if not is_list), "")))
    lists_of = Counter(name for content in contents for name in _lists_of_objects(content))
    by_hint = [name for name in _ITEMS if lists_of[name]] or list(lists_of)
    found.each = by_hint[0] if by_hint else ""
    found.other_lists = [name for name in lists_of if name != found.each]
    found.is_nested = bool(found.each) or any(isinstance(v, dict) for content in contents for v in content.values())
    for content in contents:
        record = dict(_flat(content))
        elements = content.get(found.each) if found.each else None
        for element in elements if isinstance(elements, list) and elements else [{}]:
            found.records.append(record | dict(_flat(element, "item.") if isinstance(element, dict) else ()))
    found.columns = list(dict.fromkeys(name for record in found.records for name in record))
    return found


def _lists_of_objects(content: dict[str, Any]) -> Iterator[str]:
    return (name for name, value in content.items() if isinstance(value, list) and value and isinstance(value[0], dict))


def _flat(content: dict[str, Any], prefix: str = "", depth: int = 4) -> Iterator[tuple[str, str]]:
    """Every scalar in nested objects, by its path."""
    for name, value in content.items():
        if isinstance(value, dict) and depth:
            yield from _flat(value, f"{prefix}{name}.", depth - 1)
        elif isinstance(value, bool):
            yield f"{prefix}{name}", str(value).lower()
        elif isinstance(value, str | int | float):
            yield f"{prefix}{name}", str(value)


def _table(path: str, data: bytes) -> Sample:
    encoding, text = _decoded(data)
    lines = text.splitlines()[:_LINES]
    joined = list(_joined(lines))
    delimiter, width = _delimiter(path, [line for _, line in joined])
    rows = [(number, split_row(line, delimiter)) for number, line in joined if line.strip()]
    first, cells = next((number, row) for number, row in rows if len(row) == width)
    found = Sample(path, Reading(encoding=encoding, delimiter=delimiter, skip_lines=first), is_table=True)
    before = [line for line in lines[:first] if line.strip()]
    if not before:
        found.reading = replace(found.reading, skip_lines=0)
    cells = [cell.strip() for cell in cells]
    if looks_like_data(cells):
        names = tuple(f"column_{number}" for number in range(1, len(cells) + 1))
        found.reading = replace(found.reading, header=False, columns=names)
        found.notes.append(
            "The file has no header. Name its columns under `columns:`: with the names of the event's fields, such as "
            "product_id, they need no other line."
        )
    if len(before) == 1 and before[0].lower().startswith("sep="):
        found.reading = replace(found.reading, skip_lines=0)
    found.records = [{name: str(value) for name, value in content.items()} for content in _contents(found, cells[0])]
    found.columns = list(found.records[0]) if found.records else cells
    if not found.reading.header:
        shown = (f"{name} is {_examples(found.values(name))}" for name in found.columns)
        found.notes.append(f"In the first rows, {'; '.join(shown)}.")
    return found


def _joined(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Rows with the number of their first line: a value in quotes may have several lines, such as an address."""
    number = 0
    while number < len(lines):
        end = number + 1
        if _opens(lines[number]):
            later = range(end, min(number + _MOST_JOINED, len(lines)))
            end = next((other + 1 for other in later if _opens(lines[other])), end)
        yield number, "\n".join(lines[number:end])
        number = end


def _opens(line: str) -> bool:
    return line.count('"') % 2 == 1


def _examples(values: list[str]) -> str:
    """The first values of a column, without addresses."""
    first = [scrub_text(text)[:_LONGEST_EXAMPLE] for text in dict.fromkeys(values)][:_EXAMPLES]
    return ", ".join(" ".join(text.split()) for text in first) or "empty"


def _contents(found: Sample, known: str = "") -> Iterator[dict[str, Any]]:
    """The first records. A reader wants to know one column, so one is named."""
    dialect = Dialect("draft", read=found.reading, rename={known: ("event_time",)} if known else {})
    for line in islice(open_source(found.path, dialect).lines(), MOST_RECORDS):
        if isinstance(line.content, dict):
            yield line.content
        else:
            found.damaged += 1


def _decoded(data: bytes) -> tuple[str, str]:
    """The encoding that knows all bytes, and the text."""
    for encoding in ("utf-8", "cp1252"):
        try:
            # the last character may be cut
            return encoding, codecs.getincrementaldecoder(encoding)().decode(data)
        except UnicodeDecodeError:
            continue
    return "latin-1", data.decode("latin-1")


def _delimiter(path: str, lines: list[str]) -> tuple[str, int]:
    """The delimiter by which most lines have the same number of fields, and that number."""
    best: tuple[float, int, str] = (0.0, 0, "")
    filled = [line for line in lines if line.strip()]
    for delimiter in DELIMITERS:
        widths = [len(split_row(line, delimiter)) for line in filled]
        for width, count in Counter(width for width in widths if width > 1).most_common(1):
            # lines before the first of these are a preamble
            fit = count / len(widths[widths.index(width) :])
            best = max(best, (round(fit, 1), width, delimiter))
    if not best[2]:
        raise UserError(
            f"{path} has one column only, whichever delimiter it is read with: if it has another, write a dialect with "
            "`read: {delimiter: ...}`"
        )
    return best[2], best[1]
