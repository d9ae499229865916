"""The report reads the schemas that the user's profiles.yml names."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from ingestion.errors import UserError
from ingestion.warehouse.scratch_profile import scratch_profile, write_profile
from tests.support.paths import ROOT

MINE = """
shoplake:
  target: "{{ env_var('SHOPLAKE_TARGET', 'dev') }}"
  outputs:
    cloud: {type: athena, schema: prod, region_name: eu-central-1}
    dev: {type: duckdb, path: shop.duckdb, schema: "dev_{{ env_var('USER') }}", threads: 8, plugins: [{module: mine}]}
    local: {type: duckdb, path: shop.duckdb, schema: shoplake}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DBT_PROFILES_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("dbt_project.yml", "profiles.yml.example"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_outputs_keep_their_schemas_and_are_all_on_duckdb(project: Path) -> None:
    (project / "profiles.yml").write_text(MINE)
    profile = scratch_profile(project)
    assert profile["shoplake"]["target"] == "{{ env_var('SHOPLAKE_TARGET', 'dev') }}"
    assert {name: (output["type"], output["schema"]) for name, output in profile["shoplake"]["outputs"].items()} == {
        "cloud": ("duckdb", "dev_{{ env_var('USER') }}"),
        "dev": ("duckdb", "dev_{{ env_var('USER') }}"),
        "local": ("duckdb", "shoplake"),
    }
    write_profile(profile, project, project / "a shop.duckdb")
    written = yaml.safe_load((project / "profiles.yml").read_text())
    assert {output["path"] for output in written["shoplake"]["outputs"].values()} == {str(project / "a shop.duckdb")}


def test_without_a_profile_of_this_project_the_example_serves(project: Path) -> None:
    (project / "home/.dbt").mkdir(parents=True)
    (project / "home/.dbt/profiles.yml").write_text("another: {outputs: {}}")
    assert scratch_profile(project)["shoplake"]["outputs"]["local"]["schema"] == "shoplake"


def test_the_folder_in_dbt_profiles_dir_comes_first(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "given").mkdir()
    (project / "given/profiles.yml").write_text(MINE.replace("shoplake}", "given}"))
    (project / "profiles.yml").write_text(MINE)
    monkeypatch.setenv("DBT_PROFILES_DIR", str(project / "given"))
    assert scratch_profile(project)["shoplake"]["outputs"]["local"]["schema"] == "given"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("shoplake: [", "profiles.yml has no profile for this project"),
        ("shoplake: {target: x}", "profiles.yml has no profile for this project"),
        ("shoplake: {outputs: {a: {type: athena, schema: s}}}", "profiles.yml has no output of the type duckdb"),
    ],
)
def test_a_profile_that_does_not_serve_is_one_sentence(project: Path, text: str, sentence: str) -> None:
    (project / "profiles.yml").write_text(text)
    with pytest.raises(UserError, match=sentence):
        scratch_profile(project)
