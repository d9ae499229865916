"""`shoplake upload`: the lake's objects into a bucket under the same keys, and the Glue table over them.

On AWS the objects come from Firehose and the table from the template; this is for AWS on this machine and for history.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ingestion.bronze_table import DATABASE, PREFIX, TABLE, bronze_table
from ingestion.errors import UserError

_out = Console()


def upload(
    bucket: Annotated[str, typer.Option(help="Made if it is not there.", envvar="SHOPLAKE_BUCKET")] = "shoplake",
    lake: Annotated[Path, typer.Option(help="Directory of the lake.", envvar="SHOPLAKE_LAKE")] = Path("lake"),
) -> None:
    """Copy new objects of the lake into a bucket, and make the bronze table if there is none.

    The endpoint and credentials are those of any AWS client: eval $(python -m local_aws env) for AWS on this machine.
    """
    # imported here, because it takes as long as all the rest of the command line
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    paths = sorted(lake.glob(f"{PREFIX}dt=*/hour=*/*.gz"))
    if not paths:
        raise UserError(f"{lake} has no objects: `shoplake simulate` or `shoplake replay FILE` brings some")
    first_day = date.fromisoformat(paths[0].parts[-3].removeprefix("dt="))
    try:
        count = copy_new(paths, lake, bucket, boto3.client("s3"))
        made = create_bronze_table(bucket, first_day, boto3.client("glue"))
    except (BotoCoreError, ClientError) as error:
        raise UserError(f"AWS did not take it: {error}") from None
    table = f"table {DATABASE}.{TABLE} {f'made, from {first_day}' if made else 'was there'}"
    _out.print(
        f"{count:,} new objects of {len(paths):,} in s3://{bucket}/{PREFIX}; {table}", highlight=False, soft_wrap=True
    )
    _out.print(
        f"Next: dbt build --target athena_local --vars 'bronze_start: {first_day}'", highlight=False, soft_wrap=True
    )


def copy_new(paths: list[Path], lake: Path, bucket: str, s3: Any) -> int:
    """Copy the objects whose keys the bucket has not got; how many."""
    if bucket not in {listed["Name"] for listed in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=bucket)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX)
    stored = {found["Key"] for page in pages for found in page.get("Contents", [])}
    new = [path for path in paths if path.relative_to(lake).as_posix() not in stored]
    for path in new:
        s3.upload_file(str(path), bucket, path.relative_to(lake).as_posix())
    return len(new)


def create_bronze_table(bucket: str, start: date, glue: Any) -> bool:
    """Make database and table of bronze where they are missing; whether the table was made."""
    with suppress(glue.exceptions.AlreadyExistsException):
        glue.create_database(DatabaseInput={"Name": DATABASE})
    try:
        glue.create_table(DatabaseName=DATABASE, TableInput=bronze_table(bucket, start))
    except glue.exceptions.AlreadyExistsException:
        return False
    return True
