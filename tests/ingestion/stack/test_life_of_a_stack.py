"""A stack from its first deployment to its deletion, with the commands of the CLI, on the emulated AWS.

These tests cover the modules of ingestion/stack together; each module has tests of its own beside this file.
"""

from __future__ import annotations

import gzip
import re
import shlex
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.ingestion.stack.conftest import Shoplake


@pytest.fixture
def client(endpoint: str) -> Any:
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    return lambda service: session.client(service, endpoint_url=endpoint)


def arrived(client: Any, bucket: str) -> list[bytes]:
    """Send one event to the stream; return the contents of the objects in bronze, at the keys that the table reads."""
    record = {"Data": b'{"event_id": "1"}\n'}
    client("firehose").put_record(DeliveryStreamName="shoplake-events", Record=record)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        listed = client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
        if listed:
            keys = [item["Key"] for item in listed]
            assert all(re.match(r"bronze/events/dt=\d{4}-\d\d-\d\d/hour=\d\d/.+\.gz$", key) for key in keys)
            bodies = [client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
            return [gzip.decompress(body) for body in bodies]
        time.sleep(0.2)
    return []


def resources(client: Any) -> dict[str, list[str]]:
    return {
        "stacks": [stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]],
        "buckets": [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]],
        "functions": [function["FunctionName"] for function in client("lambda").list_functions()["Functions"]],
        "streams": client("firehose").list_delivery_streams()["DeliveryStreamNames"],
        "databases": [database["Name"] for database in client("glue").get_databases()["DatabaseList"]],
        "rules": [rule["Name"] for rule in client("events").list_rules()["Rules"]],
        "projects": client("codebuild").list_projects()["projects"],
        "alarms": [alarm["AlarmName"] for alarm in client("cloudwatch").describe_alarms()["MetricAlarms"]],
        "tables": client("dynamodb").list_tables()["TableNames"],
        "topics": client("sns").list_topics()["Topics"],
        "secrets": [secret["ARN"] for secret in client("secretsmanager").list_secrets()["SecretList"]],
        "logs": [group["logGroupName"] for group in client("logs").describe_log_groups()["logGroups"]],
    }


def test_a_stack_is_created_started_changed_and_deleted(shoplake: Shoplake, zips: Path, client: Any) -> None:
    before = resources(client)
    deploy = ("deploy", "--arch", "x86_64", "--zips", zips, "--empty-bucket-on-destroy", "--email", "a@example.com")

    dry = shoplake(*deploy, "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    assert "DeliveryStream" in dry.stdout
    assert "was not changed" in dry.stdout
    assert resources(client) == before

    deployed = shoplake(*deploy)
    assert (deployed.returncode, deployed.stderr) == (0, "")
    assert deployed.stdout.count("CREATE_COMPLETE               DeliveryStream") == 1
    shown = shoplake("status").stdout
    assert "generator   off, rate(5 minutes)" in shown
    assert "alarms      none" in shown

    assert "generator   on" in shoplake("start").stdout
    again = shoplake("deploy", "--zips", zips)
    assert (again.returncode, "No changes" in again.stdout) == (0, True)
    changed = shoplake("deploy", "--zips", zips, "--parameter", "GeneratorSchedule=rate(10 minutes)")
    assert changed.returncode == 0, changed.stderr
    assert "CREATE" not in changed.stdout
    # the template declares the rule DISABLED; what was on stays on
    assert "generator   on, rate(10 minutes)" in shoplake("status").stdout
    assert "generator   off" in shoplake("stop").stdout

    variables = dict(line.removeprefix("export ").split("=", 1) for line in shoplake("env").stdout.splitlines())
    assert variables["SHOPLAKE_BRONZE_DATABASE"] == "bronze"
    assert arrived(client, variables["SHOPLAKE_BUCKET"]) == [b'{"event_id": "1"}\n']
    exports = [shlex.split(line)[1] for line in shoplake("env", "--keys").stdout.splitlines()]
    keys = dict(export.split("=", 1) for export in exports)
    assert set(keys) == {"SHOPLAKE_HMAC_KEY", "SHOPLAKE_ID_KEY"}
    assert len(set(keys.values())) == 2
    assert {len(key) for key in keys.values()} == {64}

    deleted = shoplake("destroy", "--yes")
    assert (deleted.returncode, deleted.stderr) == (0, "")
    assert resources(client) == before
    assert "There is no shoplake" in shoplake("destroy", "--yes").stdout


def test_data_stays_by_default_and_is_named(shoplake: Shoplake, zips: Path, client: Any) -> None:
    names = ("--bronze-database", "kept_bronze", "--schema", "kept")
    deployed = shoplake("deploy", "--stack", "kept", "--arch", "x86_64", "--zips", zips, *names)
    assert deployed.returncode == 0, deployed.stderr
    bucket = client("cloudformation").describe_stack_resource(StackName="kept", LogicalResourceId="DataBucket")
    name = bucket["StackResourceDetail"]["PhysicalResourceId"]
    client("s3").put_object(Bucket=name, Key="bronze/events/one", Body=b"{}")
    deleted = shoplake("destroy", "--stack", "kept", "--yes")
    assert deleted.returncode == 0, deleted.stderr
    assert f"These stay, and cost money: bucket {name}" in deleted.stdout
    assert [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]] == [name]
    assert "aws:SecureTransport" in client("s3").get_bucket_policy(Bucket=name)["Policy"]

    # the next stack hashes visitors and derives ids in the same way, and deletes no secret that it did not create
    listed = client("secretsmanager").list_secrets()["SecretList"]
    secrets = {item["Description"].split()[5]: item["ARN"] for item in listed}
    arns = {"HmacSecret": secrets["turns"], "IdSecret": secrets["derives"]}
    # the emulator names a secret by its name where AWS gives the ARN, which ends in the name and six characters
    kept = [arn.rpartition(":")[2].rpartition("-")[0] for arn in arns.values()]
    assert all(f"derived ids, {name}" in deleted.stdout or f"visitor_hash, {name}" in deleted.stdout for name in kept)
    options = ("--empty-bucket-on-destroy", *(word for name in arns for word in ("-p", f"{name}Arn={arns[name]}")))
    deployed = shoplake("deploy", "--stack", "next", "--arch", "x86_64", "--zips", zips, *names, *options)
    assert deployed.returncode == 0, deployed.stderr
    door = client("lambda").get_function_configuration(FunctionName="next-door")
    assert door["Environment"]["Variables"]["SHOPLAKE_HMAC_SECRET"] == arns["HmacSecret"]
    assert door["Environment"]["Variables"]["SHOPLAKE_ID_SECRET"] == arns["IdSecret"]
    assert shoplake("destroy", "--stack", "next", "--yes").returncode == 0
    assert {item["ARN"] for item in client("secretsmanager").list_secrets()["SecretList"]} == set(arns.values())

    for arn in arns.values():
        client("secretsmanager").delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    for version in client("s3").list_object_versions(Bucket=name)["Versions"]:
        client("s3").delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
    client("s3").delete_bucket(Bucket=name)


def test_a_name_that_is_taken_is_reported_and_nothing_is_left(shoplake: Shoplake, zips: Path, client: Any) -> None:
    client("glue").create_database(DatabaseInput={"Name": "bronze"})
    before = resources(client)
    try:
        failed = shoplake("deploy", "--arch", "x86_64", "--zips", zips, "--stack", "second")
        assert failed.returncode == 2
        assert "BronzeGlueDatabase (AWS::Glue::Database)" in failed.stderr
        assert "--bronze-database" in failed.stderr
        assert "nothing of it is left" in failed.stderr
        assert resources(client) == before
    finally:
        client("glue").delete_database(Name="bronze")
