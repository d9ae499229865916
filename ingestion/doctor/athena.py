"""What is special to Athena: the objects in the bucket beside the ledger, files and snapshots of the Iceberg tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ingestion.doctor.finding import Section, age, counted, some
from ingestion.doctor.profile import Target
from ingestion.errors import UserError
from ingestion.lake.bronze_table import DATABASE, PREFIX, TABLE
from ingestion.stack.aws import aws_errors_for_user
from ingestion.warehouse.chosen_objects import NO_HOUR, locate

LISTED_HOURS: Final = 48
"""How many hours before the newest loaded one are listed in the bucket: Firehose tries again for 24."""
_HOUR: Final = "%Y-%m-%d %H"


def examine_bronze(target: Target, facts: Mapping[str, Any], environment: Mapping[str, str], now: datetime) -> Section:
    """Compare the newest objects of the bucket with the ledger: one call of Glue, one of S3 for each 1,000 objects."""
    section = Section("lake")
    database = environment.get("SHOPLAKE_BRONZE_DATABASE", DATABASE)
    newest = (facts["ledger"] or {}).get("newest_hour")
    try:
        location, keys = bronze_keys(target, database, datetime.fromisoformat(newest) if newest else None)
    except UserError as error:
        section.problem(f"The bronze table {database}.{TABLE} or its bucket cannot be read: {error}", "shoplake status")
        return section
    objects = Counter(locate(f"/{PREFIX}{key}").arrival_hour for key in keys)
    strays = [key for key in keys if locate(f"/{PREFIX}{key}").arrival_hour == NO_HOUR]
    if strays:
        section.problem(
            f"{location}: {counted(len(strays), 'object')} in no folder of a date and hour, which Athena does not "
            f"read: {some(strays)}. Move them into the folder of their arrival hour, or away",
            f"aws s3 mv {location}{strays[0]} {location.removesuffix(PREFIX)}errors/unreadable/",
        )
    del objects[NO_HOUR]
    if not objects:
        section.note(f"{location}: no objects since {newest or 'the start'}")
    elif not newest:
        section.note(f"{location}: holds objects, and none is loaded yet", "dbt build")
    else:
        _compare(section, location, objects, facts, now)
    return section


def _compare(section: Section, location: str, objects: Counter[str], facts: Mapping[str, Any], now: datetime) -> None:
    last = datetime.strptime(max(objects) + "+0000", _HOUR + "%z")
    section.ok(f"{location}: the newest object is of {max(objects)}:00 UTC, {age(last, now)} ago")
    newest = facts["ledger"]["newest_hour"][: len("2026-03-10 07")]
    loaded = {hour["arrival_hour"][: len(newest)]: hour["object_count"] for hour in facts["recent_hours"]}
    new = {hour: count for hour, count in objects.items() if hour > newest}
    late = {hour: count for hour, count in objects.items() if hour <= newest and count > loaded.get(hour, 0)}
    if new:
        section.note(
            f"Not loaded yet: {counted(sum(new.values()), 'object')} of {counted(len(new), 'arrival hour')}",
            "dbt build",
        )
    if late:
        _judge_late(section, late, newest, facts["arrival_lookback_hours"])
    if not new and not late:
        section.ok(f"every object of the last {LISTED_HOURS} hours is loaded")


def _judge_late(section: Section, late: Mapping[str, int], newest: str, lookback: int) -> None:
    hours = int((datetime.strptime(newest, _HOUR) - datetime.strptime(min(late), _HOUR)) / timedelta(hours=1))
    sentence = (
        f"Objects arrived late in {counted(len(late), 'arrival hour')} that were loaded before: "
        f"{some([hour + ':00' for hour in sorted(late)])}"
    )
    if hours <= lookback:
        section.note(sentence, "dbt build")
    else:
        section.problem(
            f"{sentence}. A build looks back {counted(lookback, 'hour')} only",
            f"dbt build --vars '{{arrival_lookback_hours: {hours}}}'",
        )


def bronze_keys(target: Target, database: str, newest: datetime | None) -> tuple[str, list[str]]:
    """The place of bronze, and the objects from LISTED_HOURS before the newest loaded hour on, below that place.

    If nothing was loaded, one object shows that there are any.
    """
    import boto3

    with aws_errors_for_user():
        session = boto3.Session(**target.session)
        table = session.client("glue").get_table(DatabaseName=database, Name=TABLE)["Table"]
        location = table["StorageDescriptor"]["Location"]
        bucket, _, prefix = location.removeprefix("s3://").partition("/")
        listing: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix}
        if newest:
            oldest = newest - timedelta(hours=LISTED_HOURS)
            listing["StartAfter"] = f"{prefix}dt={oldest:%Y-%m-%d}/hour={oldest:%H}"
        else:
            listing["PaginationConfig"] = {"MaxItems": 1}
        pages = session.client("s3").get_paginator("list_objects_v2").paginate(**listing)
        return location, [one["Key"].removeprefix(prefix) for page in pages for one in page.get("Contents", [])]


def examine_lock(facts: Mapping[str, Any], now: datetime) -> Section:
    """Whether a run holds the lock of the tables, or was killed while it held it."""
    section = Section("lock")
    lock = facts["lock"]
    if not lock:
        section.ok("no run holds it: a build may begin")
        return section
    holder = f"{lock['command']} of {lock['owner']}, since {lock['taken']} UTC"
    if datetime.fromisoformat(lock["expires"] + "+00:00") < now:
        section.note(f"A run was killed and left its lock ({holder}); it has ended, and the next run removes it")
    else:
        section.note(
            f"A run holds it: {holder}. Other runs are refused until it ends. If it was killed, remove its lock",
            "shoplake unlock",
        )
    return section


def examine_maintenance(facts: Mapping[str, Any]) -> Section:
    """Whether tables have many files or old snapshots, which make every build and query slower and dearer."""
    section = Section("maintenance")
    many = [table["name"] for table in facts["files"] if table["many"]]
    old = [table["name"] for table in facts["snapshots"] if table["old"]]
    if many:
        partitions = sum(table["many"] for table in facts["files"])
        section.problem(
            f"{some(many)}: {counted(partitions, 'partition')} with many files, which every query reads",
            "dbt run-operation optimize",
        )
    if old:
        snapshots = sum(table["old"] for table in facts["snapshots"])
        section.problem(
            f"{some(old)}: {counted(snapshots, 'snapshot')} older than vacuum_snapshot_hours, which keep files",
            "dbt run-operation vacuum",
        )
    if not many and not old:
        section.ok(f"{counted(len(facts['files']), 'Iceberg table')}: files and snapshots are in order")
    return section
