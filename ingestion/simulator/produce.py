"""Sends a run of the simulated shop through the door into the lake."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.door.keys import Keys
from ingestion.door.scrub import Scrubber
from ingestion.lake.lake_sink import LakeSink
from ingestion.simulator.run import Run
from ingestion.simulator.stream import Batch, Simulation
from ingestion.simulator.traffic import SECOND
from ingestion.simulator.truth import Tally, microseconds, write_truth

# Simulated addresses belong to nobody, so their key may be public. Real ones need SHOPLAKE_HMAC_KEY.
SIMULATION_KEY: Final = b"simulated addresses are nobody's"


@dataclass(slots=True)
class Produced:
    """The result of a run into the lake."""

    run: Run
    tally: Tally = field(default_factory=Tally)
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    objects: int = 0
    bytes_written: int = 0

    def admit(self, door: Door, sink: LakeSink, batch: Batch) -> None:
        """Send a batch through the door into the lake."""
        admitted = door.admit(batch.payload, received_at=batch.received_at)
        sink.write(admitted.lines, batch.received_at)
        self.tally.add(batch)
        self.accepted += admitted.accepted
        self.rejected.update(admitted.rejected)

    def add_objects_of(self, sink: LakeSink) -> None:
        """Count the objects of a closed sink."""
        self.objects += sink.objects
        self.bytes_written += sink.bytes_written


def produce(
    lake: Path,
    run: Run,
    past: Sequence[Run],
    key: bytes,
    on_progress: Callable[[int], None] = lambda lines: None,
) -> Produced:
    """Simulate a run into a lake, including the lines of the lake's `past` runs that arrive during this run."""
    simulation = Simulation(run.seed)
    earlier = [other for other in past if other.seed == run.seed and other.end <= run.start and not other.followed]
    # Only a continued shop has lines to carry over.
    carried = simulation.carried_over(earlier, run.start, run.end) if run.start > run.opened else None
    run = simulation.with_fresh(run, carried)
    produced = Produced(run)
    door = Door(load_dialect("canonical"), Keys(key, key))
    with LakeSink(lake, names=_names(run)) as sink:
        for batch in simulation.batches(run, carried):
            produced.admit(door, sink, batch)
            on_progress(produced.tally.lines)
    produced.add_objects_of(sink)
    write_truth(lake, run, produced.tally, simulation, Scrubber(key).visitor_hash)
    return produced


def follow(
    lake: Path,
    run: Run,
    key: bytes,
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
    door = Door(load_dialect("canonical"), Keys(key, key))
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
                    produced.admit(door, sink, batch)
        produced.add_objects_of(sink)
    lines = produced.tally.lines
    produced.run = replace(run, end=max(microseconds(clock()), run.start), lines=lines, fresh=lines)
    write_truth(lake, produced.run, produced.tally, simulation, Scrubber(key).visitor_hash)
    return produced


def _names(run: Run) -> Callable[[], str]:
    """Object names that are the same for the same run, and different for any other run."""
    rng = random.Random(f"{run.seed} {run.start} {run.end} {run.lines} {run.rates}")
    return lambda: str(uuid.UUID(int=rng.getrandbits(128), version=4))
