"""The first hours of a real shop, replayed and built, compared with answers that an independent program computed.

The data may not be published: the tests read it from ../shared/data and are skipped without it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import DATA
from tests.support.warehouse import Warehouse

SAMPLE = DATA / "rees46_2019_oct_sample.csv"
NAMES = {"view": "view_item", "cart": "add_to_cart", "purchase": "purchase"}

pytestmark = pytest.mark.skipif(
    not SAMPLE.is_file(), reason="the real sample is not beside the project, in ../shared/data"
)


def replay(warehouse: Warehouse, file: Path, *options: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "ingestion.cli", "replay", str(file), "--dialect", "rees46", *options],
        env=os.environ | warehouse.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("rees46"), variables={})
    replay(warehouse, SAMPLE, "--arrival", "event")
    warehouse.dbt("build")
    return warehouse


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    answers: dict[str, Any] = json.loads(SAMPLE.with_suffix(".expected.json").read_text())
    return answers


def test_events_by_type_with_and_without_duplicates(sample: Warehouse, expected: dict[str, Any]) -> None:
    query = "select event_type, count(*) from {} group by 1"
    assert dict(sample.query(query.format("shoplake_silver.arrivals where object_state is null"))) == {
        NAMES[name]: count for name, count in expected["counts_by_type"].items()
    }
    assert dict(sample.query(query.format("shoplake_silver.events"))) == {
        NAMES[name]: count for name, count in expected["counts_by_type_dedup"].items()
    }
    ledger = "select sum(line_count), sum(duplicate_count), sum(rejected_count) from shoplake_silver.loads"
    assert sample.query(ledger) == [(expected["rows_well_formed"], expected["exact_duplicate_rows"], 0)]


def test_revenue_in_total_and_by_hour(sample: Warehouse, expected: dict[str, Any]) -> None:
    rows = sample.query("select event_date, event_hour, total_revenue from shoplake_gold.hourly_revenue")
    assert sum(row[2] for row in rows) == Decimal(expected["revenue_total_dedup"])
    by_hour = {f"{date} {hour:02d}:00": revenue for date, hour, revenue in rows}
    assert by_hour == {hour: Decimal(revenue) for hour, revenue in expected["revenue_per_hour_top10"]}


def test_unique_users_per_day(sample: Warehouse, expected: dict[str, Any]) -> None:
    rows = sample.query("select event_date::varchar, unique_users from shoplake_gold.daily_user_activity")
    assert dict(rows) == expected["unique_users_per_day"]


def test_top_products_by_views(sample: Warehouse, expected: dict[str, Any]) -> None:
    views = dict(sample.query("select product_id, sum(view_count) from shoplake_gold.product_popularity group by 1"))
    for product, count in expected["top_products_by_views"]:
        assert views[product] == count
    tenth = expected["top_products_by_views"][-1][1]
    assert sum(int(str(count)) > tenth for count in views.values()) <= 10


def test_the_funnel_of_the_ten_products_most_looked_at(sample: Warehouse, expected: dict[str, Any]) -> None:
    funnel = {
        product: counts
        for product, *counts in sample.query(
            "select product_id, sum(view_count), sum(add_to_cart_count), sum(purchase_count)"
            " from shoplake_gold.product_funnel group by 1"
        )
    }
    viewers = dict(
        sample.query("select product_id, sum(unique_viewers) from shoplake_gold.product_popularity group by 1")
    )
    for product in expected["funnel_per_product_top10_by_views"]:
        assert funnel[product["product_id"]] == [product["views"], product["carts"], product["purchases"]]
        assert viewers[product["product_id"]] == product["users_viewed"]


def test_carts_left_behind_as_the_analysis_over_events(sample: Warehouse, expected: dict[str, Any]) -> None:
    carts = sample.query(
        "select distinct session_id, product_id from shoplake_silver.events where event_type = 'add_to_cart'"
    )
    abandoned = sample.query(f"select count(*), sum(price) from ({sample.compiled('carts_left_behind')})")
    answers = expected["abandoned"]
    definition = "DEF1 pairs (user_session,product_id) with a cart and no purchase of that product in that session"
    value = answers["DEF1_value sum over abandoned pairs of the price of the first cart event"]
    assert len(carts) == answers["session_product_pairs_with_cart"]
    assert abandoned == [(answers[definition], Decimal(value))]


def test_the_same_file_again_is_all_duplicates(sample: Warehouse, expected: dict[str, Any]) -> None:
    count = "select count(*) from shoplake_silver.events"
    before = sample.query(count)
    assert "4,999" in replay(sample, SAMPLE)
    sample.dbt("build")
    assert sample.query(count) == before
    # the copies received last count, so the lines of the first replay are the duplicates now
    hours = "select sum(accepted_count), sum(duplicate_count), sum(conflicting_count) from shoplake_silver.loads where "
    again = "arrival_hour = (select max(arrival_hour) from shoplake_silver.loads)"
    copies = expected["exact_duplicate_rows"]
    assert sample.query(hours + again) == [(expected["rows_well_formed"] - copies, copies, 0)]
    assert sample.query(hours + f"not {again}") == [(0, expected["rows_well_formed"], 0)]


def test_spreadsheet_damage_loads_with_its_prices_right(tmp_path: Path, expected: dict[str, Any]) -> None:
    warehouse = Warehouse(tmp_path / "excel", variables={})
    replay(warehouse, DATA / "rees46_2019_oct_excel_bom.csv", "--arrival", "event")
    replay(warehouse, SAMPLE, "--arrival", "event")
    warehouse.dbt("run", "--select", "arrivals")
    [(damaged, wrong)] = warehouse.query(
        """
        with lines as (
            select *, row_number() over (partition by object_name) as line
            from shoplake_silver.arrivals
            where object_state is null
        )
        select
            count(*) filter (where excel.reject_reason is null),
            count(*) filter (where not exists (
                select 1 from lines as whole
                where whole.object_name <> excel.object_name and whole.event_at = excel.event_at
                    and whole.user_id = excel.user_id and whole.product_id = excel.product_id
                    and whole.price = excel.price
            ))
        from lines as excel
        where excel.object_name = (select object_name from lines group by 1 order by count(*) limit 1)
        """
    )
    assert (damaged, wrong) == (29, 0)
