"""`shoplake generate`: lets the stack's generator send a number of events now, in as many calls as that takes."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

from ingestion.cli.destination import NOT_ALL_SENT
from ingestion.cli.output import say, warn
from ingestion.cli.progress import ProgressBar
from ingestion.cli.stack_options import DEFAULT_STACK, Profile, Region, StackName
from ingestion.simulator.one_call import events_in_one_call, split
from ingestion.stack.aws import connect
from ingestion.stack.generator import Generator, GeneratorFailedError


def generate(
    events: Annotated[int, typer.Option(min=1, max=50_000_000, help="Events to send.")] = 500_000,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**31, help="The same seed sends the same visits; default: others each time."),
    ] = None,
    window_minutes: Annotated[
        int, typer.Option(min=1, max=1_440, help="Minutes up to now in which the events happened.")
    ] = 60,
    stack: StackName = DEFAULT_STACK,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Send events of the simulated shop to a stack now; not for a real shop.

    They go over several calls of the generator if one cannot send them within
    its time and Firehose's quota of the region. Exit code 3 means that a call
    failed; its log says how many events it had sent.
    """
    aws = connect(region, profile)
    generator = Generator(aws, stack)
    parts = split(events, events_in_one_call(aws.region))
    requests = [_request(part, number, seed, window_minutes) for number, part in enumerate(parts)]
    arrived = 0
    bar = ProgressBar(
        TextColumn("sending"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} events"),
        TimeElapsedColumn(),
        total=events,
    )

    def on_sent(sent: int) -> None:
        nonlocal arrived
        arrived = sent
        bar.update(sent)

    try:
        with bar:
            total = generator.send(requests, on_sent)
    except GeneratorFailedError as error:
        warn(f"{arrived:,} of {events:,} events were sent, then a call of {generator.function} failed: {error}")
        raise typer.Exit(NOT_ALL_SENT) from None
    say(
        f"{total['sent']:,} events sent in {total['calls_made']:,} calls of {generator.function}: {total['records']:,} "
        f"records, {total['bytes'] / 1e6:,.1f} MB, billed as {total['billed_units']:,} units of 5 KB"
    )


def _request(events: int, number: int, seed: int | None, window_minutes: int) -> dict[str, Any]:
    own = {} if seed is None else {"seed": seed * 1_000 + number}
    return {"events": events, "window_minutes": window_minutes} | own
