"""Batches of lines on their way through the door, in this process or in a worker. A batch needs no other batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import Any, Final

from ingestion.door.door import Admitted, Door
from ingestion.door.parsed_lines import ParsedLine
from ingestion.replay.raw_lines import Parser, RawLine

BATCH_LINES: Final = 5_000
BATCH_BYTES: Final = 4 << 20

_UNKNOWN: Final = "0000-00-00T00:00:00.000000Z"
"""`received_at` of lines that are received with the line before the batch, until the batches are in order again."""

Record = RawLine | ParsedLine


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of one file that go through the door together.

    Attributes
    ----------
    records
        Lines that `parse` parses, or that a reader had to parse itself because they depend on the lines before them.
    origin
        Name of the file.
    received_at
        When the batch was read.
    when_happened
        Whether each event counts as received when it happened.
    """

    records: list[Record]
    parse: Parser
    origin: str
    received_at: datetime
    when_happened: bool

    def __reduce__(self) -> tuple[Callable[..., Batch], tuple[Any, ...]]:
        """Pickle columns, and nearly always one text, in a fraction of the time that thousands of objects take. The
        rows that a reader parsed to find their ends are parsed again.
        """
        records: Any = self.records
        is_raw = not any(record.__class__ is ParsedLine for record in records)
        if is_raw:
            records = _packed(records)
        return _unpacked, (is_raw, records, self.parse, self.origin, self.received_at, self.when_happened)


def _packed(records: list[RawLine]) -> tuple[Any, ...]:
    numbers = [record.number for record in records]
    texts = [record.text for record in records]
    sizes = [record.size for record in records]
    are_cut = [number for number, record in enumerate(records) if record.is_cut]
    joined = b"\n".join(texts)
    first, count = numbers[0], len(numbers)
    if numbers == list(range(first, first + count)) and sizes == list(map(len, texts)):
        if joined.count(b"\n") == count - 1:
            return first, joined, None, are_cut
        return first, texts, None, are_cut
    return numbers, texts, sizes, are_cut


def _unpacked(is_raw: bool, records: Any, *others: Any) -> Batch:
    if is_raw:
        numbers, texts, sizes, are_cut = records
        if isinstance(texts, bytes):
            texts = texts.split(b"\n")
        if sizes is None:
            numbers, sizes = range(numbers, numbers + len(texts)), map(len, texts)
        records = list(map(RawLine, numbers, texts, sizes))
        for number in are_cut:
            records[number].is_cut = True
    return Batch(records, *others)


def cut(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Cut the lines of a file into batches, always at the same lines."""
    batch: list[Record] = []
    size = 0
    for record in records:
        batch.append(record)
        size += len(record.text if isinstance(record, RawLine) else record.raw)
        if len(batch) >= BATCH_LINES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def through(make_door: Callable[[], Door]) -> Callable[[Batch], Admitted]:
    """Open a door; the function sends batches through it."""
    return partial(_admit, make_door())


def _admit(door: Door, batch: Batch) -> Admitted:
    parse = batch.parse
    # Parsed one by one: the garbage collector would look through a list of parsed records again and again.
    lines = (record if isinstance(record, ParsedLine) else parse(record) for record in batch.records)
    return door.admit_lines(
        lines,
        received_at=batch.received_at,
        origin=batch.origin,
        received_when_happened=batch.when_happened,
        received_before=_UNKNOWN if batch.when_happened else None,
    )


def place(admitted: Admitted, before: str | None, now: str) -> str | None:
    """Complete a batch whose events count as received when they happened; returns `received_at` of its last line.

    Lines without a usable time that begin the batch get that of the line before it; at the start of a file, that of
    the first line in the batch that has one.

    Parameters
    ----------
    before
        `received_at` of the line before the batch; None at the start of a file.
    now
        For a batch at the start of a file in which no line has a usable time.
    """
    received = admitted.received
    count = sum(1 for _ in takewhile(_UNKNOWN.__eq__, received))
    at = before or (received[count] if count < len(received) else now)
    # Such a line is rejected. The texts in it are escaped, so none of them holds this key by mistake.
    key, value = f'"received_at":"{_UNKNOWN}"'.encode(), f'"received_at":"{at}"'.encode()
    for number in range(count):
        admitted.lines[number] = admitted.lines[number].replace(key, value, 1)
        received[number] = at
    return received[-1] if received else before
