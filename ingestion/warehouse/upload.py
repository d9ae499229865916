"""Copy the lake's objects into a bucket under the same keys, and create the Glue table over them.

In a deployed stack, Firehose writes the objects and the template creates the table. This module serves the AWS emulator
on this machine, and history that was loaded before the stack existed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from ingestion.errors import UserError
from ingestion.lake.bronze_table import DATABASE, PREFIX, TABLE, bronze_table
from ingestion.stack.aws import aws_errors_for_user, region_name
from ingestion.warehouse.project import PROJECT

_RANGE: Final = "projection.dt.range"
# GetTable returns more fields than UpdateTable accepts, and UpdateTable rejects an empty owner.
_TABLE_INPUT: Final = ("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType")


@dataclass(frozen=True, slots=True)
class Upload:
    """What an upload did.

    Attributes
    ----------
    new_objects, objects
        Objects that were copied, and objects in the lake.
    first_day
        The first arrival date in the lake.
    table
        What happened to the Glue table, as a phrase for the user.
    hours_out_of_reach
        How many hours the next build must look back to read the oldest new object; 0 if it reads it without help.
    """

    new_objects: int
    objects: int
    first_day: date
    table: str
    hours_out_of_reach: int


def object_keys(lake: Path) -> list[str]:
    """Return the keys of the lake's objects, oldest hour first.

    Raises
    ------
    UserError
        The lake has no objects.
    """
    keys = sorted(path.relative_to(lake).as_posix() for path in lake.glob(f"{PREFIX}dt=*/hour=*/*.gz"))
    if not keys:
        raise UserError(f"{lake} has no objects: run `shoplake simulate` or `shoplake replay FILE` first")
    return keys


def upload_objects(
    bucket: str,
    lake: Path,
    keys: Sequence[str],
    copying: Callable[[int], AbstractContextManager[object]] = lambda _: nullcontext(),
) -> Upload:
    """Copy the objects that the bucket lacks, and create or extend the bronze table.

    Parameters
    ----------
    keys
        What `object_keys` returns.
    copying
        Gets the number of new objects and returns a context that is open while they are copied, for a spinner.

    Raises
    ------
    UserError
        AWS rejects a call or cannot be reached.
    """
    # boto3 takes as long to import as the rest of the command line.
    import boto3

    first_day = _arrival_hour(keys[0]).date()
    with aws_errors_for_user():
        s3 = boto3.client("s3", region_name=region_name())
        table = ensure_table(bucket, first_day, boto3.client("glue", region_name=region_name()))
        stored = stored_keys(bucket, s3)
        new = [key for key in keys if key not in stored]
        with copying(len(new)):
            for key in new:
                s3.upload_file(str(lake / key), bucket, key)
    lookback = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"][
        "arrival_lookback_hours"
    ]
    return Upload(len(new), len(keys), first_day, table, hours_out_of_reach(new, stored, lookback))


def hours_out_of_reach(new: list[str], stored: set[str], lookback: int) -> int:
    """Return the hours from the oldest new object to the newest stored one if they exceed the lookback, else 0.

    A build that has read the newest stored object looks back only `lookback` hours from it.

    Parameters
    ----------
    new, stored
        Keys of objects.
    lookback
        The dbt variable arrival_lookback_hours.
    """
    if not new or not stored:
        return 0
    hours = int((_arrival_hour(max(stored)) - _arrival_hour(min(new))).total_seconds() // 3600)
    return hours if hours > lookback else 0


def stored_keys(bucket: str, s3: Any) -> set[str]:
    """Return the keys of bronze in the bucket; create the bucket if it does not exist."""
    if bucket not in {listed["Name"] for listed in s3.list_buckets()["Buckets"]}:
        region = s3.meta.region_name
        # us-east-1 is the default region, and S3 rejects it as a LocationConstraint.
        location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **location)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{PREFIX}dt=")
    return {found["Key"] for page in pages for found in page.get("Contents", [])}


def ensure_table(bucket: str, start: date, glue: Any) -> str:
    """Create the bronze table, or make it begin earlier: Athena ignores days before the projected range.

    Returns
    -------
    What happened to the table, as a phrase for the user.
    """
    with suppress(glue.exceptions.AlreadyExistsException):
        glue.create_database(DatabaseInput={"Name": DATABASE})
    wanted = bronze_table(bucket, start)
    try:
        glue.create_table(DatabaseName=DATABASE, TableInput=wanted)
    except glue.exceptions.AlreadyExistsException:
        table = glue.get_table(DatabaseName=DATABASE, Name=TABLE)["Table"]
    else:
        return f"was created, from {start} on"
    location = table["StorageDescriptor"]["Location"]
    if location != wanted["StorageDescriptor"]["Location"]:
        return f"reads {location}, not this bucket"
    begins, _, ends = table["Parameters"].get(_RANGE, "").partition(",")
    # A range in another form than ISO dates, such as NOW-3YEARS, was set by the owner of the table and stays.
    if not begins[:1].isdigit() or begins <= start.isoformat():
        return "exists"
    parameters = table["Parameters"] | {_RANGE: f"{start},{ends}"}
    kept = {name: table[name] for name in _TABLE_INPUT if table.get(name)}
    glue.update_table(DatabaseName=DATABASE, TableInput=kept | {"Parameters": parameters})
    return f"now begins on {start} instead of {begins}"


def _arrival_hour(key: str) -> datetime:
    return datetime.strptime("/".join(key.split("/")[2:4]), "dt=%Y-%m-%d/hour=%H")
