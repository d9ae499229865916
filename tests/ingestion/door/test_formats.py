"""The shipped formats: samples made from each format's public reference, and the small inputs that once failed."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingestion.door.dialect import Dialect, load_dialect, parse_dialect, shipped_dialects
from ingestion.door.door import Admitted, Door
from ingestion.replay.readers import open_source
from tests.ingestion.door.samples import KEYS
from tests.ingestion.door.variants import VARIANTS, Variant
from tests.support.paths import DATA, ROOT

CASES = DATA.parent / "cases"
FORMATS = Path(__file__).parent / "formats"
SAMPLES = sorted(path for path in FORMATS.iterdir() if ".expected" not in path.name)
NOT_A_FORMAT = {"canonical", "clickstream", "rees46", "touches", "transactions"}
# what depends on the clock or on a key
VARYING = ("event_id", "received_at", "visitor_hash", "extra", "raw", "origin")


def load(path: Path, dialect: Dialect) -> Admitted:
    from datetime import UTC, datetime

    lines = open_source(str(path), dialect).lines()
    return Door(dialect, KEYS).admit_lines(lines, received_at=datetime(2026, 1, 1, tzinfo=UTC), origin=path.name)


def events(admitted: Admitted) -> list[dict[str, Any]]:
    return [event for line in admitted.lines if "reject_reason" not in (event := json.loads(line))]


def stable(event: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in event.items() if name not in VARYING}
    if kept.get("user_id", "").startswith("email:"):
        kept["user_id"] = "email:..."
    return kept


def amount(event: dict[str, Any]) -> Decimal:
    return Decimal(event.get("line_total") or Decimal(event["price"]) * int(event.get("quantity", 1)))


def total(found: list[dict[str, Any]], event_type: str) -> Decimal:
    return sum((amount(event) for event in found if event["event_type"] == event_type), Decimal(0))


def case(name: str) -> Path:
    if not (CASES / name).exists():
        pytest.skip(f"needs {name} of the shared cases beside the project")
    return CASES / name


def test_every_format_has_a_sample_and_a_page() -> None:
    formats = set(shipped_dialects()) - NOT_A_FORMAT
    assert {path.name.split(".")[0] for path in SAMPLES} == formats
    assert {path.stem for path in (ROOT / "docs/reference/formats").glob("*.md")} == formats


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_sample_gives_the_expected_events(sample: Path) -> None:
    name = sample.name.split(".")[0]
    admitted = load(sample, load_dialect(name))
    expected = json.loads((FORMATS / f"{name}.expected.json").read_text())
    assert [stable(json.loads(line)) for line in admitted.lines] == expected["lines"]
    assert admitted.ignored == expected["ignored"]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_no_name_address_or_telephone_number_of_a_sample_gets_into_the_lake(sample: Path) -> None:
    text = b"\n".join(load(sample, load_dialect(sample.name.split(".")[0])).lines)
    for personal in (b"example.com", b"Ann", b"301234567", b"203.0.113", b"ring, twice", b"Street 1"):
        assert personal not in text, personal


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_loading_a_sample_twice_gives_the_same_ids(sample: Path) -> None:
    dialect = load_dialect(sample.name.split(".")[0])
    first, second = ([event["event_id"] for event in events(load(sample, dialect))] for _ in range(2))
    assert first == second
    if sample.stem != "shopify_webhook":  # its order comes twice, and its refunds as well
        assert len(set(first)) == len(first)


def test_a_refund_in_its_order_and_as_its_own_webhook_is_one_event() -> None:
    found = events(load(FORMATS / "shopify_webhook.jsonl", load_dialect("shopify_webhook")))
    by_id = {event["event_id"]: event for event in found}
    assert Counter(event["event_type"] for event in by_id.values()) == {"purchase": 2, "refund": 2}
    assert total(list(by_id.values()), "refund") == 13


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_a_variant_of_a_format_has_the_sales_that_its_shop_knows(tmp_path: Path, variant: Variant) -> None:
    path = tmp_path / "export"
    path.write_bytes(variant.content)
    admitted = load(path, load_dialect(variant.dialect))
    by_id = {event["event_id"]: event for event in events(admitted)}
    if variant.later:
        path.write_bytes(variant.later)
        by_id |= {event["event_id"]: event for event in events(load(path, load_dialect(variant.dialect)))}
    found = list(by_id.values())
    bought = [event for event in found if event["event_type"] == "purchase"]
    orders = len({event["order_id"] for event in bought})
    pieces = sum(int(event.get("quantity", 1)) for event in bought)
    sales = (orders, pieces, total(found, "purchase"), total(found, "refund"))
    assert sales == (*variant.sales[:2], Decimal(variant.sales[2]), Decimal(variant.sales[3]))
    assert (admitted.ignored, admitted.rejected.total()) == (variant.ignored, variant.rejected)


def test_a_discount_on_a_whole_order_is_shared_out_to_its_lines() -> None:
    found = events(load(FORMATS / "shopify_orders.csv", load_dialect("shopify_orders")))
    first = [event for event in found if event["order_id"] == "#2001"]
    assert sum(amount(event) for event in first) == Decimal("40.00")  # the order's Subtotal
    assert sum(Decimal(event["discount"]) for event in first) == Decimal("10.00")


def test_ga4_purchases_have_their_lines_and_session_start_is_ignored() -> None:
    admitted = load(case("ga4_export.jsonl"), load_dialect("ga4_bigquery"))
    bought = [event for event in events(admitted) if event["event_type"] == "purchase"]
    assert [(line["product_id"], line["quantity"], Decimal(line["price"])) for line in bought] == [
        ("SKU-1", "2", Decimal("34.90")),
        ("SKU-2", "1", Decimal("10.00")),
    ]
    assert total(bought, "purchase") == Decimal("79.80")
    for line in bought:
        shared = [line[name] for name in ("currency", "device_type", "browser", "country", "session_id", "order_id")]
        assert shared == ["EUR", "mobile", "Chrome", "Germany", "1759823000", "T1"]
    (view,) = (event for event in events(admitted) if event["event_type"] == "view_item")
    assert view["product_id"] == "SKU-1"
    assert (admitted.ignored, admitted.rejected) == (1, Counter())


def test_shopify_orders_keep_their_later_lines_discounts_and_refunds() -> None:
    admitted = load(case("shopify_orders.csv"), load_dialect("shopify_orders"))
    found = events(admitted)
    first = [event for event in found if event["order_id"] == "#1001"]
    assert {(event["event_time"], event["currency"]) for event in first} == {("2025-10-07T07:50:26.000000Z", "EUR")}
    assert total(first, "purchase") == Decimal("74.80")
    second = [event for event in found if event["order_id"] == "#1002"]
    assert (total(second, "purchase"), total(second, "refund")) == (Decimal(20), Decimal(20))
    assert b"example.com" not in b"".join(admitted.lines)


@pytest.mark.parametrize("days", [("monday", "tuesday"), ("tuesday", "monday")])
def test_an_overlapping_export_counts_once_in_either_order(days: tuple[str, str]) -> None:
    dialect = load_dialect("shopify_orders")
    by_id = {
        event["event_id"]: event for day in days for event in events(load(case(f"orders_export_{day}.csv"), dialect))
    }
    found = list(by_id.values())
    assert {event["order_id"] for event in found} == {"#1001", "#1002", "#1003"}
    assert (total(found, "purchase"), total(found, "refund")) == (Decimal("124.70"), Decimal(20))


def documented_dialect(first_line: str) -> Dialect:
    """A dialect of the guide, as it stands there."""
    guide = (ROOT / "docs/guide/your-own-events.md").read_text()
    (text,) = (block for block in re.findall(r"```yaml\n(.*?)```", guide, re.S) if block.startswith(first_line))
    return parse_dialect(text, name="documented", where="docs/guide/your-own-events.md")


def test_the_documented_dialect_for_invoices_with_returns_is_right() -> None:
    admitted = load(case("returns_latin1.csv"), documented_dialect("# invoices.yml"))
    found = events(admitted)
    assert Counter(event["event_type"] for event in found) == {"purchase": 4, "refund": 1}
    assert len({event["event_id"] for event in found}) == 5
    (returned,) = (event for event in found if event["event_type"] == "refund")
    assert (returned["quantity"], amount(returned)) == ("2", Decimal("5.10"))
    assert admitted.rejected == {"bad_price": 1}
    assert "CLOCK £20" in {event["product_name"] for event in found}
    assert min(event["event_time"] for event in found) == "2010-12-01T08:26:00.000000Z"
