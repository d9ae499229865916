"""`shoplake demo`: three days of a made-up shop, built and answered, then one more hour. `make demo` calls it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from ingestion.cli.report import WAREHOUSE, report_table, show
from ingestion.errors import UserError
from ingestion.lake.lake_sink import BRONZE_EVENTS

LAKE: Final = "SHOPLAKE_LAKE"
EVENTS: Final = 300_000
DAYS: Final = 3
# stands in a lake that the demo filled; younger objects are somebody else's
MARKER: Final = ".demo"

_out = Console()


@dataclass(frozen=True, slots=True)
class Build:
    """One `dbt build`: the lines and objects of bronze it read, and its wall time."""

    lines: int
    objects: int
    seconds: float


def demo() -> None:
    """Simulate three days, build the tables, show what they answer, then let one more hour arrive.

    Fills `lake/` and `warehouse.duckdb` (or what SHOPLAKE_LAKE and SHOPLAKE_WAREHOUSE name). A demo from before makes
    room; events that are not the demo's are never touched.
    """
    if not Path("dbt_project.yml").is_file():
        raise UserError("the demo builds the dbt project: run it in the project's folder")
    lake = Path(os.environ.get(LAKE, "lake"))
    warehouse = Path(os.environ.get(WAREHOUSE, "warehouse.duckdb"))
    with _lake_of_the_demo(lake):
        _make_room(lake, warehouse)
        _step(1, f"{EVENTS:,} events of {DAYS} days arrive in {lake}/")
        _simulate("--events", str(EVENTS), "--days", str(DAYS))
        _step(2, f"dbt builds and tests the tables in {warehouse}")
        first = _build(warehouse)
        _step(3, "What the tables answer")
        show(warehouse)
        _step(4, "One more hour arrives, with events that come late or twice, and dbt builds again")
        _simulate("--more", "1h")
        second = _build(warehouse)
    _compare(first, second)
    _say_what_next()


@contextmanager
def _lake_of_the_demo(lake: Path) -> Iterator[None]:
    """Refuse a lake that holds somebody's events; mark it as the demo's own, whatever happens inside."""
    marker = lake / MARKER
    marked = marker.stat().st_mtime if marker.is_file() else 0.0
    strangers = [path for path in (lake / BRONZE_EVENTS).glob("*/*/*.gz") if path.stat().st_mtime > marked]
    if strangers:
        raise UserError(
            f"{lake}/ holds events that are not the demo's ({strangers[0].name} ...): move it away, "
            f"or set {LAKE} and {WAREHOUSE} to another place"
        )
    try:
        yield
    finally:
        lake.mkdir(parents=True, exist_ok=True)
        marker.touch()


def _make_room(lake: Path, warehouse: Path) -> None:
    for folder in ("bronze", "truth"):
        shutil.rmtree(lake / folder, ignore_errors=True)
    for path in (warehouse, warehouse.with_name(warehouse.name + ".wal")):
        path.unlink(missing_ok=True)


def _step(number: int, text: str) -> None:
    _out.print()
    _out.rule(f"[bold]{number}. {text}", align="left", style="dim")


def _simulate(*arguments: str) -> None:
    command = [sys.executable, "-m", "ingestion.cli", "simulate", *arguments]
    _out.print(f"[dim]$ shoplake simulate {' '.join(arguments)}", highlight=False)
    if subprocess.run(command, check=False).returncode:
        raise UserError("the simulation stopped, see above: the demo cannot go on without events")


def _build(warehouse: Path) -> Build:
    # dbt takes two seconds to import, and no other command of ours needs it
    from dbt.cli.main import dbtRunner

    _out.print("[dim]$ dbt build", highlight=False)
    begun = time.monotonic()
    with _dbt_progress() as on_event:
        result = dbtRunner(callbacks=[on_event]).invoke(["--quiet", "build", "--target", "local"])
    seconds = time.monotonic() - begun
    _close_dbt()
    if not result.success:
        raise UserError("dbt build failed, see above or logs/dbt.log")
    done = [node.node.resource_type for node in getattr(result.result, "results", [])]
    _out.print(
        f"{done.count('model')} tables built, {done.count('test')} tests passed in {seconds:.1f} s",
        highlight=False,
    )
    with duckdb.connect(warehouse, read_only=True) as connection:
        lines, objects = connection.execute(
            "select count(*), count(distinct object_name) from shoplake_silver.arrivals"
        ).fetchall()[0]
    return Build(lines, objects, seconds)


@contextmanager
def _dbt_progress() -> Iterator[Any]:
    """A bar over the nodes of the build, fed by dbt's own events."""
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = bar.add_task("starting dbt", total=None)

    def on_event(event: Any) -> None:
        if event.info.name == "LogStartLine":
            bar.update(task, total=event.data.total, description=event.data.description.split()[-1])
        elif event.info.name in ("LogModelResult", "LogTestResult"):
            bar.advance(task)

    with bar:
        yield on_event


def _close_dbt() -> None:
    """dbt keeps the warehouse open in this process, with other settings than ours."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _compare(first: Build, second: Build) -> None:
    table = report_table("What a build reads", "", ">lines read", ">objects read", ">seconds")
    for name, build in (("first build, three days", first), ("second build, one more hour", second)):
        table.add_row(name, f"{build.lines:,}", f"{build.objects:,}", f"{build.seconds:.1f}")
    _out.print()
    _out.print(table)
    _out.print(
        f"The second build read {100 * second.lines / max(first.lines, 1):.1f} % of what the first one read: "
        "cost follows what arrived, not what is stored.",
        highlight=False,
    )


def _say_what_next() -> None:
    _out.print(
        "\n[bold]What next[/] (first `. .venv/bin/activate`)\n"
        "  this screen again     shoplake report\n"
        "  your own events       export SHOPLAKE_LAKE=shop.lake SHOPLAKE_WAREHOUSE=shop.duckdb\n"
        "                        shoplake replay FILE --dialect rees46 && dbt build && shoplake report\n"
        "  the documentation     make docs\n"
        "  on Athena             docs/guide/athena-on-your-machine.md, or docs/guide/deploying.md",
        highlight=False,
        soft_wrap=True,
    )
