"""Sends a run of the simulated shop through the door into the lake."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Admitted, Door
from ingestion.door.fullness import Fullness
from ingestion.door.keys import Keys
from ingestion.door.scrub import Scrubber
from ingestion.lake.lake_sink import LakeSink
from ingestion.simulator.run import Run
from ingestion.simulator.stream import Batch, Simulation
from ingestion.simulator.traffic import SECOND
from ingestion.simulator.truth import Tally, microseconds, write_truth
from ingestion.simulator.truth_tables import earlier_runs, is_continued, meant_of
from ingestion.workers import INLINE_TASKS, Workers

# Simulated addresses belong to nobody, so their keys may be public, and the same run gives the same files in any lake.
# The keys of the lake are for real events: under other keys, no simulated visitor is ever taken for a real one.
SIMULATION_KEYS: Final = Keys(b"simulated addresses are nobody's", b"simulated ids are everybody's")
_GROUP_BYTES: Final = 2 << 20
_LARGE_LINES: Final = 100_000
"""From so many lines on, workers start at once."""

_Payloads = list[tuple[bytes, datetime]]


@dataclass(slots=True)
class Produced:
    """The result of a run into the lake."""

    run: Run
    tally: Tally = field(default_factory=Tally)
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    fullness: Fullness = field(default_factory=Fullness)
    objects: int = 0
    bytes_written: int = 0

    def add(self, batch: Batch, admitted: Admitted, sink: LakeSink) -> None:
        """Write what the door made of a batch into the lake."""
        sink.write(admitted.lines, batch.received_at)
        self.tally.add(batch)
        self.accepted += admitted.accepted
        self.rejected.update(admitted.rejected)
        self.fullness += admitted.fullness

    def add_objects_of(self, sink: LakeSink) -> None:
        """Count the objects of a closed sink."""
        self.objects += sink.objects
        self.bytes_written += sink.bytes_written


def produce(
    lake: Path,
    run: Run,
    past: Sequence[Run],
    keys: Keys,
    on_progress: Callable[[int], None] = lambda lines: None,
    *,
    workers: int = 1,
) -> Produced:
    """Simulate a run into a lake, including the lines of the lake's `past` runs that arrive during this run.

    `workers` processes send the lines through the door; their number changes nothing in the lake.
    """
    simulation = Simulation(run.seed)
    # Only a continued shop has lines to carry over.
    earlier = earlier_runs(run, past)
    meant = None if is_continued(run, past) else meant_of(lake, run)
    carried = simulation.carried_over(earlier, run.start, run.end, meant) if earlier else None
    run = simulation.with_fresh(run, carried)
    produced = Produced(run)
    inline = 0 if run.lines >= _LARGE_LINES else INLINE_TASKS
    with Workers(workers, partial(_through, keys), inline=inline) as pool, LakeSink(lake, names=_names(run)) as sink:
        tasks = (
            (batches, [(batch.payload, batch.received_at) for batch in batches])
            for batches in _grouped(simulation.batches(run, carried, meant))
        )
        for batches, results in pool.map(tasks):
            for batch, admitted in zip(batches, results, strict=True):
                produced.add(batch, admitted, sink)
            on_progress(produced.tally.lines)
    produced.add_objects_of(sink)
    if meant is not None:
        meant.close()
    write_truth(lake, run, produced.tally, simulation, Scrubber(keys).visitor_hash)
    return produced


def follow(
    lake: Path,
    run: Run,
    keys: Keys,
    *,
    buffer_seconds: int,
    clock: Callable[[], datetime],
    wait: Callable[[float], object],
    stopped: Callable[[], bool],
) -> Produced:
    """Send in real time until `stopped`; an object is closed every `buffer_seconds`.

    `clock` returns the aware time; `wait` sleeps for some seconds, or until the run is stopped.
    """
    simulation = Simulation(run.seed)
    produced = Produced(run)
    door = _door(keys)
    names = _names(run)
    batches = simulation.follow(run, SECOND)
    while not stopped():
        closes_at = clock() + timedelta(seconds=buffer_seconds)
        with LakeSink(lake, names=names) as sink:
            while not stopped() and clock() < closes_at:
                batch = next(batches)
                if (ahead := (batch.received_at - clock()).total_seconds()) > 0:
                    wait(ahead)
                if not stopped():
                    produced.add(batch, door.admit(batch.payload, received_at=batch.received_at, is_live=False), sink)
        produced.add_objects_of(sink)
    lines = produced.tally.lines
    produced.run = replace(run, end=max(microseconds(clock()), run.start), lines=lines, fresh=lines)
    write_truth(lake, produced.run, produced.tally, simulation, Scrubber(keys).visitor_hash)
    return produced


def _grouped(batches: Iterable[Batch]) -> Iterator[list[Batch]]:
    """Batches that go to a worker together, because a single one is too small."""
    group: list[Batch] = []
    size = 0
    for batch in batches:
        group.append(batch)
        size += len(batch.payload)
        if size >= _GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _door(keys: Keys) -> Door:
    return Door(load_dialect("canonical"), keys)


def _through(keys: Keys) -> Callable[[_Payloads], list[Admitted]]:
    """Open a door; the function sends payloads through it."""
    door = _door(keys)
    return lambda payloads: [
        door.admit(payload, received_at=received_at, is_live=False) for payload, received_at in payloads
    ]


def _names(run: Run) -> Callable[[], str]:
    """Object names that are the same for the same run, and different for any other run."""
    rng = random.Random(f"{run.seed} {run.start} {run.end} {run.lines} {run.rates} {run.habits}")
    return lambda: str(uuid.UUID(int=rng.getrandbits(128), version=4))
