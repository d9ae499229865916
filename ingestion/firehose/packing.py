"""Packs many lines into one record, because Firehose rounds the size of each record up to 5 KB for billing.

Sources: https://aws.amazon.com/firehose/pricing/. A call takes at most 500 records of at most 1,000 KiB each, and 4 MiB
in total: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

BILLED_BYTES: Final = 5 * 1024
MAX_RECORD_BYTES: Final = 1_000 * 1024
MAX_BATCH_RECORDS: Final = 500

# Not 1,000 KiB, for two reasons. A record of 50 billed units wastes half a line on average, 0.1 %, so larger records
# would save nothing. And Firehose invokes the door's Lambda function with up to 3 MiB plus the record that exceeds
# them. The response, larger by the fields that the door adds and by base64, must stay below 6 MB.
RECORD_BYTES: Final = 50 * BILLED_BYTES

# AWS does not document whether the limit of 4 MiB for a call applies before or after base64. This is below it in both.
BATCH_BYTES: Final = 3 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """Lines that are sent together, each with its newline."""

    data: bytes
    lines: int

    @property
    def billed_units(self) -> int:
        """How many units of 5 KB are billed for the record."""
        return -(-len(self.data) // BILLED_BYTES)


class Packer:
    """Fills records with lines. A record is larger than `record_bytes` only if it holds a single longer line.

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
        """Add lines shorter than `MAX_RECORD_BYTES`; yield the records that are full."""
        limit = self._record_bytes
        for line in lines:
            size = len(line) + 1
            if self._size + size > limit and self._lines:
                yield self._record()
            self._lines.append(line)
            self._size += size

    def rest(self) -> Iterator[Record]:
        """Yield the record that is not full yet, if there is one."""
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
        """Add a record; return the batch before it if that is full, otherwise an empty list."""
        full: list[Record] = []
        if self._size + len(record.data) > BATCH_BYTES or len(self._records) == MAX_BATCH_RECORDS:
            full = self.rest()
        self._records.append(record)
        self._size += len(record.data)
        return full

    def rest(self) -> list[Record]:
        """Remove and return the collected records."""
        records, self._records, self._size = self._records, [], 0
        return records
