"""Many lines in one record: Firehose bills each record as if it were a multiple of 5 KB.

Sources: https://aws.amazon.com/firehose/pricing/; the limits of a call, 500 records of at most 1,000 KiB and 4 MiB
together: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

BILLED_BYTES: Final = 5 * 1024
MAX_RECORD_BYTES: Final = 1_000 * 1024
MAX_BATCH_RECORDS: Final = 500

# Why not 1,000 KiB. 50 billed units are filled but for half a line, 0.1 %, so larger records would save nothing. And
# a record is what the door answers for as a whole: Firehose hands it up to 3 MiB and the record that exceeds them, and
# the answer, grown by what the door adds and by base64, must stay below 6 MB. With 1,000 KiB it would not.
RECORD_BYTES: Final = 50 * BILLED_BYTES

# The limit of 4 MiB is for the request, and nowhere does AWS say whether before or after base64: below it in both.
BATCH_BYTES: Final = 3 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """Lines that travel together, each with its newline."""

    data: bytes
    lines: int

    @property
    def billed_units(self) -> int:
        """How many times 5 KB are paid for it."""
        return -(-len(self.data) // BILLED_BYTES)


class Packer:
    """Fills records with lines. A record may be larger than `record_bytes` only where a single line is.

    Parameters
    ----------
    record_bytes
        Size at which a record is closed.
    """

    def __init__(self, record_bytes: int = RECORD_BYTES) -> None:
        self._record_bytes = record_bytes
        self._lines: list[bytes] = []
        self._size = 0

    def add(self, lines: Iterable[bytes]) -> Iterator[Record]:
        """Take lines, none of which is larger than `MAX_RECORD_BYTES` less its newline; give the records they fill."""
        limit = self._record_bytes
        for line in lines:
            size = len(line) + 1
            if self._size + size > limit and self._lines:
                yield self._record()
            self._lines.append(line)
            self._size += size

    def rest(self) -> Iterator[Record]:
        """The record that is not full yet, if there is one."""
        if self._lines:
            yield self._record()

    def _record(self) -> Record:
        record = Record(b"\n".join(self._lines) + b"\n", len(self._lines))
        self._lines, self._size = [], 0
        return record


class Batcher:
    """Collects records for one PutRecordBatch."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._size = 0

    def add(self, record: Record) -> list[Record]:
        """Take a record; the batch that is full without it, else nothing."""
        full: list[Record] = []
        if self._size + len(record.data) > BATCH_BYTES or len(self._records) == MAX_BATCH_RECORDS:
            full = self.rest()
        self._records.append(record)
        self._size += len(record.data)
        return full

    def rest(self) -> list[Record]:
        """The records that wait, which are then forgotten."""
        records, self._records, self._size = self._records, [], 0
        return records
