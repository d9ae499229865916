"""The project's analyses as plain SQL: dbt compiles them once, then a cache under target/ answers without dbt.

A compiled analysis names its tables with the DuckDB catalog, so each catalog has its own cache entry. dbt compiles with
a scratch profile, a copy of profiles.yml.example, because only names matter. It never opens the warehouse, so compiling
needs no profiles.yml and works during a build.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from ingestion.errors import Interrupted, UserError
from ingestion.warehouse.project import PROJECT

CACHE: Final = Path("target", "report")
_KEPT_ENTRIES: Final = 8
_PROFILE: Final = "profiles.yml.example"
# Everything that the compiled SQL depends on; a change of any of it compiles again.
_INPUTS: Final = ("analyses", "dbt_project.yml", "dependencies.yml", "macros", "models", "packages.yml", _PROFILE)


def cached_analyses(catalog: str, project: Path = PROJECT) -> dict[str, str] | None:
    """Return the SQL of every analysis by its name; None if it must be compiled first.

    Parameters
    ----------
    catalog
        Name of the DuckDB catalog, as `current_database()` gives it.
    """
    try:
        analyses: dict[str, str] = json.loads(_cache_file(catalog, project).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return analyses


def compile_analyses(catalog: str, project: Path = PROJECT) -> dict[str, str]:
    """Compile the analyses with dbt, in this process, and cache them; this takes some seconds.

    Raises
    ------
    UserError
        The project is not there, or dbt cannot compile it.
    """
    if not (project / "dbt_project.yml").is_file():
        raise UserError(f"there is no dbt project in {project}: install Shoplake from a clone, with make setup")
    with tempfile.TemporaryDirectory(prefix="shoplake-") as scratch:
        analyses = _compile(catalog, project, Path(scratch))
    # A folder that cannot be written costs the next report some seconds, but does not prevent this one.
    with suppress(OSError):
        _write_cache(_cache_file(catalog, project), analyses)
    return analyses


def _compile(catalog: str, project: Path, scratch: Path) -> dict[str, str]:
    # dbt takes two seconds to import.
    from dbt.cli.main import dbtRunner

    shutil.copy(project / _PROFILE, scratch / "profiles.yml")
    command_line = [
        "--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json",
        "compile", "--select", "resource_type:analysis", "--no-populate-cache",
        "--project-dir", str(project), "--profiles-dir", str(scratch), "--profile", "shoplake", "--target", "local",
        "--target-path", str(scratch / "target"), "--log-path", str(scratch / "logs"),
    ]  # fmt: skip
    with _environment({"SHOPLAKE_WAREHOUSE": str(scratch / f"{catalog}.duckdb"), "DO_NOT_TRACK": "1"}):
        result: Any = dbtRunner().invoke(command_line)
    if isinstance(result.exception, Interrupted):
        # dbt catches even Ctrl-C.
        raise result.exception
    if not result.success:
        reason = result.exception or next((run.message for run in result.result if run.message), "see dbt compile")
        raise UserError(f"dbt cannot compile the analyses in {project}: {' '.join(str(reason).split())}")
    return {run.node.name: run.node.compiled_code for run in result.result}


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables, which is where the scratch profile finds the warehouse, and restore them."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _cache_file(catalog: str, project: Path) -> Path:
    """Return the path of the cache entry; its name is a hash of all that the compiled SQL depends on."""
    digest = hashlib.sha256(json.dumps([catalog, version("dbt-core"), version("dbt-duckdb")]).encode())
    for name in _INPUTS:
        top = project / name
        for path in [top, *sorted(top.rglob("*"))]:
            if path.is_file():
                content = path.read_bytes()
                digest.update(f"{path.relative_to(project).as_posix()}:{len(content)}:".encode())
                digest.update(content)
    return project / CACHE / f"{digest.hexdigest()}.json"


def _write_cache(path: Path, analyses: Mapping[str, str]) -> None:
    """Write the entry to another file first and rename it, so that a second report never reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    unfinished.write_text(json.dumps(analyses), encoding="utf-8")
    unfinished.replace(path)
    entries = sorted(path.parent.glob("*.json"), key=lambda entry: entry.stat().st_mtime, reverse=True)
    for outdated in entries[_KEPT_ENTRIES:]:
        outdated.unlink(missing_ok=True)
