"""`shoplake cost`: the monthly bill of the stack, line by line."""

from __future__ import annotations

from enum import StrEnum
from itertools import groupby
from typing import Annotated, Final

import typer
from rich.table import Table

from ingestion.cli.output import out, say
from ingestion.cost.alternatives import BUILDS_PER_DAY, alternatives
from ingestion.cost.model import Line, Load, bill, billed_bytes, moves_to_cold_storage, total, unpacked
from ingestion.cost.prices import prices

_SERVICES: Final = (
    "Firehose", "Lambda", "S3", "Athena", "Glue", "CodeBuild", "CloudWatch", "KMS", "DynamoDB", "Secrets Manager",
    "SNS",
)  # fmt: skip


class Builds(StrEnum):
    daily = "daily"
    hourly = "hourly"
    five_minutes = "5min"


def cost(
    events_per_day: Annotated[int, typer.Option(min=1, help="Events that arrive in a day.")],
    bytes_per_event: Annotated[int, typer.Option(min=1, help="Bytes of an event as it is sent.")] = 600,
    builds: Annotated[Builds, typer.Option(help="How often dbt builds.")] = Builds.hourly,
    athena_mb: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="MB that Athena bills for one build, including its minimum of 10 MB a query.",
            show_default="measured: 787, and 761 more for each million events a day",
        ),
    ] = None,
    build_minutes: Annotated[float, typer.Option(min=0, help="Minutes of CodeBuild for one build.")] = 4.0,
    months: Annotated[int, typer.Option(min=1, help="Age of the lake in months; determines the storage.")] = 12,
    request_metrics: Annotated[bool, typer.Option(help="S3's request metrics for the dashboard.")] = True,
) -> None:
    """Estimate the monthly cost of the stack by service, and what packing, buffering and rarer builds save."""
    load = Load(
        events_per_day=events_per_day,
        builds=BUILDS_PER_DAY[builds.value],
        bytes_per_event=bytes_per_event,
        months=months,
        athena_bytes=athena_mb * 1_000_000 if athena_mb else None,
        build_minutes=build_minutes,
        request_metrics=request_metrics,
    )
    out.print(_bill(bill(load), total(load)))
    out.print(_alternatives(load))
    for note in _notes(load):
        say(note)


def _bill(lines: list[Line], dollars: float) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("service", "what"):
        table.add_column(heading, overflow="fold")
    for heading in ("units", "USD each", "USD a month"):
        table.add_column(heading, justify="right")
    table.add_column("unit", overflow="fold")
    ordered = sorted(lines, key=lambda line: _SERVICES.index(line.service))
    for service, of_service in groupby(ordered, key=lambda line: line.service):
        for number, line in enumerate(of_service):
            price = prices()[line.price]
            note = ", unconfirmed" if price.unconfirmed else ""
            each = f"{price.price:.10f}".rstrip("0").rstrip(".")
            name = service if number == 0 else ""
            table.add_row(name, line.what, f"{line.units:,.2f}", each, f"{line.dollars:,.2f}", price.unit + note)
    table.add_row("total", "", "", "", f"{dollars:,.2f}", "")
    return table


def _alternatives(load: Load) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("\nalternative")
    table.add_column("\nUSD a month", justify="right")
    table.add_column("\ndifference", justify="right")
    for description, other in alternatives(load).items():
        table.add_row(description, f"{total(other):,.2f}", f"{total(other) - total(load):+,.2f}")
    return table


def _notes(load: Load) -> list[str]:
    factor = billed_bytes(unpacked(load)) / billed_bytes(load)
    seen = [price.seen for price in prices().values()]
    notes = [
        f"\nPacking: Firehose bills {billed_bytes(load) / 1e9:,.1f} GB a month instead of "
        f"{billed_bytes(unpacked(load)) / 1e9:,.1f} GB ({factor:.1f} times less).",
        f"Prices are those of us-east-1, from sources of {min(seen)[:4]} to {max(seen)[:4]} (listed in "
        "ingestion/cost/prices.yml), without any free tier except Glue's. Not included: the generator, checks of pull "
        "requests, your queries, S3's fees for moving and reading cold objects, object versions kept for 7 days, and "
        "transfer to the Internet.",
    ]
    if not moves_to_cold_storage(load):
        notes.append(
            "Bronze stays in S3's standard storage: its objects are below 128 KB, and S3 does not move such objects. "
            "A longer BufferSeconds makes larger objects."
        )
    if load.builds * load.build_minutes > 24 * 60:
        notes.append(f"A build of {load.build_minutes:g} minutes does not fit {load.builds} times into a day.")
    return notes
