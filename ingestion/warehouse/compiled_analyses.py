"""The project's analyses as plain SQL: dbt compiles them once, then a cache under target/ answers without dbt.

A compiled analysis names its tables with the DuckDB catalog, so each catalog has its own cache entry. dbt compiles with
a scratch profile, which has the schemas of the user's, because only names matter. It never opens the warehouse, so
compiling works during a build.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import yaml

from ingestion.errors import UserError
from ingestion.warehouse.dbt_command import run_dbt
from ingestion.warehouse.project import PROJECT
from ingestion.warehouse.scratch_profile import scratch_profile, write_profile

CACHE: Final = Path("target", "report")
_KEPT_ENTRIES: Final = 8
# Everything that the compiled SQL depends on; a change of any of it compiles again. So does another value of a variable
# of the environment that any of it reads, and another profile.
_FILES: Final = ("dbt_project.yml", "dependencies.yml", "package-lock.yml", "packages.yml", "vars.yml")
_FOLDERS: Final = ("analysis-paths", "macro-paths", "model-paths", "seed-paths", "snapshot-paths")
_DEFAULT_FOLDERS: Final = ("analyses", "macros", "models", "seeds", "snapshots")
_variables: Final = re.compile(rb"env_var\(\s*\\?['\"]([^'\"\\]+)").findall


def cached_analyses(catalog: str, project: Path = PROJECT) -> dict[str, str] | None:
    """Return the SQL of every analysis by its name; None if it must be compiled first.

    Parameters
    ----------
    catalog
        Name of the DuckDB catalog, as `current_database()` gives it.
    """
    if not (project / "dbt_project.yml").is_file():
        return None
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
    write_profile(scratch_profile(project), scratch, scratch / f"{catalog}.duckdb")
    command_line = [
        "--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json",
        "compile", "--select", "resource_type:analysis", "--no-populate-cache",
        "--project-dir", str(project), "--profiles-dir", str(scratch),
        "--target-path", str(scratch / "target"), "--log-path", str(scratch / "logs"),
    ]  # fmt: skip
    with _environment({"DO_NOT_TRACK": "1"}):
        result: Any = run_dbt(command_line)
    if not result.success:
        reason = result.exception or next((run.message for run in result.result if run.message), "see dbt compile")
        raise UserError(f"dbt cannot compile the analyses in {project}: {' '.join(str(reason).split())}")
    return {run.node.name: run.node.compiled_code for run in result.result}


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables, and restore them."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _cache_file(catalog: str, project: Path) -> Path:
    """Return the path of the cache entry; its name is a hash of all that the compiled SQL depends on."""
    profile = json.dumps(scratch_profile(project), sort_keys=True)
    digest = hashlib.sha256(json.dumps([catalog, version("dbt-core"), version("dbt-duckdb"), profile]).encode())
    variables = {b"DBT_TARGET", *_variables(profile.encode())}
    for path in _inputs(project):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(project).as_posix()}:{len(content)}:".encode())
        digest.update(content)
        variables.update(_variables(content))
    for name in sorted(variables):
        digest.update(repr((name, os.environb.get(name))).encode())
    return project / CACHE / f"{digest.hexdigest()}.json"


def _inputs(project: Path) -> Iterator[Path]:
    """The files that decide what the analyses compile to."""
    with suppress(OSError, ValueError, yaml.YAMLError):
        settings: Any = yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8"))
        folders = [
            folder
            for key, default in zip(_FOLDERS, _DEFAULT_FOLDERS, strict=True)
            for folder in settings.get(key, [default])
        ]
        packages = settings.get("packages-install-path", "dbt_packages")
        for top in (*_FILES, *folders, packages):
            for path in [project / top, *sorted((project / top).rglob("*"))]:
                if path.is_file():
                    yield path


def _write_cache(path: Path, analyses: Mapping[str, str]) -> None:
    """Write the entry to another file first and rename it, so that a second report never reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    unfinished.write_text(json.dumps(analyses), encoding="utf-8")
    unfinished.replace(path)
    entries = sorted(path.parent.glob("*.json"), key=lambda entry: entry.stat().st_mtime, reverse=True)
    for outdated in entries[_KEPT_ENTRIES:]:
        outdated.unlink(missing_ok=True)
