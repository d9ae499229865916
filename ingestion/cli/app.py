"""The command `shoplake`: the edge where clock, environment and terminal come in."""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ingestion.cli.cost import cost
from ingestion.cli.demo import demo
from ingestion.cli.deploy import deploy
from ingestion.cli.destination import (
    DEFAULT_SPILL,
    FIREHOSE,
    LAKE,
    NOT_ALL_SENT,
    SpillFolder,
    To,
    sending,
    sentences,
    stream_of,
)
from ingestion.cli.destroy import destroy
from ingestion.cli.env import env
from ingestion.cli.report import report
from ingestion.cli.resend import resend
from ingestion.cli.simulate import simulate
from ingestion.cli.start_stop import start, stop
from ingestion.cli.status import status
from ingestion.cli.upload import upload
from ingestion.door.dialect import load_dialect, shipped_dialects
from ingestion.door.door import Door
from ingestion.errors import Interrupted, UserError
from ingestion.firehose.sink import FirehoseSink
from ingestion.lake.lake_sink import LakeSink
from ingestion.lake.sink import Sink
from ingestion.replay.readers import STDIN, Source, open_source
from ingestion.replay.replay import Arrival, Replayed
from ingestion.replay.replay import replay as replay_source

HMAC_KEY: Final = "SHOPLAKE_HMAC_KEY"
_SHOW_PROGRESS_AFTER: Final = 2.0

app = typer.Typer(
    help="Raw events of an online shop, on their way into the lake.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(simulate)
app.command()(report)
app.command()(demo)
app.command()(upload)
app.command()(cost)
app.command()(deploy)
app.command()(status)
app.command()(start)
app.command()(stop)
app.command()(env)
app.command()(destroy)
app.command()(resend)
_out = Console()
_err = Console(stderr=True)


@app.command()
def replay(
    files: Annotated[list[str], typer.Argument(help="CSV or JSON lines, plain or gzip; - is stdin.")],
    dialect: Annotated[
        str, typer.Option(help="Name of a dialect (see `shoplake dialects`) or path of your own .yml file.")
    ] = "canonical",
    lake: Annotated[Path, typer.Option(help="Directory of the lake.", envvar="SHOPLAKE_LAKE")] = Path("lake"),
    arrival: Annotated[
        Arrival, typer.Option(help="Events count as received now, or when they happened.")
    ] = Arrival.now,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
    to: To = LAKE,
    spill: SpillFolder = DEFAULT_SPILL,
) -> None:
    """Load events from files into the lake; lines that cannot be read are kept with the reason.

    With --to firehose:NAME they pass the door here, so that no address leaves this machine in the clear, and the
    stream's own door lets them pass unchanged: SHOPLAKE_HMAC_KEY must be the stream's, or people become others.
    """
    stream = stream_of(to)
    shape = load_dialect(dialect)
    if files.count(STDIN) > 1:
        raise UserError("stdin can be read only once: give - a single time")
    sources = [open_source(path, shape) for path in files]
    key = os.environ.get(HMAC_KEY, "").encode() or None
    door = Door(shape, key=key)
    started = time.monotonic()
    with LakeSink(lake) if stream is None else sending(stream, spill) as sink:
        # a lake can be loaded again with a key; what a stream has taken stays
        may_drop_addresses = stream is None or key is not None
        results = _with_progress(sources, door, sink, arrival, show=not quiet, may_drop_addresses=may_drop_addresses)
    if not quiet:
        written = (
            [f"{sink.objects:,} objects, {sink.bytes_written:,} bytes written"]
            if isinstance(sink, LakeSink)
            else sentences(sink.sent, to.removeprefix(FIREHOSE))
        )
        following = "dbt build" if stream is None else "dbt build --target athena, once the stream has delivered"
        _summarise(results, shape.name, written, time.monotonic() - started, following)
    if broken := [result.broken for result in results if result.broken]:
        for sentence in broken:
            _err.print(sentence, markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1)
    if isinstance(sink, FirehoseSink) and sink.spilled:
        raise typer.Exit(NOT_ALL_SENT)


@app.command()
def dialects() -> None:
    """List the dialects that replay understands."""
    table = Table(box=None, pad_edge=False)
    table.add_column("dialect")
    table.add_column("for")
    for name in shipped_dialects():
        table.add_row(name, load_dialect(name).description)
    _out.print(table)
    _out.print("Your own: a .yml file like those, given as `--dialect path.yml`.", highlight=False)


def _with_progress(
    sources: list[Source], door: Door, sink: Sink, arrival: Arrival, *, show: bool, may_drop_addresses: bool
) -> list[Replayed]:
    total = sum(source.size or 0 for source in sources)
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
        console=_err,
        transient=True,
    )
    task = bar.add_task("", total=total or None, rows=0)
    started = time.monotonic()
    results: list[Replayed] = []
    show = show and _err.is_terminal

    def tell(result: Replayed) -> None:
        if show and not bar.live.is_started and time.monotonic() - started > _SHOW_PROGRESS_AFTER:
            bar.start()
        done = sum(source.size or 0 for source in sources[: len(results)]) + sources[len(results)].position
        rows = sum(earlier.read for earlier in results) + result.read
        bar.update(task, completed=done, rows=rows, description=result.name)

    try:
        for source in sources:
            results.append(
                replay_source(
                    source,
                    door,
                    sink,
                    arrival=arrival,
                    clock=lambda: datetime.now(UTC),
                    on_batch=tell,
                    may_drop_addresses=may_drop_addresses,
                )
            )
    finally:
        if bar.live.is_started:
            bar.stop()
    return results


def _summarise(results: list[Replayed], dialect: str, written: list[str], seconds: float, following: str) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("file", overflow="fold")
    for heading in ("read", "accepted", "rejected"):
        table.add_column(heading, justify="right")
    table.add_column("why", overflow="fold")
    for result in results:
        why = ", ".join(f"{reason} {count:,}" for reason, count in result.rejected.most_common())
        rejected = result.rejected.total()
        table.add_row(Text(result.name), f"{result.read:,}", f"{result.accepted:,}", f"{rejected:,}", why)
    _out.print(table)
    read = sum(result.read for result in results)
    speed = read / max(seconds, 1e-9)
    lines = [f"{written[0]}; {speed:,.0f} rows/s", *written[1:]]
    if dropped := sum(result.addresses_dropped for result in results):
        why = "could not be read" if os.environ.get(HMAC_KEY) else f"need a secret in {HMAC_KEY}"
        lines.append(f"{dropped:,} IP addresses were dropped without a visitor_hash: they {why}")
    if lost := sum(result.ids_dropped for result in results):
        lines.append(
            f"{lost:,} ids were e-mail or IP addresses and became [email] or [ip], so people cannot be told apart: "
            f"set a secret in {HMAC_KEY}"
        )
    strange = [result.name for result in results if result.read and not result.accepted]
    lines += [
        f"no line of {name} was accepted: is --dialect {dialect} the right one? `shoplake dialects` lists them"
        for name in strange
    ]
    if not strange:
        lines.append(f"Next: {following}")
    for line in lines:
        _out.print(line, highlight=False, markup=False, soft_wrap=True)


def _interrupt(signal_number: int, _: FrameType | None) -> NoReturn:
    # The second one gets the default: it ends the process even if cleaning up should hang.
    signal.signal(signal_number, signal.SIG_DFL)
    raise Interrupted(signal_number)


def main() -> None:
    """Entry point. A mistake of the user is one sentence and exit code 2."""
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app()
    except UserError as error:
        _err.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
    except Interrupted as error:
        _err.print(f"Interrupted: {error.sentence}.", markup=False, highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)
