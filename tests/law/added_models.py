"""A model that somebody adds to the project: its SQL, and a copy of the project with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.law.versions import copy_of_the_project

KEYED: Final = "unique_key=['event_date'], partitioned_by=['event_date'], **replacing_rows()"
SEEDS: Final = ("dbt_project.yml", "macro-paths: [macros]\n", "macro-paths: [macros]\nseed-paths: [seeds]\n")
LEDGER: Final = ("macros/helpers/models_before_the_ledger.sql", "'sales': [", "'sales': ['my_daily', ")


def daily(expression: str = "count(*)", *, config: str = KEYED, where: str = "{{ in_touched_dates() }}") -> str:
    """Return the SQL of a model with one row per event date."""
    return (
        f"{{{{ config({config}) }}}}\n\nselect event_date, {expression} as n\nfrom {{{{ ref('events') }}}}\n"
        f"where {where}\ngroup by 1\n"
    )


def project_with(folder: Path, sql: str, *edits: tuple[str, str, str], files: Mapping[str, str] | None = None) -> Path:
    """Return a copy of the project with the model my_daily, which the ledger waits for, and other files."""
    project = copy_of_the_project(folder, LEDGER, *edits)
    for name, text in ({"models/silver/sales/my_daily.sql": sql} | dict(files or {})).items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return project
