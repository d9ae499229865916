"""`shoplake demo`, which `make demo` calls: simulate, build and report, then one more hour of events."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from ingestion.cli.output import out, say
from ingestion.cli.progress import ProgressBar
from ingestion.cli.report import report_table, show
from ingestion.errors import UserError
from ingestion.lake.lake_sink import BRONZE_EVENTS
from ingestion.lake.location import LAKE_VARIABLE, lake_folder
from ingestion.warehouse.build import Build, dbt_build
from ingestion.warehouse.location import WAREHOUSE_VARIABLE, warehouse_file

EVENTS: Final = 300_000
DAYS: Final = 3
# The demo leaves this file in its lake. Objects that are newer than the file are not the demo's.
MARKER: Final = ".demo"


def demo() -> None:
    """Simulate three days of a shop, build the tables, print a report, then add one more hour.

    The demo takes about a minute. It fills the lake in `lake/` and the warehouse
    `warehouse.duckdb`, or those that SHOPLAKE_LAKE and SHOPLAKE_WAREHOUSE name,
    and replaces what an earlier demo left there. It stops if the lake holds
    events that are not the demo's.

    \b
    in the project's folder:   shoplake demo
    """
    if not Path("dbt_project.yml").is_file():
        raise UserError("the demo builds the dbt project of the current folder: run it in the project's folder")
    lake = lake_folder(os.environ.get(LAKE_VARIABLE))
    warehouse = warehouse_file(os.environ.get(WAREHOUSE_VARIABLE))
    with _demo_lake(lake):
        _remove_earlier_demo(lake, warehouse)
        _print_step(1, f"{EVENTS:,} simulated events of {DAYS} days arrive in {lake}/")
        _simulate("--events", str(EVENTS), "--days", str(DAYS))
        _print_step(2, f"dbt builds and tests the tables in {warehouse}")
        first = _build(warehouse)
        _print_step(3, "shoplake report shows the shop")
        show(warehouse)
        _print_step(4, "One more hour arrives, with late events and duplicates; dbt builds again")
        _simulate("--more", "1h")
        second = _build(warehouse)
    _print_comparison(first, second)
    _print_next_steps()


@contextmanager
def _demo_lake(lake: Path) -> Iterator[None]:
    """Stop if the lake holds events that are not the demo's; on exit, mark the lake as the demo's, even on an error."""
    marker = lake / MARKER
    marked_at = marker.stat().st_mtime if marker.is_file() else 0.0
    foreign = [path for path in (lake / BRONZE_EVENTS).glob("*/*/*.gz") if path.stat().st_mtime > marked_at]
    if foreign:
        raise UserError(
            f"{lake}/ holds events that are not the demo's ({foreign[0].name} ...): move the lake away, "
            f"or set {LAKE_VARIABLE} and {WAREHOUSE_VARIABLE} to another place"
        )
    try:
        yield
    finally:
        # a simulation that could not make the lake has already reported why
        with suppress(OSError):
            lake.mkdir(parents=True, exist_ok=True)
            marker.touch()


def _remove_earlier_demo(lake: Path, warehouse: Path) -> None:
    for folder in ("bronze", "truth"):
        shutil.rmtree(lake / folder, ignore_errors=True)
    for path in (warehouse, warehouse.with_name(warehouse.name + ".wal")):
        path.unlink(missing_ok=True)


def _print_step(number: int, text: str) -> None:
    out.print()
    out.rule(f"[bold]{number}. {text}", align="left", style="dim")


def _simulate(*arguments: str) -> None:
    command = [sys.executable, "-m", "ingestion.cli", "simulate", *arguments]
    out.print(f"[dim]$ shoplake simulate {' '.join(arguments)}", highlight=False)
    if subprocess.run(command, check=False).returncode:
        raise UserError("the simulation failed, see above: the demo cannot continue without events")


def _build(warehouse: Path) -> Build:
    out.print("[dim]$ dbt build", highlight=False)
    bar = ProgressBar(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        description="starting dbt",
    )

    def on_event(event: Any) -> None:
        if event.info.name == "LogStartLine":
            bar.update(total=event.data.total, description=event.data.description.split()[-1])
        elif event.info.name in ("LogModelResult", "LogTestResult"):
            bar.update(advance=1)

    with bar:
        build = dbt_build(warehouse, on_event)
    say(f"{build.models} tables built, {build.tests} tests passed in {build.seconds:.1f} s")
    return build


def _print_comparison(first: Build, second: Build) -> None:
    table = report_table("What a build reads", "", ">lines read", ">objects read", ">seconds")
    for name, build in (("first build, three days", first), ("second build, one more hour", second)):
        table.add_row(name, f"{build.lines:,}", f"{build.objects:,}", f"{build.seconds:.1f}")
    out.print()
    out.print(table)
    say(
        f"The second build read {100 * second.lines / max(first.lines, 1):.1f} % of the lines of the first: "
        "the cost of a build depends on the events that arrived, not on those already stored."
    )


def _print_next_steps() -> None:
    out.print(
        "\n[bold]What next[/] (first `. .venv/bin/activate`)\n"
        "  this report again     shoplake report\n"
        "  your own events       export SHOPLAKE_LAKE=shop.lake SHOPLAKE_WAREHOUSE=shop.duckdb\n"
        "                        shoplake replay FILE --dialect rees46 && dbt build && shoplake report\n"
        "  the documentation     make docs\n"
        "  on Athena             docs/guide/athena-on-your-machine.md, or docs/guide/deploying.md",
        highlight=False,
        soft_wrap=True,
    )
