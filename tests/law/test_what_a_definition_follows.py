"""What a table is made of, beside the SQL of its model: a change of it computes the table anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.law.added_models import KEYED, SEEDS, daily, project_with
from tests.law.cases import event, put
from tests.support.warehouse import Warehouse

SILVER = "    silver:\n      +schema: silver\n"


def settings(line: str) -> tuple[str, str, str]:
    return ("dbt_project.yml", SILVER, f"{SILVER}      {line}\n")


Version = tuple[str, list[tuple[str, str, str]], dict[str, str]]


def versions_of(name: str, factor: int) -> Version:
    """The model, the edits of the project and its other files, with a factor in one of the places for it."""
    return {
        "setting": (daily("{{ config.get('rate') }} * count(*)"), [settings(f"+rate: {factor}")], {}),
        "meta": (daily("{{ config.get('meta').rate }} * count(*)"), [settings(f"+meta: {{rate: {factor}}}")], {}),
        "column": (
            daily("{{ model.columns['n'].meta.rate }} * count(*)"),
            [],
            {
                "models/silver/sales/my_daily.yml": "models: [{name: my_daily, columns: [{name: n, config: "
                f"{{meta: {{rate: {factor}}}}}}}]}}]\n"
            },
        ),
        "post-hook": (daily(config=f"post_hook='update {{{{ this }}}} set n = {factor}', {KEYED}"), [], {}),
        "macro as a value": (
            daily("{% set rate = my_rate %}{{ rate() }} * count(*)"),
            [],
            {"macros/events/my_rate.sql": f"{{% macro my_rate() %}}{factor}{{% endmacro %}}\n"},
        ),
        "environment": (daily("{{ env_var ('SHOPLAKE_TEST_FACTOR') }} * count(*)"), [], {}),
        "environment of a model that asks": (
            daily("{{ (run_query('select 1') and env_var('SHOPLAKE_TEST_FACTOR')) if execute else 1 }} * count(*)"),
            [],
            {},
        ),
        "macro of a package": (
            daily("{{ tool.rate() }} * count(*)"),
            [],
            {
                "packages.yml": "packages: [{local: tool}]\n",
                "dbt_packages/tool/dbt_project.yml": "name: tool\n",
                "dbt_packages/tool/macros/rate.sql": "{% macro rate() %}{{ return(tool.factor()) }}{% endmacro %}\n"
                f"{{% macro factor() %}}{factor}{{% endmacro %}}\n",
            },
        ),
        "settings of a macro": (
            daily("{{ my_rate() }} * count(*)"),
            [settings(f"+rate: {factor}")],
            {"macros/events/my_rate.sql": "{% macro my_rate() %}{{ config.get('rate') }}{% endmacro %}\n"},
        ),
    }[name]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "setting",
        "meta",
        "column",
        "post-hook",
        "macro as a value",
        "environment",
        "environment of a model that asks",
        "macro of a package",
        "settings of a macro",
    ],
)
def test_a_change_beside_the_sql_of_a_model_computes_it_anew(
    shop: Warehouse, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for factor in (2, 3):
        monkeypatch.setenv("SHOPLAKE_TEST_FACTOR", str(factor))
        sql, edits, files = versions_of(name, factor)
        shop.project = project_with(tmp_path / str(factor), sql, *edits, files=files)
        shop.dbt("run")
        # nothing changed since
        shop.dbt("run", on_changed_definition="stop")
    assert shop.differences_from_rebuild() == []


def test_a_source_that_stands_elsewhere_is_another_one(shop: Warehouse, tmp_path: Path) -> None:
    sql = daily("(select sum(n) from {{ source('erp', 'rates') }}) * count(*)")
    for factor in (2, 3):
        file = tmp_path / f"rates_{factor}.csv"
        file.write_text(f"n\n{factor}\n")
        declared = [{"name": "rates", "config": {"meta": {"external_location": f"read_csv('{file}')"}}}]
        shop.project = project_with(
            tmp_path / str(factor),
            sql,
            files={"models/silver/sales/erp.yml": json.dumps({"sources": [{"name": "erp", "tables": declared}]})},
        )
        shop.dbt("run")
    assert shop.differences_from_rebuild() == []


@pytest.mark.parametrize("name", ["large", "type", "header"])
def test_a_seed_that_changed_is_loaded_anew_and_so_is_what_reads_it(shop: Warehouse, tmp_path: Path, name: str) -> None:
    """dbt compares no seed of more than 1 MB, and loads the others into the columns that stand."""
    found: list[object] = []
    for seed, kind, column in {
        "large": [("n\n3\n" + "0\n" * 600_000, "integer", "n"), ("n\n4\n" + "0\n" * 600_000, "integer", "n")],
        "type": [("n\n9\n10\n", "varchar", "n"), ("n\n9\n10\n", "integer", "n")],
        "header": [("n\n9\n", "integer", "n"), ("k\n9\n", "integer", "k")],
    }[name]:
        shop.project = project_with(
            tmp_path / str(len(found)),
            daily(f"(select cast(max({column}) as integer) from {{{{ ref('factor') }}}}) * count(*)"),
            SEEDS,
            (
                "dbt_project.yml",
                "\nmodels:\n",
                f"\nseeds:\n  shoplake:\n    +column_types: {{{column}: {kind}}}\n\nmodels:\n",
            ),
            files={"seeds/factor.csv": seed},
        )
        shop.dbt("build", "--exclude", "resource_type:test", "resource_type:unit_test")
        found.append(shop.query("select n from shoplake_silver.my_daily order by event_date limit 1")[0][0])
    assert found == {"large": [6, 8], "type": [18, 20], "header": [18, 18]}[name]


def test_a_macro_that_asks_whether_a_run_is_incremental_can_be_used(shop: Warehouse, tmp_path: Path) -> None:
    """Such a macro reads the model's own table, which has no name while no model is being built."""
    macro = (
        "{% macro kept() %}{% if is_incremental() %}and exists (select 1 from {{ this }}){% endif %}{% endmacro %}\n"
    )
    shop.project = project_with(
        tmp_path / "p",
        daily(where="{{ in_touched_dates() }} {{ kept() }}"),
        files={"macros/events/kept.sql": macro},
    )
    shop.dbt("run")
    put(shop, 62, event("later", 62))
    shop.dbt("run", on_changed_definition="stop")
    assert shop.differences_from_rebuild() == []
