"""What is special to Athena: the objects in the bucket beside the ledger, files and snapshots of the Iceberg tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ingestion.doctor.finding import Section, age, counted, some
from ingestion.doctor.profile import Target
from ingestion.errors import UserError
from ingestion.lake.bronze_table import DATABASE, TABLE
from ingestion.stack.aws import aws_errors_for_user

LISTED_HOURS: Final = 48
"""How many hours before the newest loaded one are listed in the bucket: Firehose tries again for 24."""
_HOUR: Final = "%Y-%m-%d %H"


def examine_bronze(target: Target, facts: Mapping[str, Any], environment: Mapping[str, str], now: datetime) -> Section:
    """Compare the newest objects of the bucket with the ledger: one call of Glue, one of S3 for each 1,000 objects."""
    section = Section("lake")
    database = environment.get("SHOPLAKE_BRONZE_DATABASE", DATABASE)
    newest = (facts["ledger"] or {}).get("newest_hour")
    try:
        location, objects = bronze_objects(target, database, datetime.fromisoformat(newest) if newest else None)
    except UserError as error:
        section.problem(f"The bronze table {database}.{TABLE} or its bucket cannot be read: {error}", "shoplake status")
        return section
    if not objects:
        section.note(f"{location}: no objects since {newest or 'the start'} UTC")
        return section
    last = datetime.strptime(max(objects) + "+0000", _HOUR + "%z")
    section.ok(f"{location}: the newest object is of {max(objects)}:00 UTC, {age(last, now)} ago")
    if not newest:
        return section
    newest_hour = newest[: len("2026-03-10 07")]
    loaded = {hour["arrival_hour"][: len(newest_hour)]: hour["object_count"] for hour in facts["recent_hours"]}
    new = {hour: count for hour, count in objects.items() if hour > newest_hour}
    late = {hour: count for hour, count in objects.items() if hour <= newest_hour and count > loaded.get(hour, 0)}
    if new:
        section.note(
            f"Not loaded yet: {counted(sum(new.values()), 'object')} of {counted(len(new), 'arrival hour')}",
            "dbt build",
        )
    if late:
        _judge_late(section, late, newest_hour, facts["arrival_lookback_hours"])
    if not new and not late:
        section.ok(f"every object of the last {LISTED_HOURS} hours is loaded")
    return section


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


def bronze_objects(target: Target, database: str, newest: datetime | None) -> tuple[str, Counter[str]]:
    """The place of bronze, and how many objects each hour has, from LISTED_HOURS before the newest loaded one on."""
    import boto3

    with aws_errors_for_user():
        session = boto3.Session(**target.session)
        table = session.client("glue").get_table(DatabaseName=database, Name=TABLE)["Table"]
        location = table["StorageDescriptor"]["Location"]
        bucket, _, prefix = location.removeprefix("s3://").partition("/")
        start = {}
        if newest:
            oldest = newest - timedelta(hours=LISTED_HOURS)
            start = {"StartAfter": f"{prefix}dt={oldest:%Y-%m-%d}/hour={oldest:%H}"}
        pages = session.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, **start)
        keys = [found["Key"].removeprefix(prefix) for page in pages for found in page.get("Contents", [])]
    parts = [key.split("/") for key in keys if key.startswith("dt=") and key.count("/") == 2]
    return location, Counter(f"{day.removeprefix('dt=')} {hour.removeprefix('hour=')}" for day, hour, _ in parts)


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
