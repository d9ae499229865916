"""`shoplake simulate`: the options, the progress, the summary."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
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
from ingestion.cli.progress import ProgressBar
from ingestion.errors import UserError
from ingestion.firehose.sending import summary
from ingestion.simulator.faults import Rates
from ingestion.simulator.plan import (
    DEFAULT_DAYS,
    DEFAULT_EVENTS,
    DEFAULT_SEED,
    Asked,
    period,
    plan_following,
    plan_run,
    shortened,
)
from ingestion.simulator.produce import SIMULATION_KEY, Produced, follow, produce
from ingestion.simulator.send import send, send_live
from ingestion.simulator.truth import BOTS, RUNS, Tally, read_runs


def _rate(text: str, default: float) -> Any:
    return typer.Option(help=f"{text} (default: {default})", rich_help_panel="Dirt, as a share of all lines")


def _live(text: str) -> Any:
    return typer.Option(help=text, rich_help_panel="Live")


def simulate(
    events: Annotated[
        int | None, typer.Option(help=f"Lines to send, dirt included. (default: {DEFAULT_EVENTS})")
    ] = None,
    days: Annotated[int | None, typer.Option(help=f"Days that pass. (default: {DEFAULT_DAYS})")] = None,
    hours: Annotated[int | None, typer.Option(help="Hours that pass, instead of days.")] = None,
    start: Annotated[
        str | None,
        typer.Option(help="When it begins, UTC: 2026-11-01 or 2026-11-01T08:00. (default: so that it ends this hour)"),
    ] = None,
    seed: Annotated[int | None, typer.Option(help=f"Another seed, another shop. (default: {DEFAULT_SEED})")] = None,
    lake: Annotated[Path, typer.Option(help="Directory of the lake.", envvar="SHOPLAKE_LAKE")] = Path("lake"),
    more: Annotated[
        str | None,
        typer.Option(help="Go on where the lake's last run ended: 30m, 1h, 2d, to the end of this hour at most."),
    ] = None,
    late_rate: Annotated[float | None, _rate("Arrive minutes to three days late.", Rates().late)] = None,
    duplicate_rate: Annotated[float | None, _rate("Sent again, at once or hours later.", Rates().duplicate)] = None,
    malformed_rate: Annotated[float | None, _rate("Cut, mistyped or garbage.", Rates().malformed)] = None,
    skew_rate: Annotated[
        float | None, _rate("Share of sessions whose clock is wrong, by minutes to a year.", Rates().skew)
    ] = None,
    pii_rate: Annotated[float | None, _rate("E-mail or IP address in the clear.", Rates().pii)] = None,
    bot_rate: Annotated[float | None, _rate("From scrapers, scalpers and price monitors.", Rates().bot)] = None,
    live: Annotated[
        bool, typer.Option("--follow", help="Send in real time until Ctrl-C.", rich_help_panel="Live")
    ] = False,
    rate: Annotated[float, _live("Lines a second with --follow.")] = 50.0,
    buffer_seconds: Annotated[int, _live("Seconds until an object is closed, as Firehose's buffer interval.")] = 60,
    to: To = LAKE,
    spill: SpillFolder = DEFAULT_SPILL,
) -> None:
    """Fill the lake with the events of a made-up shop, through the same door as real ones.

    Visitors come back over days, by search, ads and newsletters; they look, fill carts, buy, return things.
    Some of what they send comes late, twice or broken, and some are bots; `<lake>/truth/` says which.
    The same seed and start give the same files.

    \b
    three days up to now:    shoplake simulate
    then one hour more:      shoplake simulate --more 1h
    live, until Ctrl-C:      shoplake simulate --follow --rate 20
    a month that repeats:    shoplake simulate --start 2026-11-01 --days 30
    into the stack on AWS:   shoplake simulate --hours 1 --to firehose:shoplake-events
    """
    stream = stream_of(to)
    rates = (
        ("late", late_rate),
        ("duplicate", duplicate_rate),
        ("malformed", malformed_rate),
        ("skew", skew_rate),
        ("pii", pii_rate),
        ("bot", bot_rate),
    )
    asked = Asked(events, days, hours, start, seed, more, rates)
    if lake.exists() and not lake.is_dir():
        raise UserError(f"--lake {lake} is a file; give a directory, it is made where it does not exist")
    if not 1 <= buffer_seconds <= 900:
        raise UserError(f"--buffer-seconds must be from 1 to 900, as for Firehose, not {buffer_seconds}")
    if stream is not None:
        _simulate_to_stream(asked, stream, spill, rate if live else None, buffer_seconds)
        return
    past = read_runs(lake)
    key = os.environ.get("SHOPLAKE_HMAC_KEY", "").encode() or SIMULATION_KEY
    begun = time.monotonic()
    if live:
        run = plan_following(asked, past, datetime.now(UTC), rate)
        Console(stderr=True).print(f"sending {rate:g} lines a second to {lake}/, until Ctrl-C")
        with _until_interrupted() as (stopped, wait):
            produced = follow(
                lake,
                run,
                key,
                buffer_seconds=buffer_seconds,
                clock=lambda: datetime.now(UTC),
                wait=wait,
                stopped=stopped,
            )
    else:
        run = plan_run(asked, past, datetime.now(UTC))
        if sentence := shortened(asked, run):
            Console(stderr=True).print(sentence, highlight=False, soft_wrap=True)
        with _progress_bar(run.lines) as bar:
            produced = produce(lake, run, past, key, bar.update)
    _summary(produced, lake, time.monotonic() - begun)


def _simulate_to_stream(
    asked: Asked, stream: str, spill: Path, lines_a_second: float | None, buffer_seconds: int
) -> None:
    if asked.more is not None:
        raise UserError("--more goes on with the runs of a lake, which --to firehose does not read: give --start")
    now = datetime.now(UTC)
    begun = time.monotonic()
    with sending(stream, spill) as sink:
        if lines_a_second is None:
            run = plan_run(asked, [], now)
            with _progress_bar(run.lines) as bar:
                tally = send(sink, run, bar.update)
        else:
            run = plan_following(asked, [], now, lines_a_second)
            Console(stderr=True).print(f"sending {lines_a_second:g} lines a second to {stream}, until Ctrl-C")
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
    console = Console(highlight=False)
    for line in (
        *summary(sink.sent, stream),
        f"dirt: {_dirt(tally)}",
        f"{seconds:,.1f} s, {tally.lines / max(seconds, 1e-9):,.0f} events a second",
    ):
        console.print(line, markup=False, soft_wrap=True)
    if sink.spilled:
        raise typer.Exit(NOT_ALL_SENT)


def _dirt(tally: Tally) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in tally.counts().items())


@contextmanager
def _until_interrupted() -> Iterator[tuple[Callable[[], bool], Callable[[float], object]]]:
    """Ctrl-C or a polite kill ends a live run as planned, between two batches and never within one."""
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
    console = Console(highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    rejected = ", ".join(f"{reason} {count:,}" for reason, count in produced.rejected.most_common())
    lines = produced.tally.lines
    for name, value in (
        ("period", period(produced.run)),
        ("events", f"{lines:,}, {produced.accepted:,} accepted"),
        ("rejected", f"{produced.rejected.total():,}" + (f" ({rejected})" if rejected else "")),
        ("dirt", _dirt(produced.tally)),
        (
            "written",
            f"{produced.objects:,} objects, {produced.bytes_written / 1e6:,.1f} MB, in {lake}/bronze/events/",
        ),
        ("time", f"{seconds:,.1f} s, {lines / max(seconds, 1e-9):,.0f} events a second"),
        ("truth", f"{lake / RUNS}, {lake / BOTS}"),
        ("next", "dbt build"),
    ):
        table.add_row(name, value)
    console.print(table)
