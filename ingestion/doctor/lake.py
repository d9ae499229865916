"""The lake: its objects, compared with the ledger as a build compares them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from shlex import quote
from typing import Final

from ingestion.doctor.finding import Section, age, counted, some
from ingestion.lake.lake_sink import BRONZE_EVENTS
from ingestion.warehouse.chosen_objects import (
    MISPLACED,
    NO_HOUR,
    Counted,
    Listed,
    digest,
    locate,
    name_that_is_no_text,
)
from ingestion.warehouse.object_problem import problems_of

MOST_BYTES: Final = 1 << 30
"""What the doctor decompresses at most of the objects that were not loaded yet: about two seconds of work."""


_MOST_MOVED: Final = 10


@dataclass(slots=True)
class LakeFacts:
    """The objects of a lake beside what the ledger knows of them.

    Attributes
    ----------
    objects, hours, newest_hour
        Objects in folders of an arrival hour, those hours, and the last one.
    new
        By arrival hour, how many more objects there are than the ledger knows, without those that cannot be read.
    unreadable
        What cannot be read, by the path below bronze/events: known to the ledger, or found among the new objects.
    mended
        Objects that the last build could not read, and the next one can.
    gone
        Hours that lack objects which were loaded.
    unexamined
        New objects that were not decompressed, because they exceed MOST_BYTES.
    """

    objects: int = 0
    hours: int = 0
    newest_hour: str = ""
    new: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    mended: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    unexamined: int = 0


def lake_facts(lake: Path, ledger: Mapping[str, Counted], most_bytes: int = MOST_BYTES) -> LakeFacts:
    """Compare the objects of a lake with the hours of the ledger.

    Parameters
    ----------
    ledger
        The loaded hours, such as `2026-03-10 07`; empty if nothing was loaded.
    most_bytes
        How many compressed bytes of new objects are examined at most.
    """
    hours: dict[str, dict[str, Listed]] = {hour: {} for hour in ledger}
    for path in sorted((lake / BRONZE_EVENTS).rglob("*.gz")):
        one = locate(str(path.absolute()))
        hours.setdefault(one.arrival_hour, {})[one.object_name] = one
    in_hours = {hour: found for hour, found in hours.items() if hour != NO_HOUR and found}
    facts = LakeFacts(sum(map(len, in_hours.values())), len(in_hours), max(in_hours, default=""))
    for name in hours.get(NO_HOUR, {}):
        facts.unreadable[name] = MISPLACED
    to_examine: dict[str, list[Listed]] = {}
    for hour in sorted(hours.keys() - {NO_HOUR}):
        now, before = hours[hour], ledger.get(hour, Counted())
        known = [now[name] for name in sorted(before.unreadable & now.keys())]
        problems = problems_of(one.file for one in known)
        for one in known:
            if problem := problems[one.file]:
                facts.unreadable[_path(one)] = problem
            else:
                facts.mended.append(_path(one))
        names = now.keys() - before.unreadable
        if digest(names) == before.object_digest:
            continue
        if len(names) <= before.object_count:
            facts.gone.append(hour)
            continue
        facts.new[hour] = len(names) - before.object_count
        to_examine[hour] = [now[name] for name in sorted(names)]
    _examine(facts, chain.from_iterable(to_examine.values()), most_bytes)
    for hour, objects in to_examine.items():
        facts.new[hour] -= sum(_path(one) in facts.unreadable for one in objects)
        if facts.new[hour] <= 0:
            del facts.new[hour]
    return facts


def _examine(facts: LakeFacts, objects: Iterable[Listed], most_bytes: int) -> None:
    chosen, size = {}, 0
    for one in objects:
        size += Path(one.file).lstat().st_size
        if size > most_bytes:
            facts.unexamined += 1
        else:
            chosen[one.file] = _path(one)
    for file, problem in problems_of(chosen).items():
        if problem:
            facts.unreadable[chosen[file]] = problem


def _path(one: Listed) -> str:
    day, hour = one.arrival_hour.split()
    return f"dt={day}/hour={hour}/{one.object_name}"


def examine_lake(lake: Path, ledger: Mapping[str, Counted] | None, now: datetime) -> Section:
    """Judge the lake.

    Parameters
    ----------
    ledger
        None if the warehouse cannot be read now, so that nothing can be compared.
    """
    section = Section("lake")
    if not lake.is_dir() or not any((lake / BRONZE_EVENTS).rglob("*.gz")):
        nothing = (
            f"{lake} (SHOPLAKE_LAKE) holds no events"
            if lake.is_dir()
            else f"There is no lake at {lake} (SHOPLAKE_LAKE)"
        )
        if ledger:
            section.problem(
                f"{nothing}, and the tables were loaded from one ({counted(len(ledger), 'arrival hour')}): correct the "
                "place, or put the objects back",
                "export SHOPLAKE_LAKE=FOLDER",
            )
        else:
            section.problem(f"{nothing} yet: `shoplake replay FILE` loads your own", "shoplake simulate")
        return section
    if name := name_that_is_no_text(str(lake / BRONZE_EVENTS)):
        section.problem(
            f"A name in the lake is not UTF-8, and stops every build until it is renamed: {name}",
            f"ls -lR {quote(str(lake / BRONZE_EVENTS))}",
        )
        return section
    facts = lake_facts(lake, ledger or {})
    if facts.objects:
        newest = datetime.strptime(facts.newest_hour + "+0000", "%Y-%m-%d %H%z")
        section.ok(
            f"{lake}: {counted(facts.objects, 'object')} of {counted(facts.hours, 'arrival hour')}, the newest "
            f"{facts.newest_hour}:00 UTC, {age(newest, now)} ago"
        )
    if ledger is not None:
        _judge_loading(section, facts)
    if facts.unreadable:
        named = [f"{path} {problem}" for path, problem in sorted(facts.unreadable.items())]
        section.problem(
            f"Builds skip {counted(len(named), 'object')} that cannot be read: {some(named)}. Put whole objects in "
            "their place (docs/guide/operating.md#unreadable-objects), or move them away",
            _moving_away(lake, sorted(facts.unreadable)),
        )
    if facts.unexamined:
        section.note(f"Not examined, to save time: {counted(facts.unexamined, 'new object')}; the next build does")
    return section


def _judge_loading(section: Section, facts: LakeFacts) -> None:
    if facts.new:
        section.note(
            f"Not loaded yet: {counted(sum(facts.new.values()), 'object')} of "
            f"{counted(len(facts.new), 'arrival hour')}, the first of {min(facts.new)}:00 UTC",
            "dbt build",
        )
    elif facts.objects and not facts.gone:
        section.ok("every object is loaded")
    if facts.mended:
        section.note(f"Can be read again: {some(facts.mended)}", "dbt build")
    if facts.gone:
        section.problem(
            f"The lake lacks objects that were loaded, of {counted(len(facts.gone), 'arrival hour')}: "
            f"{some([hour + ':00' for hour in facts.gone])}. The tables keep their events, and what replaced them is "
            "not read. Put the objects back; if the lake is meant to be as it is, compute everything from it",
            "dbt build --full-refresh",
        )


def _moving_away(lake: Path, paths: list[str]) -> str:
    folder = quote(str(lake / "unreadable"))
    objects = " ".join(quote(str(lake / BRONZE_EVENTS / path)) for path in paths[:_MOST_MOVED])
    return f"mkdir -p {folder} && mv {objects} {folder}"
