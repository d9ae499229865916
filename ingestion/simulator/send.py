"""Sends a run of the simulated shop to a delivery stream: raw lines, as the visitors' browsers would send them.

The stream's own door validates them. They are sent without pseudonyms, because simulated addresses belong to nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from ingestion.firehose.sink import FirehoseSink
from ingestion.simulator.run import Run
from ingestion.simulator.stream import Batch, Simulation
from ingestion.simulator.traffic import SECOND
from ingestion.simulator.truth import Tally


def send(sink: FirehoseSink, run: Run, on_progress: Callable[[int], None] = lambda lines: None) -> Tally:
    """Send every line of a run, in bounded memory."""
    simulation = Simulation(run.seed)
    tally = Tally()
    for batch in simulation.batches(simulation.with_fresh(run)):
        _write(sink, batch, tally)
        on_progress(tally.lines)
    return tally


def send_live(
    sink: FirehoseSink,
    run: Run,
    *,
    buffer_seconds: int,
    clock: Callable[[], datetime],
    wait: Callable[[float], object],
    stopped: Callable[[], bool],
) -> Tally:
    """Send in real time until `stopped`; no line waits in the sink for longer than `buffer_seconds`."""
    tally = Tally()
    batches = Simulation(run.seed).follow(run, SECOND)
    flush_at = clock() + timedelta(seconds=buffer_seconds)
    while not stopped():
        batch = next(batches)
        if (ahead := (batch.received_at - clock()).total_seconds()) > 0:
            wait(ahead)
        if not stopped():
            _write(sink, batch, tally)
        if clock() >= flush_at:
            sink.flush()
            flush_at = clock() + timedelta(seconds=buffer_seconds)
    return tally


def _write(sink: FirehoseSink, batch: Batch, tally: Tally) -> None:
    if batch.payload:
        sink.write(batch.payload.split(b"\n"), batch.received_at)
    tally.add(batch)
