"""A sink whose lines go into a delivery stream. What it says is sent, Firehose has confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ingestion.door.refusal import refusal
from ingestion.door.times import utc_text
from ingestion.errors import UserError
from ingestion.firehose.delivery import Delivery, StreamRefusedError
from ingestion.firehose.packing import MAX_RECORD_BYTES, Batcher, Packer, Record
from ingestion.firehose.spill import Spill

GIVE_UP_AFTER: Final = 120.0


@dataclass(slots=True)
class Sent:
    """What a sink did; every line that was written is sent or spilled, unless the producer broke off.

    Attributes
    ----------
    lines_written, lines_sent, lines_spilled
        Lines that were taken, that Firehose confirmed, that lie in the spill folder.
    lines_too_long
        Lines that no record can hold; the refusal that stands for one is sent in its place.
    records_again
        Records that were sent more than once.
    why
        What Firehose said last of those that it did not take.
    """

    lines_written: int = 0
    lines_sent: int = 0
    lines_spilled: int = 0
    lines_too_long: int = 0
    records_sent: int = 0
    bytes_sent: int = 0
    billed_units: int = 0
    calls: int = 0
    records_again: int = 0
    why: str = ""


class FirehoseSink:
    """Packs lines into records and sends them.

    A context manager: on a clean exit all lines are sent or spilled; on an exception those that wait are dropped, as
    nothing was said of them. Once a batch was given up, the next ones are tried once each, until one gets through.

    Parameters
    ----------
    spill
        Where to keep what fails; without one, the first failure is raised.
    give_up_after
        Seconds for one batch, all tries and waits included.
    """

    def __init__(self, delivery: Delivery, spill: Spill | None, *, give_up_after: float = GIVE_UP_AFTER) -> None:
        self.sent = Sent()
        self.spilled: list[Path] = []
        self._delivery = delivery
        self._spill = spill
        self._give_up_after = give_up_after
        self._packer = Packer()
        self._batcher = Batcher()
        self._is_down = False

    def write(self, lines: Iterable[bytes], arrived_at: datetime) -> None:
        """Take lines; a line that no record can hold becomes a refusal, as at the door.

        Raises
        ------
        UserError
            The stream refuses us and has taken nothing yet, or what it refuses cannot be spilled.
        """
        lines = [line if len(line) < MAX_RECORD_BYTES else self._too_long(line, arrived_at) for line in lines]
        self.sent.lines_written += len(lines)
        for record in self._packer.add(lines):
            self._send(self._batcher.add(record))

    def flush(self) -> None:
        """Send what waits."""
        for record in self._packer.rest():
            self._send(self._batcher.add(record))
        self._send(self._batcher.rest())

    def close(self) -> None:
        """Send what waits. Calling it again does nothing."""
        self.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()

    def _too_long(self, line: bytes, arrived_at: datetime) -> bytes:
        self.sent.lines_too_long += 1
        return refusal("line_too_long", utc_text(arrived_at), line)

    def _send(self, records: list[Record]) -> None:
        if not records:
            return
        sent = self.sent
        try:
            delivered = self._delivery.send(records, 0 if self._is_down else self._give_up_after)
        except StreamRefusedError as refused:
            if not sent.lines_sent and not sent.lines_spilled:
                raise UserError(f"{refused}; nothing was sent") from None
            sent.calls += 1
            sent.why = str(refused)
            self._keep(records)
            return
        sent.calls += delivered.calls
        sent.records_again += delivered.records_again
        failed = set(map(id, delivered.failed))
        for record in records:
            if id(record) not in failed:
                sent.lines_sent += record.lines
                sent.records_sent += 1
                sent.bytes_sent += len(record.data)
                sent.billed_units += record.billed_units
        self._is_down = bool(failed)
        if failed:
            sent.why = delivered.why
            self._keep(delivered.failed)

    def _keep(self, records: Iterable[Record]) -> None:
        self._is_down = True
        if self._spill is None:
            raise NotDeliveredError(self.sent.why)
        records = list(records)
        self.spilled.append(self._spill.keep(records))
        self.sent.lines_spilled += sum(record.lines for record in records)


class NotDeliveredError(Exception):
    """The delivery stream did not take a batch in time, and there is no spill folder."""
