"""Definitions that change between runs: every table equals a full refresh of the version that was built last."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.cases import event, run_and_kill, run_state
from tests.law.schedules import LOOKBACK_HOURS, schedules, slow_examples
from tests.law.versions import EDITS, copy_of_the_project
from tests.support.paths import ROOT
from tests.support.warehouse import BronzeObject, DbtError, Warehouse

BY_ANOTHER = "were computed by another definition than that of today"


@pytest.mark.parametrize("name", ["macro", "model", "column", "filter"])
def test_a_changed_model_is_computed_anew_and_so_is_what_is_made_of_it(
    shop: Warehouse, versions: dict[str, Path], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop, "project", versions[name])
    before = run_state(shop, "definitions")
    shop.dbt("run")
    assert shop.differences_from_rebuild() == []
    changed = {record.partition("=")[0] for record in set(run_state(shop, "definitions")) - set(before)}
    assert (
        changed
        == {
            "macro": {
                "shoplake_gold.category_daily_performance",
                "shoplake_gold.clickstream_events",
                "shoplake_gold.hourly_revenue",
                "shoplake_gold.product_funnel",
                "shoplake_gold.product_popularity",
                "shoplake_gold.transactions",
                "shoplake_silver.order_lines",
                "shoplake_silver.product_days",
                "shoplake_silver.product_months",
                "shoplake_silver.user_product_days",
            },
            "model": {"shoplake_gold.hourly_revenue"},
            "column": {"shoplake_silver.order_lines", "shoplake_gold.hourly_revenue", "shoplake_gold.transactions"},
            "filter": {"shoplake_gold.category_daily_performance"},
        }[name]
    )


def test_a_comment_and_white_space_change_nothing(
    shop: Warehouse, versions: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run_state(shop, "definitions")
    monkeypatch.setattr(shop, "project", versions["comment"])
    shop.dbt("run", on_changed_definition="stop")
    assert run_state(shop, "definitions") == before


def test_what_only_bronze_can_tell_is_refused_until_a_full_refresh(
    shop: Warehouse, versions: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop, "project", versions["events"])
    for arguments in ((), ("--select", "arrivals")):
        with pytest.raises(DbtError, match=BY_ANOTHER):
            shop.dbt("run", *arguments)
    assert shop.query("select count(*) from shoplake_silver.arrivals where event_id = 'late'") == [(0,)]
    shop.dbt("run", "--full-refresh")
    assert shop.differences_from_rebuild() == []
    monkeypatch.setattr(shop, "project", ROOT)
    with pytest.raises(DbtError, match=BY_ANOTHER):
        shop.dbt("run")


def test_an_event_type_more_in_a_variable_needs_a_full_refresh(shop: Warehouse) -> None:
    with pytest.raises(DbtError, match=BY_ANOTHER):
        shop.dbt("run", event_types=["purchase", "refund", "gift"])
    shop.dbt("run")
    assert shop.differences_from_rebuild() == []


def test_a_run_that_was_killed_leaves_no_table_with_a_definition_that_is_not_its_own(
    shop: Warehouse, versions: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The killed run computed order_lines by the changed macro; then somebody takes the change back."""
    with monkeypatch.context() as changed:
        changed.setattr(shop, "project", versions["macro"])
        run_and_kill(shop, "START sql incremental model shoplake_gold.transactions", "--threads", "1")
    shop.dbt("run")
    assert shop.differences_from_rebuild() == []


def test_a_first_build_that_was_killed_once_the_ledger_had_moved_needs_no_full_refresh(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that never reaches its end: nothing is saved there."""
    warehouse.put([BronzeObject(0, (event("a", 0), event("b", 0)))])
    hook = '  - "{{ save_run_state(results) }}"'
    with monkeypatch.context() as killed:
        killed.setattr(warehouse, "project", copy_of_the_project(tmp_path / "killed", ("dbt_project.yml", hook, "")))
        warehouse.dbt("run")
    warehouse.put([BronzeObject(1, (event("c", 1),))])
    warehouse.dbt("run", on_changed_definition="stop")
    assert warehouse.differences_from_rebuild() == []


def test_a_run_whose_ledger_failed_knows_what_was_accepted(
    shop: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was noted before the ledger stays when the ledger fails."""
    fails = ("models/silver/events/loads.sql", "select * from final\n", "select * from final where error('full') > 0\n")
    monkeypatch.setattr(shop, "project", copy_of_the_project(tmp_path / "failing", fails, *EDITS["model"]))
    with pytest.raises(DbtError, match="full"):
        shop.dbt("run", on_changed_definition="accept")
    shop.dbt("run", "--select", "hourly_revenue", on_changed_definition="stop")


def test_a_part_of_the_changed_models_leaves_the_rest_for_later(
    shop: Warehouse, versions: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child is computed anew whenever the rows it read were those of another version."""
    monkeypatch.setattr(shop, "project", versions["macro"])
    shop.dbt("run", "--select", "hourly_revenue")
    shop.dbt("run", "--select", "order_lines")
    shop.dbt("run")
    assert shop.differences_from_rebuild() == []
    monkeypatch.setattr(shop, "project", ROOT)
    shop.dbt("run", "--select", "order_lines")
    monkeypatch.setattr(shop, "project", versions["model"])
    shop.dbt("run")
    assert shop.differences_from_rebuild() == []


def test_a_variable_makes_it_stop_or_takes_the_rows_as_they_are(
    shop: Warehouse, versions: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop, "project", versions["model"])
    rows = "from shoplake_gold.hourly_revenue where event_date < date '2026-03-12'"
    before = shop.query(rows)
    with pytest.raises(DbtError, match="The SQL of hourly_revenue, or of what it is made of"):
        shop.dbt("run", on_changed_definition="stop")
    shop.dbt("run", on_changed_definition="accept")
    assert sorted(shop.query(rows)) == sorted(before)
    # accepted once, it is today's definition
    shop.dbt("run", on_changed_definition="stop")
    with pytest.raises(DbtError, match="on_changed_definition must be 'rebuild', 'stop' or 'accept', not 'ask'"):
        shop.dbt("run", on_changed_definition="ask")


def test_a_full_refresh_over_a_lake_that_holds_nothing_is_refused(shop: Warehouse, tmp_path: Path) -> None:
    before = shop.query("from shoplake_silver.events order by all")
    with pytest.MonkeyPatch.context() as mistyped:
        mistyped.setattr(shop, "lake", tmp_path / "lke")
        for arguments in ((), ("--select", "arrivals+")):
            with pytest.raises(DbtError, match=r"lke .*holds no events, and this run would empty .*events"):
                shop.dbt("run", "--full-refresh", *arguments)
        assert shop.query("from shoplake_silver.events order by all") == before
        shop.dbt("run", "--full-refresh", allow_empty_bronze=True)
        assert shop.query("select count(*) from shoplake_silver.events") == [(0,)]


@pytest.mark.parametrize("window", ["objects", "hours"])
def test_every_table_equals_a_full_refresh_of_the_last_version(
    warehouses: dict[str, Warehouse],
    versions: dict[str, Path],
    models: list[str],
    window: str,
    request: pytest.FixtureRequest,
) -> None:
    """The random schedules of test_random_schedules, in which the version of the project changes between runs."""
    warehouse = warehouses[window]
    oldest = LOOKBACK_HOURS if window == "hours" else 40
    count: int = request.config.getoption("--schedules")

    @slow_examples(max(1, count // 3), fixed=count <= 30)
    @given(data=st.data())
    def equals_a_full_refresh(data: st.DataObject) -> None:
        warehouse.empty()
        for run in data.draw(schedules(len(models), oldest, 4)):
            warehouse.put(run.objects)
            warehouse.project = versions[data.draw(st.sampled_from(sorted(versions)))]
            if run.models_done is None:
                build(warehouse)
            elif run.models_done > 0:
                build(warehouse, "--select", *models[: run.models_done])
        build(warehouse)
        assert warehouse.differences_from_rebuild() == []

    try:
        equals_a_full_refresh()
    finally:
        warehouse.project = ROOT


def build(warehouse: Warehouse, *selection: str) -> None:
    """Do what a build says: a change that only bronze can answer needs a full refresh of everything."""
    try:
        warehouse.dbt("run", *selection)
    except DbtError as error:
        if BY_ANOTHER not in str(error):
            raise
        warehouse.dbt("run", "--full-refresh")
