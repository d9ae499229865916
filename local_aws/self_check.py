"""Checks that run at every start: one for every patch of the emulator that nobody would miss before production."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

from local_aws import versions
from local_aws.athena_client import QueryFailedError, query
from local_aws.aws_client import AwsClient, AwsError
from local_aws.errors import UserError

_OPENX: Final = "org.openx.data.jsonserde.JsonSerDe"
_FIREHOSE_WAIT_S: Final = 10


def first_query_problem(aws: AwsClient, bucket: str) -> str | None:
    """Why a query on a table does not work yet, or None. Trino answers `select 1` seconds before it reads tables."""
    try:
        with Scratch(aws, bucket) as scratch:
            rows = scratch.query(f"select id from {scratch.database}.lines")
    except (AwsError, QueryFailedError, OSError) as error:
        return str(error)
    return None if rows == [["id"], ["1"]] else f"the query returned {rows}"


def run(aws: AwsClient, bucket: str) -> None:
    """Run every check.

    Raises
    ------
    UserError
        A check fails; the message names it and the emulator's version.
    """
    with Scratch(aws, bucket) as scratch:
        for check in CHECKS:
            try:
                holds = check(scratch)
            except (AwsError, QueryFailedError) as error:
                raise UserError(_message(check, str(error))) from None
            if not holds:
                raise UserError(_message(check, "it returned another result"))


class Scratch:
    """A temporary database with one JSON table of one row."""

    def __init__(self, aws: AwsClient, bucket: str) -> None:
        self.aws = aws
        self.bucket = bucket
        self.database = f"local_aws_check_{uuid.uuid4().hex[:8]}"
        self.prefix = f"check/{self.database}/"

    def __enter__(self) -> Scratch:
        self.aws.create_bucket(self.bucket)
        self.aws.put_object(self.bucket, self.prefix + "lines/one.json", b'{"id": "1"}\n')
        self.aws.call("glue", "CreateDatabase", DatabaseInput={"Name": self.database})
        self.aws.call("glue", "CreateTable", DatabaseName=self.database, TableInput=self.table("lines"))
        return self

    def __exit__(self, *_: object) -> None:
        for table in self.aws.pages("glue", "GetTables", "TableList", DatabaseName=self.database):
            self.aws.call("glue", "DeleteTable", DatabaseName=self.database, Name=table["Name"])
        self.aws.call("glue", "DeleteDatabase", Name=self.database)
        for key in self.aws.list_objects(self.bucket, self.prefix):
            self.aws.delete_object(self.bucket, key)

    def table(self, name: str, **fields: Any) -> dict[str, Any]:
        return {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE"},
            "StorageDescriptor": {
                "Columns": [{"Name": "id", "Type": "string"}],
                "Location": f"s3://{self.bucket}/{self.prefix}{name}/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {"SerializationLibrary": _OPENX, "Parameters": {}},
            },
        } | fields

    def query(self, sql: str) -> list[list[str | None]]:
        return query(self.aws, sql, output_location=f"s3://{self.bucket}/{self.prefix}results/").rows

    def glue(self, action: str, **parameters: Any) -> dict[str, Any]:
        return self.aws.call("glue", action, DatabaseName=self.database, **parameters)


def lost_commit_is_rejected(scratch: Scratch) -> bool:
    """A table update with a stale version id fails; otherwise two writers of an Iceberg table lose a commit."""
    version = scratch.glue("GetTable", Name="lines")["Table"]["VersionId"]
    scratch.glue("UpdateTable", TableInput=scratch.table("lines"), VersionId=version)
    try:
        scratch.glue("UpdateTable", TableInput=scratch.table("lines"), VersionId=version)
    except AwsError as error:
        return error.code == "ConcurrentModificationException"
    return False


def every_region_has_the_same_catalog(scratch: Scratch) -> bool:
    """Trino reads one region; a stack or a client of another region would create tables that no query sees."""
    table = scratch.glue("GetTable", region="eu-central-1", Name="lines")["Table"]
    return bool(table["Name"] == "lines")


def old_versions_can_be_listed_and_deleted(scratch: Scratch) -> bool:
    scratch.glue("UpdateTable", TableInput=scratch.table("lines"))
    versions_before = scratch.glue("GetTableVersions", TableName="lines")["TableVersions"]
    oldest = versions_before[-1]["VersionId"]
    errors = scratch.glue("BatchDeleteTableVersion", TableName="lines", VersionIds=[oldest])["Errors"]
    left = scratch.glue("GetTableVersions", TableName="lines")["TableVersions"]
    return not errors and len(left) == len(versions_before) - 1 > 0


def partitions_are_found_by_expression_and_deleted(scratch: Scratch) -> bool:
    keys = [{"Name": "day", "Type": "int"}]
    scratch.glue("CreateTable", TableInput=scratch.table("parts", PartitionKeys=keys))
    storage = scratch.table("parts")["StorageDescriptor"]
    inputs = [{"Values": [day], "StorageDescriptor": storage} for day in ("9", "10", "11")]
    scratch.glue("BatchCreatePartition", TableName="parts", PartitionInputList=inputs)

    def days(expression: str) -> list[str]:
        found = scratch.glue("GetPartitions", TableName="parts", Expression=expression)["Partitions"]
        return sorted(partition["Values"][0] for partition in found)

    wanted = days("day > 9 and not day = 11")
    scratch.glue("BatchDeletePartition", TableName="parts", PartitionsToDelete=[{"Values": ["10"]}])
    return wanted == ["10"] and days("day >= 10") == ["11"]


def tables_are_listed_in_pages(scratch: Scratch) -> bool:
    """A client that ignores NextToken must fail here as well, not only on AWS."""
    for name in ("one", "two"):
        scratch.glue("CreateTable", TableInput=scratch.table(name))
    first = scratch.glue("GetTables", Expression="one|two", MaxResults=1)
    second = scratch.glue("GetTables", Expression="one|two", MaxResults=1, NextToken=first["NextToken"])
    return [table["Name"] for page in (first, second) for table in page["TableList"]] == ["one", "two"]


def view_has_its_columns_and_survives_a_description(scratch: Scratch) -> bool:
    name = f"{scratch.database}.seen"
    scratch.query(f"create view {name} as select id, 1.5 as half from {scratch.database}.lines")
    view = scratch.glue("GetTable", Name="seen")["Table"]
    types = [(column["Name"], column["Type"]) for column in view["StorageDescriptor"]["Columns"]]
    described = {
        field: view[field]
        for field in ("Name", "TableType", "StorageDescriptor", "ViewOriginalText", "ViewExpandedText")
    }
    parameters = view["Parameters"] | {"comment": "for people"}
    scratch.glue("UpdateTable", TableInput=described | {"Description": "for people", "Parameters": parameters})
    rows = scratch.query(f"select id, half from {name}")
    return types == [("id", "string"), ("half", "double")] and rows == [["id", "half"], ["1", "1.5"]]


def iceberg_columns_are_marked_as_on_aws(scratch: Scratch) -> bool:
    """awswrangler's to_iceberg takes a column that is not marked as current for new, and fails when it appends."""
    table = f"{scratch.database}.kept"
    scratch.query(
        f"create table {table} (id bigint, old string) location 's3://{scratch.bucket}/{scratch.prefix}kept/' "
        "tblproperties('table_type'='iceberg')"
    )
    first = _append(scratch, table)
    scratch.query(f"alter table {table} drop column old")
    scratch.query(f"alter table {table} add columns (new string)")
    second = _append(scratch, table)
    rows = scratch.query(f"select count(*), count(new) from {table}")
    found = scratch.glue("GetTable", Name="kept")["Table"]
    described = {field: found[field] for field in ("Name", "TableType", "Parameters", "StorageDescriptor")}
    described["StorageDescriptor"]["Columns"][0]["Comment"] = "for people"
    scratch.glue("UpdateTable", TableInput=described)
    names = scratch.query(
        "select column_name from information_schema.columns "
        f"where table_schema = '{scratch.database}' and table_name = 'kept' order by 1"
    )
    comment = scratch.glue("GetTable", Name="kept")["Table"]["StorageDescriptor"]["Columns"][0].get("Comment")
    seen = (first, second, rows[1:], names[1:], comment)
    return seen == (["id", "old"], ["id", "new"], [["2", "1"]], [["id"], ["new"]], "for people")


def _append(scratch: Scratch, table: str) -> list[str]:
    """Insert a row into the columns that Glue marks as current, and return their names."""
    columns = scratch.glue("GetTable", Name=table.split(".")[1])["Table"]["StorageDescriptor"]["Columns"]
    current = [column["Name"] for column in columns if column["Parameters"]["iceberg.field.current"] == "true"]
    scratch.query(f"insert into {table} ({', '.join(current)}) values (1, 'a')")
    return current


def only_queries_have_a_header_row(scratch: Scratch) -> bool:
    shown = scratch.query(f"show tables in {scratch.database} like 'lines'")
    return scratch.query("select 1 as one") == [["one"], ["1"]] and shown == [["lines"]]


def result_is_written_as_csv(scratch: Scratch) -> bool:
    folder = scratch.prefix + "results/"
    scratch.query("select 'a' as text, '' as nothing, null as none")
    bodies = [
        scratch.aws.get_object(scratch.bucket, key)
        for key in scratch.aws.list_objects(scratch.bucket, folder)
        if key.endswith(".csv")
    ]
    return b'"text","nothing","none"\n"a","",\n' in bodies


def firehose_delivers_one_gzip_object(scratch: Scratch) -> bool:
    stream = scratch.database
    destination = {
        "RoleARN": "arn:aws:iam::000000000000:role/check",
        "BucketARN": f"arn:aws:s3:::{scratch.bucket}",
        "Prefix": scratch.prefix + "delivered/",
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1},
        "CompressionFormat": "GZIP",
    }
    scratch.aws.call(
        "firehose", "CreateDeliveryStream", DeliveryStreamName=stream, ExtendedS3DestinationConfiguration=destination
    )
    try:
        record = {"Data": base64.b64encode(b"line\n").decode()}
        scratch.aws.call("firehose", "PutRecordBatch", DeliveryStreamName=stream, Records=[record, record])
        deadline = time.monotonic() + _FIREHOSE_WAIT_S
        keys: list[str] = []
        while not keys and time.monotonic() < deadline:
            time.sleep(0.05)
            keys = scratch.aws.list_objects(scratch.bucket, scratch.prefix + "delivered/")
        magic = b"\x1f\x8b"
        return len(keys) == 1 and scratch.aws.get_object(scratch.bucket, keys[0]).startswith(magic)
    finally:
        scratch.aws.call("firehose", "DeleteDeliveryStream", DeliveryStreamName=stream)


CHECKS: Final[tuple[Callable[[Scratch], bool], ...]] = (
    lost_commit_is_rejected,
    every_region_has_the_same_catalog,
    old_versions_can_be_listed_and_deleted,
    partitions_are_found_by_expression_and_deleted,
    tables_are_listed_in_pages,
    view_has_its_columns_and_survives_a_description,
    iceberg_columns_are_marked_as_on_aws,
    only_queries_have_a_header_row,
    result_is_written_as_csv,
    firehose_delivers_one_gzip_object,
)


def _message(check: Callable[[Scratch], bool], why: str) -> str:
    what = check.__name__.replace("_", " ")
    return f"a patch does not work on ministack {versions.MINISTACK}: the check '{what}' failed ({why})"
