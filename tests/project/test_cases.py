"""Small files that failed in the field, replayed and built: the right values are those of ../shared/cases/README.md.

The files are read from there; the tests are skipped without them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from tests.support.paths import CASES
from tests.support.warehouse import Warehouse

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the project, in ../shared/cases")

DIALECTS: Final = {
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
    "marked": """
        constants: {source: marked}
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
"""A dialect for each case that needs one, as a user would write it. `source` tells the cases apart in one lake."""


class Shop:
    """One lake, into which each case is replayed, and its tables."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = Warehouse(folder, variables={})
        for name, text in DIALECTS.items():
            (folder / f"{name}.yml").write_text(text)

    def replay(self, file: str, dialect: str, *options: str) -> str:
        own = self.warehouse.folder / f"{dialect}.yml"
        return subprocess.run(
            [
                *(sys.executable, "-m", "ingestion.cli", "replay", str(CASES / file), *options),
                *("--dialect", str(own) if own.is_file() else dialect),
            ],
            env=os.environ | self.warehouse.environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def lines(self, where: str) -> list[tuple[object, ...]]:
        return self.warehouse.query(
            "select event_type, line.order_id, line.product_id, line.quantity, amount from shoplake_silver.order_lines"
            f" as line inner join shoplake_silver.events using (event_date, event_id) where {where} order by all"
        )


FILES: Final = [
    ("ga4_export.jsonl", "ga4_bigquery"),
    ("shopify_orders.csv", "shopify_orders"),
    ("german_orders.csv", "german"),
    ("date_and_time_columns.csv", "two_columns"),
    ("no_header.csv", "no_header"),
    ("preamble.csv", "preamble"),
    ("null_tokens.csv", "null_tokens"),
    ("batch.json", "batch"),
    ("pretty.json", "marked"),
    ("objects_without_newline.json.gz", "marked"),
    ("price_exponent.jsonl", "marked"),
    ("lone_surrogate.jsonl", "marked"),
    ("returns_latin1.csv", "returns"),
    ("quotes.csv", "canonical"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("cases"))
    for file, dialect in FILES:
        shop.replay(file, dialect)
    shop.warehouse.dbt("run")
    return shop


def amounts(*rows: tuple[str, str, str | None, int, str]) -> list[tuple[object, ...]]:
    return [(kind, order, product, quantity, Decimal(amount)) for kind, order, product, quantity, amount in rows]


def test_the_export_of_ga4(shop: Shop) -> None:
    assert shop.lines("line.order_id = 'T1'") == amounts(
        ("purchase", "T1", "SKU-1", 2, "69.80"), ("purchase", "T1", "SKU-2", 1, "10.00")
    )
    assert shop.warehouse.query(
        "select distinct currency, device_type, browser, country, session_id, anonymous_id"
        " from shoplake_silver.events where order_id = 'T1'"
    ) == [("EUR", "mobile", "Chrome", "Germany", "1759823000", "1234.5678")]
    types = "select event_type, count(*) from shoplake_silver.events where anonymous_id = '1234.5678' group by 1"
    assert dict(shop.warehouse.query(types)) == {"purchase": 2, "view_item": 1}
    assert "session_start" not in str(shop.warehouse.query("from shoplake_silver.rejected_events"))


def test_the_export_of_shopify(shop: Shop) -> None:
    assert shop.lines("line.order_id like '#1%'") == amounts(
        ("purchase", "#1001", "SKU-1", 2, "64.80"),
        ("purchase", "#1001", "SKU-2", 1, "10.00"),
        ("purchase", "#1002", "SKU-2", 1, "20.00"),
        # the export says how much was refunded, not for what
        ("refund", "#1002", None, -1, "-20.00"),
    )
    assert shop.warehouse.query(
        "select count(distinct event_at), min(currency) from shoplake_silver.events where order_id = '#1001'"
    ) == [(1, "EUR")]


def test_no_address_of_a_customer_is_in_the_lake(shop: Shop) -> None:
    for row in shop.warehouse.query("select to_json(arrivals)::varchar from shoplake_silver.arrivals"):
        assert "@example.com" not in row[0]


def test_a_german_export(shop: Shop) -> None:
    assert shop.lines("source = 'german'") == amounts(
        ("purchase", "501", "Kerze; groß", 2, "2469.00"),
        ("purchase", "502", "Kerze", 1, "19.90"),
        ("purchase", "503", "Öl", 1, "20.00"),
    )


def test_date_and_time_in_two_columns(shop: Shop) -> None:
    [(at,)] = shop.warehouse.query("select event_at from shoplake_silver.events where source = 'two_columns'")
    assert str(at) == "2025-10-07 10:00:00"


def test_a_file_without_a_header(shop: Shop) -> None:
    count = "select count(*), count(distinct product_id), sum(quantity) from shoplake_silver.events"
    assert shop.warehouse.query(f"{count} where source = 'no_header'") == [(3, 3, 3)]


def test_forms_of_json_and_lines_before_the_header(shop: Shop) -> None:
    count = "select count(*), sum(price) from shoplake_silver.events where"
    assert shop.warehouse.query(f"{count} source = 'preamble'") == [(1, Decimal("1.00"))]
    assert shop.warehouse.query(f"{count} source = 'batch'") == [(1, Decimal("1.00"))]
    assert shop.warehouse.query(f"{count} event_id in ('g1', 'g2', 'g3')") == [(3, Decimal("3.00"))]
    assert shop.warehouse.query(f"{count} event_id = 'pp'") == [(1, Decimal("1.00"))]


def test_null_tokens_are_nobody(shop: Shop) -> None:
    events = "from shoplake_silver.events where source = 'null_tokens'"
    assert shop.warehouse.query(f"select count(*), count(user_id), count(distinct anonymous_id) {events}") == [
        (4, 0, 4)
    ]
    [day] = shop.warehouse.query(
        "select unique_users from shoplake_gold.daily_user_activity where event_date = '2025-10-10'"
    )
    assert day == (4,)


def test_numbers_as_java_writes_them_and_half_an_emoji(shop: Shop) -> None:
    prices = "select event_id, price from shoplake_silver.events where event_id in ('j1', 'j2', 's1') order by 1"
    assert shop.warehouse.query(prices) == [
        ("j1", Decimal("12345678")),
        ("j2", Decimal("9999999")),
        ("s1", Decimal("12.50")),
    ]
    [name] = shop.warehouse.query("select product_name from shoplake_silver.events where event_id = 's1'")
    assert name == ("Mug \ufffd",)


def test_returns_as_negative_pieces(shop: Shop) -> None:
    assert shop.lines("source = 'returns'") == amounts(
        ("purchase", "INV7001", "A-1", 6, "15.30"),
        ("purchase", "INV7002", "A-2", 1, "1.25"),
        ("purchase", "INV7002", "A-2", 1, "1.25"),
        ("purchase", "INV7003", "A-3", 24, "90.00"),
        ("refund", "INV7001", "A-1", -2, "-5.10"),
    )
    [name] = shop.warehouse.query("select product_name from shoplake_silver.events where product_id = 'A-3'")
    assert name == ("CLOCK £20",)
    refused = "select reject_reason from shoplake_silver.rejected_events where origin = 'returns_latin1.csv:7'"
    assert shop.warehouse.query(refused) == [("bad_price",)]


def test_rows_with_odd_quotes_are_kept_or_refused_one_by_one(shop: Shop) -> None:
    kept = shop.warehouse.query("select event_id from shoplake_silver.events where event_id similar to 'q[1-8]'")
    refused = shop.warehouse.query(
        "select origin from shoplake_silver.rejected_events where origin like 'quotes.csv:%'"
    )
    assert len(kept) + len(refused) == 8
    [tablet] = shop.warehouse.query("select product_name from shoplake_silver.events where event_id = 'q1'")
    assert tablet == ('5" Tablet',)


@pytest.mark.parametrize("days", [("monday", "tuesday"), ("tuesday", "monday")])
def test_an_export_that_overlaps_counts_once(tmp_path: Path, days: tuple[str, str]) -> None:
    shop = Shop(tmp_path)
    for day in days:
        shop.replay(f"orders_export_{day}.csv", "shopify_orders")
    shop.warehouse.dbt("run")
    [(orders, bought, returned)] = shop.warehouse.query(
        "select count(distinct order_id) filter (not is_refund), sum(amount) filter (not is_refund),"
        " sum(amount) filter (is_refund) from shoplake_silver.order_lines"
    )
    assert (orders, bought, returned) == (3, Decimal("124.70"), Decimal("-20.00"))


@pytest.mark.parametrize("arrival", ["now", "event"])
def test_a_correction_counts_instead_of_what_it_corrects(tmp_path: Path, arrival: str) -> None:
    shop = Shop(tmp_path)
    for number in (1, 2):
        shop.replay(f"corrections_{number}.jsonl", "canonical", "--arrival", arrival)
        shop.warehouse.dbt("run")
    assert shop.lines("line.order_id = 'O3'") == amounts(("purchase", "O3", "p", 2, "20.00"))
    conflicting = "select event_id from shoplake_silver.events where has_conflicting_copies"
    assert shop.warehouse.query(conflicting) == [("edit-1",)]


@pytest.mark.parametrize(
    ("file", "count", "revenue"),
    [
        ("collapse_mail.csv", 3, 300),
        ("collapse_sku.csv", 3, 300),
        ("collapse_ctl.csv", 3, 300),
        ("collapse_ip.jsonl", 3, None),
    ],
)
def test_records_that_differ_only_in_what_is_scrubbed_stay_apart(
    tmp_path: Path, file: str, count: int, revenue: int | None
) -> None:
    shop = Shop(tmp_path)
    shop.replay(f"hostile/{file}", "canonical")
    shop.warehouse.dbt("run")
    assert shop.warehouse.query("select count(*), sum(price) from shoplake_silver.events") == [(count, revenue)]


def test_a_file_replayed_again_with_a_key_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(tmp_path)
    shop.replay("hostile/replay_again_with_key.csv", "canonical")
    monkeypatch.setenv("SHOPLAKE_HMAC_KEY", "a key that the tool recommends")
    shop.replay("hostile/replay_again_with_key.csv", "canonical")
    shop.warehouse.dbt("run")
    assert shop.warehouse.query("select count(*), sum(price) from shoplake_silver.events") == [(2, 200)]
