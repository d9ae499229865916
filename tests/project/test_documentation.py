"""What exists is documented: a model, variable, command or make target that the README does not name fails here."""

from __future__ import annotations

import re

import yaml
from typer.main import get_command

from ingestion.cli.app import app
from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text()


def test_every_model_is_in_the_table_of_models() -> None:
    for path in ROOT.glob("models/**/*.sql"):
        assert f"`{path.stem}`" in README, path.stem


def test_every_variable_is_explained() -> None:
    for name in yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]:
        assert f"`{name}`" in README, name


def test_every_command_of_the_cli_is_explained_and_helps() -> None:
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        assert f"`shoplake {name}" in README, name
        assert command.help, name


def test_every_make_target_is_named_and_says_what_it_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z-]+):(.*)$", makefile, re.M)
    for target, rest in targets:
        if target != "profiles":
            assert "## " in rest, target
            assert f"make {target}" in README or f"`{target}`" in README, target
    assert len(targets) <= 13


def test_the_readme_stays_short_and_starts_with_what_to_type() -> None:
    lines = README.splitlines()
    assert len(lines) <= 150
    assert any("make demo" in line for line in lines[:15])
