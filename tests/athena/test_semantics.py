"""Athena's limits and error messages: what fails in production fails here as well."""

from __future__ import annotations

import time
from typing import Any

import pytest

from local_aws.athena_client import QueryFailedError, QueryResult, query
from local_aws.aws_client import AwsClient, AwsError
from local_aws.engine.errors import ICEBERG_ERROR, StatementError
from local_aws.launcher import RESULTS_BUCKET, Instance

LOCATION = f"s3://{RESULTS_BUCKET}/semantics/"


class Athena:
    """Runs statements in the database `semantics`."""

    def __init__(self, instance: Instance) -> None:
        self.aws = AwsClient(instance.endpoint)

    def run(self, sql: str, **options: str) -> QueryResult:
        return query(self.aws, sql, output_location=LOCATION + "results/", database="semantics", **options)

    def rows(self, sql: str) -> list[list[str | None]]:
        return self.run(sql).rows[1:]

    def iceberg(self, name: str, body: str, **properties: str) -> None:
        settings = {"table_type": "'iceberg'", "is_external": "false", "location": f"'{LOCATION}{name}/'"} | properties
        listed = ", ".join(f"{key} = {value}" for key, value in settings.items())
        self.run(f"create table {name} with ({listed}) as {body}")


@pytest.fixture(scope="module")
def athena(instance: Instance) -> Athena:
    athena = Athena(instance)
    athena.aws.call("glue", "CreateDatabase", DatabaseInput={"Name": "semantics"})
    return athena


def test_a_statement_may_write_100_partitions(athena: Athena) -> None:
    partitioned = {"partitioning": "ARRAY['n']"}
    athena.iceberg("hundred", "select n from unnest(sequence(1, 100)) as t (n)", **partitioned)
    with pytest.raises(QueryFailedError, match="TOO_MANY_OPEN_PARTITIONS"):
        athena.iceberg("more", "select n from unnest(sequence(1, 101)) as t (n)", **partitioned)


def test_iceberg_takes_microseconds_only_and_hive_milliseconds_only(athena: Athena) -> None:
    with pytest.raises(QueryFailedError, match=r"Timestamp precision \(3\) not supported for Iceberg"):
        athena.iceberg("millis", "select timestamp '2026-01-01 00:00:00.000' as at")
    with pytest.raises(QueryFailedError, match=r"Incorrect timestamp precision for timestamp\(6\)"):
        athena.run(
            "create table micros with (format = 'parquet') as select timestamp '2026-01-01 00:00:00.000000' as at"
        )


def test_iceberg_lacks_small_integers(athena: Athena) -> None:
    with pytest.raises(QueryFailedError, match="Type not supported for Iceberg: smallint"):
        athena.iceberg("small", "select cast(1 as smallint) as n")


def test_ddl_of_an_iceberg_table_that_fails_leaves_it_as_it_was(athena: Athena) -> None:
    athena.iceberg("whole", "select 1 as id, 'b' as b")
    for statement in (
        "drop table whole garbage",
        "alter table whole change b c string first",
        "alter table whole change b c int",
        "alter table whole add columns (z smallint)",
    ):
        with pytest.raises(QueryFailedError):
            athena.run(statement)
    assert athena.run("select * from whole").rows == [["id", "b"], ["1", "b"]]


def test_a_changed_column_has_its_new_name_type_and_comment(athena: Athena) -> None:
    athena.iceberg("changed", "select 1 as id")
    athena.run("alter table changed change id key bigint comment 'the key'")
    assert athena.run("describe changed").rows[2] == ["key\tbigint\tthe key"]


def test_comments_of_an_iceberg_table_are_in_the_catalog(athena: Athena) -> None:
    athena.run(
        f"create table commented (a int comment 'of a') comment 'of t' location '{LOCATION}commented/'"
        " tblproperties ('table_type' = 'ICEBERG')"
    )
    table = athena.aws.call("glue", "GetTable", DatabaseName="semantics", Name="commented")["Table"]
    assert table["StorageDescriptor"]["Columns"][0]["Comment"] == "of a"
    assert table["Parameters"]["comment"] == "of t"


def test_a_location_with_files_is_rejected_with_athenas_message(athena: Athena) -> None:
    athena.aws.put_object(RESULTS_BUCKET, "semantics/taken/file", b"x")
    with pytest.raises(QueryFailedError) as failed:
        athena.iceberg("taken", "select 1 as n")
    message = "ICEBERG_FILESYSTEM_ERROR: Cannot create a table on a non-empty location: "
    assert str(failed.value) == f"{message}{LOCATION}taken"


def test_a_statement_has_at_most_262144_bytes(athena: Athena) -> None:
    start, end = "select '", "' as a"
    longest = start + "ä" * ((262_144 - len(start + end)) // 2) + end
    assert len(athena.rows(longest)) == 1
    with pytest.raises(AwsError, match=r"InvalidRequestException.*less than or equal to 262144"):
        athena.run(longest + "  ")


def test_a_merge_that_matches_a_row_twice_fails(athena: Athena) -> None:
    athena.iceberg("target", "select 1 as id, 'a' as text")
    with pytest.raises(QueryFailedError, match="MERGE_TARGET_ROW_MULTIPLE_MATCHES"):
        athena.run(
            "merge into target using (values (1, 'b'), (1, 'c')) as src (id, text) on target.id = src.id"
            " when matched then update set text = src.text"
        )


def test_only_iceberg_tables_are_renamed(athena: Athena) -> None:
    athena.run("create table hive_one with (format = 'parquet') as select 1 as n")
    with pytest.raises(QueryFailedError, match="Iceberg"):
        athena.run("alter table hive_one rename to hive_two")
    athena.iceberg("old_name", "select 1 as n")
    athena.run("alter table old_name rename to new_name")
    assert athena.rows("select n from new_name") == [["1"]]


def test_a_hive_table_without_a_location_is_stored_under_the_results(athena: Athena) -> None:
    athena.run("create table placed with (format = 'parquet') as select 1 as n")
    table = athena.aws.call("glue", "GetTable", DatabaseName="semantics", Name="placed")["Table"]
    assert table["StorageDescriptor"]["Location"].startswith(LOCATION + "results/tables/")
    assert athena.rows("select n from placed") == [["1"]]


def test_a_bare_decimal_is_a_double(athena: Athena) -> None:
    assert athena.run("select 1/0.0 as a, 1.5 as b, decimal '1.5' as c").types == ["double", "double", "decimal"]
    assert athena.rows("select 1/0.0 as a") == [["Infinity"]]


def test_explain_has_one_column_named_as_on_athena(athena: Athena) -> None:
    execution_id = _start(athena, "explain select 1")
    _wait(athena, execution_id)
    page = athena.aws.call("athena", "GetQueryResults", QueryExecutionId=execution_id)
    columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [column["Name"] for column in columns] == ["Query Plan"]


def test_results_come_in_pages_of_1000_rows(athena: Athena) -> None:
    execution_id = _start(athena, "select n from unnest(sequence(1, 2500)) as t (n) order by n")
    _wait(athena, execution_id)
    pages = []
    token: dict[str, str] = {}
    while True:
        page = athena.aws.call("athena", "GetQueryResults", QueryExecutionId=execution_id, **token)
        pages.append([row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert [len(page) for page in pages] == [1000, 1000, 501]
    assert [text for page in pages for text in page] == ["n", *map(str, range(1, 2501))]


def test_bytes_scanned_are_those_of_the_columns_and_partitions_read(athena: Athena) -> None:
    athena.iceberg(
        "wide",
        "select n % 10 as part, n, cast(random() as varchar) as text"
        " from unnest(sequence(1, 10000)) as t (n) cross join unnest(sequence(1, 10)) as u (m)",
        partitioning="ARRAY['part']",
    )
    whole = athena.run("select max(text), max(n) from wide").scanned_bytes
    column = athena.run("select max(n) from wide").scanned_bytes
    partition = athena.run("select max(text), max(n) from wide where part = 3").scanned_bytes
    assert whole > 1_000_000
    assert 0 < column < whole / 3
    assert 0 < partition < whole / 5


def test_a_query_above_the_scan_limit_of_its_work_group_is_cancelled(athena: Athena) -> None:
    limit = {"BytesScannedCutoffPerQuery": 10_000_000, "EnforceWorkGroupConfiguration": False}
    athena.aws.call("athena", "CreateWorkGroup", Name="narrow", Configuration=limit)
    athena.iceberg(
        "large", "select n, cast(random() as varchar) || cast(random() as varchar) as text"
        " from unnest(sequence(1, 10000)) as t (n) cross join unnest(sequence(1, 70)) as u (m)",
    )  # fmt: skip
    assert athena.run("select max(text) from large").scanned_bytes > 10_000_000
    with pytest.raises(QueryFailedError, match="Bytes scanned limit was exceeded"):
        athena.run("select max(text) from large", work_group="narrow")


def test_the_message_of_a_query_that_exceeds_the_memory_says_what_to_do(athena: Athena) -> None:
    with pytest.raises(QueryFailedError, match="then `up` with a larger --memory"):
        athena.run(
            "select array_agg(repeat('x', 10000)) from unnest(sequence(1, 10000)) a (n), unnest(sequence(1, 10)) b (n)"
        )


def test_a_query_can_be_stopped(athena: Athena) -> None:
    many = "unnest(sequence(1, 10000))"
    execution_id = _start(athena, f"select count(*) from {many} a (n), {many} b (n), {many} c (n)")
    time.sleep(0.5)
    athena.aws.call("athena", "StopQueryExecution", QueryExecutionId=execution_id)
    assert _wait(athena, execution_id)["Status"]["State"] == "CANCELLED"


def test_a_failure_has_athenas_message_and_number(athena: Athena) -> None:
    execution_id = _start(athena, "select nope from (values 1) as t (n)")
    status = _wait(athena, execution_id)["Status"]
    assert status["StateChangeReason"] == "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"
    assert (status["AthenaError"]["ErrorCategory"], status["AthenaError"]["Retryable"]) == (2, False)


def test_a_commit_conflict_has_the_number_that_dbt_retries() -> None:
    error = StatementError("ICEBERG_COMMIT_ERROR", "x")
    assert (error.error_type, error.retryable) == (ICEBERG_ERROR, True)


def test_an_unknown_work_group_and_a_missing_output_location_are_rejected(athena: Athena) -> None:
    with pytest.raises(AwsError, match="WorkGroup nobody is not found"):
        athena.run("select 1", work_group="nobody")
    with pytest.raises(AwsError, match="No output location provided"):
        athena.aws.call("athena", "StartQueryExecution", QueryString="select 1")


def test_parameters_are_inserted(athena: Athena) -> None:
    execution_id = _start(athena, "select ? as a, ? as b", ExecutionParameters=["1", "'x''y'"])
    _wait(athena, execution_id)
    page = athena.aws.call("athena", "GetQueryResults", QueryExecutionId=execution_id)
    rows = [[cell["VarCharValue"] for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
    assert rows == [["a", "b"], ["1", "x'y"]]


def test_optimize_and_vacuum_keep_every_row(athena: Athena) -> None:
    athena.iceberg("grown", "select 0 as n", vacuum_max_snapshot_age_seconds="0")
    for number in range(1, 4):
        athena.run(f"insert into grown values {number}")
    athena.run("optimize grown rewrite data using bin_pack")
    athena.run("vacuum grown")
    assert athena.rows('select count(*) from "grown$files"') == [["1"]]
    assert athena.rows('select count(*) from "grown$snapshots"') == [["1"]]
    assert athena.rows("select sum(n) from grown") == [["6"]]


def _start(athena: Athena, sql: str, **parameters: Any) -> str:
    started = athena.aws.call(
        "athena",
        "StartQueryExecution",
        QueryString=sql,
        QueryExecutionContext={"Database": "semantics"},
        ResultConfiguration={"OutputLocation": LOCATION + "results/"},
        **parameters,
    )
    return str(started["QueryExecutionId"])


def _wait(athena: Athena, execution_id: str) -> dict[str, Any]:
    while True:
        execution: dict[str, Any] = athena.aws.call("athena", "GetQueryExecution", QueryExecutionId=execution_id)[
            "QueryExecution"
        ]
        if execution["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            return execution
        time.sleep(0.05)
