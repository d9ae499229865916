"""`shoplake cost`: the monthly bill of the stack, line by line."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from itertools import groupby
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from ingestion.cost.model import Line, Load, bill, billed_bytes, grows_cold, total, without
from ingestion.cost.prices import prices

_SERVICES: Final = (
    "Firehose", "Lambda", "S3", "Athena", "Glue", "CodeBuild", "CloudWatch", "KMS", "DynamoDB", "Secrets Manager",
    "SNS",
)  # fmt: skip


class Builds(StrEnum):
    daily = "daily"
    hourly = "hourly"
    five_minutes = "5min"

    @property
    def a_day(self) -> int:
        return {"daily": 1, "hourly": 24, "5min": 288}[self.value]


def cost(
    events_per_day: Annotated[int, typer.Option(min=1, help="Events that arrive in a day.")],
    bytes_per_event: Annotated[int, typer.Option(min=1, help="Bytes of an event as it is sent.")] = 600,
    builds: Annotated[Builds, typer.Option(help="How often dbt builds.")] = Builds.hourly,
    athena_mb: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="MB that Athena bills for one build, its 10 MB minimum a query included.",
            show_default="787 and 761 more for each million events a day, as measured",
        ),
    ] = None,
    build_minutes: Annotated[float, typer.Option(min=0, help="Minutes of CodeBuild for one build.")] = 4.0,
    months: Annotated[int, typer.Option(min=1, help="Age of the lake in months, for what is stored.")] = 12,
    request_metrics: Annotated[bool, typer.Option(help="S3's request metrics for the dashboard.")] = True,
) -> None:
    """What the stack costs in a month: each service, and what packing, buffering and rarer builds save."""
    load = Load(
        events_per_day=events_per_day,
        builds=builds.a_day,
        bytes_per_event=bytes_per_event,
        months=months,
        athena_bytes=athena_mb * 1_000_000 if athena_mb else None,
        build_minutes=build_minutes,
        request_metrics=request_metrics,
    )
    out = Console()
    out.print(_bill(bill(load), total(load)))
    out.print(_choices(load, builds))
    for sentence in _notes(load, builds):
        out.print(sentence, markup=False, highlight=False, soft_wrap=True)


def _bill(lines: list[Line], sum_of_all: float) -> Table:
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
            doubt = ", unconfirmed" if price.unconfirmed else ""
            dollars = f"{price.price:.10f}".rstrip("0").rstrip(".")
            name = service if number == 0 else ""
            table.add_row(name, line.what, f"{line.units:,.2f}", dollars, f"{line.dollars:,.2f}", price.unit + doubt)
    table.add_row("all", "", "", "", f"{sum_of_all:,.2f}", "")
    return table


def _choices(load: Load, builds: Builds) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("\nand if")
    table.add_column("\nUSD a month", justify="right")
    table.add_column("\nmore or less", justify="right")
    others = {
        "a record a line (not packed)": without(load),
        "an object every 5 minutes (BufferSeconds=300)": replace(load, buffer_s=300),
        "without S3's request metrics": replace(load, request_metrics=False),
    } | {f"dbt builds {other.value}": replace(load, builds=other.a_day) for other in Builds if other != builds}
    for name, other in others.items():
        table.add_row(name, f"{total(other):,.2f}", f"{total(other) - total(load):+,.2f}")
    return table


def _notes(load: Load, builds: Builds) -> list[str]:
    factor = billed_bytes(without(load)) / billed_bytes(load)
    seen = [price.seen for price in prices().values()]
    notes = [
        f"\nPacking: Firehose bills {billed_bytes(load) / 1e9:,.1f} GB a month instead of "
        f"{billed_bytes(without(load)) / 1e9:,.1f} GB ({factor:.1f} times less).",
        f"Prices of us-east-1, from sources of {min(seen)[:4]} to {max(seen)[:4]}, no free tier but Glue's; sources in "
        "ingestion/cost/prices.yml. Not in it: the generator, checks of pull requests, your queries, S3's fees for "
        "moving and reading cold objects, versions kept for 7 days, transfer to the Internet.",
    ]
    if not grows_cold(load):
        notes.append(
            "Bronze stays in S3's standard storage: its objects are below 128 KB, which S3 does not move. "
            "A longer BufferSeconds makes larger ones."
        )
    if builds.a_day * load.build_minutes > 24 * 60:
        notes.append(f"A build of {load.build_minutes:g} minutes does not fit {builds.a_day} times into a day.")
    return notes
