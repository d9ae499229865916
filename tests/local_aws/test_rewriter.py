"""Athena's statements are rewritten for Trino; the body of a query stays unchanged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import local_aws
from local_aws.engine.errors import AthenaSyntaxError, StatementError
from local_aws.engine.plan import CreateDatabase, CreateTable, DropDatabase, EditTable, Plan, Table, Vacuum
from local_aws.engine.rewriter import rewrite
from local_aws.engine.unsupported import STATEMENTS, Unsupported


def plan(sql: str, *, iceberg: bool = True) -> Plan:
    return rewrite(sql, "shop", lambda table: iceberg)


BODY = """select
    'a = 1; -- no comment' as text, "odd name" /* 2.5 */, at_timezone(ts, 'UTC') -- 1.5
from "awsdatacatalog"."shop"."t$files" where x[1] > 10 and y = date '2026-01-01'"""


@pytest.mark.parametrize("sql", [BODY, f"with q as ({BODY}) select * from q", "insert into t select 1"])
def test_a_query_stays_byte_for_byte_the_same(sql: str) -> None:
    assert plan(sql + " ;\n").statements == (sql,)


@pytest.mark.parametrize(
    ("athena", "trino"),
    [
        ("select 1/0.0", "select 1/0.0E0"),
        ("select .5, 1., 1.5e3, decimal '1.5', 15", "select .5E0, 1.E0, 1.5e3, decimal '1.5', 15"),
        ('select cast(a as decimal(18, 4)), t1.a, "1.5" -- 1', 'select cast(a as decimal(18, 4)), t1.a, "1.5" -- 1'),
        ("create view v as select 2.5 as x", "create view v as select 2.5E0 as x"),
    ],
)
def test_a_bare_decimal_literal_is_a_double(athena: str, trino: str) -> None:
    assert plan(athena).statements == (trino,)


def test_iceberg_ctas_goes_to_the_iceberg_catalog_with_its_properties() -> None:
    made = plan(
        """create table "awsdatacatalog"."Shop"."Events" with (
            table_type='iceberg', is_external=false, location='s3://b/shop/events/1/', format='parquet',
            partitioning=ARRAY['event_date', 'bucket(id, 4)'], write_compression='zstd',
            vacuum_max_snapshot_age_seconds=60
        ) as select 1.5 as a"""
    )
    assert made.statements == (
        'CREATE TABLE "iceberg"."shop"."events" WITH (format = \'PARQUET\', location = \'s3://b/shop/events/1\','
        " partitioning = ARRAY['event_date', 'bucket(id, 4)'],"
        " extra_properties = MAP(ARRAY['vacuum_max_snapshot_age_seconds'], ARRAY['60'])) AS select 1.5E0 as a",
    )
    assert made.session == {"iceberg.compression_codec": "ZSTD"}
    assert made.iceberg_body == "select 1.5E0 as a"


def test_hive_ctas_without_a_location_gets_the_one_of_the_query() -> None:
    made = plan("create table seeds with (format='parquet', partitioned_by=ARRAY['d']) as select 1 as a, 2 as d")
    assert made.needs_location
    assert made.statements[0].startswith('CREATE TABLE "awsdatacatalog"."shop"."seeds" WITH (format = \'PARQUET\'')


def test_hive_ddl_becomes_a_glue_table() -> None:
    made = plan(
        """create external table if not exists `shop`.`Raw` (
        `id` string comment 'the id', `s` struct<a:int,b:array<string>>)
        partitioned by (`dt` string, `hour` int)
        row format serde 'org.openx.data.jsonserde.JsonSerDe' with serdeproperties ('ignore.malformed.json'='true')
        location 's3://b/raw/' tblproperties ('projection.enabled'='true')"""
    )
    assert isinstance(made.action, CreateTable)
    table = made.action.table
    assert (made.action.database, table["Name"], made.action.if_not_exists) == ("shop", "raw", True)
    assert table["StorageDescriptor"]["Columns"] == [
        {"Name": "id", "Comment": "the id", "Type": "string"},
        {"Name": "s", "Type": "struct<a:int,b:array<string>>"},
    ]
    assert table["PartitionKeys"] == [{"Name": "dt", "Type": "string"}, {"Name": "hour", "Type": "int"}]
    assert table["Parameters"] == {"EXTERNAL": "TRUE", "projection.enabled": "true"}


def test_hive_ddl_of_an_iceberg_table_goes_to_trino() -> None:
    made = plan(
        "create table t (id string, at timestamp, s struct<a:int>) partitioned by (day(at), bucket(4, id))"
        " location 's3://b/t/' tblproperties ('table_type'='ICEBERG')"
    )
    assert made.statements == (
        'CREATE TABLE "iceberg"."shop"."t" ("id" varchar, "at" timestamp(6), "s" row("a" integer)) WITH'
        " (location = 's3://b/t', format = 'PARQUET', partitioning = ARRAY['day(at)', 'bucket(id, 4)'])",
    )


@pytest.mark.parametrize(
    ("athena", "trino"),
    [
        (
            "alter table `shop`.`a` rename to `shop`.`b`",
            'ALTER TABLE "iceberg"."shop"."a" RENAME TO "iceberg"."shop"."b"',
        ),
        ("alter table a add columns (n int)", 'ALTER TABLE "awsdatacatalog"."shop"."a" ADD COLUMN "n" integer'),
        ("alter table a drop column n", 'ALTER TABLE "awsdatacatalog"."shop"."a" DROP COLUMN "n"'),
        (
            "optimize a rewrite data using bin_pack where d = 1",
            'ALTER TABLE "awsdatacatalog"."shop"."a" EXECUTE optimize where d = 1',
        ),
        ("drop table if exists `shop`.`a`", 'DROP TABLE IF EXISTS "awsdatacatalog"."shop"."a"'),
    ],
)
def test_ddl_of_iceberg_tables(athena: str, trino: str) -> None:
    assert plan(athena).statements == (trino,)


def test_changing_a_column_sets_its_type_then_its_name_and_comment() -> None:
    assert plan("alter table a change column Old new bigint comment 'it''s'").statements == (
        'ALTER TABLE "awsdatacatalog"."shop"."a" ALTER COLUMN "old" SET DATA TYPE bigint',
        'ALTER TABLE "awsdatacatalog"."shop"."a" RENAME COLUMN "old" TO "new"',
        'COMMENT ON COLUMN "awsdatacatalog"."shop"."a"."new" IS \'it\'\'s\'',
    )


@pytest.mark.parametrize("place", ["first", "after id", "comment 'c' first"])
def test_moving_a_column_is_rejected_with_the_aws_page(place: str) -> None:
    with pytest.raises(AthenaSyntaxError, match="querying-iceberg-alter-table-change-column"):
        plan(f"alter table a change comment blog_comment string {place}")


def test_a_column_of_a_hive_table_cannot_be_changed() -> None:
    with pytest.raises(AthenaSyntaxError, match="Iceberg tables only"):
        plan("alter table a change b c string", iceberg=False)


@pytest.mark.parametrize(
    "sql",
    [
        "drop table a garbage",
        "drop view a garbage",
        "drop database a cascade garbage",
        "drop table",
        "vacuum a where x = 1",
        "msck repair table a b",
        "create database a with dbproperties ('x' = 'y') garbage",
        "alter database a set dbproperties ('x' = 'y') garbage",
        "alter table a drop column b c",
        "alter table a rename to b c",
        "alter table a add columns (b int) garbage",
        "alter table a change b c int garbage",
        "show create view a b",
        "unload (select 1) to 's3://b/u/' with (format = 'json') garbage",
    ],
)
def test_text_after_the_end_of_a_statement_is_an_error(sql: str) -> None:
    with pytest.raises(AthenaSyntaxError):
        plan(sql)


def test_a_semicolon_and_a_comment_may_follow_a_statement() -> None:
    assert plan("drop table a; -- done").statements == ('DROP TABLE "awsdatacatalog"."shop"."a"',)


ICEBERG = "location 's3://b/t/' tblproperties ('table_type' = 'ICEBERG')"


@pytest.mark.parametrize(
    "kind", ["tinyint", "smallint", "char(3)", "array<smallint>", "struct<a:int,b:map<int,char(1)>>"]
)
def test_ddl_of_iceberg_tables_lacks_the_types_that_aws_names(kind: str) -> None:
    for sql in (
        f"create table t (a {kind}) {ICEBERG}",
        f"alter table t add columns (a {kind})",
        f"alter table t change a a {kind}",
    ):
        with pytest.raises(StatementError, match="querying-iceberg-supported-data-types"):
            plan(sql)
    assert plan(f"create external table t (a {kind}) location 's3://b/t/'").action


@pytest.mark.parametrize(
    "sql",
    [
        "create external table t (a wrongtype) location 's3://b/t/'",
        "create external table t (a int) partitioned by (b array<wrongtype>) location 's3://b/t/'",
        f"create table t (a wrongtype) {ICEBERG}",
        "alter table t add columns (a wrongtype)",
    ],
)
def test_an_unknown_type_is_reported_when_the_table_is_created(sql: str) -> None:
    with pytest.raises(AthenaSyntaxError, match="'wrongtype' is not a type"):
        plan(sql)


@pytest.mark.parametrize(
    "sql", ["create external table t (a int)", "create table t (a int) tblproperties ('table_type' = 'ICEBERG')"]
)
def test_a_table_without_a_location_is_rejected(sql: str) -> None:
    with pytest.raises(AthenaSyntaxError, match="LOCATION"):
        plan(sql)


def test_comments_of_an_iceberg_table_are_kept() -> None:
    (statement,) = plan(f"create table t (a int comment 'of a', b decimal(10, 2)) comment 'of t' {ICEBERG}").statements
    assert """("a" integer COMMENT 'of a', "b" decimal(10, 2)) COMMENT 'of t' WITH""" in statement


@pytest.mark.parametrize("rest", ["", " with (compression = 'gzip')"])
def test_unload_requires_a_known_format(rest: str) -> None:
    with pytest.raises(AthenaSyntaxError):
        plan(f"unload (select 1) to 's3://b/u/'{rest}")


@pytest.mark.parametrize("kind", ["ion", "rcfile", "sequencefile"])
def test_the_message_for_a_format_that_is_not_emulated_lists_the_others(kind: str) -> None:
    with pytest.raises(AthenaSyntaxError, match="TEXTFILE, PARQUET, ORC, AVRO"):
        plan(f"create external table t (a int) stored as {kind} location 's3://b/t/'")


def test_statements_that_change_the_catalog() -> None:
    assert plan("create schema if not exists Silver").action == CreateDatabase({"Name": "silver"}, True)
    assert plan("drop database silver cascade").action == DropDatabase("silver", False, True)
    assert plan("vacuum shop.a").action == Vacuum(Table("shop", "a"))
    edit = plan("alter table a set tblproperties ('classification'='parquet')", iceberg=False).action
    assert edit == EditTable(Table("shop", "a"), parameters={"classification": "parquet"})


@pytest.mark.parametrize(
    "sql",
    [
        "create or replace table t as select 1",
        "create table t like u",
        "truncate table t",
        "comment on table t is 'x'",
        "call system.flush()",
        "set session x = 1",
        "start transaction",
        "grant select on t to u",
        "alter table t execute optimize",
        "describe input q",
        "create materialized view v as select 1",
        "create table t (a int) location 's3://b/t/'",
        "create table t with (table_type='iceberg') as select 1",
        "create table t with (table_type='hive', nonsense='1') as select 1",
        "optimize t",
    ],
)
def test_unknown_statements_are_rejected(sql: str) -> None:
    with pytest.raises(AthenaSyntaxError):
        plan(sql)


@pytest.mark.parametrize("unsupported", STATEMENTS, ids=lambda unsupported: " ".join(unsupported.words))
def test_statements_that_aws_documents_as_unsupported_are_rejected_with_the_source(unsupported: Unsupported) -> None:
    with pytest.raises(AthenaSyntaxError, match=re.escape(unsupported.source)):
        plan(" ".join(unsupported.words).lower() + " x")


@pytest.mark.parametrize(
    "sql",
    [
        "with function f(x int) returns int return x select f(1)",
        "select invoker_principal()",
        "create table t with (table_type='iceberg', location='s3://b/t/') as select invoker_principal () as p",
    ],
)
def test_features_of_a_query_that_only_one_engine_has_are_rejected(sql: str) -> None:
    with pytest.raises(AthenaSyntaxError, match=r"docs\.aws\.amazon\.com"):
        plan(sql)


def test_an_unsupported_word_may_be_a_name_or_text() -> None:
    assert plan("select 'with function', invoker_principal from t").statements
    assert plan("with function_a as (select 1) select * from function_a").statements


def test_only_iceberg_tables_can_be_renamed() -> None:
    with pytest.raises(AthenaSyntaxError, match="Iceberg"):
        plan("alter table a rename to b", iceberg=False)


def test_every_line_of_what_only_aws_can_show_has_a_source() -> None:
    readme = (Path(local_aws.__file__).parent / "README.md").read_text()
    lines = readme.split("## What only AWS can show")[1].split("\n\n")[1].splitlines()[2:]
    assert len(lines) > 10
    for line in lines:
        assert re.search(r"\]\(https://(docs\.)?aws\.amazon\.com/athena/", line), line
