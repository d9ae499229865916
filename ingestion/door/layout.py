"""Where the objects stand that a dialect's paths lead through: each is looked up once for a record or an element.

A scope is a list: what was taken of alternatives (one list for a record and all its elements, of objects and names in
them), the record, the objects in it that paths lead through, an element of its list, that element as an object, the
objects in it, and so on. A path is then a position and a name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ingestion.door.expressions import Path

Scope = list[Any]
Place = tuple[int, str]
"""Position of an object in a scope, and a name in that object."""

CHOICES: Final = 0
RECORD: Final = 1
NOTHING: Final[dict[str, Any]] = {}
"""Stands for an object that is not there."""

_MOST_POSITIONS: Final = 100


class Layout:
    """The positions of the objects that paths lead through.

    Attributes
    ----------
    starts
        Position of the record, and of the element of each list as an object. The element itself stands before it.
    inner
        For each level the objects inside: where the object stands that contains it, and its name there.
    nulls
        Texts that mean that there is no value.
    dotted
        Places of the paths of the record with more than one name: a field that is called like the whole path wins,
        because the names of CSV columns may contain dots.
    """

    def __init__(self, paths: Iterable[Path], nulls: frozenset[str] = frozenset()) -> None:
        self.nulls = nulls
        given = list(dict.fromkeys(paths))
        self.starts: list[int] = []
        self.inner: list[list[Place]] = []
        position = RECORD
        for level in range(max((path.level for path in given), default=0) + 1):
            self.starts.append(position)
            found: dict[tuple[str, ...], int] = {(): position}
            self.inner.append([])
            for steps in (path.steps for path in given if path.level == level):
                for length in range(1, len(steps)):
                    if steps[:length] not in found:
                        self.inner[level].append((found[steps[: length - 1]], steps[length - 1]))
                        position += 1
                        found[steps[:length]] = position
            position += 2
        self.dotted = {path.name: self.place(path) for path in given if not path.level and len(path.steps) > 1}

    def place(self, path: Path) -> Place:
        """Where a path leads."""
        position = start = self.starts[path.level]
        for step in path.steps[:-1]:
            position = start + 1 + self.inner[path.level].index((position, step))
        return position, path.steps[-1]

    def scope(self, record: dict[str, Any]) -> Scope:
        """The scope of a record."""
        scope: Scope = [[], record]
        self._look_up(0, scope)
        if self.dotted and not self.dotted.keys().isdisjoint(record):
            scope[RECORD] = {name: value for name, value in record.items() if name not in self.dotted}
            for name in self.dotted.keys() & record.keys():
                position, inner = self.dotted[name]
                scope[position] = {**scope[position], inner: record[name]}
        return scope

    def inside(self, level: int, scope: Scope, element: Any) -> Scope:
        """The scope of an element of a list."""
        inside = [*scope[: self.starts[level] - 1], element, element if element.__class__ is dict else NOTHING]
        self._look_up(level, inside)
        return inside

    def _look_up(self, level: int, scope: Scope) -> None:
        for position, name in self.inner[level]:
            value = scope[position].get(name)
            if value.__class__ is not dict:
                value = _by_position(value) if value.__class__ is list else NOTHING
            scope.append(value)


def _by_position(items: list[Any]) -> dict[str, Any]:
    """The first elements of a list by their positions, as paths write them."""
    return {str(position): item for position, item in enumerate(items[:_MOST_POSITIONS])}
