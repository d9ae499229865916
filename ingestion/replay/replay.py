"""Replay: sends files of events through the door into a sink, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Final, NamedTuple

from ingestion.door.door import Admitted, Door
from ingestion.door.fullness import Fullness
from ingestion.door.times import utc_text
from ingestion.lake.sink import Sink
from ingestion.replay.batches import Batch, cut, place, through
from ingestion.replay.readers import Source
from ingestion.workers import Workers

BUFFERED_BYTES: Final = 32 << 20


class Arrival(StrEnum):
    """When replayed events count as received."""

    now = "now"
    event = "event"


@dataclass(slots=True)
class Replayed:
    """The result of replaying one file.

    Attributes
    ----------
    read
        Lines, except blank ones and the header. One line may give several events, or none if the dialect ignores it.
    position
        How many bytes of the file, as stored, were read for that.
    """

    name: str
    read: int = 0
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    ignored: int = 0
    addresses_dropped: int = 0
    fullness: Fullness = field(default_factory=Fullness)
    position: int = 0
    broken: str | None = None


def replay(
    source: Source,
    door: Door,
    sink: Sink,
    *,
    arrival: Arrival,
    clock: Callable[[], datetime],
) -> Replayed:
    """Send one file through the door into the sink, in this process; see `replay_all`."""
    workers = Workers(1, partial(through, lambda: door))
    (result,) = replay_all([source], workers, sink, arrival=arrival, clock=clock)
    return result


def replay_all(
    sources: Sequence[Source],
    workers: Workers[Batch, Admitted],
    sink: Sink,
    *,
    arrival: Arrival,
    clock: Callable[[], datetime],
    on_batch: Callable[[int, Sequence[Replayed]], object] = lambda file, results: None,
) -> list[Replayed]:
    """Send files through the door into the sink, one after the other. The number of workers changes nothing in it.

    Parameters
    ----------
    workers
        Those of `ingestion.replay.batches.through`.
    arrival
        `now`: a batch counts as received when it is read, by `clock`. `event`: an event counts as received when it
        happened. Up to 32 MB of lines are buffered for that, because a file that is not in order of time would
        otherwise become thousands of objects.
    on_batch
        Called after each batch with the number of its file and all results so far, for a progress bar.

    Raises
    ------
    UserError
        A worker was killed.
    """
    results = [Replayed(source.name) for source in sources]
    buffer = _HourBuffer(sink)
    file = 0
    before: str | None = None
    for read, admitted in workers.map(_batches(sources, arrival, clock)):
        result = results[read.file]
        if read.file != file:
            buffer.flush()
            file, before = read.file, None
        if arrival is Arrival.event:
            before = place(admitted, before, utc_text(read.at))
            buffer.add(admitted)
        else:
            sink.write(admitted.lines, read.at)
        result.position = read.position
        result.read += admitted.read
        result.accepted += admitted.accepted
        result.rejected += admitted.rejected
        result.ignored += admitted.ignored
        result.addresses_dropped += admitted.addresses_dropped
        result.fullness += admitted.fullness
        on_batch(file, results)
    buffer.flush()
    for source, result in zip(sources, results, strict=True):
        result.broken = source.broken
    return results


class _Read(NamedTuple):
    """When a batch was read, the number of its file, and how far that file was read then."""

    at: datetime
    file: int
    position: int


def _batches(
    sources: Sequence[Source], arrival: Arrival, clock: Callable[[], datetime]
) -> Iterator[tuple[_Read, Batch]]:
    for file, source in enumerate(sources):
        for records in cut(source.records()):
            now = clock()
            batch = Batch(records, source.parser, source.name, now, arrival is Arrival.event)
            yield _Read(now, file, source.position), batch


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
