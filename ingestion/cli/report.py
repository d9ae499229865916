"""`shoplake report`: prints the answers of the analyses. The questions are in `analyses/`, not here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import duckdb
import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ingestion.cli.locations import WarehouseOption
from ingestion.cli.output import busy, printable
from ingestion.errors import UserError
from ingestion.warehouse.answers import Answers, MissingTablesError
from ingestion.warehouse.compiled_analyses import cached_analyses, compile_analyses
from ingestion.warehouse.location import DEFAULT_WAREHOUSE
from ingestion.warehouse.project import current_project

_BAR_CELLS: Final = 14
_NAME_CELLS: Final = 20
_EXAMPLE_CELLS: Final = 46
_CURRENCY_CELLS: Final = 200

# A truncated number misleads, so a narrower terminal wraps the lines instead.
_out = Console(width=max(Console().width, 80))


def report(
    rows: Annotated[int, typer.Option(help="Number of products and of hours to show.", min=1)] = 5,
    days: Annotated[int, typer.Option(help="Number of days to show, the latest ones.", min=1)] = 14,
    warehouse: WarehouseOption = DEFAULT_WAREHOUSE,
) -> None:
    """Show the shop on one screen, from the tables that `dbt build` filled.

    The report shows which products sell and which are only looked at, the best
    hours, each day, and which lines were rejected and why. Every number comes
    from a query in analyses/, which you can also run on Athena.

    The first report after a change of the project takes some seconds longer,
    because dbt compiles the queries.

    \b
    the demo's shop:    shoplake report
    another warehouse:  shoplake report --warehouse shop.duckdb --days 30
    """
    show(warehouse, rows=rows, days=days)


def show(warehouse: Path, *, rows: int = 5, days: int = 14) -> None:
    """Print the report.

    Raises
    ------
    UserError
        There is no warehouse, dbt has not built it, or another process holds it.
    """
    if not warehouse.is_file():
        raise UserError(
            f"there is no warehouse at {warehouse}: run `dbt build` first"
            + ("" if warehouse.is_absolute() else f" (a relative path counts from the current folder, {Path.cwd()})")
        )
    try:
        # an absolute path, because DuckDB would read ~ as a home folder
        with duckdb.connect(warehouse.absolute(), read_only=True) as connection:
            _Report(Answers(connection, _analyses(connection)), rows, days).print()
    except MissingTablesError as error:
        raise UserError(_what_is_missing(warehouse, error)) from None
    except duckdb.BinderException as error:
        raise UserError(
            f"{warehouse} does not match this version ({str(error).splitlines()[0]}): run `dbt build` first"
        ) from None
    except duckdb.IOException as error:
        raise UserError(
            f"{warehouse} cannot be read now ({str(error).splitlines()[0]}): is a build still running?"
        ) from None


def _what_is_missing(warehouse: Path, error: MissingTablesError) -> str:
    wanted = sorted({table.partition(".")[0] for table in error.tables})
    if not error.schemas:
        return f"{warehouse} has no gold tables yet: run `dbt build` first"
    if set(wanted) & set(error.schemas):
        return f"{warehouse} lacks {', '.join(error.tables)}, which the project builds now: run `dbt build` first"
    return (
        f"{warehouse} has no gold tables yet in {', '.join(wanted)}, where profiles.yml has them, but holds "
        f"{', '.join(error.schemas)}: run `dbt build` first, or set SHOPLAKE_TARGET to the target that built those"
    )


def _analyses(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    [(catalog,)] = connection.execute("select current_database()").fetchall()
    project = current_project()
    cached = cached_analyses(catalog, project)
    if cached is not None:
        return cached
    with busy("compiling the analyses"):
        return compile_analyses(catalog, project)


class _Report:
    def __init__(self, answers: Answers, rows: int, days: int) -> None:
        self._answers = answers
        self._rows = rows
        self._days = days

    def print(self) -> None:
        totals = self._answers.shop_totals()
        if not totals.total_events:
            _out.print("No events yet: run `shoplake simulate` or `shoplake replay FILE`, then `dbt build`.")
            self._print_rejected()
            return
        _out.print(
            f"[bold]{totals.total_events:,}[/] events on {totals.day_count} days, "
            f"[bold]{totals.order_count:,}[/] orders, revenue [bold]{totals.total_revenue:,.2f}[/], "
            f"refunds {totals.refunded_amount:,.2f}",
            highlight=False,
            soft_wrap=True,
        )
        if totals.currencies and "," in totals.currencies:
            currencies = printable(totals.currencies)[:_CURRENCY_CELLS]
            sentence = f"Amounts in {currencies} are added without conversion."
            _out.print(Text(sentence, style="yellow"), soft_wrap=True)
        self._print_products()
        self._print_hours()
        self._print_days()
        self._print_rejected()

    def _print_products(self) -> None:
        sold = self._answers.what_sells(self._rows)
        viewed = self._answers.what_only_gets_looked_at(self._rows)
        names = self._answers.product_names()
        sell = report_table("What sells", "product", "category", ">pieces", ">revenue", ">views", ">buy rate")
        for seller in sold:
            sell.add_row(
                _short(names.get(seller.product_id, seller.product_id)),
                _short(seller.category),
                f"{seller.purchased_quantity:,}",
                f"{seller.total_revenue:,.2f}",
                f"{seller.view_count:,}",
                _percent(seller.view_to_purchase_rate),
            )
        look = report_table(
            "What only gets looked at", "product", "category", ">views", ">viewers", ">carts", ">buy rate"
        )
        for product in viewed:
            look.add_row(
                _short(names.get(product.product_id, product.product_id)),
                _short(product.category),
                f"{product.view_count:,}",
                f"{product.unique_viewers:,}",
                f"{product.add_to_cart_count:,}",
                _percent(product.view_to_purchase_rate),
            )
        _print(sell)
        _print(look)

    def _print_hours(self) -> None:
        hours = self._answers.best_hours(self._rows)
        table = report_table("Best hours (UTC)", "hour", ">revenue of all days", "")
        for hour in hours:
            bar = _bar(hour.total_revenue, hours[0].total_revenue)
            table.add_row(f"{hour.event_hour:02d}:00", f"{hour.total_revenue:,.2f}", bar)
        _print(table)

    def _print_days(self) -> None:
        days = self._answers.latest_days(self._days)
        best = max(day.total_revenue for day in days)
        table = report_table("Day by day", "", ">visitors", ">sessions", ">events", ">orders", ">revenue", "")
        for day in reversed(days):
            table.add_row(
                f"{day.event_date:%a %Y-%m-%d}",
                f"{day.unique_users:,}",
                f"{day.unique_sessions:,}",
                f"{day.total_events:,}",
                f"{day.order_count:,}",
                f"{day.total_revenue:,.2f}",
                _bar(day.total_revenue, best),
            )
        _print(table)

    def _print_rejected(self) -> None:
        ledger = self._answers.ledger_totals()
        if not ledger.line_count:
            return
        if ledger.rejected_count:
            table = report_table("Rejected lines", "reason", ">lines", "for example")
            for reason in self._answers.why_lines_were_rejected():
                example = Text(printable(reason.for_example)[:_EXAMPLE_CELLS], style="dim")
                table.add_row(_short(reason.reject_reason), f"{reason.line_count:,}", example)
            _print(table)
        _out.print(
            f"\nThe ledger adds up: {ledger.line_count:,} lines = {ledger.accepted_count:,} events"
            f" + {ledger.duplicate_count:,} duplicates + {ledger.rejected_count:,} rejected.",
            highlight=False,
            soft_wrap=True,
        )
        if ledger.conflicting_count:
            _out.print(
                f"{ledger.conflicting_count:,} of the events arrived in copies that disagree; one copy of each counts, "
                "by default the one received last. analyses/events/copies_that_disagree.sql lists these events.",
                highlight=False,
                soft_wrap=True,
            )


def report_table(title: str, *columns: str) -> Table:
    """Return an empty table; a column whose name begins with > is aligned to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in columns:
        right = column.startswith(">")
        table.add_column(
            column.removeprefix(">"), justify="right" if right else "left", header_style="dim", no_wrap=True
        )
    return table


def _print(table: Table) -> None:
    """Print a table unless it is empty; names may be truncated to fit, numbers never."""
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
    """Truncate the name of a product or category. Returns Text, because rich would read [...] as markup."""
    return Text(printable(text if len(text) <= _NAME_CELLS else text[: _NAME_CELLS - 1] + "…"))
