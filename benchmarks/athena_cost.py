"""The cost of a run on Athena by model: bytes read of bronze, of the model itself and of other tables, and dollars.

`make athena-cost` builds the project on the emulated Athena: everything over a simulated history; then, as the schedule
of the stack does, all but the daily tier after each of five more hours, and again with nothing new; then the daily
tier; and last what `shoplake build` looks at to find that nothing is new.

The last hour counts. The others are there because the first build writes one file for each date, and a build
that reads the lookback again opens all of it. The last hour is that from 9 to 10 UTC, as busy as the average hour.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.statements import DOLLARS_PER_BYTE, MINIMUM_BYTES, Statement, StatementLog
from local_aws.launcher import Launcher
from tests.athena.support.warehouse import BUCKET, AthenaWarehouse

_out = Console(width=128)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=300_000, help="events of the history (default: 300,000)")
    parser.add_argument("--days", type=int, default=10, help="days of the history (default: 10)")
    parser.add_argument("--hours", type=int, default=5, help="hours that follow, each with a build (default: 5)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shoplake-cost-") as folder:
        launcher = Launcher(Path(folder) / "aws", heap_mb=3_072, report=report)
        try:
            measure(launcher, Path(folder), options.events, options.days, options.hours)
        finally:
            launcher.down()


def measure(launcher: Launcher, folder: Path, events: int, days: int, hours: int) -> None:
    instance = launcher.up()
    # the last hour ends at 10 UTC, yesterday
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = today - timedelta(days=days + 1, hours=hours - 10)
    warehouse = AthenaWarehouse(instance, start.date())
    log = StatementLog(instance, launcher.state)
    lake = folder / "lake"
    simulate(lake, "--events", str(events), "--days", str(days), "--start", f"{start:%Y-%m-%dT%H:%M}")
    hour = ("--more", "1h")
    for title, arrival, command in (
        (f"First build, {events:,} events of {days} days", None, "build"),
        *((f"Hour {number}", hour, "build --selector hourly") for number in range(1, hours)),
        ("An hour", hour, "build --selector hourly"),
        ("Nothing new", None, "build --selector hourly"),
        ("The daily tier", None, "build --select tag:daily"),
        ("Nothing new, as a schedule finds out", None, "run-operation whats_new"),
    ):
        if arrival:
            simulate(lake, *arrival)
        warehouse.upload(lake)
        report(f"{title}: dbt {command} ...")
        begun = time.monotonic()
        before = files(warehouse)
        with log.following() as statements:
            warehouse.dbt(command)
        show(title, statements, time.monotonic() - begun)
        added = files(warehouse) - before
        tables = ", ".join(f"{number} {name}" for name, number in sorted(added.items()))
        _out.print(f"Data files added: {added.total()}{tables and f' ({tables})'}\n")


def files(warehouse: AthenaWarehouse) -> Counter[str]:
    """The number of data and delete files by table, as far as S3 holds them."""
    objects = warehouse.aws.list_objects(BUCKET, "warehouse/")
    return Counter(name.split("/")[2] for name in objects if name.endswith(".parquet"))


def show(title: str, statements: list[Statement], seconds: float) -> None:
    """Print one line per node: models first, the most expensive first."""
    nodes: dict[str, list[Statement]] = defaultdict(list)
    for statement in statements:
        nodes[statement.node].append(statement)
    table = Table(title=f"{title}: {seconds:.0f} s", title_justify="left", box=None)
    table.add_column("node", overflow="fold")
    for heading in ("statements", "bronze", "itself", "other tables", "bytes", "USD"):
        table.add_column(heading, justify="right")
    ordered = sorted(nodes, key=lambda node: (not node.startswith("model."), -scanned(nodes[node])))
    for node in ordered:
        own = nodes[node]
        bronze, itself, other = by_table(node, own)
        name = node.split(".")[2] if node else "(dbt itself)"
        kind = "test " if node.startswith("test.") else ""
        counts = (f"{value:,}" if value else "" for value in (bronze, itself, other, scanned(own)))
        table.add_row((kind + name)[:46], str(len(own)), *counts, f"{sum(each.dollars for each in own):.5f}")
    dollars = sum(statement.dollars for statement in statements)
    table.add_row("all", str(len(statements)), "", "", "", f"{scanned(statements):,}", f"{dollars:.5f}")
    _out.print(table)
    by_size = scanned(statements) * DOLLARS_PER_BYTE
    _out.print(
        f"Every hour of a month: {dollars * 720:.2f} USD; without the minimum of {MINIMUM_BYTES // 10**6} MB per"
        f" statement: {by_size * 720:.2f} USD.\n"
    )


def scanned(statements: list[Statement]) -> int:
    return sum(statement.scanned_bytes for statement in statements)


def by_table(node: str, statements: list[Statement]) -> tuple[int, int, int]:
    """Bytes of bronze, of the node's own table, and of all other tables, including its staging table."""
    name = node.split(".")[2] if node.startswith("model.") else ""
    bronze = itself = other = 0
    for statement in statements:
        for table, size in statement.read.items():
            schema, _, short = table.partition(".")
            if schema == "bronze":
                bronze += size
            elif short == name:
                itself += size
            else:
                other += size
    return bronze, itself, other


def simulate(lake: Path, *arguments: str) -> None:
    report(f"shoplake simulate {' '.join(arguments)} ...")
    command = [sys.executable, "-m", "ingestion.cli", "simulate", "--lake", str(lake), *arguments]
    done = subprocess.run(command, env=os.environ | {"DO_NOT_TRACK": "1"}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)


def report(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
