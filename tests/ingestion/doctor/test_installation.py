from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from ingestion.doctor.finding import Finding, Level
from ingestion.doctor.installation import VARIABLES, examine_installation
from tests.support.paths import ROOT

ACTIVATED = {"PATH": str(Path(sys.executable).parent)}


def problems(project: Path, **environment: str) -> list[Finding]:
    return [
        one for one in examine_installation(project, ACTIVATED | environment).findings if one.level is Level.problem
    ]


def pyproject(folder: Path, python: str = ">=3.11", dependency: str = "duckdb") -> Path:
    text = f'[project]\nrequires-python = "{python}"\ndependencies = ["{dependency}"]\n'
    (folder / "pyproject.toml").write_text(text)
    return folder


def test_what_the_project_pins_is_installed_here() -> None:
    section = examine_installation(ROOT, ACTIVATED)
    assert section.problems == 0
    assert f"dbt-duckdb {version('dbt-duckdb')}" in section.findings[0].sentence


@pytest.mark.parametrize(
    ("dependency", "sentence"),
    [
        ("dbt-duckdb==0.0.1", f"dbt-duckdb is {version('dbt-duckdb')}, not ==0.0.1"),
        ("no-such-package", "no-such-package is not installed"),
    ],
)
def test_another_package_than_pinned(tmp_path: Path, dependency: str, sentence: str) -> None:
    [problem] = problems(pyproject(tmp_path, dependency=dependency))
    assert sentence in problem.sentence
    assert problem.command == "python -m pip install --requirement requirements-dev.lock"


def test_a_package_of_another_python_is_not_missed(tmp_path: Path) -> None:
    assert problems(pyproject(tmp_path, dependency="no-such-package; python_version < '3'")) == []


def test_another_python_than_pinned(tmp_path: Path) -> None:
    [problem] = problems(pyproject(tmp_path, python=">=3.99"))
    assert "the project needs >=3.99" in problem.sentence
    assert problem.command
    assert "make PYTHON=" in problem.command


def test_another_dbt_on_the_path(tmp_path: Path) -> None:
    other = tmp_path / "dbt"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    [problem] = problems(ROOT, PATH=str(tmp_path))
    assert (str(other) in problem.sentence, problem.command) == (True, ". .venv/bin/activate")


def test_an_environment_that_is_not_activated_is_a_note(tmp_path: Path) -> None:
    findings = examine_installation(ROOT, {"PATH": str(tmp_path)}).findings
    assert [(one.level, one.command) for one in findings[1:]] == [(Level.note, ". .venv/bin/activate")]


def test_a_mistyped_variable_is_found_and_the_one_that_was_meant() -> None:
    [problem] = problems(ROOT, SHOPLAKE_LAKES="shop.lake")
    assert problem.sentence == "SHOPLAKE_LAKES is set, and nothing reads it: SHOPLAKE_LAKE may be meant"
    assert problem.command == "unset SHOPLAKE_LAKES"


@pytest.mark.parametrize("memory", ["4GB", "512 MiB", "50%", "1.5gb"])
def test_amounts_of_memory(memory: str) -> None:
    assert problems(ROOT, SHOPLAKE_MEMORY=memory) == []


def test_memory_that_is_no_amount() -> None:
    [problem] = problems(ROOT, SHOPLAKE_MEMORY="plenty")
    assert problem.command == "unset SHOPLAKE_MEMORY"


def test_keys_in_the_environment_are_named_and_not_printed() -> None:
    section = examine_installation(ROOT, ACTIVATED | {"SHOPLAKE_HMAC_KEY": "a secret", "SHOPLAKE_LAKE": "shop.lake"})
    assert section.findings[-1].sentence == "set in this shell: SHOPLAKE_HMAC_KEY, SHOPLAKE_LAKE=shop.lake"


def test_the_variables_are_those_of_the_reference() -> None:
    page = (ROOT / "docs/reference/variables.md").read_text()
    assert [name for name in sorted(VARIABLES) if f"`{name}`" not in page] == []
