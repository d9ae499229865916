"""The whole examination, section by section, in the order in which things depend on each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml

from ingestion.doctor.athena import examine_bronze, examine_lock, examine_maintenance
from ingestion.doctor.finding import Section
from ingestion.doctor.installation import examine_installation
from ingestion.doctor.keys import examine_keys
from ingestion.doctor.lake import examine_lake
from ingestion.doctor.profile import Target, examine_profile
from ingestion.doctor.project_facts import ask_dbt
from ingestion.doctor.tables import examine_definitions, examine_ledger, examine_tables
from ingestion.doctor.warehouse import examine_warehouse, ledger_hours
from ingestion.errors import UserError
from ingestion.warehouse.chosen_objects import Counted

_DROP: Final = "dbt run-operation drop_unused_tables --args '{names: [{}]}'"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined, and when.

    Attributes
    ----------
    target
        The dbt target; None for that of profiles.yml.
    variables
        The dbt variables of the command line, as YAML.
    busy
        Shows a text while a block runs.
    """

    project: Path
    lake: Path
    target: str | None
    variables: str
    environment: Mapping[str, str]
    now: datetime
    busy: Callable[[str], AbstractContextManager[object]]


def diagnose(subject: Subject) -> Iterator[Section]:
    """Examine everything that can be examined; each section as soon as it is known.

    Raises
    ------
    UserError
        The variables are no YAML mapping.
    """
    variables = _variables(subject.variables)
    option = f" --target {subject.target}" if subject.target else ""
    for section in _sections(subject):
        yield section.for_builds(option, variables)


def _sections(subject: Subject) -> Iterator[Section]:
    yield examine_installation(subject.project, subject.environment)
    with subject.busy("reading profiles.yml"):
        profile, target = examine_profile(subject.project, subject.environment, subject.target)
    yield profile
    if target is None or target.warehouse is not None:
        yield from _examine_duckdb(subject, target)
    elif not profile.problems:
        # with an environment of something else, it would ask the wrong AWS
        yield from _examine_athena(subject, target)


def _examine_duckdb(subject: Subject, target: Target | None) -> Iterator[Section]:
    file = target.warehouse if target else None
    if target is None or file is None or not file.exists():
        # a newcomer needs events first
        yield from _examine_lake(subject, {})
        if file is not None:
            yield examine_warehouse(file, subject.now)[0]
        return
    warehouse, is_readable = examine_warehouse(file, subject.now)
    yield warehouse
    facts: dict[str, Any] | None = None
    ledger: dict[str, Counted] | None = None
    if is_readable:
        facts, failed = _ask(subject, target)
        yield from failed
    if facts is not None and not (facts["ledger"] or {}).get("lacks"):
        ledger = ledger_hours(file, facts["ledger"]["name"]) if facts["ledger"] else {}
    yield from _examine_lake(subject, ledger)
    if facts is not None:
        yield from _judge(subject, facts)


def _examine_lake(subject: Subject, ledger: dict[str, Counted] | None) -> Iterator[Section]:
    with subject.busy("comparing the lake with the ledger"):
        lake = examine_lake(subject.lake, ledger, subject.now)
    yield lake
    yield examine_keys(subject.lake, subject.environment)


def _examine_athena(subject: Subject, target: Target) -> Iterator[Section]:
    facts, failed = _ask(subject, target)
    yield from failed
    if facts is not None:
        with subject.busy("listing the bucket"):
            bronze = examine_bronze(target, facts, subject.environment, subject.now)
        yield bronze
        yield examine_lock(facts, subject.now)
        yield from _judge(subject, facts)
        yield examine_maintenance(facts)


def _judge(subject: Subject, facts: dict[str, Any]) -> Iterator[Section]:
    yield examine_ledger(facts, subject.now)
    yield examine_definitions(facts)
    yield examine_tables(facts, _DROP)


def _variables(text: str) -> dict[str, object]:
    try:
        variables = yaml.safe_load(text) or {}
    except yaml.YAMLError:
        variables = None
    if not isinstance(variables, dict):
        raise UserError(f"--vars takes a mapping such as '{{bronze_start: \"2026-01-01\"}}', not {text!r}")
    return variables


def _ask(subject: Subject, target: Target) -> tuple[dict[str, Any] | None, list[Section]]:
    try:
        with subject.busy("asking dbt about the tables"):
            return ask_dbt(subject.project, target, subject.variables), []
    except UserError as error:
        section = Section("project")
        section.problem(f"dbt cannot read the project or the warehouse: {error}", f"dbt debug --target {target.name}")
        return None, [section]
