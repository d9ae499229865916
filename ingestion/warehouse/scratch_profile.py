"""A dbt profile that compiles without a warehouse: the schemas and targets of the user's profiles.yml, on DuckDB."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import yaml

from ingestion.errors import UserError

EXAMPLE: Final = "profiles.yml.example"
_NAME: Final = "profiles.yml"


def scratch_profile(project: Path) -> dict[str, Any]:
    """Return the profile of the project with every output on DuckDB, without paths.

    An output keeps its schema; one of another engine becomes that of the first DuckDB output. `target` stays, and so
    do its variables of the environment.

    Raises
    ------
    UserError
        profiles.yml cannot be read, or it has no DuckDB output for this project.
    """
    file = project / EXAMPLE
    try:
        name = yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8"))["profile"]
        for file in _files(project):
            profile: Any = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get(name, {})
            if profile:
                break
        schemas = {key: output["schema"] for key, output in profile["outputs"].items()}
        on_duckdb = [key for key, output in profile["outputs"].items() if output["type"] == "duckdb"]
        target = profile.get("target", "default")
    except (OSError, ValueError, yaml.YAMLError, LookupError, TypeError, AttributeError):
        raise UserError(f"{file} has no profile for this project: compare it with {EXAMPLE}") from None
    if not on_duckdb:
        raise UserError(f"{file} has no output of the type duckdb, which the report reads: compare it with {EXAMPLE}")
    outputs = {
        key: {"type": "duckdb", "schema": schema if key in on_duckdb else schemas[on_duckdb[0]], "threads": 1}
        for key, schema in schemas.items()
    }
    return {name: {"target": target, "outputs": outputs}}


def write_profile(profile: dict[str, Any], folder: Path, warehouse: Path) -> None:
    """Write the profile into a folder, with the path of a warehouse that need not exist."""
    placed = {
        name: entry | {"outputs": {key: output | {"path": str(warehouse)} for key, output in entry["outputs"].items()}}
        for name, entry in profile.items()
    }
    (folder / _NAME).write_text(yaml.safe_dump(placed), encoding="utf-8")


def _files(project: Path) -> list[Path]:
    """The profiles.yml that dbt may read, the first one first, and the example."""
    given = os.environ.get("DBT_PROFILES_DIR")
    folders = [project, Path.home() / ".dbt"]
    if given:
        folders.insert(0, Path(given))
    return [*(file for folder in folders if (file := folder / _NAME).is_file()), project / EXAMPLE]
