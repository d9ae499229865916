"""The installation: Python, the pinned packages, the project, and the environment variables that are set."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which
from typing import Final

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from ingestion.doctor.finding import Section

# These decide what is built. The other packages are examined too, and named only if they are wrong.
_SHOWN: Final = ("dbt-core", "dbt-duckdb", "dbt-athena-community", "duckdb")
_INSTALL: Final = "python -m pip install --requirement requirements-dev.lock"
VARIABLES: Final = frozenset({
    "SHOPLAKE_BRONZE_DATABASE", "SHOPLAKE_BRONZE_START", "SHOPLAKE_BUCKET", "SHOPLAKE_HMAC_KEY", "SHOPLAKE_ID_KEY",
    "SHOPLAKE_LAKE", "SHOPLAKE_MEMORY", "SHOPLAKE_ROLE", "SHOPLAKE_RUN_OWNER", "SHOPLAKE_SCHEMA", "SHOPLAKE_SPILL",
    "SHOPLAKE_STACK", "SHOPLAKE_TARGET", "SHOPLAKE_TO", "SHOPLAKE_WAREHOUSE", "SHOPLAKE_WORK_GROUP",
})  # fmt: skip
"""The environment variables that a user may set."""
_memory = re.compile(r"\s*\d+(\.\d+)?\s*([KMGT]i?B|%)\s*", re.IGNORECASE)


def examine_installation(project: Path, environment: Mapping[str, str]) -> Section:
    """Compare what is installed with what pyproject.toml of the project asks for."""
    section = Section("installation")
    pinned = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python = ".".join(map(str, sys.version_info[:3]))
    if python not in SpecifierSet(pinned["requires-python"]):
        section.problem(
            f"Python is {python}, and the project needs {pinned['requires-python']}",
            "rm -rf .venv && make PYTHON=python3.12 setup",
        )
    wrong = [line for line in map(_wrong, map(Requirement, pinned["dependencies"])) if line]
    if wrong:
        section.problem(f"Other packages than the project needs: {'; '.join(wrong)}", _INSTALL)
    else:
        shown = ", ".join(f"{name} {version(name)}" for name in _SHOWN)
        section.ok(f"Python {python}, {shown}: as pinned")
    _examine_path(section, environment)
    _examine_variables(section, environment)
    return section


def _wrong(wanted: Requirement) -> str | None:
    if wanted.marker and not wanted.marker.evaluate():
        return None
    try:
        installed = version(wanted.name)
    except PackageNotFoundError:
        return f"{wanted.name} is not installed"
    return None if installed in wanted.specifier else f"{wanted.name} is {installed}, not {wanted.specifier}"


def _examine_path(section: Section, environment: Mapping[str, str]) -> None:
    found = which("dbt", path=environment.get("PATH"))
    if found is None:
        section.note("dbt is not on the PATH of this shell", ". .venv/bin/activate")
    elif not Path(found).resolve().is_relative_to(Path(sys.prefix).resolve()):
        section.problem(f"`dbt` in this shell is {found}, another than that of the project", ". .venv/bin/activate")


def _examine_variables(section: Section, environment: Mapping[str, str]) -> None:
    ours = {name: value for name, value in environment.items() if name.startswith("SHOPLAKE_")}
    for name in sorted(ours.keys() - VARIABLES):
        near = get_close_matches(name, VARIABLES, 1)
        if near:
            section.problem(f"{name} is set, and nothing reads it: {near[0]} may be meant", f"unset {name}")
    memory = ours.get("SHOPLAKE_MEMORY", "4GB")
    if not _memory.fullmatch(memory):
        section.problem(f"SHOPLAKE_MEMORY is {memory!r}, which is no amount such as 4GB", "unset SHOPLAKE_MEMORY")
    secret = {"SHOPLAKE_HMAC_KEY", "SHOPLAKE_ID_KEY"}
    shown = [name if name in secret else f"{name}={value}" for name, value in sorted(ours.items()) if name in VARIABLES]
    if shown:
        section.ok(f"set in this shell: {', '.join(shown)}")
