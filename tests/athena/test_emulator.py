"""Every patch of the emulator works and is needed, and written data survives a kill."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from local_aws import install, self_check
from local_aws.athena_client import QueryFailedError, query
from local_aws.aws_client import AwsClient, AwsError
from local_aws.launcher import RESULTS_BUCKET, Instance, Launcher, free_port

# ministack does this correctly since 1.5; it stays checked, because Trino's commits depend on it
WORKS_UNPATCHED = {self_check.lost_commit_is_rejected}
CHECKS = {check.__name__: check for check in self_check.CHECKS}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_every_patch_works(instance: Instance, check: Callable[[Any], bool]) -> None:
    with self_check.Scratch(AwsClient(instance.endpoint), RESULTS_BUCKET) as scratch:
        assert check(scratch)


@pytest.fixture(scope="module")
def plain_ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsClient]:
    """An unpatched ministack."""
    folder = tmp_path_factory.mktemp("plain")
    python = install.emulator_python(install.cache_folder(), print)
    port = free_port()
    environment = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "TMPDIR": str(folder)}
    process = subprocess.Popen(
        [str(python), "-m", "ministack"], env=os.environ | environment, cwd=folder, stdout=subprocess.DEVNULL
    )
    aws = AwsClient(f"http://127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                aws.create_bucket(RESULTS_BUCKET)
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        yield aws
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_every_patch_is_needed(plain_ministack: AwsClient, check: Callable[[Any], bool]) -> None:
    with self_check.Scratch(plain_ministack, RESULTS_BUCKET) as scratch:
        try:
            passes = check(scratch)
        except (AwsError, QueryFailedError, KeyError, IndexError):
            passes = False
    assert passes == (check in WORKS_UNPATCHED)


def test_nothing_listens_beyond_the_loopback_address(instance: Instance) -> None:
    for url in (instance.endpoint, instance.trino):
        port = int(url.rpartition(":")[2])
        socket.create_connection(("127.0.0.1", port)).close()
        # on Linux all of 127.0.0.0/8 is this machine: a server that listens on all addresses would accept
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port))


def test_listing_the_tables_of_a_missing_database_is_an_error(instance: Instance) -> None:
    with pytest.raises(AwsError, match="EntityNotFoundException"):
        AwsClient(instance.endpoint).call("glue", "GetTables", DatabaseName="nowhere")


def test_names_are_stored_in_lower_case(instance: Instance) -> None:
    aws = AwsClient(instance.endpoint)
    aws.call("glue", "CreateDatabase", DatabaseInput={"Name": "MixedCase"})
    assert aws.call("glue", "GetTables", DatabaseName="mixedcase") == {"TableList": []}
    aws.call("glue", "DeleteDatabase", Name="mixedcase")


def test_a_first_table_can_be_created_in_the_database_default(instance: Instance) -> None:
    aws = AwsClient(instance.endpoint)
    query(aws, "create table first_one as select 1 as a", output_location=f"s3://{RESULTS_BUCKET}/first/")
    rows = query(aws, "select a from first_one", output_location=f"s3://{RESULTS_BUCKET}/first/").rows
    aws.call("glue", "DeleteTable", DatabaseName="default", Name="first_one")
    assert rows == [["a"], ["1"]]


def test_every_region_has_the_same_catalog_and_buckets(instance: Instance) -> None:
    def client(service: Any, region: str) -> Any:
        session: Any = boto3.Session("testing", "testing", region_name=region)
        return session.client(service, endpoint_url=instance.endpoint)

    client("s3", "eu-central-1").create_bucket(
        Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    client("glue", "eu-central-1").create_database(DatabaseInput={"Name": "far_away"})
    template = {"Resources": {"Far": {"Type": "AWS::Glue::Database", "Properties": {
        "CatalogId": "000000000000", "DatabaseInput": {"Name": "by_template"}}}}}  # fmt: skip
    cloudformation = client("cloudformation", "eu-central-1")
    cloudformation.create_stack(StackName="far", TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="far", WaiterConfig={"Delay": 1})
    shown = query(AwsClient(instance.endpoint), "show databases", output_location=f"s3://{RESULTS_BUCKET}/").rows
    assert {"far_away", "by_template"} <= {row[0] for row in shown}
    athena = client("athena", "eu-central-1")
    assert athena.get_data_catalog(Name="awsdatacatalog")["DataCatalog"]["Type"] == "GLUE"
    execution_id = athena.start_query_execution(
        QueryString="create table far_away.t with (table_type = 'iceberg', location = 's3://far-away/t/',"
        " is_external = false) as select 1 as a",
        ResultConfiguration={"OutputLocation": "s3://far-away/results/"},
    )["QueryExecutionId"]
    while True:
        status = athena.get_query_execution(QueryExecutionId=execution_id)["QueryExecution"]["Status"]
        if status["State"] not in {"QUEUED", "RUNNING"}:
            break
        time.sleep(0.05)
    assert status["State"] == "SUCCEEDED", status
    client("glue", "us-west-2").delete_table(DatabaseName="far_away", Name="t")
    client("glue", "us-west-2").delete_database(Name="far_away")
    cloudformation.delete_stack(StackName="far")


def test_a_scan_limit_may_be_text_in_a_template(instance: Instance) -> None:
    cloudformation: Any = boto3.Session("testing", "testing", region_name="us-east-1").client(
        "cloudformation", endpoint_url=instance.endpoint
    )
    limited = {"WorkGroupConfiguration": {"BytesScannedCutoffPerQuery": {"Ref": "Limit"}}, "Name": "limited"}
    template = {
        "Parameters": {"Limit": {"Type": "Number", "Default": 10_000_000}},
        "Resources": {"Group": {"Type": "AWS::Athena::WorkGroup", "Properties": limited}},
    }
    cloudformation.create_stack(StackName="limited", TemplateBody=json.dumps(template))
    try:
        cloudformation.get_waiter("stack_create_complete").wait(StackName="limited", WaiterConfig={"Delay": 1})
        aws = AwsClient(instance.endpoint)
        results = f"s3://{RESULTS_BUCKET}/"
        assert query(aws, "select 1", output_location=results, work_group="limited").rows[1:] == [["1"]]
    finally:
        cloudformation.delete_stack(StackName="limited")


def test_written_data_survives_a_kill(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path / "state", heap_mb=640)
    location = f"s3://{RESULTS_BUCKET}/"

    def run(sql: str) -> list[list[str | None]]:
        return query(AwsClient(running.endpoint), sql, output_location=location).rows

    try:
        running = launcher.up()
        run("create database kept")
        run(
            f"create table kept.rows with (table_type = 'iceberg', location = '{location}kept/rows/',"
            " is_external = false) as select 1 as n"
        )
        run("insert into kept.rows values 2")
        for pid in (running.emulator_pid, running.trino_pid):
            os.kill(pid, signal.SIGKILL)
        while launcher.runs(running):
            time.sleep(0.01)
        again = launcher.up()
        assert again.endpoint == running.endpoint
        assert run("select sum(n) as n from kept.rows") == [["n"], ["3"]]
    finally:
        launcher.down()
    assert not launcher.down()
