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
from ingestion.cost.prices import DEFAULT_REGION, prices, regions
from ingestion.errors import UserError

_SERVICES: Final = (
    "Firehose", "Lambda", "S3", "Athena", "Glue", "Fargate", "ECR", "CodeBuild", "CloudWatch", "KMS", "DynamoDB",
    "Secrets Manager", "SNS",
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
            show_default="measured: 837, and 433 more for each million events a day",
        ),
    ] = None,
    build_minutes: Annotated[float, typer.Option(min=0, help="Minutes of a container for one build.")] = 3.0,
    months: Annotated[
        int,
        typer.Option(min=1, help="Age of the stack in months; determines the storage and the rotations of its key."),
    ] = 12,
    request_metrics: Annotated[bool, typer.Option(help="S3's request metrics for the dashboard.")] = False,
    dashboard: Annotated[bool, typer.Option(help="The CloudWatch dashboard.")] = False,
    region: Annotated[str, typer.Option(help=f"Whose prices: {', '.join(regions())}.")] = DEFAULT_REGION,
    free_tier: Annotated[
        bool, typer.Option("--free-tier", help="Leave out what AWS gives every account each month, for ever.")
    ] = False,
) -> None:
    """Estimate the monthly cost of the stack by service, and what packing, buffering and rarer builds save."""
    if region not in regions():
        raise UserError(f"--region {region}: prices are known of {', '.join(regions())}; take the nearest of them")
    load = Load(
        events_per_day=events_per_day,
        builds=BUILDS_PER_DAY[builds.value],
        bytes_per_event=bytes_per_event,
        months=months,
        athena_bytes=athena_mb * 1_000_000 if athena_mb else None,
        build_minutes=build_minutes,
        request_metrics=request_metrics,
        dashboard=dashboard,
        region=region,
        free_tier=free_tier,
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
    table.add_column("units are")
    table.add_column("unit", overflow="fold")
    ordered = sorted(lines, key=lambda line: _SERVICES.index(line.service))
    for service, of_service in groupby(ordered, key=lambda line: line.service):
        for number, line in enumerate(of_service):
            note = ", unconfirmed" if line.each.unconfirmed else ""
            each = f"{line.each.price:.10f}".rstrip("0").rstrip(".")
            name = service if number == 0 else ""
            cells = (f"{line.units:,.2f}", each, f"{line.dollars:,.2f}", line.basis.value, line.each.unit + note)
            table.add_row(name, line.what, *cells)
    table.add_row("total", "", "", "", f"{dollars:,.2f}", "", "")
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
    seen = sorted(price.seen[:4] for price in prices(load.region).values() if price.seen)
    read = f"read in sources of {seen[0]} to {seen[-1]}" if seen else "read nowhere"
    free = (
        "less what AWS gives every account each month, if nothing else in the account uses it"
        if load.free_tier
        else "without any free tier except Glue's"
    )
    notes = [
        f"\nPacking: Firehose bills {billed_bytes(load) / 1e9:,.1f} GB a month instead of "
        f"{billed_bytes(unpacked(load)) / 1e9:,.1f} GB ({factor:.1f} times less).",
        f"Prices are those of {load.region}, {read}, those marked as unconfirmed nowhere (ingestion/cost/prices.yml), "
        f"{free}. Units are measured "
        "(benchmarks/results), counted in the template, or assumed. Not included: the generator, webhooks, checks of "
        "pull requests, your queries, S3's fees for reading the archive, object versions kept for 7 days, and transfer "
        "to the Internet.",
    ]
    if not moves_to_cold_storage(load):
        notes.append(
            "Bronze stays in S3's standard storage: its objects are below 128 KB, and S3 does not move such objects. "
            "A longer BufferSeconds makes larger objects."
        )
    if load.builds * load.build_minutes > 24 * 60:
        notes.append(f"A build of {load.build_minutes:g} minutes does not fit {load.builds} times into a day.")
    return notes
