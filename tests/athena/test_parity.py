"""Both engines build the same tables from the same objects: simulated events with bad data, lines that bypassed the
door (validation), and events of a real shop. The tests run in this order, on one growing warehouse.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local_aws.launcher import Instance
from tests.athena.support import bypassed_door
from tests.athena.support.parity import differences
from tests.athena.support.reader import reading
from tests.athena.support.statements import Statements
from tests.athena.support.warehouse import BUCKET, AthenaWarehouse, dbt_folder
from tests.project.test_real_sample import SAMPLE, replay
from tests.support.paths import ROOT
from tests.support.warehouse import PER_RUN, DbtError, Warehouse

NOW = datetime.now(UTC)
NEXT_DAYS = """{{ config(
    unique_key=['event_date', 'order_id'],
    partitioned_by=['event_date'],
    **replacing_groups('lines')
) }}
select event_date + interval '1' day as event_date, order_id, count(*) as lines
from {{ ref('order_lines') }} where {{ in_touched_dates() }} group by 1, 2
"""


@dataclass
class Both:
    """The two engines over one lake."""

    local: Warehouse
    athena: AthenaWarehouse
    statements: Statements

    def shoplake(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "ingestion.cli", *arguments],
            env=os.environ | self.local.environment,
            check=True,
            capture_output=True,
        )

    def build(self, *arguments: str) -> str:
        self.athena.upload(self.local.lake)
        self.local.dbt("build", *arguments)
        return self.athena.dbt("build", *arguments)

    def assert_equal(self, minimum_rows: int) -> None:
        result = differences(self.local, self.athena)
        assert result.found == []
        assert result.rows["shoplake_silver.events"] >= minimum_rows
        print(f"{len(result.rows)} tables, {sum(result.rows.values()):,} rows equal")


@pytest.fixture(scope="module")
def both(instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> Both:
    start = (NOW - timedelta(days=3)).date()
    local = Warehouse(tmp_path_factory.mktemp("duckdb"), variables={})
    athena = AthenaWarehouse(instance, start)
    return Both(local, athena, Statements(athena.aws))


def test_a_first_build_over_an_empty_bucket_is_equal(both: Both) -> None:
    both.build()
    both.assert_equal(0)


def test_a_simulated_shop_with_bad_data_is_equal(both: Both) -> None:
    both.shoplake("simulate", "--events", "20000", "--malformed-rate", "0.02", "--duplicate-rate", "0.05")
    both.build()
    both.assert_equal(18_000)


def test_an_increment_with_lines_that_bypassed_the_door_and_a_real_shop_is_equal(both: Both) -> None:
    arrival = NOW - timedelta(hours=1)
    hour = both.local.lake / f"bronze/events/dt={arrival:%Y-%m-%d}/hour={arrival:%H}"
    hour.mkdir(parents=True, exist_ok=True)
    (hour / "bypassed-the-door.gz").write_bytes(gzip.compress("\n".join(bypassed_door.lines(arrival)).encode() + b"\n"))
    both.shoplake("simulate", "--more", "1h", "--events", "2000", "--late-rate", "0.2")
    if SAMPLE.is_file():
        replay(both.local, SAMPLE)
    both.athena.upload(both.local.lake)
    assert 'whats_new: ["new arrivals"]' in both.athena.dbt("run-operation whats_new")
    both.statements.skip()
    tables = [
        f"{schema}.{name}" for schema in ("shoplake_gold", "shoplake_silver") for name in both.athena.tables(schema)
    ]
    read_by_people = [table for table in tables if table.split(".")[1] not in PER_RUN | {"run_state"}]
    with reading(read_by_people, both.athena.query) as readings:
        both.build()
    assert readings.errors == []
    assert readings.counts.total() > len(read_by_people)
    both.assert_equal(20_000)


def test_an_increment_names_the_partitions_that_it_reads_and_merges(both: Both) -> None:
    """Literals prune partitions on any engine. Only this test fails if the adapter renames a macro that we override."""
    merges = {one.node: one.sql for one in both.statements.sent("MERGE")}
    partitioned = merges.keys() - {"loads", "product_funnel", "product_popularity"}
    assert len(partitioned) >= 9
    for node in partitioned:
        assert re.search(r"\btarget\.(event_date|event_month|arrival_date) in \(date '", merges[node]), node
    staged = {one.node: one.sql for one in both.statements.sent("CREATE_TABLE_AS_SELECT") if "__dbt_tmp" in one.sql}
    for node in partitioned - {"rejected_events"}:
        assert re.search(r"\bevent_date (in \(|between )date '", staged[node]), node
        assert "select dates.event_date" not in staged[node], node


def test_an_increment_reads_bronze_once_between_two_hours(both: Both) -> None:
    readers = [one for one in both.statements.sent() if '"bronze"."events"' in one.sql]
    assert [one.node for one in readers] == ["arrivals"]
    assert re.search(r"dt between '\S+' and '\S+' and \(dt > '\S+' or hour >= '\d\d'\)", readers[0].sql)


def test_a_run_with_nothing_new_writes_no_file_and_replaces_no_table_that_people_read(both: Both) -> None:
    def files() -> set[str]:
        names = both.athena.aws.list_objects(BUCKET, "warehouse/")
        return {name for name in names if "/data/" in name and not re.search("/(arrivals|touched_dates)(__|/)", name)}

    both.build()
    before = files()
    both.statements.skip()
    both.athena.dbt("run")
    assert files() == before
    replaced = {one.node for one in both.statements.sent() if re.search("(?i)alter table .* rename", one.sql)}
    assert replaced <= {"arrivals", "touched_dates"}
    both.assert_equal(20_000)


def test_the_scheduled_build_looks_whether_anything_is_new(both: Both) -> None:
    both.statements.skip()
    command = ("build", "--target", "athena_local", "--vars", f"{{bronze_start: {both.athena.start}}}")
    done = subprocess.run(
        [sys.executable, "-m", "ingestion.cli", *command],
        cwd=ROOT,
        env=both.athena.environment | {"DBT_PROFILES_DIR": str(dbt_folder())},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "Nothing arrived since the last build, and nothing changed: there is nothing to build.\n"
    assert len(both.statements.sent()) <= 5
    assert both.athena.dbt("run-operation whats_new", arrival_lookback_hours=24).count("whats_new: []") == 1


def test_optimize_and_vacuum_change_files_and_no_row(both: Both) -> None:
    assert re.search(r"shoplake_silver.events: \d+ of \d+ partitions had many files", both.athena.dbt(
        "run-operation optimize", optimize_data_files=2, optimize_delete_files=1
    ))  # fmt: skip
    assert "shoplake_silver.events: in order" in both.athena.dbt("run-operation optimize", optimize_data_files=2)
    assert "snapshots, none older than 120 hours" in both.athena.dbt("run-operation vacuum")
    assert "snapshots became 1" in both.athena.dbt("run-operation vacuum", vacuum_snapshot_hours=0)
    both.assert_equal(20_000)


def test_columns_that_a_model_and_the_event_gain_are_added_to_the_live_tables(both: Both, tmp_path: Path) -> None:
    """Accepted as they are, old rows have NULL: in order_lines until their date is touched, in events for good."""
    project = tmp_path / "project"
    shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(".*", "target", "logs", "lake", "site"))
    model = project / "models/silver/sales/order_lines.sql"
    model.write_text(model.read_text().replace("payment_method\n    from", "payment_method,\n        city\n    from"))
    event = project / "ingestion/event.py"
    event.write_text(
        event.read_text().replace('    "extra": ', '    "gift_note": "What the card says.",\n    "extra": ', 1)
    )
    subprocess.run([sys.executable, "-m", "ingestion.warehouse.event_contract"], cwd=project, check=True)
    both.athena.add_bronze_column("gift_note")
    both.athena.project = project
    models = ("arrivals", "touched_dates", "events", "order_lines")
    both.athena.dbt("run", "--select", *models, on_changed_definition="accept")
    both.athena.project = ROOT
    assert both.athena.tables("shoplake_silver")["order_lines"][-1] == ("city", "string")
    known = both.athena.query("select count(*), count(city) from shoplake_silver.order_lines").rows[1]
    assert int(known[0] or 0) >= int(known[1] or 0) > 0
    assert both.athena.tables("shoplake_silver")["events"][-1] == ("gift_note", "string")


def test_an_added_model_with_one_key_and_no_partition_is_merged_and_one_of_other_dates_is_not(
    both: Both, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(".*", "target", "logs", "lake", "site"))
    sql = "select order_id, count(*) as lines from {{ ref('order_lines') }} group by 1"
    (project / "models/silver/sales/orders.sql").write_text("{{ config(unique_key='order_id') }}\n" + sql)
    (project / "models/silver/sales/next_days.sql").write_text(NEXT_DAYS)
    both.athena.project = project
    try:
        for _ in range(2):
            both.athena.dbt("run", "--select", "orders")
        both.athena.dbt("run", "--select", "next_days")
        # its rows are of other dates than the touched ones, which the merge takes for granted
        with pytest.raises(DbtError, match="Division by zero"):
            both.athena.dbt("run", "--select", "next_days")
    finally:
        both.athena.project = ROOT
    merged = both.athena.query("select count(*), count(distinct order_id) from shoplake_silver.orders").rows[1]
    assert int(merged[0] or 0) == int(merged[1] or 0) > 0
    both.athena.query("drop table shoplake_silver.orders")
    both.athena.query("drop table shoplake_silver.next_days")


def test_a_full_refresh_is_equal(both: Both) -> None:
    both.build("--full-refresh")
    both.assert_equal(20_000)


def test_freshness_and_docs_run_on_athena(both: Both) -> None:
    both.athena.dbt("source freshness")
    both.athena.dbt("docs generate")
