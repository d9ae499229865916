from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.errors import UserError
from ingestion.warehouse.compiled_analyses import CACHE, cached_analyses, compile_analyses
from ingestion.warehouse.project import PROJECT
from tests.support.paths import ROOT

CATALOG = "my shop"


def copy_project(folder: Path) -> Path:
    """Copy what dbt needs of the project."""
    for name in ("analyses", "macros", "models"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("dbt_project.yml", "profiles.yml.example"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose analyses are compiled for one catalog."""
    project = copy_project(tmp_path_factory.mktemp("compiled"))
    assert cached_analyses(CATALOG, project) is None
    compile_analyses(CATALOG, project)
    return project


@pytest.fixture
def project(compiled: Path, tmp_path: Path) -> Path:
    """A copy of the compiled project that a test may change."""
    return Path(shutil.copytree(compiled, tmp_path / "project"))


def test_every_analysis_is_compiled_with_the_names_of_the_catalog(compiled: Path) -> None:
    analyses = cached_analyses(CATALOG, compiled)
    assert analyses is not None
    assert set(analyses) == {path.stem for path in ROOT.glob("analyses/*/*.sql")}
    for sql in analyses.values():
        assert "{{" not in sql
        assert '"my shop"."shoplake_' in sql


def test_the_cache_answers_in_another_process_without_dbt(compiled: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ingestion.warehouse.compiled_analyses import cached_analyses; "
        f"assert cached_analyses({CATALOG!r}, Path({str(compiled)!r})); "
        "assert not any(name.startswith('dbt') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize(
    "changed", ["analyses/sales/best_hours.sql", "macros/new.sql", "models/_exposures.yml", "dbt_project.yml"]
)
def test_a_change_of_the_project_empties_the_cache(project: Path, changed: str) -> None:
    assert cached_analyses(CATALOG, project) is not None
    with (project / changed).open("a") as file:
        file.write("\n")
    assert cached_analyses(CATALOG, project) is None


def test_another_profile_or_value_of_its_variables_empties_the_cache(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cached_analyses(CATALOG, project) is not None
    monkeypatch.setenv("SHOPLAKE_WAREHOUSE", "elsewhere.duckdb")
    assert cached_analyses(CATALOG, project) is not None, "only the catalog counts"
    monkeypatch.setenv("SHOPLAKE_TARGET", "athena")
    assert cached_analyses(CATALOG, project) is None
    monkeypatch.delenv("SHOPLAKE_TARGET")
    (project / "profiles.yml").write_text(
        "shoplake: {target: mine, outputs: {mine: {type: duckdb, path: x.duckdb, schema: mine}}}"
    )
    assert cached_analyses(CATALOG, project) is None


def test_renamed_models_aliases_and_schemas_are_read_where_they_are(project: Path) -> None:
    (project / "profiles.yml").write_text(
        "shoplake: {target: mine, outputs: {mine: {type: duckdb, path: x.duckdb, schema: mine}}}"
    )
    settings = (project / "dbt_project.yml").read_text()
    alias = "    gold:\n      products:\n        product_funnel: {+alias: funnel}\n"
    (project / "dbt_project.yml").write_text(settings.replace("    gold:\n", alias, 1))
    sold = compile_analyses(CATALOG, project)["what_sells"]
    assert '"my shop"."mine_gold"."funnel"' in sold
    assert "product_funnel" not in sold


def test_another_catalog_or_other_files_do_not_share_an_entry(project: Path) -> None:
    assert cached_analyses("other", project) is None
    (project / "README.md").write_text("not an input of the compiler")
    assert cached_analyses(CATALOG, project) is not None


def test_a_damaged_entry_is_compiled_again(project: Path) -> None:
    [entry] = (project / CACHE).glob("*.json")
    entry.write_text('{"best_hours": "sel')
    assert cached_analyses(CATALOG, project) is None


def test_a_target_that_cannot_be_written_still_answers_and_leaves_the_environment(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    (project / "target").touch()
    environment, folder = dict(os.environ), Path.cwd()
    assert "best_hours" in compile_analyses(CATALOG, project)
    assert (dict(os.environ), Path.cwd()) == (environment, folder)


def test_an_analysis_that_dbt_cannot_compile_is_one_sentence(project: Path) -> None:
    (project / "analyses" / "sales" / "best_hours.sql").write_text("select * from {{ ref('no_such_model') }}")
    with pytest.raises(UserError, match=r"dbt cannot compile the analyses in .*no_such_model") as caught:
        compile_analyses(CATALOG, project)
    assert "\n" not in str(caught.value)


def test_a_package_without_the_project_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no dbt project in"):
        compile_analyses(CATALOG, tmp_path)
    assert PROJECT == ROOT
