from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml

from ingestion.doctor.finding import Finding, Level
from ingestion.doctor.profile import examine_profile
from tests.support.paths import ROOT


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the profile of the example; nobody's exported variables."""
    for name in ("SHOPLAKE_TARGET", "SHOPLAKE_WAREHOUSE", "DBT_PROFILES_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    shutil.copy(ROOT / "profiles.yml.example", tmp_path / "profiles.yml")
    return tmp_path


def problem(project: Path, wanted: str | None = None, **environment: str) -> Finding:
    section, _ = examine_profile(project, environment, wanted)
    [found] = [one for one in section.findings if one.level is Level.problem]
    return found


def test_the_example_is_well_and_gives_a_profile_that_cannot_write(project: Path) -> None:
    section, target = examine_profile(project, {}, None)
    assert section.problems == 0
    assert section.findings[0].sentence == "profiles.yml: target local, warehouse.duckdb"
    assert target
    assert (target.name, target.engine, target.warehouse) == ("local", "duckdb", Path("warehouse.duckdb"))
    output = yaml.safe_load(target.readonly)["shoplake"]["outputs"]["local"]
    assert output["config_options"] == {"access_mode": "READ_ONLY"}
    assert output["path"] == str(Path("warehouse.duckdb").absolute())
    assert "plugins" not in output


def test_environment_variables_of_the_profile_are_read(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPLAKE_WAREHOUSE", "shop.duckdb")
    _, target = examine_profile(project, {}, None)
    assert target
    assert target.warehouse == Path("shop.duckdb")


def test_no_profile(project: Path) -> None:
    (project / "profiles.yml").unlink()
    assert problem(project).command == "make profiles.yml"


def test_a_profile_elsewhere(project: Path) -> None:
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()
    assert "elsewhere" in problem(project, DBT_PROFILES_DIR=str(elsewhere)).sentence
    (project / "home/.dbt").mkdir(parents=True)
    (project / "profiles.yml").rename(project / "home/.dbt/profiles.yml")
    assert examine_profile(project, {}, None)[1]


@pytest.mark.parametrize("text", ["", "shoplake: [", "other: {}", "shoplake: {target: local}", "- a"])
def test_a_profile_that_is_none(project: Path, text: str) -> None:
    (project / "profiles.yml").write_text(text)
    found = problem(project)
    assert "profiles.yml cannot be used" in found.sentence
    assert found.command
    assert "cp profiles.yml.example profiles.yml" in found.command


def test_a_target_that_it_lacks(project: Path) -> None:
    found = problem(project, "production")
    assert "it has no target production, only local, athena, athena_local" in found.sentence


def test_a_variable_that_is_not_set(project: Path) -> None:
    path = project / "profiles.yml"
    content = yaml.safe_load(path.read_text())
    content["shoplake"]["outputs"]["local"]["path"] = "{{ env_var('MISSING') }}"
    path.write_text(yaml.safe_dump(content))
    assert "MISSING" in problem(project).sentence


def test_a_profile_without_the_plugin(project: Path) -> None:
    path = project / "profiles.yml"
    content = yaml.safe_load(path.read_text())
    del content["shoplake"]["outputs"]["local"]["plugins"]
    path.write_text(yaml.safe_dump(content))
    assert "lacks the plugin ingestion.warehouse.single_writer" in problem(project).sentence


@pytest.mark.parametrize(
    ("target", "environment", "command"),
    [
        ("athena_local", {}, "eval $(python -m local_aws env)"),
        ("athena", {"SHOPLAKE_BUCKET": "b", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "unset AWS_ENDPOINT_URL"),
        ("athena", {}, 'eval "$(shoplake env)"'),
    ],
)
def test_an_environment_that_does_not_fit_the_target(
    project: Path, target: str, environment: dict[str, str], command: str
) -> None:
    assert problem(project, target, **environment).command == command


def test_both_targets_on_athena_take_the_same_variables(project: Path) -> None:
    outputs = yaml.safe_load((project / "profiles.yml").read_text())["shoplake"]["outputs"]
    on_aws, emulated = outputs["athena"], outputs["athena_local"]
    only_emulated = {"endpoint_url", "aws_access_key_id", "aws_secret_access_key"}
    assert emulated.keys() - on_aws.keys() == only_emulated
    assert on_aws.keys() <= emulated.keys()
    named = re.compile(r"env_var\('(\w+)'")
    for option, value in on_aws.items():
        assert named.findall(str(emulated[option])) == named.findall(str(value)), option


def test_the_session_of_a_target_on_aws(project: Path) -> None:
    _, target = examine_profile(project, {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "athena_local")
    assert target
    assert target.warehouse is None
    assert target.session == {
        "region_name": "us-east-1", "aws_access_key_id": "testing", "aws_secret_access_key": "testing",
    }  # fmt: skip
