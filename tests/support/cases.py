"""Small files that failed in the field, replayed into one lake, and what its tables answer on both engines.

The files are read from ../shared/cases; the right values are those of its README. Each case has its name as `source`,
which tells the cases apart in one lake, unless its file or its dialect says another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from typer.testing import CliRunner

from ingestion.cli.app import app
from tests.support.paths import CASES, ROOT

TODAY: Final = datetime.now(UTC).date()
FIRST_ARRIVAL: Final = TODAY - timedelta(days=4)
"""A run on Athena lists every hour since then, so `--arrival event` is tried with days that are moved to these."""

VARIABLES: Final = {"bronze_start": FIRST_ARRIVAL.isoformat(), "arrival_lookback_hours": 120}
"""The second build has to find late hours on Athena: it is a reconcile run."""

OWN_DIALECTS: Final = {
    "german": """
        read: {decimal: ",", thousands: ".", delimiter: ";"}
        rename: {Bestellnummer: order_id, Bestelldatum: event_time, Artikelname: [product_id, product_name],
                 Menge: quantity, Artikelpreis: price, Kunde: user_id}
        constants: {event_type: purchase, source: german}
        time: {format: "%d.%m.%Y %H:%M"}
    """,
    "two_columns": """
        fields:
          event_type: {text: purchase}
          event_time: {join: [date, time], with: " "}
          product_id: sku
          price: price
          quantity: qty
          source: {text: two_columns}
        time: {format: "%d.%m.%Y %H:%M:%S"}
    """,
    "no_header": """
        read: {columns: [session, time, item, price, pieces], format: csv}
        rename: {session: session_id, time: event_time, item: product_id, pieces: quantity}
        constants: {event_type: purchase, source: no_header}
    """,
    "preamble": """
        read: {comment: "#"}
        constants: {source: preamble}
    """,
    "null_tokens": r"""
        read: {null_values: ["NULL", '\N']}
        constants: {source: null_tokens}
    """,
    "batch": """
        read: {records: events}
        constants: {source: batch}
    """,
    "returns": """
        read: {encoding: latin-1, identical_rows: each}
        fields:
          event_time: InvoiceDate
          order_id: {path: InvoiceNo, strip_prefix: C}
          product_id: StockCode
          product_name: Description
          quantity: {absolute: Quantity}
          price: UnitPrice
          user_id: CustomerID
          country: Country
          source: {text: returns}
        events:
          - {type: refund, when: {Quantity: {below: 0}}}
          - {type: purchase, when: {Quantity: {above: 0}}}
        time: {format: "%m/%d/%Y %H:%M"}
    """,
}
"""Dialects as their users would write them. A case without one needs nothing but its `source`."""


@dataclass(frozen=True)
class Case:
    """A file to replay.

    Attributes
    ----------
    name
        Also the `source` of its events.
    file
        In ../shared/cases, or MADE.
    shipped
        The name of a shipped dialect, in which the text `shopify` becomes the case's name, as in the copy that a second
        shop would make. Without one, the case's own dialect.
    key
        SHOPLAKE_HMAC_KEY of the replay.
    moved_by
        Days by which the times in the file are moved.
    """

    name: str
    file: str
    shipped: str | None = None
    options: tuple[str, ...] = ()
    key: str = ""
    moved_by: timedelta = timedelta()


MADE: Final = "made.jsonl"
# the ids of the corrections are also those of another case, and their last day is 2025-10-08
NEXT_MONTH: Final = timedelta(days=31)
TO_YESTERDAY: Final = TODAY - timedelta(days=1) - date(2025, 10, 8)

FIRST: Final = (
    Case("ga4", "ga4_export.jsonl", shipped="ga4_bigquery"),
    Case("shopify", "shopify_orders.csv", shipped="shopify_orders"),
    Case("forwards", "orders_export_monday.csv", shipped="shopify_orders"),
    Case("backwards", "orders_export_tuesday.csv", shipped="shopify_orders"),
    Case("german", "german_orders.csv"),
    Case("two_columns", "date_and_time_columns.csv"),
    Case("no_header", "no_header.csv"),
    Case("preamble", "preamble.csv"),
    Case("quotes", "quotes.csv"),
    Case("null_tokens", "null_tokens.csv"),
    Case("batch", "batch.json"),
    Case("pretty", "pretty.json"),
    Case("run_together", "objects_without_newline.json.gz"),
    Case("java", "price_exponent.jsonl"),
    Case("surrogate", "lone_surrogate.jsonl"),
    Case("returns", "returns_latin1.csv"),
    Case("corrected", "corrections_1.jsonl", moved_by=NEXT_MONTH),
    Case("corrected_then", "corrections_1.jsonl", options=("--arrival", "event"), moved_by=TO_YESTERDAY),
    Case("mail", "hostile/collapse_mail.csv"),
    Case("ip", "hostile/collapse_ip.jsonl"),
    Case("sku", "hostile/collapse_sku.csv"),
    Case("ctl", "hostile/collapse_ctl.csv"),
    Case("again", "hostile/replay_again_with_key.csv"),
    Case("hostile", MADE),
)
"""What arrives before the first build."""

SECOND: Final = (
    Case("forwards", "orders_export_tuesday.csv", shipped="shopify_orders"),
    Case("backwards", "orders_export_monday.csv", shipped="shopify_orders"),
    Case("corrected", "corrections_2.jsonl", moved_by=NEXT_MONTH),
    Case("corrected_then", "corrections_2.jsonl", options=("--arrival", "event"), moved_by=TO_YESTERDAY),
    Case("again", "hostile/replay_again_with_key.csv", key="a key that the tool recommends"),
)
"""What arrives between the first build and the second."""


def hostile_lines() -> Iterator[str]:
    """The lines that README.md says how to make, and a harmless one after them."""
    event = {"event_type": "page_view", "event_time": "2025-10-07T10:00:00Z", "anonymous_id": "a"}
    addresses = " ".join(f"max.mustermann{number}@example.com" for number in range(4_000))
    yield json.dumps(event | {f"{number}@b.co": "" for number in range(8_300)})
    yield json.dumps(event | {"page_url": "\ufdfa" * 320_000 + " \uff4d@\uff45.com"}, ensure_ascii=False)
    yield json.dumps(event | {"city": ":" * 1_000_000})
    yield json.dumps(event | {"event_type": "no event", "note": addresses})
    yield json.dumps(event | {"city": "Berlin"})


def replay(case: Case, lake: Path, folder: Path) -> str:
    """Replay a file into a lake, and return what the command printed. Dialects and made files go to `folder`."""
    dialect = folder / f"{case.name}.yml"
    dialect.write_text(_dialect(case))
    file = CASES / case.file
    if case.file == MADE:
        file = folder / MADE
        file.write_text("\n".join(hostile_lines()))
    elif case.moved_by:
        file = folder / Path(case.file).name
        file.write_text(_moved((CASES / case.file).read_text(), case.moved_by))
    command = ["replay", str(file), "--dialect", str(dialect), "--lake", str(lake), "--workers", "1", *case.options]
    done = CliRunner().invoke(app, command, env={"SHOPLAKE_HMAC_KEY": case.key})
    assert done.exit_code == 0, f"{case.name}: {done.output} {done.exception!r}"
    return done.output


def _dialect(case: Case) -> str:
    if case.shipped is None:
        return OWN_DIALECTS.get(case.name, f"constants: {{source: {case.name}}}")
    text = (ROOT / f"ingestion/door/dialects/{case.shipped}.yml").read_text()
    return text.replace("{text: shopify}", f"{{text: {case.name}}}")


def _moved(text: str, days: timedelta) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d(?=T)", lambda day: (date.fromisoformat(day[0]) + days).isoformat(), text)


@dataclass(frozen=True)
class Answer:
    """Rows that a query returns on both engines after both builds."""

    claim: str
    sql: str
    rows: list[tuple[object, ...]]


def order_lines(claim: str, where: str, *rows: tuple[str, str, str | None, int, str]) -> Answer:
    sql = f"""
        select event_type, line.order_id, line.product_id, line.quantity, amount
        from shoplake_silver.order_lines as line
        inner join shoplake_silver.events using (event_date, event_id)
        where {where}
        order by 1, 2, 3, 4, 5
    """
    return Answer(claim, sql, [(*row[:4], Decimal(row[4])) for row in rows])


def events(claim: str, select: str, where: str, *rows: tuple[object, ...]) -> Answer:
    return Answer(claim, f"select {select} from shoplake_silver.events where {where} order by 1", list(rows))


def refused(claim: str, select: str, where: str, *rows: tuple[object, ...]) -> Answer:
    return Answer(claim, f"select {select} from shoplake_silver.rejected_events where {where}", list(rows))


def exported(name: str) -> Answer:
    """Of an export that was replayed again a day later: orders, revenue, given back."""
    sql = f"""
        select
            count(distinct case when not line.is_refund then line.order_id end),
            sum(case when not line.is_refund then amount end),
            sum(case when line.is_refund then amount end)
        from shoplake_silver.order_lines as line
        inner join shoplake_silver.events using (event_date, event_id)
        where source = '{name}'
    """
    return Answer(f"an export that overlaps counts once, {name}", sql, [(3, Decimal("124.70"), Decimal("-20.00"))])


ANSWERS: Final = (
    order_lines(
        "ga4: a purchase is its items",
        "line.order_id = 'T1'",
        ("purchase", "T1", "SKU-1", 2, "69.80"),
        ("purchase", "T1", "SKU-2", 1, "10.00"),
    ),
    events(
        "ga4: what is said once is known of every item",
        "distinct currency, device_type, browser, country, session_id, anonymous_id",
        "order_id = 'T1'",
        ("EUR", "mobile", "Chrome", "Germany", "1759823000", "1234.5678"),
    ),
    events(
        "ga4: session_start is no event",
        "event_type, count(*)",
        "anonymous_id = '1234.5678' group by 1",
        ("purchase", 2),
        ("view_item", 1),
    ),
    refused("ga4: session_start is not refused", "count(*)", "origin like 'ga4%'", (0,)),
    order_lines(
        "shopify: lines, a discount and a refund",
        "source = 'shopify'",
        ("purchase", "#1001", "SKU-1", 2, "64.80"),
        ("purchase", "#1001", "SKU-2", 1, "10.00"),
        ("purchase", "#1002", "SKU-2", 1, "20.00"),
        # the export says how much was refunded, not for what
        ("refund", "#1002", None, -1, "-20.00"),
    ),
    events(
        "shopify: the lines of an order have its time and currency",
        "count(distinct event_at), min(currency), max(currency)",
        "source = 'shopify' and order_id = '#1001'",
        (1, "EUR", "EUR"),
    ),
    exported("forwards"),
    exported("backwards"),
    order_lines(
        "german: decimal comma, thousands point, semicolons",
        "source = 'german'",
        ("purchase", "501", "Kerze; gro\u00df", 2, "2469.00"),
        ("purchase", "502", "Kerze", 1, "19.90"),
        ("purchase", "503", "\u00d6l", 1, "20.00"),
    ),
    events("date and time in two columns", "event_at", "source = 'two_columns'", (datetime(2025, 10, 7, 10),)),
    events(
        "a file without a header",
        "count(*), count(distinct product_id), sum(quantity)",
        "source = 'no_header'",
        (3, 3, 3),
    ),
    *(
        events(f"one event in {name}", "count(*), sum(price)", f"source = '{name}'", (1, Decimal(1)))
        for name in ("preamble", "batch", "pretty")
    ),
    events("objects without newline", "count(*), sum(price)", "source = 'run_together'", (3, Decimal(3))),
    Answer(
        "quotes: rows are kept or refused one by one",
        "select (select count(*) from shoplake_silver.events where source = 'quotes')"
        " + (select count(*) from shoplake_silver.rejected_events where origin like 'quotes.csv:%')",
        [(8,)],
    ),
    events("quotes: one in an unquoted field", "product_name", "event_id = 'q1'", ('5" Tablet',)),
    events(
        "a null token is nobody",
        "count(*), count(user_id), count(distinct anonymous_id)",
        "source = 'null_tokens'",
        (4, 0, 4),
    ),
    Answer(
        "a null token is nobody in gold",
        "select unique_users from shoplake_gold.daily_user_activity where event_date = date '2025-10-10'",
        [(4,)],
    ),
    events(
        "prices as Java writes them",
        "event_id, price",
        "source = 'java'",
        ("j1", Decimal(12345678)),
        ("j2", Decimal(9999999)),
    ),
    events("half an emoji", "product_name, price", "source = 'surrogate'", ("Mug \ufffd", Decimal("12.50"))),
    order_lines(
        "returns are negative pieces, and identical lines of an invoice are several",
        "source = 'returns'",
        ("purchase", "INV7001", "A-1", 6, "15.30"),
        ("purchase", "INV7002", "A-2", 1, "1.25"),
        ("purchase", "INV7002", "A-2", 1, "1.25"),
        ("purchase", "INV7003", "A-3", 24, "90.00"),
        ("refund", "INV7001", "A-1", -2, "-5.10"),
    ),
    events("returns: latin-1", "product_name", "source = 'returns' and product_id = 'A-3'", ("CLOCK \u00a320",)),
    refused("returns: an adjustment", "reject_reason", "origin = 'returns_latin1.csv:7'", ("bad_price",)),
    *(
        order_lines(
            f"{name}: a correction counts instead of what it corrects",
            f"source = '{name}' and line.order_id = 'O3'",
            ("purchase", "O3", "p", 2, "20.00"),
        )
        for name in ("corrected", "corrected_then")
    ),
    *(
        events(
            f"{name}: the copies that disagree",
            "event_id",
            f"source = '{name}' and has_conflicting_copies",
            ("edit-1",),
        )
        for name in ("corrected", "corrected_then")
    ),
    *(
        events(f"{name}: what is scrubbed keeps records apart", "count(*), sum(price)", f"source = '{name}'", counted)
        for name, counted in {"mail": (3, 300), "sku": (3, 300), "ctl": (3, 300), "ip": (3, None)}.items()
    ),
    events("a file replayed again with a key", "count(*), sum(price)", "source = 'again'", (2, 200)),
    events(
        "hostile lines stop no build and cost nobody an event",
        "city, count(*)",
        "source = 'hostile' group by 1",
        ("Berlin", 1),
        ("[cut]", 1),
        (None, 2),
    ),
    refused(
        "hostile: what was cut shows no address",
        "count(*), count(case when raw like '%mustermann%' or raw like '%@%' then 1 end)",
        "origin like 'made.jsonl:%'",
        (1, 0),
    ),
)
