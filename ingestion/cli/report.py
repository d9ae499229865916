"""`shoplake report`: the shop in one screen, from the gold tables of the local warehouse."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import duckdb
import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingestion.errors import UserError

WAREHOUSE: Final = "SHOPLAKE_WAREHOUSE"
_BAR_CELLS: Final = 14
_NAME_CELLS: Final = 20
_EXAMPLE_CELLS: Final = 46
# a product must have been seen this often before its rate says anything
_SEEN_OFTEN: Final = "greatest(20, (select quantile_cont(view_count, 0.9) from shoplake_gold.product_funnel))"

TOTALS: Final = """
select
    (select coalesce(sum(total_events), 0) from shoplake_gold.daily_user_activity),
    (select count(*) from shoplake_gold.daily_user_activity),
    (select coalesce(sum(total_revenue), 0) from shoplake_gold.hourly_revenue),
    (select count(distinct order_id) from shoplake_gold.transactions),
    (select coalesce(sum(refunded_amount), 0) from shoplake_gold.hourly_revenue),
    (select string_agg(distinct currency, ', ' order by currency) from shoplake_silver.order_lines)
"""
SELLERS: Final = """
select product_id, category, purchased_quantity, total_revenue, view_count, view_to_purchase_rate
from shoplake_gold.product_funnel
where purchase_count > 0
order by total_revenue desc, product_id
limit $rows
"""
ONLY_LOOKED_AT: Final = f"""
select
    funnel.product_id, funnel.category, funnel.view_count, popularity.unique_viewers, funnel.add_to_cart_count,
    funnel.view_to_purchase_rate
from shoplake_gold.product_funnel as funnel
join shoplake_gold.product_popularity as popularity using (product_id, category)
where funnel.view_count >= {_SEEN_OFTEN}
order by funnel.view_to_purchase_rate, funnel.view_count desc, product_id
limit $rows
"""
NAMES: Final = """
-- the name that most events give it: one of them may be damaged
select product_id, mode(product_name)
from shoplake_gold.clickstream_events
where product_id in (select unnest($products)) and product_name is not null
group by product_id
"""
HOURS: Final = """
select event_hour, sum(total_revenue)
from shoplake_gold.hourly_revenue
group by event_hour
order by 2 desc, 1
limit $rows
"""
DAYS: Final = """
select activity.event_date, unique_users, unique_sessions, total_events, coalesce(orders, 0), coalesce(revenue, 0)
from shoplake_gold.daily_user_activity as activity
left join (
    select event_date, count(distinct order_id) as orders, sum(total_amount) as revenue
    from shoplake_gold.transactions
    group by event_date
) using (event_date)
order by event_date desc
limit $days
"""
REASONS: Final = """
select
    reject_reason,
    count(*),
    min(coalesce(
        nullif(regexp_extract(raw, '"' || case
            when reject_reason = 'bad_price' then 'price'
            when reject_reason = 'bad_quantity' then 'quantity'
            when reject_reason = 'unknown_event_type' then 'event_type'
            when reject_reason like '%event%' then 'event_time'
        end || '": ?("[^"]*"|[^,}]*)'), ''),
        raw,
        'a line that is no JSON'
    ))
from shoplake_silver.rejected_events
group by reject_reason
order by 2 desc, 1
"""
LEDGER: Final = """
select sum(line_count), sum(accepted_count), sum(duplicate_count), sum(rejected_count)
from shoplake_silver.loads
"""

# a number that is cut misleads: a narrower terminal wraps the lines instead
_out = Console(width=max(Console().width, 80))


def report(
    rows: Annotated[int, typer.Option(help="Products and hours to show.", min=1)] = 5,
    days: Annotated[int, typer.Option(help="Latest days to show.", min=1)] = 14,
    warehouse: Annotated[
        Path, typer.Option(help="The local warehouse that `dbt build` filled.", envvar=WAREHOUSE)
    ] = Path("warehouse.duckdb"),
) -> None:
    """Show the shop in one screen, from the tables that `dbt build` filled.

    What sells and what only gets looked at, the best hours, day by day, and what was refused and why.
    """
    show(warehouse, rows=rows, days=days)


def show(warehouse: Path, *, rows: int = 5, days: int = 14) -> None:
    """Print the report; UserError where there is no warehouse, or one that dbt has not built."""
    if not warehouse.is_file():
        raise UserError(f"there is no warehouse at {os.fspath(warehouse)}: run `dbt build` first")
    try:
        with duckdb.connect(warehouse, read_only=True) as connection:
            _Report(connection, rows, days).print()
    except duckdb.CatalogException:
        raise UserError(f"{warehouse} has no gold tables yet: run `dbt build` first") from None
    except duckdb.IOException as error:
        raise UserError(
            f"{warehouse} cannot be read now ({str(error).splitlines()[0]}): is a build still running?"
        ) from None


class _Report:
    def __init__(self, connection: duckdb.DuckDBPyConnection, rows: int, days: int) -> None:
        self._connection = connection
        self._rows = rows
        self._days = days

    def print(self) -> None:
        events, dates, revenue, orders, refunded, currencies = self._query(TOTALS)[0]
        if not events:
            _out.print("No events yet: `shoplake simulate` or `shoplake replay FILE`, then `dbt build`.")
            self._print_rejected()
            return
        _out.print(
            f"[bold]{events:,}[/] events on {dates} days, [bold]{orders:,}[/] orders, revenue [bold]{revenue:,.2f}[/],"
            f" given back {refunded:,.2f}",
            highlight=False,
            soft_wrap=True,
        )
        if currencies and "," in currencies:
            _out.print(f"[yellow]Amounts of {currencies} are added up as they are.[/]", highlight=False)
        self._print_products()
        self._print_hours()
        self._print_days()
        self._print_rejected()

    def _query(self, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, parameters or None).fetchall()

    def _names(self, products: Sequence[str]) -> dict[str, str]:
        return dict(self._query(NAMES, products=list(products)))

    def _print_products(self) -> None:
        sellers = self._query(SELLERS, rows=self._rows)
        looked_at = self._query(ONLY_LOOKED_AT, rows=self._rows)
        names = self._names([row[0] for row in sellers + looked_at])
        sell = report_table("What sells", "product", "category", ">pieces", ">revenue", ">views", ">buy rate")
        for product, category, pieces, revenue, views, rate in sellers:
            name = _short(names.get(product, product))
            sell.add_row(name, _short(category), f"{pieces:,}", f"{revenue:,.2f}", f"{views:,}", _percent(rate))
        look = report_table(
            "What only gets looked at", "product", "category", ">views", ">viewers", ">carts", ">buy rate"
        )
        for product, category, views, viewers, carts, rate in looked_at:
            name = _short(names.get(product, product))
            look.add_row(name, _short(category), f"{views:,}", f"{viewers:,}", f"{carts:,}", _percent(rate))
        _print(sell)
        _print(look)

    def _print_hours(self) -> None:
        hours = self._query(HOURS, rows=self._rows)
        table = report_table("Best hours (UTC)", "hour", ">revenue of all days", "")
        for hour, revenue in hours:
            table.add_row(f"{hour:02d}:00", f"{revenue:,.2f}", _bar(revenue, hours[0][1]))
        _print(table)

    def _print_days(self) -> None:
        dates = self._query(DAYS, days=self._days)
        best = max(row[-1] for row in dates)
        table = report_table("Day by day", "", ">visitors", ">sessions", ">events", ">orders", ">revenue", "")
        for date, users, sessions, events, orders, revenue in reversed(dates):
            table.add_row(
                f"{date:%a %Y-%m-%d}", f"{users:,}", f"{sessions:,}", f"{events:,}", f"{orders:,}",
                f"{revenue:,.2f}", _bar(revenue, best),
            )  # fmt: skip
        _print(table)

    def _print_rejected(self) -> None:
        lines, accepted, duplicates, rejected = self._query(LEDGER)[0]
        if not lines:
            return
        if rejected:
            table = report_table("Lines that were refused", "reason", ">lines", "for example")
            for reason, count, example in self._query(REASONS):
                table.add_row(reason, f"{count:,}", Text(_printable(example)[:_EXAMPLE_CELLS], style="dim"))
            _print(table)
        _out.print(
            f"\nThe ledger adds up: {lines:,} lines = {accepted:,} events + {duplicates:,} repeats"
            f" + {rejected:,} refused.",
            highlight=False,
            soft_wrap=True,
        )


def report_table(title: str, *columns: str) -> Table:
    """A table; a column that begins with > is aligned to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        right = column.startswith(">")
        table.add_column(
            column.removeprefix(">"), justify="right" if right else "left", header_style="dim", no_wrap=True
        )
    return table


def _print(table: Table) -> None:
    """Print a table that has rows; names may be cut to fit, numbers never."""
    for column in table.columns:
        if column.justify == "right":
            column.min_width = max(cell_len(str(cell)) for cell in [column.header, *column.cells])
    if table.row_count:
        _out.print()
        _out.print(table)


def _bar(value: Any, best: Any) -> Text:
    cells = round(_BAR_CELLS * float(value) / float(best)) if best else 0
    return Text("█" * cells, style="cyan")


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{100 * rate:.1f} %"


def _short(text: str) -> Text:
    """The name of a product or category in the width of a column; Text, because rich reads [..] as markup."""
    return Text(text if len(text) <= _NAME_CELLS else text[: _NAME_CELLS - 1] + "…")


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "·" for character in text)
