"""Statements answered from the catalog, manual partitions, UNLOAD, and the files that Athena writes to S3."""

from __future__ import annotations

import gzip
import uuid
from typing import Any

import pytest

from local_aws.athena_client import QueryFailedError, QueryResult, query
from local_aws.aws_client import AwsClient, AwsError
from local_aws.launcher import RESULTS_BUCKET, Instance

LOCATION = f"s3://{RESULTS_BUCKET}/statements/"


class Athena:
    """Runs statements in the database `statements`."""

    def __init__(self, instance: Instance) -> None:
        self.aws = AwsClient(instance.endpoint)

    def run(self, sql: str) -> QueryResult:
        return query(self.aws, sql, output_location=LOCATION + "results/", database="statements")

    def lines(self, sql: str) -> list[str | None]:
        return [row[0] for row in self.run(sql).rows]

    def started(self, sql: str, **parameters: Any) -> str:
        call = {"QueryString": sql, "ResultConfiguration": {"OutputLocation": LOCATION + "results/"}} | parameters
        return str(self.aws.call("athena", "StartQueryExecution", **call)["QueryExecutionId"])

    def newest(self) -> dict[str, Any]:
        last = self.aws.call("athena", "ListQueryExecutions", MaxResults=1)["QueryExecutionIds"][0]
        found: dict[str, Any] = self.aws.call("athena", "GetQueryExecution", QueryExecutionId=last)["QueryExecution"]
        return found


@pytest.fixture(scope="module")
def athena(instance: Instance) -> Athena:
    athena = Athena(instance)
    athena.run("create database statements comment 'of the test'")
    athena.run(
        "create external table days (`id` string comment 'the id', n int) partitioned by (dt string, hour int)"
        f" row format serde 'org.openx.data.jsonserde.JsonSerDe' location '{LOCATION}days/'"
        " tblproperties ('owner'='me')"
    )
    athena.run(
        f"create table ice (id bigint, at timestamp) partitioned by (day(at), bucket(4, id)) location '{LOCATION}ice/'"
        " tblproperties ('table_type'='ICEBERG')"
    )
    athena.run("create view seen as select 1 as one, 'x' as text")
    return athena


def test_partitions_are_added_listed_renamed_and_dropped(athena: Athena) -> None:
    athena.aws.put_object(RESULTS_BUCKET, "statements/days/dt=a/hour=1/f.json", b'{"id": "1"}\n')
    athena.aws.put_object(RESULTS_BUCKET, "statements/elsewhere/f.json", b'{"id": "2"}\n{"id": "3"}\n')
    elsewhere = f"location '{LOCATION}elsewhere/'"
    athena.run(f"alter table days add partition (dt = 'a', hour = 1) partition (hour = 2, dt = 'b') {elsewhere}")
    assert athena.lines("show partitions days") == ["dt=a/hour=1", "dt=b/hour=2"]
    assert athena.run("select dt, count(*) from days group by 1 order by 1").rows[1:] == [["a", "1"], ["b", "2"]]
    with pytest.raises(QueryFailedError, match="already exists"):
        athena.run("alter table days add partition (dt = 'a', hour = 1)")
    athena.run("alter table days add if not exists partition (dt = 'a', hour = 1)")
    athena.run("alter table days partition (dt = 'a', hour = 1) rename to partition (dt = 'c', hour = 3)")
    athena.run("alter table days drop partition (dt = 'b', hour = 2)")
    assert athena.lines("show partitions days") == ["dt=c/hour=3"]
    with pytest.raises(QueryFailedError, match="Partition not found"):
        athena.run("alter table days drop partition (dt = 'b', hour = 2)")
    athena.run("alter table days drop if exists partition (dt = 'b', hour = 2)")


def test_a_partition_needs_the_tables_keys_and_a_hive_table(athena: Athena) -> None:
    with pytest.raises(QueryFailedError, match="keys"):
        athena.run("alter table days add partition (day = 'a')")
    with pytest.raises(QueryFailedError, match="not supported by Athena Iceberg"):
        athena.run("alter table ice add partition (day = 'a')")


def test_describe_of_a_hive_table_is_padded_and_repeats_the_partition_keys(athena: Athena) -> None:
    result = athena.run("describe days")
    keys = [
        "dt                  \tstring              \t" + " " * 20,
        "hour                \tint                 \t" + " " * 20,
    ]
    assert [row[0] for row in result.rows] == [
        "id                  \tstring              \tthe id              ",
        "n                   \tint                 \t" + " " * 20,
        *keys,
        "\t \t ",
        "# Partition Information\t \t ",
        "# col_name          \tdata_type           \tcomment             ",
        "\t \t ",
        *keys,
    ]
    assert result.types == ["string", "string", "string"]


def test_describe_of_an_iceberg_table_has_a_section_for_its_partitions(athena: Athena) -> None:
    assert athena.lines("describe ice") == [
        "# Table schema:\t\t",
        "# col_name\tdata_type\tcomment",
        "id\tbigint\t",
        "at\ttimestamp\t",
        "\t\t",
        "# Partition spec:\t\t",
        "# field_name\tfield_transform\tcolumn_name",
        "at_day\tday\tat",
        "id_bucket\tbucket[4]\tid",
    ]


@pytest.mark.parametrize(
    ("statement", "lines"),
    [
        ("show tables in statements", ["days", "ice", "seen"]),
        ("show tables 'i*|days'", ["days", "ice"]),
        ("show views", ["seen"]),
        ("show databases like 'statem*'", ["statements"]),
        ("show columns in days", [name.ljust(20) for name in ("id", "n", "dt", "hour")]),
        ("show columns from ice in statements", ["id", "at"]),
        ("show tblproperties days('owner')", ["me"]),
    ],
)
def test_show_answers_from_the_catalog(athena: Athena, statement: str, lines: list[str]) -> None:
    assert athena.lines(statement) == lines


def test_the_output_of_show_create_table_recreates_the_table(athena: Athena) -> None:
    made = "\n".join(line or "" for line in athena.lines("show create table days"))
    assert made.startswith(
        "CREATE EXTERNAL TABLE `statements.days`(\n  `id` string COMMENT 'the id', \n  `n` int)\nPART"
    )
    athena.run("drop table days")
    athena.run(made.replace("`statements.days`", "days"))
    assert "\n".join(line or "" for line in athena.lines("show create table days")) == made
    iceberg = athena.lines("show create table ice")
    assert iceberg[0] == "CREATE TABLE `statements.ice`("
    assert "PARTITIONED BY (day(at), bucket(4, id))" in iceberg


def test_explain_has_a_header_and_one_row_per_line(athena: Athena) -> None:
    lines = athena.lines("explain select 1")
    assert lines[0] == "Query Plan"
    assert len(lines) > 5
    assert all("\n" not in (line or "") for line in lines)


@pytest.mark.parametrize("kind", ["parquet", "orc", "avro", "json", "textfile"])
def test_unload_writes_files_and_lists_them_in_a_manifest(athena: Athena, kind: str) -> None:
    target = f"{LOCATION}unloaded/{kind}/"
    statement = f"unload (select 1 as a, 'x' as b) to '{target}' with (format = '{kind}')"
    athena.run(statement)
    execution = athena.newest()
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "UNLOAD")
    bucket, _, key = execution["Statistics"]["DataManifestLocation"].removeprefix("s3://").partition("/")
    (path,) = athena.aws.get_object(bucket, key).decode().split()
    assert path.startswith(target)
    if kind == "textfile":
        assert gzip.decompress(athena.aws.get_object(bucket, path.removeprefix(f"s3://{bucket}/"))) == b"1,x\n"
    with pytest.raises(QueryFailedError, match="already exists"):
        athena.run(statement)
    assert not [name for name in athena.lines("show databases") if name and name.startswith("unload")]


def test_unload_into_partitions(athena: Athena) -> None:
    target = f"{LOCATION}unloaded/parts/"
    athena.run(f"unload (select 1 as a, 'x' as b) to '{target}' with (format = 'JSON', partitioned_by = ARRAY['b'])")
    (key,) = athena.aws.list_objects(RESULTS_BUCKET, "statements/unloaded/parts/")
    assert "/parts/b=x/" in key


def test_a_table_of_avro_files_is_read(athena: Athena) -> None:
    target = f"{LOCATION}unloaded/for_avro/"
    athena.run(f"unload (select 1 as a, 'x' as b) to '{target}' with (format = 'avro')")
    athena.run(f"create external table of_avro (a int, b string) stored as avro location '{target}'")
    assert athena.run("select * from of_avro").rows == [["a", "b"], ["1", "x"]]


def test_a_hive_ctas_leaves_a_manifest_of_its_files(athena: Athena) -> None:
    athena.run("create table made with (format = 'parquet') as select 1 as n")
    bucket, _, key = athena.newest()["Statistics"]["DataManifestLocation"].removeprefix("s3://").partition("/")
    assert len(athena.aws.get_object(bucket, key).split()) == 1


def test_an_insert_returns_a_column_without_rows_and_an_update_count(athena: Athena) -> None:
    result = athena.run("insert into ice values (1, timestamp '2026-01-01 00:00:00.000000')")
    assert (result.rows, result.types, result.update_count) == ([], ["bigint"], 1)


def test_a_repeated_request_token_starts_no_second_query(athena: Athena) -> None:
    token = uuid.uuid4().hex
    first = athena.started("select 1", ClientRequestToken=token)
    assert athena.started("select 1", ClientRequestToken=token) == first
    with pytest.raises(AwsError, match="Idempotent parameters do not match"):
        athena.started("select 2", ClientRequestToken=token)


def test_a_work_group_reports_whether_it_is_enforced(athena: Athena) -> None:
    configuration = athena.aws.call("athena", "GetWorkGroup", WorkGroup="primary")["WorkGroup"]["Configuration"]
    assert configuration["EnforceWorkGroupConfiguration"] is False
    assert configuration["ResultConfiguration"] == {}
