"""Replay: sends files of events through the door into a sink, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from ingestion.door.door import Admitted, Door
from ingestion.door.parsed_lines import ParsedLine
from ingestion.errors import UserError
from ingestion.lake.sink import Sink
from ingestion.replay.readers import Source

BATCH_LINES: Final = 5_000
BATCH_BYTES: Final = 4 << 20
BUFFERED_BYTES: Final = 32 << 20


class Arrival(StrEnum):
    """When replayed events count as received."""

    now = "now"
    event = "event"


@dataclass(slots=True)
class Replayed:
    """The result of replaying one file."""

    name: str
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    addresses_dropped: int = 0
    ids_dropped: int = 0
    broken: str | None = None

    @property
    def read(self) -> int:
        """Lines read, except blank ones and the header."""
        return self.accepted + self.rejected.total()


def replay(
    source: Source,
    door: Door,
    sink: Sink,
    *,
    arrival: Arrival,
    clock: Callable[[], datetime],
    on_batch: Callable[[Replayed], None] = lambda _: None,
    may_drop_addresses: bool = True,
) -> Replayed:
    """Send one file through the door into the sink.

    Parameters
    ----------
    arrival
        `now`: a batch counts as received when it is read, by `clock`. `event`: an event counts as received when it
        happened. Up to 32 MB of lines are buffered for that, because a file that is not in order of time would
        otherwise become thousands of objects.
    on_batch
        Called with the result so far after each batch, for a progress bar.
    may_drop_addresses
        Whether addresses may be dropped if the door has no key. Visitors that only addresses distinguish can then no
        longer be told apart.

    Raises
    ------
    UserError
        Addresses may not be dropped, but a batch contained some. Nothing of that batch was written.
    """
    result = Replayed(source.name)
    buffer = _HourBuffer(sink)
    before: str | None = None
    for lines in _batches(source.lines()):
        now = clock()
        admitted = door.admit_lines(
            lines,
            received_at=now,
            origin=source.name,
            received_when_happened=arrival is Arrival.event,
            received_before=before,
        )
        if not may_drop_addresses and (admitted.addresses_dropped or admitted.ids_dropped):
            raise UserError(
                f"{source.name} identifies visitors by IP or e-mail addresses, and the door drops them without the "
                "stream's key: set SHOPLAKE_HMAC_KEY to that key (see docs/guide/deploying.md)"
            )
        if arrival is Arrival.event:
            before = admitted.received[-1]
            buffer.add(admitted)
        else:
            sink.write(admitted.lines, now)
        result.accepted += admitted.accepted
        result.rejected += admitted.rejected
        result.addresses_dropped += admitted.addresses_dropped
        result.ids_dropped += admitted.ids_dropped
        on_batch(result)
    buffer.flush()
    result.broken = source.broken
    return result


def _batches(lines: Iterable[ParsedLine]) -> Iterator[list[ParsedLine]]:
    batch: list[ParsedLine] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line.raw)
        if len(batch) >= BATCH_LINES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _HourBuffer:
    """Collects lines by arrival hour and writes them hour by hour once enough are buffered."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._hours: dict[str, list[bytes]] = {}
        self._oldest: dict[str, str] = {}
        self._size = 0

    def add(self, admitted: Admitted) -> None:
        for line, received in zip(admitted.lines, admitted.received, strict=True):
            hour = received[:13]
            self._hours.setdefault(hour, []).append(line)
            self._oldest[hour] = min(received, self._oldest.get(hour, received))
            self._size += len(line)
        if self._size >= BUFFERED_BYTES:
            self.flush()

    def flush(self) -> None:
        for hour in sorted(self._hours):
            self._sink.write(self._hours[hour], datetime.fromisoformat(self._oldest[hour]))
        self._hours, self._oldest, self._size = {}, {}, 0
