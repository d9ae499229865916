"""What dbt answered about the tables: ledger, definitions, views in place of tables, what runs left, stale tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from ingestion.doctor.finding import Section, age, counted, some

_LEFTOVER: Final = re.compile(r"__(dbt_tmp|dbt_backup|bkp|ha|tmp_not_partitioned)")
FULL_REFRESH: Final = "dbt build --full-refresh"


def examine_ledger(facts: Mapping[str, Any], now: datetime) -> Section:
    """Whether the ledger is there, is of this version, adds up, and agrees with the tables that it counts."""
    section = Section("ledger")
    ledger = facts["ledger"]
    if ledger is None:
        section.problem("There is no ledger (loads): nothing was loaded yet, or it was dropped", "dbt build")
        return section
    if ledger["lacks"]:
        section.problem(
            f"{ledger['name']} was built by an older version and lacks {', '.join(ledger['lacks'])}", FULL_REFRESH
        )
        return section
    totals = (
        f"{ledger['lines']:,} lines = {ledger['accepted']:,} events + {ledger['duplicates']:,} duplicates + "
        f"{ledger['rejected']:,} rejected"
    )
    wrong = []
    if ledger["wrong_hours"]:
        wrong.append(f"lines are not the sum of the others in {counted(ledger['wrong_hours'], 'arrival hour')}")
    for name, what in (("events", "accepted"), ("rejected_events", "rejected")):
        if name in ledger and ledger[name] != ledger[what]:
            wrong.append(f"{name} holds {ledger[name]:,} rows, and the ledger counts {ledger[what]:,}")
    if wrong:
        section.problem(f"The ledger and the tables do not agree: {'; '.join(wrong)}", FULL_REFRESH)
    else:
        section.ok(totals)
    if ledger["newest_hour"]:
        loaded = datetime.fromisoformat(ledger["newest_hour"] + "+00:00")
        section.ok(f"the newest loaded hour is {loaded:%Y-%m-%d %H:%M} UTC, {age(loaded, now)} ago")
    if newest := ledger.get("event_loads"):
        days = (now.date() - date.fromisoformat(newest)).days
        section.ok(f"the newest event is of {newest}, {'today' if days == 0 else counted(days, 'day') + ' ago'}")
    return section


def examine_definitions(facts: Mapping[str, Any]) -> Section:
    """Whether the rows of every table were computed by the SQL of today, and what a build would do if not."""
    section = Section("definitions")
    kept = [table for table in facts["tables"] if table["stands_as"] == "table" and _keeps_rows(table)]
    changed = [table for table in kept if table["definition"] != "same"]
    if not changed:
        section.ok(f"{counted(len(kept), 'table')} follow the SQL, macros and variables of today")
        return section
    from_bronze = [table["name"] for table in changed if table["needs_bronze"]]
    names = some(from_bronze or [table["name"] for table in changed])
    if from_bronze and len(changed) > len(from_bronze):
        names += f" (and {counted(len(changed) - len(from_bronze), 'table')} made of them or changed too)"
    if all(table["definition"] == "unknown" for table in kept):
        section.problem(
            "It is not known by which definitions the tables were computed: an older version built them", FULL_REFRESH
        )
    elif facts["on_changed_definition"] == "accept":
        section.note(
            f"The SQL of {names}, or of what it is made of, is not that by which the rows were computed; "
            "on_changed_definition is accept, so they stay",
            "dbt build --vars '{on_changed_definition: rebuild}'",
        )
    elif from_bronze:
        section.problem(
            f"{names}: the rows were computed by another definition than that of today, or by a run that did not "
            "finish, and only bronze holds what is needed to compute them anew; other builds stop",
            FULL_REFRESH,
        )
    else:
        stop = facts["on_changed_definition"] == "stop"
        section.problem(
            f"{names}: the rows were computed by another definition than that of today, or by a run that did not "
            "finish; "
            + ("a build stops, because on_changed_definition is stop" if stop else "the next build computes them anew"),
            "dbt build --vars '{on_changed_definition: rebuild}'" if stop else "dbt build",
        )
    return section


def examine_tables(facts: Mapping[str, Any], drop: str) -> Section:
    """What stands where tables should, what runs left for later ones, and what no model builds.

    Parameters
    ----------
    drop
        The command that drops a table, with {} in the place of its name.
    """
    section = Section("tables")
    missing = [table["name"] for table in facts["tables"] if table["stands_as"] is None]
    views = [
        table["name"]
        for table in facts["tables"]
        if table["stands_as"] == "view" and table["materialized"] in ("table", "incremental", "seed")
    ]
    if missing:
        section.problem(f"Not built yet, or lost: {some(missing)}", "dbt build")
    if views:
        section.problem(
            f"A view stands where the table should be, as `dbt clone` leaves it: {some(views)}",
            "dbt build",
        )
    _judge_state(section, facts)
    _judge_others(section, facts, drop)
    if not section.findings:
        section.ok(f"{counted(len(facts['tables']), 'model')} stand, and no run left anything for the next one")
    return section


def _judge_state(section: Section, facts: Mapping[str, Any]) -> None:
    if _subjects(facts, "arrivals_hold_history"):
        section.problem("A full refresh did not reach the ledger, so tables may be of different states", FULL_REFRESH)
    elif seen := _subjects(facts, "seen_by_models"):
        section.problem(
            f"A run built a part of the models: new arrivals have reached {counted(len(seen), 'model')}, but neither "
            "the others nor the ledger",
            "dbt build",
        )
    ours = {table["name"] for table in facts["tables"]}
    stale = [name for name in _subjects(facts, "stale_tables") if name in ours]
    if stale:
        section.problem(f"Stale until the next build, which computes them anew: {some(stale)}", "dbt build")


def _judge_others(section: Section, facts: Mapping[str, Any], drop: str) -> None:
    leftovers = [name for name in facts["others"] if _LEFTOVER.search(name)]
    unbuilt = [name for name in facts["others"] if name not in leftovers]
    if leftovers:
        section.problem(
            f"Left behind by a run that was killed, if none is running now: {some(leftovers)}",
            _dropping(drop, leftovers),
        )
    if unbuilt:
        section.problem(
            f"No model builds these any more, so people may read old rows: {some(unbuilt)}. Restore the model, or drop",
            _dropping(drop, unbuilt),
        )


def _dropping(drop: str, names: list[str]) -> str:
    return drop.replace("{}", ", ".join(names))


def _subjects(facts: Mapping[str, Any], fact: str) -> list[str]:
    return [record["subject"] for record in facts["state"] if record["fact"] == fact]


def _keeps_rows(table: Mapping[str, Any]) -> bool:
    """Whether a run leaves rows as they are: other tables are computed anew each time, except arrivals by meaning."""
    return table["materialized"] == "incremental" or bool(table["needs_bronze"])
