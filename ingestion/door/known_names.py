"""The names of a producer's fields that mean something to a dialect."""

from __future__ import annotations

from collections.abc import Iterator

from ingestion.door.conditions import condition_paths
from ingestion.door.dialect import Dialect
from ingestion.door.expressions import Path, paths_of


def known_names(dialect: Dialect) -> set[str]:
    """The names that a dialect looks for in a record, and the first names of its paths."""
    names = {*dialect.rename, *dialect.required, *dialect.ignore, *(pairs.steps[0] for pairs in dialect.pairs)}
    for path in _paths(dialect):
        if path.level == 0:
            names |= {path.name, path.steps[0]}
    return names


def _paths(dialect: Dialect) -> Iterator[Path]:
    for rule in dialect.rules:
        for expression in (*rule.fields.values(), *rule.identity):
            yield from paths_of(expression)
        yield from condition_paths(rule.when)
        yield from (loop.path for loop in rule.loops)
    if dialect.ignore_when is not None:
        yield from condition_paths(dialect.ignore_when)
    if dialect.ip is not None:
        yield from paths_of(dialect.ip)
