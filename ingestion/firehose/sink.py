"""A sink that sends lines to a delivery stream. Lines count as sent once Firehose has confirmed them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from ingestion.door.prior_door import SEAL_BYTES
from ingestion.door.rejected_line import rejected_line
from ingestion.door.times import utc_text
from ingestion.errors import UserError
from ingestion.firehose.delivery import Delivery, PermanentDeliveryError
from ingestion.firehose.packing import MAX_RECORD_BYTES, Batcher, Packer, Record
from ingestion.firehose.spill import Spill

GIVE_UP_AFTER: Final = 120.0


@dataclass(slots=True)
class Sent:
    """The counts of a sink. Every written line is sent or spilled, unless the producer was interrupted.

    Attributes
    ----------
    lines_written, lines_sent, lines_spilled
        Lines that the producer wrote, that Firehose confirmed, and that are in the spill folder.
    lines_too_long
        Lines that are too long for a record; a rejected line is sent in place of each.
    records_again
        How many times a record was sent again.
    last_error
        Firehose's last error for the records that it did not accept.
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
    last_error: str = ""


class FirehoseSink:
    """Packs lines into records and sends them.

    Use it as a context manager: on a clean exit all lines are sent or spilled; on an exception lines that wait are
    dropped and counted neither as sent nor as spilled. After a batch has failed, each following batch is tried only
    once until one succeeds.

    Parameters
    ----------
    spill
        Where failed records are stored; without one, the first failure raises NotDeliveredError.
    give_up_after
        Seconds for one batch, including retries and waits.
    seal
        Seals lines that a door made, for the stream's own door (`Door.sealed`); None for lines of a producer.
    """

    def __init__(
        self,
        delivery: Delivery,
        spill: Spill | None,
        *,
        give_up_after: float = GIVE_UP_AFTER,
        seal: Callable[[Iterable[bytes]], list[bytes]] | None = None,
    ) -> None:
        self.sent = Sent()
        self.spilled: list[Path] = []
        self._delivery = delivery
        self._spill = spill
        self._give_up_after = give_up_after
        self._seal = seal
        self._packer = Packer()
        self._batcher = Batcher()
        self._is_down = False

    def write(self, lines: Iterable[bytes], arrived_at: datetime) -> None:
        """Write lines; a line that is too long for a record becomes a rejected line, as at the door.

        Raises
        ------
        UserError
            The stream accepts no records and nothing was sent yet, or failed records cannot be spilled.
        """
        longest = MAX_RECORD_BYTES - (SEAL_BYTES if self._seal else 0)
        lines = [line if len(line) < longest else self._too_long(line, arrived_at) for line in lines]
        if self._seal:
            lines = self._seal(lines)
        self.sent.lines_written += len(lines)
        for record in self._packer.add(lines):
            self._send(self._batcher.add(record))

    def flush(self) -> None:
        """Send the lines that wait."""
        for record in self._packer.rest():
            self._send(self._batcher.add(record))
        self._send(self._batcher.rest())

    def close(self) -> None:
        """Send the lines that wait. Calling it again does nothing."""
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
        return rejected_line("line_too_long", utc_text(arrived_at), line)

    def _send(self, records: list[Record]) -> None:
        if not records:
            return
        sent = self.sent
        try:
            delivered = self._delivery.send(records, 0 if self._is_down else self._give_up_after)
        except PermanentDeliveryError as error:
            if not sent.lines_sent and not sent.lines_spilled:
                raise UserError(f"{error}; nothing was sent: mend that and run the same command again") from None
            sent.calls += 1
            sent.last_error = str(error)
            self._spill_records(records)
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
            sent.last_error = delivered.last_error
            self._spill_records(delivered.failed)

    def _spill_records(self, records: Iterable[Record]) -> None:
        self._is_down = True
        if self._spill is None:
            raise NotDeliveredError(self.sent.last_error)
        records = list(records)
        self.spilled.append(self._spill.write(records))
        self.sent.lines_spilled += sum(record.lines for record in records)


class NotDeliveredError(Exception):
    """The delivery stream did not accept a batch in time, and there is no spill folder."""
