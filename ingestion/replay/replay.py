"""Replay: files of events through the door into a sink, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from ingestion.door.door import Admitted, Door
from ingestion.door.parsed_lines import Row
from ingestion.errors import UserError
from ingestion.lake.lake_sink import Sink
from ingestion.replay.readers import Source

BATCH_ROWS: Final = 5_000
BATCH_BYTES: Final = 4 << 20
HELD_BYTES: Final = 32 << 20


class Arrival(StrEnum):
    """When replayed events count as received."""

    now = "now"
    event = "event"


@dataclass(slots=True)
class Replayed:
    """What became of one file."""

    name: str
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    addresses_dropped: int = 0
    ids_dropped: int = 0
    broken: str | None = None

    @property
    def read(self) -> int:
        """Rows read, blank lines and the header not counted."""
        return self.accepted + self.rejected.total()


def replay(
    source: Source,
    door: Door,
    sink: Sink,
    *,
    arrival: Arrival,
    clock: Callable[[], datetime],
    on_batch: Callable[[Replayed], None] = lambda _: None,
    lose_addresses: bool = True,
) -> Replayed:
    """Send one file through the door into the sink.

    Parameters
    ----------
    arrival
        `now`: a batch is received when it is read, by `clock`. `event`: an event is received when it happened
        (lines are held until 32 MB wait: a file not in order of time would become thousands of objects).
    on_batch
        Told the state after each batch, for a progress bar.
    lose_addresses
        Whether people may become one and the same, where the door has no key and addresses tell them apart.

    Raises
    ------
    UserError
        They may not, and did: nothing of that batch was written.
    """
    result = Replayed(source.name)
    held = _Held(sink)
    before: str | None = None
    for rows in _batches(source.rows()):
        now = clock()
        admitted = door.admit_rows(
            rows,
            received_at=now,
            origin=source.name,
            received_when_happened=arrival is Arrival.event,
            received_before=before,
        )
        if not lose_addresses and (admitted.addresses_dropped or admitted.ids_dropped):
            raise UserError(
                f"{source.name} tells people apart by IP or e-mail addresses, which do not pass the door, and without "
                "the stream's key nothing takes their place: set SHOPLAKE_HMAC_KEY to it (docs/guide/deploying.md)"
            )
        if arrival is Arrival.event:
            before = admitted.received[-1]
            held.add(admitted)
        else:
            sink.write(admitted.lines, now)
        result.accepted += admitted.accepted
        result.rejected += admitted.rejected
        result.addresses_dropped += admitted.addresses_dropped
        result.ids_dropped += admitted.ids_dropped
        on_batch(result)
    held.flush()
    result.broken = source.broken
    return result


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row[2])
        if len(batch) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class _Held:
    """Lines by the hour they were received in, written hour by hour when enough wait."""

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
        if self._size >= HELD_BYTES:
            self.flush()

    def flush(self) -> None:
        for hour in sorted(self._hours):
            self._sink.write(self._hours[hour], datetime.fromisoformat(self._oldest[hour]))
        self._hours, self._oldest, self._size = {}, {}, 0
