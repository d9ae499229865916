"""`shoplake simulate`: the options, the progress, the summary."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from ingestion.cli.destination import (
    DEFAULT_SPILL,
    LAKE,
    NOT_ALL_SENT,
    SpillFolder,
    To,
    sending,
    stream_of,
)
from ingestion.cli.fullness import hollow_events, warn_of_hollow_events
from ingestion.cli.keys import HMAC_KEY, given_key
from ingestion.cli.locations import LakeOption
from ingestion.cli.output import out, say, warn
from ingestion.cli.progress import ProgressBar
from ingestion.cli.workers import WorkersOption
from ingestion.door.keys import Keys
from ingestion.errors import UserError
from ingestion.firehose.sending import summary
from ingestion.lake.location import DEFAULT_LAKE
from ingestion.simulator.faults import Rates
from ingestion.simulator.habits import Habits
from ingestion.simulator.plan import (
    DEFAULT_DAYS,
    DEFAULT_EVENTS,
    DEFAULT_SEED,
    RunOptions,
    period,
    plan_following,
    plan_run,
    shortened,
)
from ingestion.simulator.produce import SIMULATION_KEYS, Produced, follow, produce
from ingestion.simulator.send import send, send_live
from ingestion.simulator.truth import Tally, read_runs
from ingestion.simulator.truth_tables import TRUTH
from ingestion.workers import worker_count


def _rate(text: str, default: float) -> Any:
    return typer.Option(
        help=f"{text} (default: {default})", rich_help_panel="Simulated faults, as a share of all lines"
    )


def _live(text: str) -> Any:
    return typer.Option(help=text, rich_help_panel="Live")


def simulate(
    events: Annotated[
        int | None, typer.Option(help=f"Lines to send, including those with faults. (default: {DEFAULT_EVENTS})")
    ] = None,
    days: Annotated[int | None, typer.Option(help=f"Length of the period in days. (default: {DEFAULT_DAYS})")] = None,
    hours: Annotated[int | None, typer.Option(help="Length of the period in hours, instead of days.")] = None,
    start: Annotated[
        str | None,
        typer.Option(
            help="Start in UTC: 2026-11-01 or 2026-11-01T08:00. (default: so that it ends with the last full hour)"
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help=f"Another seed gives another shop. (default: {DEFAULT_SEED})")
    ] = None,
    lake: LakeOption = DEFAULT_LAKE,
    more: Annotated[
        str | None,
        typer.Option(help="Continue where the lake's last run ended, for 30m, 1h or 2d, at most until this hour ends."),
    ] = None,
    late_rate: Annotated[float | None, _rate("Lines that arrive minutes to three days late.", Rates().late)] = None,
    duplicate_rate: Annotated[
        float | None, _rate("Lines that are sent again, at once or up to a day later.", Rates().duplicate)
    ] = None,
    malformed_rate: Annotated[
        float | None, _rate("Lines that are truncated, invalid or garbage.", Rates().malformed)
    ] = None,
    skew_rate: Annotated[
        float | None,
        _rate("Sessions with a wrong clock, by minutes to a year (as a share of all sessions).", Rates().skew),
    ] = None,
    pii_rate: Annotated[float | None, _rate("Lines with an e-mail or IP address in plain text.", Rates().pii)] = None,
    bot_rate: Annotated[float | None, _rate("Lines from scrapers, scalpers and price monitors.", Rates().bot)] = None,
    share: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SHARE",
            help="What people and systems do, such as refired=0.1; may be repeated. The names: "
            + ", ".join(f"{name} ({share:g})" for name, share in asdict(Habits()).items()),
            rich_help_panel="Simulated habits",
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--follow", help="Send in real time until Ctrl-C.", rich_help_panel="Live")
    ] = False,
    rate: Annotated[float, _live("Lines a second with --follow.")] = 50.0,
    buffer_seconds: Annotated[int, _live("Seconds until an object is closed, like Firehose's buffer interval.")] = 60,
    workers: WorkersOption = None,
    to: To = LAKE,
    spill: SpillFolder = DEFAULT_SPILL,
) -> None:
    """Fill the lake with events of a simulated shop, through the same door (validation) as real events.

    Visitors come back over days, through search, ads and newsletters. They view products, fill carts,
    place orders and return products. Some lines arrive late, twice or malformed, and some come from
    bots: `<lake>/truth/` records which, and what sessions, orders and first and last touches the
    tables should find. The same seed and start give the same files.

    \b
    three days up to now:    shoplake simulate
    then one more hour:      shoplake simulate --more 1h
    live, until Ctrl-C:      shoplake simulate --follow --rate 20
    a reproducible month:    shoplake simulate --start 2026-11-01 --days 30
    into the stack on AWS:   shoplake simulate --hours 1 --to firehose:shoplake-events
    """
    stream, count = stream_of(to), worker_count(workers)
    rates = (
        ("late", late_rate),
        ("duplicate", duplicate_rate),
        ("malformed", malformed_rate),
        ("skew", skew_rate),
        ("pii", pii_rate),
        ("bot", bot_rate),
    )
    options = RunOptions(events, days, hours, start, seed, more, rates, tuple(share or ()))
    if not 1 <= buffer_seconds <= 900:
        raise UserError(f"--buffer-seconds must be from 1 to 900, as in Firehose, not {buffer_seconds}")
    if stream is not None:
        _simulate_to_stream(options, stream, spill, rate if live else None, buffer_seconds)
        return
    past = read_runs(lake)
    keys = Keys(given_key(HMAC_KEY) or SIMULATION_KEYS.addresses, SIMULATION_KEYS.ids)
    begun = time.monotonic()
    if live:
        run = plan_following(options, past, datetime.now(UTC), rate)
        warn(f"sending {rate:g} lines a second to {lake}/, until Ctrl-C")
        with _until_interrupted() as (stopped, wait):
            produced = follow(
                lake,
                run,
                keys,
                buffer_seconds=buffer_seconds,
                clock=lambda: datetime.now(UTC),
                wait=wait,
                stopped=stopped,
            )
    else:
        run = plan_run(options, past, datetime.now(UTC))
        if sentence := shortened(options, run):
            warn(sentence)
        with _progress_bar(run.lines) as bar:
            produced = produce(lake, run, past, keys, bar.update, workers=count)
    _summary(produced, lake, time.monotonic() - begun)
    warn_of_hollow_events([(f"{lake}/bronze/events/", produced.fullness)], "canonical")


def _simulate_to_stream(
    options: RunOptions, stream: str, spill: Path, lines_a_second: float | None, buffer_seconds: int
) -> None:
    if options.more is not None:
        raise UserError("--more continues the runs of a lake, but --to firehose does not read a lake: give --start")
    now = datetime.now(UTC)
    begun = time.monotonic()
    with sending(stream, spill) as sink:
        if lines_a_second is None:
            run = plan_run(options, [], now)
            with _progress_bar(run.lines) as bar:
                tally = send(sink, run, bar.update)
        else:
            run = plan_following(options, [], now, lines_a_second)
            warn(f"sending {lines_a_second:g} lines a second to {stream}, until Ctrl-C")
            with _until_interrupted() as (stopped, wait):
                tally = send_live(
                    sink,
                    run,
                    buffer_seconds=buffer_seconds,
                    clock=lambda: datetime.now(UTC),
                    wait=wait,
                    stopped=stopped,
                )
    seconds = time.monotonic() - begun
    for line in (
        *summary(sink.sent, stream),
        f"faults: {_faults(tally)}",
        f"{seconds:,.1f} s, {tally.lines / max(seconds, 1e-9):,.0f} events a second",
    ):
        say(line)
    if sink.spilled:
        raise typer.Exit(NOT_ALL_SENT)


def _faults(tally: Tally) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in tally.counts().items())


@contextmanager
def _until_interrupted() -> Iterator[tuple[Callable[[], bool], Callable[[float], object]]]:
    """Let Ctrl-C or SIGTERM end a live run between two batches, never within one."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: stop.set())
    try:
        yield stop.is_set, stop.wait
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _progress_bar(lines: int) -> ProgressBar:
    return ProgressBar(
        TextColumn("simulating"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} events"),
        TimeRemainingColumn(),
        total=lines,
    )


def _summary(produced: Produced, lake: Path, seconds: float) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    rejected = ", ".join(f"{reason} {count:,}" for reason, count in produced.rejected.most_common())
    lines = produced.tally.lines
    for name, value in (
        ("period", period(produced.run)),
        ("events", f"{lines:,}, {produced.accepted:,} accepted"),
        ("rejected", f"{produced.rejected.total():,}" + (f" ({rejected})" if rejected else "")),
        *([("not full", lacking)] if (lacking := hollow_events(produced.fullness)) else []),
        ("faults", _faults(produced.tally)),
        (
            "written",
            f"{produced.objects:,} objects, {produced.bytes_written / 1e6:,.1f} MB, in {lake}/bronze/events/",
        ),
        ("time", f"{seconds:,.1f} s, {lines / max(seconds, 1e-9):,.0f} events a second"),
        ("truth", f"{lake / TRUTH}/"),
        ("next", "dbt build"),
    ):
        table.add_row(name, value)
    out.print(table)
