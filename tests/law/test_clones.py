"""`dbt clone` over a schema that was built: what is made of the clones is not built on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.law.added_models import daily, project_with
from tests.law.cases import run_state
from tests.law.versions import EDITS, copy_of_the_project
from tests.support.warehouse import Warehouse

VIEW = {
    "models/silver/sales/priced.sql": "{{ config(materialized='view') }}\n"
    "select *, price as amount from {{ ref('events') }}\n"
}


def clone_from_another(shop: Warehouse, state: Path, project: Path, *selection: str) -> None:
    """The schema dev is built by its project; then models of the schema shoplake and its project replace some."""
    shop.dbt("run")
    state.mkdir()
    shop.dbt("parse").writable_manifest().write(str(state / "manifest.json"))
    shop.project, shop.schema = project, "dev"
    shop.dbt("run")
    shop.dbt("clone", "--full-refresh", "--state", str(state), *selection)


@pytest.mark.parametrize("cloned", ["order_lines", "priced"])
def test_what_is_made_of_a_clone_is_computed_anew(shop: Warehouse, tmp_path: Path, cloned: str) -> None:
    """Of a table or of a view: the clone is a view in both cases."""
    sql = daily("sum(amount)").replace("ref('events')", "ref('priced')")
    theirs = {name: text.replace("price as", "7 * price as") for name, text in VIEW.items()}
    shop.project = project_with(tmp_path / "theirs", sql, *EDITS["macro"], files=theirs)
    ours = project_with(tmp_path / "ours", sql, files=VIEW)
    clone_from_another(shop, tmp_path / "state", ours, "--select", cloned)
    child = {"order_lines": "gold.hourly_revenue", "priced": "silver.my_daily"}[cloned]
    rows = f"from dev_{child} order by all"
    before = shop.query(rows)
    shop.dbt("run", "--select", child.split(".")[1])
    assert shop.query(rows) != before
    shop.dbt("run")
    assert shop.query(rows) == before


def test_a_clone_of_everything_is_neither_refused_nor_forgets_what_is_stale(shop: Warehouse, tmp_path: Path) -> None:
    """dbt runs the hooks of the models, which ask for what only a build knows."""
    shop.schema = "dev"
    shop.dbt("run")
    shop.execute("create table dev_silver.notes as select 1 as n")
    shop.dbt("run")
    shop.schema = "shoplake"
    clone_from_another(shop, tmp_path / "state", copy_of_the_project(tmp_path / "p"))
    records = shop.query("select fact, subject from dev_silver.run_state where fact in ('stale_tables', 'definitions')")
    assert records == [("stale_tables", "dev_silver.notes")]
    assert run_state(shop, "definitions") != []
    shop.dbt("run")
    for name in ("silver.events", "silver.loads", "gold.hourly_revenue"):
        ours, theirs = (shop.query(f"from {schema}_{name} order by all") for schema in ("dev", "shoplake"))
        assert ours == theirs != []
