"""profiles.yml: whether dbt finds it, which target it gives, and a copy with which dbt cannot write."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from ingestion.doctor.finding import Section
from ingestion.errors import UserError
from ingestion.warehouse.location import warehouse_file

EMULATED: Final = "athena_local"
PLUGIN: Final = "ingestion.warehouse.single_writer"
_FORMER_PLUGIN: Final = "ingestion.one_build"
_SESSION: Final = {
    "region_name": "region_name",
    "aws_profile_name": "profile_name",
    "aws_access_key_id": "aws_access_key_id",
    "aws_secret_access_key": "aws_secret_access_key",
    "aws_session_token": "aws_session_token",
}
_COPY: Final = "mv profiles.yml profiles.yml.old; cp profiles.yml.example profiles.yml"


@dataclass(frozen=True, slots=True)
class Target:
    """The output of profiles.yml that dbt would use.

    Attributes
    ----------
    name, engine
        Its name, and `duckdb` or `athena`.
    warehouse
        The DuckDB file; None on Athena.
    readonly
        The text of a profiles.yml with this target, in which DuckDB opens the file to read only.
    session
        How boto3 finds region and credentials of this target; empty on DuckDB.
    """

    name: str
    engine: str
    warehouse: Path | None
    readonly: str
    session: Mapping[str, Any] = field(default_factory=dict)


def examine_profile(project: Path, environment: Mapping[str, str], wanted: str | None) -> tuple[Section, Target | None]:
    """Read profiles.yml as dbt does; no target if dbt could not use it.

    Parameters
    ----------
    wanted
        The target of the command line; None for that of profiles.yml.
    """
    section = Section("profile")
    path = _path(project, environment)
    if not path.is_file():
        section.problem(f"There is no {_shown(path, project)}, in which dbt finds the warehouse", "make profiles.yml")
        return section, None
    try:
        target = _read(path, wanted, environment)
    except _NoEmulatorError as error:
        section.problem(str(error), "eval $(python -m local_aws env)")
        return section, None
    except (OSError, ValueError, UserError, yaml.YAMLError) as error:
        section.problem(f"{_shown(path, project)} cannot be used: {' '.join(str(error).split())}", _COPY)
        return section, None
    name = _shown(path, project)
    described = target.warehouse if target.engine == "duckdb" else target.engine
    section.ok(f"{name}: target {target.name}, {described}")
    if target.engine == "duckdb":
        plugins = yaml.safe_load(path.read_text(encoding="utf-8"))["shoplake"]["outputs"][target.name].get("plugins")
        modules = {plugin.get("module") for plugin in plugins or []}
        if not modules & {PLUGIN, _FORMER_PLUGIN}:
            section.problem(f"{name} lacks the plugin {PLUGIN} in the target {target.name}", _COPY)
    _examine_aws(section, target, environment)
    return section, target


def _path(project: Path, environment: Mapping[str, str]) -> Path:
    if folder := environment.get("DBT_PROFILES_DIR"):
        return Path(folder) / "profiles.yml"
    here = project / "profiles.yml"
    at_home = Path.home() / ".dbt" / "profiles.yml"
    return at_home if at_home.is_file() and not here.is_file() else here


def _shown(path: Path, project: Path) -> str:
    return os.fspath(path.relative_to(project) if path.is_relative_to(project) else path)


class _NoEmulatorError(Exception):
    """The target is that of the emulator, and nothing says where the emulator is."""


def _read(path: Path, wanted: str | None, environment: Mapping[str, str]) -> Target:
    # dbt takes two seconds to import.
    from dbt.config.renderer import ProfileRenderer
    from dbt_common.context import set_invocation_context
    from dbt_common.exceptions import DbtBaseException

    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    raw = content.get("shoplake") if isinstance(content, dict) else None
    if not isinstance(raw, dict) or not isinstance(raw.get("outputs"), dict):
        raise ValueError("it has no profile named shoplake with outputs")
    set_invocation_context({**os.environ, **environment})
    renderer = ProfileRenderer({})
    try:
        name = wanted or renderer.render_value(raw.get("target", "default"))
        if name not in raw["outputs"]:
            raise ValueError(f"it has no target {name}, only {', '.join(raw['outputs'])}")
        if name == EMULATED and not environment.get("AWS_ENDPOINT_URL"):
            raise _NoEmulatorError(
                f"AWS_ENDPOINT_URL is not set, so nothing says where the AWS of the target {EMULATED} is"
            )
        output = dict(raw["outputs"][name])
        rendered = renderer.render_data(output)
    except DbtBaseException as error:
        raise ValueError(str(error)) from None
    engine = str(rendered.get("type"))
    warehouse = warehouse_file(rendered.get("path")) if engine == "duckdb" else None
    if warehouse is not None:
        output["path"] = str(warehouse.absolute())
        # the plugin opens the file to write
        output.pop("plugins", None)
        output["config_options"] = {**(output.get("config_options") or {}), "access_mode": "READ_ONLY"}
    readonly = yaml.safe_dump({"shoplake": {"target": name, "outputs": {name: output}}})
    session = {option: rendered[given] for given, option in _SESSION.items() if rendered.get(given)}
    return Target(name, engine, warehouse, readonly, session if engine == "athena" else {})


def _examine_aws(section: Section, target: Target, environment: Mapping[str, str]) -> None:
    endpoint = environment.get("AWS_ENDPOINT_URL")
    if target.name == "athena" and endpoint:
        section.problem(
            f"AWS_ENDPOINT_URL is {endpoint}, so the target athena would ask the emulator", "unset AWS_ENDPOINT_URL"
        )
    if target.name == "athena" and not environment.get("SHOPLAKE_BUCKET"):
        section.problem("SHOPLAKE_BUCKET is not set, so dbt does not know the stack", 'eval "$(shoplake env)"')
