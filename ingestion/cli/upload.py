"""`shoplake upload`: the lake's objects into a bucket under the same keys, and the Glue table over them.

On AWS the objects come from Firehose and the table from the template; this is for AWS on this machine and for history.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import yaml
from rich.console import Console

from ingestion.cli.output import say
from ingestion.errors import UserError
from ingestion.lake.bronze_table import DATABASE, PREFIX, TABLE, bronze_table
from ingestion.stack.aws import aws_errors_for_user, region_name

PROJECT: Final = Path(__file__).parents[2] / "dbt_project.yml"
_RANGE: Final = "projection.dt.range"
# what GetTable gives besides, UpdateTable does not take, nor an empty owner
_TABLE_INPUT: Final = ("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType")


def upload(
    bucket: Annotated[str, typer.Option(help="Made if it is not there.", envvar="SHOPLAKE_BUCKET")] = "shoplake",
    lake: Annotated[Path, typer.Option(help="Directory of the lake.", envvar="SHOPLAKE_LAKE")] = Path("lake"),
) -> None:
    """Copy new objects of the lake into a bucket, and see to it that the bronze table is there and begins early enough.

    The endpoint and credentials are those of any AWS client: eval $(python -m local_aws env) for AWS on this machine.
    """
    # imported here, because it takes as long as all the rest of the command line
    import boto3

    keys = sorted(path.relative_to(lake).as_posix() for path in lake.glob(f"{PREFIX}dt=*/hour=*/*.gz"))
    if not keys:
        raise UserError(f"{lake} has no objects: `shoplake simulate` or `shoplake replay FILE` brings some")
    first_day = _hour(keys[0]).date()
    try:
        with aws_errors_for_user():
            s3 = boto3.client("s3", region_name=region_name())
            table = see_to_table(bucket, first_day, boto3.client("glue", region_name=region_name()))
            stored = stored_keys(bucket, s3)
            new = [key for key in keys if key not in stored]
            with Console(stderr=True).status(f"copying {len(new):,} objects"):
                for key in new:
                    s3.upload_file(str(lake / key), bucket, key)
    except UserError as error:
        here = (
            "" if os.environ.get("AWS_ENDPOINT_URL") else "; for AWS on this machine: eval $(python -m local_aws env)"
        )
        raise UserError(f"{error}{here}") from None
    say(f"{len(new):,} new objects of {len(keys):,} in s3://{bucket}/{PREFIX}; table {DATABASE}.{TABLE} {table}")
    variables = f"bronze_start: {first_day}"
    if back := hours_out_of_reach(new, stored, yaml.safe_load(PROJECT.read_text())["vars"]["arrival_lookback_hours"]):
        variables += f", arrival_lookback_hours: {back}"
        say(
            f"The oldest new object arrived {back:,} hours before the newest that was there, further back than a build "
            "looks by itself: give the variable once"
        )
    say(f"Next: dbt build --target athena_local --vars '{{{variables}}}'")


def hours_out_of_reach(new: list[str], stored: set[str], lookback: int) -> int:
    """Hours from the oldest new object to the newest stored one, if a build that read that one does not look so far.

    Parameters
    ----------
    new, stored
        Keys of objects.
    lookback
        The dbt variable arrival_lookback_hours.
    """
    if not new or not stored:
        return 0
    back = int((_hour(max(stored)) - _hour(min(new))).total_seconds() // 3600)
    return back if back > lookback else 0


def stored_keys(bucket: str, s3: Any) -> set[str]:
    """The keys of bronze in a bucket, which is made if it is not there."""
    if bucket not in {listed["Name"] for listed in s3.list_buckets()["Buckets"]}:
        region = s3.meta.region_name
        # us-east-1 is the only region that must not be named
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **place)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{PREFIX}dt=")
    return {found["Key"] for page in pages for found in page.get("Contents", [])}


def see_to_table(bucket: str, start: date, glue: Any) -> str:
    """Make the bronze table, or let it begin earlier: a day before its projection is no day to Athena.

    Returns
    -------
    What became of it, for a person.
    """
    with suppress(glue.exceptions.AlreadyExistsException):
        glue.create_database(DatabaseInput={"Name": DATABASE})
    made = bronze_table(bucket, start)
    try:
        glue.create_table(DatabaseName=DATABASE, TableInput=made)
    except glue.exceptions.AlreadyExistsException:
        table = glue.get_table(DatabaseName=DATABASE, Name=TABLE)["Table"]
    else:
        return f"made, from {start}"
    if table["StorageDescriptor"]["Location"] != made["StorageDescriptor"]["Location"]:
        return f"reads {table['StorageDescriptor']['Location']}, not this bucket"
    begins, _, ends = table["Parameters"].get(_RANGE, "").partition(",")
    # ISO dates; another form, such as NOW-3YEARS, is its owner's
    if not begins[:1].isdigit() or begins <= start.isoformat():
        return "was there"
    parameters = table["Parameters"] | {_RANGE: f"{start},{ends}"}
    kept = {name: table[name] for name in _TABLE_INPUT if table.get(name)}
    glue.update_table(DatabaseName=DATABASE, TableInput=kept | {"Parameters": parameters})
    return f"now begins on {start} instead of {begins}"


def _hour(key: str) -> datetime:
    return datetime.strptime("/".join(key.split("/")[2:4]), "dt=%Y-%m-%d/hour=%H")
