"""What people do every day (docs/guide/everyday-operations.md): every table equals a full refresh."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest

from tests.law.cases import event, put, run_state
from tests.law.versions import copy_of_the_project
from tests.support.paths import ROOT
from tests.support.warehouse import DbtError, Warehouse

HOURLY = "models/gold/sales/hourly_revenue.sql"
MODIFIED = (HOURLY, "count(*) filter (where is_refund)", "-count(*)")


def edited(shop: Warehouse, folder: Path, *edits: tuple[str, str, str]) -> Path:
    """Use a copy of the project with these edits."""
    shop.project = copy_of_the_project(folder, *edits)
    return shop.project


def artifacts(shop: Warehouse, folder: Path) -> list[str]:
    """The options that compare with, or defer to, what the project is now."""
    manifest = shop.dbt("parse")
    assert isinstance(manifest, Manifest)
    folder.mkdir()
    manifest.writable_manifest().write(str(folder / "manifest.json"))
    return ["--state", str(folder)]


def count(shop: Warehouse, table: str) -> int:
    [(number,)] = shop.query(f"select count(*) from {table}")
    return int(number)


def test_a_model_that_is_renamed_is_built_and_its_old_table_is_reported(shop: Warehouse, tmp_path: Path) -> None:
    project = edited(shop, tmp_path / "p")
    shutil.move(project / HOURLY, project / "models/gold/sales/revenue_by_hour.sql")
    for path in (project / "macros/helpers/models_before_the_ledger.sql", *project.glob("models/gold/sales/*.yml")):
        path.write_text(path.read_text().replace("hourly_revenue", "revenue_by_hour"))
    shutil.rmtree(project / "analyses")
    shutil.rmtree(project / "tests/singular")
    for exposures in project.glob("models/**/*exposures.yml"):
        exposures.write_text(exposures.read_text().replace("hourly_revenue", "revenue_by_hour"))
    shop.dbt("run")
    assert run_state(shop, "stale_tables") == ["shoplake_gold.hourly_revenue"]
    shop.execute("drop table shoplake_gold.hourly_revenue")
    shop.dbt("run")
    assert shop.differences_from_rebuild() == []


def test_a_model_that_is_disabled_for_a_while_is_computed_anew(shop: Warehouse, tmp_path: Path) -> None:
    project = edited(shop, tmp_path / "p", (HOURLY, "{{ config(", "{{ config(enabled=false,"))
    ledger = project / "macros/helpers/models_before_the_ledger.sql"
    ledger.write_text(ledger.read_text().replace("'hourly_revenue', ", ""))
    shutil.rmtree(project / "analyses")
    (project / "models/gold/sales/_sales__unit_tests.yml").unlink()
    shutil.rmtree(project / "tests/singular")
    for exposures in project.glob("models/**/*exposures.yml"):
        exposures.write_text(re.sub(r"\s*- ref\('hourly_revenue'\)", "", exposures.read_text()))
    shop.dbt("run")
    assert run_state(shop, "stale_tables") == ["shoplake_gold.hourly_revenue"]
    shop.project = ROOT
    put(shop, 62, event("later", 62))
    shop.dbt("run")
    assert shop.differences_from_rebuild() == []


def test_a_seed_that_changed_computes_what_reads_it_anew(shop: Warehouse, tmp_path: Path) -> None:
    project = edited(
        shop,
        tmp_path / "p",
        (HOURLY, "count(*) filter (where is_refund)", "(select max(n) from {{ ref('factor') }}) * count(*)"),
        ("dbt_project.yml", "macro-paths: [macros]\n", "macro-paths: [macros]\nseed-paths: [seeds]\n"),
    )
    (project / "seeds").mkdir()
    (project / "seeds/factor.csv").write_text("n\n2\n")
    shop.dbt("build", "--exclude", "resource_type:test", "resource_type:unit_test")
    before = shop.query("from shoplake_gold.hourly_revenue order by all")
    shop.project = copy_of_the_project(tmp_path / "q")
    shutil.rmtree(shop.project)
    shutil.copytree(project, shop.project)
    (shop.project / "seeds/factor.csv").write_text("n\n3\n")
    # the rows in the warehouse are still those of the seed that was loaded
    shop.dbt("run")
    assert shop.query("from shoplake_gold.hourly_revenue order by all") == before
    shop.dbt("seed")
    shop.dbt("run")
    assert shop.query("from shoplake_gold.hourly_revenue order by all") != before


@pytest.mark.parametrize(
    "value",
    [
        "(run_started_at ~ '')[14:19] | replace(':', '')",
        "env_var('SHOPLAKE_TEST_FACTOR')",
        "var('test_' ~ 'factor', 1)",
        "var('test_factor', 1)",
    ],
)
def test_what_a_model_reads_of_the_run_is_part_of_its_definition(
    shop: Warehouse, tmp_path: Path, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited(shop, tmp_path / "p", (HOURLY, "count(*) filter (where is_refund)", "{{ " + value + " }} * count(*)"))
    definitions = []
    for factor in ("2", "3"):
        monkeypatch.setenv("SHOPLAKE_TEST_FACTOR", factor)
        shop.dbt("run", test_factor=factor)
        definitions.append(run_state(shop, "definitions"))
    [(one, other)] = [pair for pair in zip(*definitions, strict=True) if pair[0] != pair[1]]
    assert one.partition("=")[0] == other.partition("=")[0] == "shoplake_gold.hourly_revenue"


@pytest.mark.parametrize(("value", "is_kept"), [("target.schema", True), ("target.threads", False)])
def test_definitions_are_kept_only_where_all_that_they_depend_on_is_known(
    shop: Warehouse, tmp_path: Path, value: str, is_kept: bool
) -> None:
    """A model may also ask to be known by its source, whatever macros configure it."""
    configured = "    **replacing_groups('purchase_count')"
    edited(
        shop,
        tmp_path / "p",
        (HOURLY, "\nwith\n", "\n-- {{ " + value + " }}\nwith\n"),
        (HOURLY, configured, "    meta={'definition': 'source'},\n" + configured),
    )
    shop.dbt("run")
    assert bool(run_state(shop, "own_definitions")) == is_kept
    shop.dbt("run", on_changed_definition="stop")


def test_a_description_that_changed_is_written_and_changes_no_row(shop: Warehouse, tmp_path: Path) -> None:
    before = run_state(shop, "definitions")
    edited(
        shop, tmp_path / "p", ("models/gold/sales/_sales__models.yml", "      When does the shop earn?", "      NEW:")
    )
    shop.dbt("run")
    comments = (
        "select comment from duckdb_tables() where table_name = 'hourly_revenue' and schema_name = 'shoplake_gold'"
    )
    [(comment,)] = shop.query(comments)
    assert comment.startswith("NEW: Revenue")
    assert run_state(shop, "definitions") == before


def test_a_change_that_was_undone_before_a_build_changes_nothing(shop: Warehouse, tmp_path: Path) -> None:
    edited(
        shop,
        tmp_path / "p",
        ("models/silver/events/events.sql", "select * from final", "select * from final where true"),
    )
    with pytest.raises(DbtError, match="The rows of events were computed by another definition"):
        shop.dbt("run")
    shop.project = ROOT
    shop.dbt("run", on_changed_definition="stop")
    assert shop.differences_from_rebuild() == []


def test_another_key_computes_the_table_anew(shop: Warehouse, tmp_path: Path) -> None:
    edited(
        shop, tmp_path / "p", (HOURLY, "['event_date', 'event_hour']", "['event_date', 'event_hour', 'refund_count']")
    )
    with pytest.raises(DbtError, match="The SQL of hourly_revenue"):
        shop.dbt("run", on_changed_definition="stop")
    shop.dbt("run")
    assert shop.differences_from_rebuild() == []


def test_a_model_that_asks_the_warehouse_is_known_by_its_source(shop: Warehouse, tmp_path: Path) -> None:
    asks = "{% set n = run_query('select ' ~ factor()).columns[0].values()[0] if execute else 0 %}\n\nwith"
    edits = (HOURLY, "\nwith\n", f"\n{asks}\n"), (HOURLY, "count(*) filter (where is_refund)", "{{ n }} * count(*)")
    for number in (2, 3):
        project = edited(shop, tmp_path / str(number), *edits)
        (project / "macros/events/factor.sql").write_text(
            "{# A factor. #}\n{% macro factor() %}{{ return('" + str(number) + "') }}{% endmacro %}\n"
        )
        shop.dbt("run")
        shop.dbt("run", on_changed_definition="stop")
        assert shop.differences_from_rebuild() == []


def test_a_field_that_is_added_is_accepted_or_read_again(shop: Warehouse, tmp_path: Path) -> None:
    sources = "models/bronze/_bronze__sources.yml"
    edited(
        shop,
        tmp_path / "p",
        (sources, "'extra': 'VARCHAR'", "'gift': 'VARCHAR', 'extra': 'VARCHAR'"),
        (
            sources,
            "          - {name: extra, ",
            '          - {name: gift, data_type: varchar, description: "Gift."}\n          - {name: extra, ',
        ),
    )
    put(shop, 62, event("with", 62, gift="yes"))
    with pytest.raises(DbtError, match="were computed by another definition"):
        shop.dbt("run")
    shop.dbt("run", on_changed_definition="accept")
    assert shop.query("select event_id from shoplake_silver.events where gift = 'yes'") == [("with",)]
    shop.dbt("run", on_changed_definition="stop")
    # the column stands last in a table to which it was added
    rows = "select * exclude (gift, extra), gift, extra from shoplake_silver.events order by all"
    before = shop.query(rows)
    shop.dbt("run", "--full-refresh")
    assert shop.query(rows) == before


def test_a_clone_is_replaced_by_tables_with_every_event(shop: Warehouse, tmp_path: Path) -> None:
    state = artifacts(shop, tmp_path / "state")
    shop.schema = "dev"
    shop.dbt("clone", *state)
    with pytest.raises(DbtError, match="events cannot be rebuilt alone"):
        shop.dbt("run", "--select", "events")
    shop.dbt("run")
    shop.schema = "shoplake"
    shop.dbt("run")
    for name in ("silver.events", "silver.loads", "gold.hourly_revenue"):
        ours, theirs = (shop.query(f"from {schema}_{name} order by all") for schema in ("dev", "shoplake"))
        assert ours == theirs != []


@pytest.mark.parametrize("table", ["shoplake_silver.events", "shoplake_silver.loads", "shoplake_gold.hourly_revenue"])
def test_a_view_in_place_of_a_table_is_built_anew(shop: Warehouse, table: str) -> None:
    shop.execute(f"alter table {table} rename to kept; create view {table} as from {table.split('.')[0]}.kept")
    shop.dbt("run")
    shop.execute(f"drop table {table.split('.')[0]}.kept")
    shop.dbt("run")
    assert shop.differences_from_rebuild() == []


def test_slim_ci_is_green_in_a_schema_without_a_ledger_and_its_samples_are_not_built_on(
    shop: Warehouse, tmp_path: Path
) -> None:
    shop.dbt("run")
    state = artifacts(shop, tmp_path / "state")
    edited(shop, tmp_path / "p", MODIFIED)
    shop.schema = "ci"
    modified = ("run", "--select", "state:modified+", "--defer", *state)
    shop.dbt(*modified)
    assert count(shop, "ci_gold.hourly_revenue") == count(shop, "shoplake_gold.hourly_revenue")
    assert run_state(shop, "stale_tables") == []
    # production goes on twice, so its touched dates know nothing of the first time
    shop.schema, project, shop.project = "shoplake", shop.project, ROOT
    for hour in (90, 120):
        put(shop, hour, event(f"c{hour}", hour))
        shop.dbt("run")
    shop.schema, shop.project = "ci", project
    shop.dbt(*modified)
    rows = "select event_date, event_hour, total_revenue from {}_gold.hourly_revenue order by all"
    assert shop.query(rows.format("ci")) == shop.query(rows.format("shoplake"))

    edited(
        shop,
        tmp_path / "q",
        ("models/silver/events/events.sql", "select * from final", "select * from final where true"),
    )
    shop.dbt(*modified)
    stale = [
        subject for (subject,) in shop.query("select subject from ci_silver.run_state where fact = 'stale_tables'")
    ]
    assert {"ci_silver.events", "ci_gold.hourly_revenue"} <= set(stale)
    shop.dbt("run")
    assert count(shop, "ci_silver.events") == count(shop, "shoplake_silver.events")
    assert shop.query(rows.format("ci")) == shop.query(rows.format("shoplake"))


def test_two_schemas_in_one_file_and_a_copy_of_the_file_go_on_by_themselves(shop: Warehouse) -> None:
    shop.schema = "second"
    shop.dbt("run")
    put(shop, 62, event("later", 62))
    shop.dbt("run")
    shop.schema = "shoplake"
    copy = shop.folder / "copy.duckdb"
    shutil.copy(shop.path, copy)
    shop.dbt("run")
    assert shop.query("from second_silver.loads order by all") == shop.query("from shoplake_silver.loads order by all")
    copy.rename(shop.path)
    shop.dbt("run")
    shop.execute("drop schema second_silver cascade; drop schema second_gold cascade")
    assert shop.differences_from_rebuild() == []


@pytest.mark.parametrize(
    "options", [("--sample", "1 day"), ("--threads", "8"), ("--full-refresh", "--select", "hourly_revenue")]
)
def test_options_of_a_run_that_change_no_table(shop: Warehouse, options: tuple[str, ...]) -> None:
    shop.dbt("run", *options)
    shop.dbt("run")
    assert shop.differences_from_rebuild() == []
