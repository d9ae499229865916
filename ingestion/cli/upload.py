"""`shoplake upload`: its options and its output. The work is in `ingestion/warehouse/upload.py`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ingestion.cli.locations import LakeOption
from ingestion.cli.output import busy, say
from ingestion.errors import UserError
from ingestion.lake.bronze_table import DATABASE, PREFIX, TABLE
from ingestion.lake.location import DEFAULT_LAKE
from ingestion.warehouse.upload import object_keys, upload_objects


def upload(
    bucket: Annotated[
        str, typer.Option(help="Name of the bucket; created if it does not exist.", envvar="SHOPLAKE_BUCKET")
    ] = "shoplake",
    lake: LakeOption = DEFAULT_LAKE,
) -> None:
    """Copy the lake's new objects into an S3 bucket, and create or extend the bronze table over them.

    Endpoint, region and credentials are found as by any AWS client.

    \b
    AWS on this machine:   eval $(python -m local_aws env) && shoplake upload
    your own bucket:       shoplake upload --bucket my-bucket
    """
    keys = object_keys(lake)
    try:
        uploaded = upload_objects(bucket, lake, keys, lambda count: busy(f"copying {count:,} objects"))
    except UserError as error:
        hint = (
            "" if os.environ.get("AWS_ENDPOINT_URL") else "; for AWS on this machine: eval $(python -m local_aws env)"
        )
        raise UserError(f"{error}{hint}") from None
    say(
        f"{uploaded.new_objects:,} new objects of {uploaded.objects:,} in s3://{bucket}/{PREFIX}; "
        f"table {DATABASE}.{TABLE} {uploaded.table}"
    )
    # in quotes, because YAML reads a bare date as a date, which `dbt retry` does not take
    variables = f'bronze_start: "{uploaded.first_day}"'
    if hours := uploaded.hours_out_of_reach:
        variables += f", arrival_lookback_hours: {hours}"
        say(
            f"The oldest new object arrived {hours:,} hours before the newest object that was already stored, and a "
            "build does not look back that far: pass the variable once"
        )
    # what profiles.yml takes from the environment, or has as its default
    target, default = ("athena_local", "shoplake") if os.environ.get("AWS_ENDPOINT_URL") else ("athena", "")
    found_by_dbt = os.environ.get("SHOPLAKE_BUCKET") or default
    name = "" if bucket == found_by_dbt else f"SHOPLAKE_BUCKET={bucket} "
    say(f"Next: {name}dbt build --target {target} --vars '{{{variables}}}'")
