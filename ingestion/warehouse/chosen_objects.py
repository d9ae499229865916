"""Chooses the objects of bronze that a build on DuckDB reads, as SQL functions for the macros of dbt.

An object that cannot be read is skipped as a whole until it is mended, whatever part of it could be read: then the
tables do not depend on when it broke. The ledger (loads) holds, for every hour, a digest of the names of the objects
that were read, and the names of those that could not be. A build reads an hour, always whole, if the lake has objects
that the ledger does not know, or if the unreadable ones changed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import md5
from typing import Any, Final

import duckdb

from ingestion.warehouse import object_problem

# The ledger has one row for all objects that stand in no arrival hour. dt=0001-01-01 is the folder of the empty object.
NO_HOUR: Final = "0001-01-01 00"
READABLE: Final = "readable"
GONE: Final = "gone"
MISPLACED: Final = "is in a folder that is no date and hour"
_HOUR: Final = re.compile(r"dt=([0-9]{4}-[0-9]{2}-[0-9]{2})/hour=([0-9]{2})/([^/]+)", re.DOTALL)
_LISTED: Final = "STRUCT(file VARCHAR, is_due BOOLEAN)[]"
_COUNTED: Final = (
    "STRUCT(arrival_hour VARCHAR, object_count BIGINT, object_digest VARCHAR, unreadable_objects VARCHAR)[]"
)
_OBJECTS: Final = "STRUCT(arrival_hour VARCHAR, object_name VARCHAR, file VARCHAR, object_state VARCHAR)[]"
_UNREADABLE: Final = "STRUCT(object_path VARCHAR, problem VARCHAR)[]"


@dataclass(frozen=True, slots=True)
class Listed:
    """An object that stands in the lake."""

    arrival_hour: str
    object_name: str
    file: str


@dataclass(frozen=True, slots=True)
class Counted:
    """An arrival hour as the ledger has it."""

    object_count: int = 0
    object_digest: str | None = None
    unreadable: frozenset[str] = frozenset()


@dataclass
class ChosenObjects:
    """What one build has found out about the lake. `register` makes its methods functions of SQL."""

    _states: dict[str, str] = field(default_factory=dict)
    _chosen: dict[str, dict[str, str]] = field(default_factory=dict)

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Create the functions for all cursors of this connection."""
        connection.create_function(
            "choose_objects", self.choose, [_LISTED, _COUNTED, "BOOLEAN"], "VARCHAR", side_effects=True
        )
        connection.create_function("chosen_objects", self.chosen, [], _OBJECTS, side_effects=True)
        connection.create_function("unreadable_objects", self.unreadable, [], _UNREADABLE, side_effects=True)
        # Without side effects: only then DuckDB applies them to the list of files, before it opens one.
        connection.create_function("is_chosen", self.is_chosen, ["VARCHAR"], "BOOLEAN")
        connection.create_function("is_readable", self.is_readable, ["VARCHAR"], "BOOLEAN")

    def choose(self, files: list[dict[str, Any]], ledger: list[dict[str, Any]], by_hours: bool) -> str:
        """Choose what this build reads, and forget what an earlier one chose.

        Parameters
        ----------
        files
            The lake: `file`, and `is_due` if its hour is read in any case.
        ledger
            The hours that were read before; none if the tables are built from the start.
        by_hours
            New objects are read in hours that are due only, as on Athena.

        Returns
        -------
        str
            The first hour that lacks objects which were read before, or an empty text. Such an hour is not chosen.
        """
        self._states.clear()
        self._chosen.clear()
        known = {row["arrival_hour"]: counted_from(row) for row in ledger}
        hours: dict[str, dict[str, Listed]] = {hour: {} for hour in known}
        due = set()
        for row in files:
            one = locate(row["file"])
            hours.setdefault(one.arrival_hour, {})[one.object_name] = one
            if row["is_due"]:
                due.add(one.arrival_hour)
        self._inspect(hours[hour][name] for hour, row in known.items() for name in row.unreadable & hours[hour].keys())
        missing = []
        for hour in sorted(hours):
            before = known.get(hour, Counted())
            if not (hour in due or self._has_changed(hour, hours[hour], before, by_hours)):
                continue
            self._inspect(hours[hour].values())
            names = [name for name, one in hours[hour].items() if self._states[one.file] == READABLE]
            if len(names) <= before.object_count and digest(names) != before.object_digest:
                missing.append(hour)
                continue
            for one in hours[hour].values() or [Listed(hour, "", "")]:
                self._chosen[one.file or hour] = _row(one, self._states.get(one.file, GONE))
        return missing[0] if missing else ""

    def chosen(self) -> list[dict[str, str]]:
        """The objects of the hours that are read: readable, unreadable, or one that is gone from an hour left empty."""
        return list(self._chosen.values())

    def unreadable(self) -> list[dict[str, str]]:
        """All objects of which this build found that they cannot be read, also those of hours that it does not read."""
        return [
            {"object_path": _path(file), "problem": state}
            for file, state in sorted(self._states.items())
            if state != READABLE
        ]

    def is_chosen(self, file: str) -> bool:
        """Whether the build reads this object."""
        return file in self._chosen and self._chosen[file]["object_state"] == READABLE

    def is_readable(self, file: str) -> bool:
        """Whether DuckDB can read this object, for a query that reads bronze beside a build."""
        return object_problem.problem_of(file) is None

    def _inspect(self, objects: Iterable[Listed]) -> None:
        files = []
        for one in objects:
            if one.file in self._states:
                continue
            if one.arrival_hour == NO_HOUR:
                self._states[one.file] = MISPLACED
            else:
                files.append(one.file)
        self._states |= {file: problem or READABLE for file, problem in object_problem.problems_of(files).items()}

    def _has_changed(self, hour: str, now: dict[str, Listed], before: Counted, by_hours: bool) -> bool:
        """Whether an hour has other unreadable objects than before, or objects that the ledger does not know."""
        still = {name for name in before.unreadable & now.keys() if self._states[now[name].file] != READABLE}
        if still != before.unreadable:
            return True
        is_compared = hour == NO_HOUR or not by_hours
        return is_compared and digest(now.keys() - before.unreadable) != before.object_digest


def name_that_is_no_text(folder: str) -> str:
    """The first path below a folder that is not UTF-8, or an empty text. DuckDB can list no folder that holds one."""
    for parent, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            try:
                name.encode()
            except UnicodeEncodeError:
                return ascii(os.path.join(parent, name))[1:-1]  # noqa: PTH118
    return ""


def locate(file: str) -> Listed:
    """The arrival hour and the name of an object by its path. In no hour, its name is the path below bronze/events."""
    path = _path(file)
    if found := _HOUR.fullmatch(path):
        hour = f"{found[1]} {found[2]}"
        with suppress(ValueError):
            datetime.strptime(hour, "%Y-%m-%d %H")
            if not hour.startswith(NO_HOUR[:10]):
                return Listed(hour, found[3], file)
    return Listed(NO_HOUR, path, file)


def _path(file: str) -> str:
    return file.rpartition("/bronze/events/")[2]


def counted_from(row: dict[str, Any]) -> Counted:
    """An arrival hour from a row of the ledger."""
    return Counted(row["object_count"], row["object_digest"], frozenset(json.loads(row["unreadable_objects"] or "[]")))


def digest(names: Iterable[str]) -> str | None:
    """As the ledger computes it: the MD5 of the sorted names."""
    names = sorted(names)
    return md5(",".join(names).encode(), usedforsecurity=False).hexdigest() if names else None


def _row(one: Listed, state: str) -> dict[str, str]:
    return {
        "arrival_hour": one.arrival_hour,
        "object_name": one.object_name,
        "file": one.file,
        "object_state": state,
    }
