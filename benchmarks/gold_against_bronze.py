"""Five business questions answered from bronze and from gold on the same engine: time and bytes.

The queries on bronze are the cheapest possible ones: they read the JSON as stored, trust every line and remove no
duplicates.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.athena_cost import report, simulate
from local_aws.athena_client import QueryResult
from local_aws.launcher import Launcher
from tests.athena.support.warehouse import AthenaWarehouse

REPEATS = 3
_out = Console(width=120)


@dataclass(frozen=True)
class Question:
    """A question in SQL. `{days}` stands for date bounds: without them, partition projection lists every hour."""

    text: str
    bronze: str
    gold: str


QUESTIONS = (
    Question(
        "What is the revenue, hour by hour?",
        """
        select substr(event_time, 1, 13), count(*),
            sum(cast(price as decimal(18, 4)) * coalesce(cast(quantity as bigint), 1))
        from bronze.events where event_type = 'purchase' and reject_reason is null and {days} group by 1 order by 1
        """,
        "select event_date, event_hour, total_revenue, purchase_count from shoplake_gold.hourly_revenue order by 1, 2",
    ),
    Question(
        "Which products turn views into sales?",
        """
        select product_id, category, count_if(event_type in ('page_view', 'view_item')),
            count_if(event_type = 'add_to_cart'), count_if(event_type = 'purchase')
        from bronze.events where product_id is not null and {days} group by 1, 2 order by 5 desc limit 20
        """,
        """
        select product_id, category, view_count, add_to_cart_count, purchase_count
        from shoplake_gold.product_funnel order by purchase_count desc limit 20
        """,
    ),
    Question(
        "Which products do most visitors view?",
        """
        select product_id, category, count(*), count(distinct coalesce(user_id, anonymous_id, visitor_hash))
        from bronze.events where event_type in ('page_view', 'view_item') and product_id is not null and {days}
        group by 1, 2 order by 3 desc limit 20
        """,
        """
        select product_id, category, view_count, unique_viewers
        from shoplake_gold.product_popularity order by view_count desc limit 20
        """,
    ),
    Question(
        "How does each category perform, day by day?",
        """
        select substr(event_time, 1, 10), category, count(*), count_if(event_type = 'add_to_cart'),
            sum(cast(price as decimal(18, 4)) * coalesce(cast(quantity as bigint), 1))
                filter (where event_type = 'purchase')
        from bronze.events where reject_reason is null and {days} group by 1, 2 order by 1, 2
        """,
        """
        select event_date, category, total_events, add_to_carts, total_revenue
        from shoplake_gold.category_daily_performance order by 1, 2
        """,
    ),
    Question(
        "How many visitors come, day by day?",
        """
        select substr(event_time, 1, 10), count(distinct coalesce(user_id, anonymous_id, visitor_hash)),
            count(distinct session_id)
        from bronze.events where reject_reason is null and {days} group by 1 order by 1
        """,
        "select event_date, unique_users, unique_sessions from shoplake_gold.daily_user_activity order by 1",
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--events", type=int, nargs="+", default=[1_000_000, 5_000_000], help="numbers of events, one measurement each"
    )
    parser.add_argument("--days", type=int, default=10)
    options = parser.parse_args()
    for events in options.events:
        with tempfile.TemporaryDirectory(prefix="shoplake-gold-") as folder:
            launcher = Launcher(Path(folder) / "aws", heap_mb=3_072, report=report)
            try:
                measure(launcher, Path(folder), events, options.days)
            finally:
                launcher.down()


def measure(launcher: Launcher, folder: Path, events: int, days: int) -> None:
    instance = launcher.up()
    today = datetime.now(UTC).date()
    warehouse = AthenaWarehouse(instance, today - timedelta(days=days))
    simulate(folder / "lake", "--events", str(events), "--days", str(days))
    report("uploading, dbt run ...")
    warehouse.upload(folder / "lake")
    warehouse.dbt("run")
    bounds = f"dt between '{today - timedelta(days=days)}' and '{today}'"
    table = Table(title=f"{events:,} events of {days} days", title_justify="left", box=None)
    table.add_column("question", overflow="fold")
    for heading in ("bronze s", "gold s", "faster", "bronze bytes", "gold bytes", "fewer"):
        table.add_column(heading, justify="right")
    totals = [0.0, 0.0, 0.0, 0.0]
    for question in QUESTIONS:
        report(question.text)
        bronze, gold = (
            median_of_runs(warehouse, sql.replace("{days}", bounds)) for sql in (question.bronze, question.gold)
        )
        table.add_row(question.text, *compared(bronze + gold))
        totals = [total + value for total, value in zip(totals, bronze + gold, strict=True)]
    table.add_row("all five", *compared(tuple(totals)))
    _out.print(table)


def median_of_runs(warehouse: AthenaWarehouse, sql: str) -> tuple[float, float]:
    """Median seconds and bytes. The first run, which warms up the engine, is not counted."""
    warehouse.query(sql)
    results: list[QueryResult] = [warehouse.query(sql) for _ in range(REPEATS)]
    return statistics.median(result.milliseconds for result in results) / 1e3, float(results[0].scanned_bytes)


def compared(values: tuple[float, ...]) -> list[str]:
    bronze_s, bronze_bytes, gold_s, gold_bytes = values
    return [
        f"{bronze_s:.2f}",
        f"{gold_s:.2f}",
        f"{bronze_s / gold_s:.1f} x",
        f"{bronze_bytes:,.0f}",
        f"{gold_bytes:,.0f}",
        f"{bronze_bytes / max(gold_bytes, 1):,.0f} x",
    ]


if __name__ == "__main__":
    main()
