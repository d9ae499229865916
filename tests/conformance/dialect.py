"""Translates the suites from Postgres to Athena. Adapters usually rewrite them by hand.

Only syntax with the same meaning on Athena is translated: casts by `::`, and names of types.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_TYPES: Final = {"text": "varchar", "int": "integer", "numeric": "decimal", "float": "double", "bool": "boolean"}
_CAST: Final = re.compile(r"(\{\{[^{}]*\}\}|'(?:[^']|'')*'|\bnull\b|\b[\w.]+\b)::(\w+)", re.IGNORECASE)


def to_athena(sql: str) -> str:
    """`'x'::text` to `cast('x' as varchar)`."""
    return _CAST.sub(lambda found: f"cast({found[1]} as {_TYPES.get(found[2].lower(), found[2])})", sql)


def with_microseconds(sql: str) -> str:
    """Cast a seed's timestamp(3), which Iceberg does not support. dbt-athena's own tests cast it in the same models."""
    columns = "select id, name, {{ cast_timestamp('some_date') }} as some_date from "
    return re.sub(r"select \* from (?=\{\{ (?:source\('raw', 'seed'\)|ref\('ephemeral'\)) \}\})", columns, sql)


def translate(project: Path, *, microseconds: bool = False) -> None:
    """Rewrite every SQL file of a dbt project in place."""
    for folder in ("models", "macros", "snapshots", "tests"):
        for path in (project / folder).rglob("*.sql"):
            sql = to_athena(path.read_text())
            path.write_text(with_microseconds(sql) if microseconds else sql)
