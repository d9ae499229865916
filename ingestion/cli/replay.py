"""`shoplake replay`: its options, its progress bar, its summary. The work is in `ingestion/replay/`."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ingestion.cli.destination import DEFAULT_SPILL, LAKE, NOT_ALL_SENT, SpillFolder, To, sending, stream_of
from ingestion.cli.output import out, say, warn
from ingestion.cli.progress import ProgressBar
from ingestion.cli.workers import WorkersOption
from ingestion.door.dialect import load_dialect
from ingestion.door.door import Admitted, Door
from ingestion.door.keys import Keys
from ingestion.errors import UserError
from ingestion.firehose.sending import summary
from ingestion.firehose.sink import FirehoseSink
from ingestion.lake.lake_sink import LakeSink
from ingestion.lake.sink import Sink
from ingestion.replay.batches import Batch, through
from ingestion.replay.readers import Source, open_source
from ingestion.replay.replay import Arrival, Replayed, replay_all
from ingestion.replay.streams import STDIN
from ingestion.workers import INLINE_TASKS, Workers, all_cores

HMAC_KEY: Final = "SHOPLAKE_HMAC_KEY"
LARGE_BYTES: Final = 16 << 20
"""Bytes of files from which workers start at once."""


def replay(
    files: Annotated[list[str], typer.Argument(help="CSV or JSON lines, plain or gzip; - reads stdin.")],
    dialect: Annotated[
        str,
        typer.Option(help="Input format: a name from `shoplake dialects`, or the path of your own .yml file."),
    ] = "canonical",
    lake: Annotated[Path, typer.Option(help="Directory of the lake.", envvar="SHOPLAKE_LAKE")] = Path("lake"),
    arrival: Annotated[
        Arrival, typer.Option(help="When events count as received: now, or at the time of the event.")
    ] = Arrival.now,
    workers: WorkersOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
    to: To = LAKE,
    spill: SpillFolder = DEFAULT_SPILL,
) -> None:
    """Load events from files into the lake, through the door (validation and pseudonymization).

    Rejected lines are stored with the reason. IP addresses become a keyed hash
    if SHOPLAKE_HMAC_KEY holds a secret; otherwise they are dropped.

    With --to firehose:NAME the lines pass the door on this machine first, so
    that no address leaves it in the clear. The stream's own door does not
    change them again. SHOPLAKE_HMAC_KEY must be the stream's key, or the same
    visitor gets a different hash.

    \b
    your own export:   shoplake replay export.csv --dialect rees46
    from a program:    zcat events.json.gz | shoplake replay -
    to AWS:            shoplake replay a.csv --to firehose:shoplake-events
    """
    stream = stream_of(to)
    shape = load_dialect(dialect)
    if files.count(STDIN) > 1:
        raise UserError("stdin can be read only once: give - a single time")
    sources = [open_source(path, shape) for path in files]
    key = os.environ.get(HMAC_KEY, "").encode() or None
    make_door = partial(Door, shape, Keys(key, key or b"ids"))
    inline = 0 if sum(source.size or 0 for source in sources) >= LARGE_BYTES else INLINE_TASKS
    started = time.monotonic()
    with (
        Workers(all_cores() if workers is None else workers, partial(through, make_door), inline=inline) as pool,
        LakeSink(lake) if stream is None else sending(stream, spill) as sink,
    ):
        # A lake can be loaded again with a key; lines that a stream has taken cannot be called back.
        may_drop_addresses = stream is None or key is not None
        results = _replay_all(sources, pool, sink, arrival, show=not quiet, may_drop_addresses=may_drop_addresses)
    seconds = time.monotonic() - started
    if not quiet:
        if isinstance(sink, LakeSink):
            written = [f"{sink.objects:,} objects, {sink.bytes_written:,} bytes written"]
            next_step = "dbt build"
        else:
            written = summary(sink.sent, stream or "")
            next_step = "dbt build --target athena, once the stream has delivered"
        _print_summary(results, shape.name, written, seconds, next_step)
    if broken := [result.broken for result in results if result.broken]:
        for sentence in broken:
            warn(sentence)
        raise typer.Exit(1)
    if isinstance(sink, FirehoseSink) and sink.spilled:
        raise typer.Exit(NOT_ALL_SENT)


def _replay_all(
    sources: list[Source],
    workers: Workers[Batch, Admitted],
    sink: Sink,
    arrival: Arrival,
    *,
    show: bool,
    may_drop_addresses: bool,
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
        bar.update(completed, rows=rows, description=results[file].name)

    with bar:
        return replay_all(
            sources,
            workers,
            sink,
            arrival=arrival,
            clock=lambda: datetime.now(UTC),
            on_batch=show_progress,
            may_drop_addresses=may_drop_addresses,
        )


def _print_summary(results: list[Replayed], dialect: str, written: list[str], seconds: float, next_step: str) -> None:
    """Print the table of files, what was written, what was lost, and the next command."""
    table = Table(box=None, pad_edge=False)
    table.add_column("file", overflow="fold")
    for heading in ("read", "accepted", "rejected"):
        table.add_column(heading, justify="right")
    table.add_column("why", overflow="fold")
    for result in results:
        rejected = f"{result.rejected.total():,}"
        table.add_row(
            Text(result.name), f"{result.read:,}", f"{result.accepted:,}", rejected, _reasons(result.rejected)
        )
    out.print(table)
    rows_per_second = sum(result.read for result in results) / max(seconds, 1e-9)
    say(f"{written[0]}; {rows_per_second:,.0f} rows/s")
    for sentence in (*written[1:], *_losses(results)):
        say(sentence)
    none_accepted = [result.name for result in results if result.read and not result.accepted]
    for name in none_accepted:
        say(f"no line of {name} was accepted: is --dialect {dialect} the right one? `shoplake dialects` lists them")
    if not none_accepted:
        say(f"Next: {next_step}")


def _reasons(rejected: Counter[str]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in rejected.most_common())


def _losses(results: list[Replayed]) -> list[str]:
    """Describe which addresses and ids were dropped, and how to keep visitors apart."""
    sentences = []
    if dropped := sum(result.addresses_dropped for result in results):
        why = "could not be read" if os.environ.get(HMAC_KEY) else f"need a secret in {HMAC_KEY}"
        sentences.append(f"{dropped:,} IP addresses were dropped without a visitor_hash: they {why}")
    if lost := sum(result.ids_dropped for result in results):
        sentences.append(
            f"{lost:,} ids were e-mail or IP addresses and became [email] or [ip], so these visitors can no longer be "
            f"told apart: set a secret in {HMAC_KEY}"
        )
    return sentences
