"""`shoplake replay`: its options, its progress bar, its summary. The work is in `ingestion/replay/`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ingestion.cli.destination import DEFAULT_SPILL, LAKE, NOT_ALL_SENT, SpillFolder, To, sending, stream_of
from ingestion.cli.fullness import hollow_events, warn_of_hollow_events
from ingestion.cli.keys import lake_keys, stream_keys
from ingestion.cli.locations import LakeOption
from ingestion.cli.output import out, printable, say, warn
from ingestion.cli.progress import ProgressBar
from ingestion.cli.workers import WorkersOption
from ingestion.door.dialect import load_dialect
from ingestion.door.door import Admitted, Door
from ingestion.door.fullness import Fullness
from ingestion.errors import UserError
from ingestion.firehose.sending import summary
from ingestion.firehose.sink import FirehoseSink
from ingestion.lake.lake_sink import LakeSink
from ingestion.lake.location import DEFAULT_LAKE
from ingestion.lake.sink import Sink
from ingestion.replay.batches import Batch, through
from ingestion.replay.readers import Source, open_source
from ingestion.replay.replay import Arrival, Replayed, replay_all
from ingestion.replay.streams import STDIN
from ingestion.workers import INLINE_TASKS, Workers, worker_count

LARGE_BYTES: Final = 16 << 20
"""Bytes of files from which workers start at once."""


def replay(
    files: Annotated[list[str], typer.Argument(help="CSV, JSON or Parquet, packed or not; - reads stdin.")],
    dialect: Annotated[
        str,
        typer.Option(help="Input format: a name from `shoplake dialects`, or the path of your own .yml file."),
    ] = "canonical",
    lake: LakeOption = DEFAULT_LAKE,
    arrival: Annotated[
        Arrival, typer.Option(help="When events count as received: now, or at the time of the event.")
    ] = Arrival.now,
    workers: WorkersOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
    to: To = LAKE,
    spill: SpillFolder = DEFAULT_SPILL,
) -> None:
    """Load events from files into the lake, through the door (validation and pseudonymization).

    Rejected lines are stored with the reason. IP and e-mail addresses become
    keyed hashes. The first replay into a lake makes its keys; set
    SHOPLAKE_HMAC_KEY before it to choose the address key yourself.

    With --to firehose:NAME the lines pass the door on this machine first, so
    that no address leaves it in the clear. The stream's own door does not
    change them again. This needs the keys of the stream's stack, which
    `shoplake env --keys` prints.

    Exit code 1 means that a file is damaged, or that none of its lines was
    accepted.

    \b
    your own export:   shoplake replay export.csv --dialect rees46
    from a program:    zcat events.json.gz | shoplake replay -
    to AWS:            shoplake replay a.csv --to firehose:shoplake-events
    """
    stream, count = stream_of(to), worker_count(workers)
    shape = load_dialect(dialect)
    if files.count(STDIN) > 1:
        raise UserError("stdin can be read only once: give - a single time")
    sources = [open_source(path, shape) for path in files]
    keys = lake_keys(lake, lambda text: None if quiet else say(text)) if stream is None else stream_keys(stream)
    make_door = partial(Door, shape, keys)
    inline = 0 if sum(source.size or 0 for source in sources) >= LARGE_BYTES else INLINE_TASKS
    started = time.monotonic()
    with (
        Workers(count, partial(through, make_door), inline=inline) as pool,
        LakeSink(lake) if stream is None else sending(stream, spill, make_door().sealed) as sink,
    ):
        results = _replay_all(sources, pool, sink, arrival, show=not quiet)
    seconds = time.monotonic() - started
    if not quiet:
        if isinstance(sink, LakeSink):
            written = [f"{sink.objects:,} objects, {sink.bytes_written:,} bytes written"]
            next_step = "dbt build"
        else:
            written = summary(sink.sent, stream or "")
            next_step = "dbt build --target athena, once the stream has delivered"
        _print_summary(results, written, seconds, next_step)
        warn_of_hollow_events([(result.name, result.fullness) for result in results], shape.name)
    for result in results:
        if not result.read and not result.broken:
            warn(f"{result.name} holds no record: nothing of it was loaded")
    problems = [result.broken for result in results if result.broken]
    problems += [_nothing_accepted(result, shape.name) for result in results if result.read and not result.accepted]
    for sentence in problems:
        warn(sentence)
    if any(result.broken for result in results):
        raise typer.Exit(1)
    if isinstance(sink, FirehoseSink) and sink.spilled:
        raise typer.Exit(NOT_ALL_SENT)
    if problems:
        raise typer.Exit(1)


def _replay_all(
    sources: list[Source], workers: Workers[Batch, Admitted], sink: Sink, arrival: Arrival, *, show: bool
) -> list[Replayed]:
    """Replay the files one after the other, with one progress bar for all."""
    bar = ProgressBar(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
        total=sum(source.size or 0 for source in sources) or None,
        show=show,
        rows=0,
    )

    def show_progress(file: int, results: Sequence[Replayed]) -> None:
        completed, rows = sum(result.position for result in results), sum(result.read for result in results)
        bar.update(completed, rows=rows, description=printable(results[file].name))

    with bar:
        return replay_all(
            sources, workers, sink, arrival=arrival, clock=lambda: datetime.now(UTC), on_batch=show_progress
        )


def _print_summary(results: list[Replayed], written: list[str], seconds: float, next_step: str) -> None:
    """Print the table of files, what was written, what is lacking, and the next command."""
    ignores = any(result.ignored for result in results)
    table = Table(box=None, pad_edge=False)
    table.add_column("file", overflow="fold")
    for heading in ("read", "accepted", *(["ignored"] if ignores else []), "rejected"):
        table.add_column(heading, justify="right")
    table.add_column("why", overflow="fold")
    fullness = Fullness()
    for result in results:
        fullness += result.fullness
        counts = (result.read, result.accepted, *([result.ignored] if ignores else []), result.rejected.total())
        table.add_row(Text(printable(result.name)), *(f"{count:,}" for count in counts), _reasons(result.rejected))
    out.print(table)
    rows_per_second = sum(result.read for result in results) / max(seconds, 1e-9)
    say(f"{written[0]}; {rows_per_second:,.0f} rows/s")
    for sentence in written[1:]:
        say(sentence)
    if dropped := sum(result.addresses_dropped for result in results):
        say(f"{dropped:,} IP addresses were dropped without a visitor_hash: they could not be read")
    if lacking := hollow_events(fullness):
        say(f"accepted, but not full: {lacking}")
    if all(result.accepted or not result.read for result in results):
        say(f"Next: {next_step}")


def _nothing_accepted(result: Replayed, dialect: str) -> str:
    if result.rejected:
        reason, _ = result.rejected.most_common(1)[0]
        return (
            f"no line of {result.name} was accepted ({reason}): is --dialect {dialect} the right one? "
            "`shoplake dialects` lists them"
        )
    return f"dialect {dialect} ignores every line of {result.name}: nothing of it was loaded"


def _reasons(rejected: Counter[str]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in rejected.most_common())
