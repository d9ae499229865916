"""The product as users run it: the command line, dbt on target `athena`, and AWS's own API."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import boto3

from ingestion.stack.project_zip import project_zip
from local_aws.athena_client import query
from local_aws.aws_client import AwsClient
from local_aws.launcher import Instance
from tests.athena.support.rights import RECORDER
from tests.support.paths import ROOT

STACK = "product"
BRONZE, SCHEMA = "product_bronze", "product"
_WAIT_SECONDS = 60

Found = TypeVar("Found")


class Product:
    """A stack with its own names, next to other resources on this AWS."""

    def __init__(self, instance: Instance, folder: Path) -> None:
        self.instance = instance
        self._folder = folder
        self._queue = ""
        self._alerts: list[dict[str, Any]] = []
        self._session: Any = boto3.Session("testing", "testing", region_name="us-east-1")
        # a developer's exported variables must not change the test
        prefixes = ("AWS_", "SHOPLAKE_", "DBT_")
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
        self._environment |= instance.environment | {"DO_NOT_TRACK": "1", "COLUMNS": "200"}

    def client(self, service: str) -> Any:
        return self._session.client(service, endpoint_url=self.instance.endpoint)

    def shoplake(self, command: str, *arguments: str | Path) -> str:
        """The output of a command, which must succeed."""
        command_line = [sys.executable, "-m", "ingestion.cli", command, "--stack", STACK, *map(str, arguments)]
        return _output(command_line, self._environment)

    @cached_property
    def variables(self) -> dict[str, str]:
        """The variables that `shoplake env` prints."""
        lines = self.shoplake("env").splitlines()
        return dict(line.removeprefix("export ").split("=", 1) for line in lines)

    def container(self) -> dict[str, str]:
        """The variables of the container in which the stack builds."""
        task = self.client("ecs").describe_task_definition(taskDefinition=f"{STACK}-dbt")["taskDefinition"]
        [container] = task["containerDefinitions"]
        return {variable["name"]: variable["value"] for variable in container["environment"]}

    def scheduled_build(self, python: Path) -> str:
        """What a container of the stack runs, over the project and with the packages and variables that it has."""
        folder = self._folder / "shoplake"
        with zipfile.ZipFile(io.BytesIO(project_zip())) as archive:
            archive.extractall(folder)
        shutil.copy(folder / "profiles.yml.example", folder / "profiles.yml")
        command = [str(python), "-m", "ingestion.image.scheduled_build"]
        record = {"PYTHONPATH": str(RECORDER), "RECORDED_AS": "dbt"}
        return _output(command, self._environment | self.container() | record, folder)

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        answer = self.client("lambda").invoke(FunctionName=f"{STACK}-{function}", Payload=json.dumps(event).encode())
        result: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, result
        return result

    def put(self, lines: list[bytes]) -> None:
        """Send one record per line, like a shop that does not pack lines into records."""
        records = [{"Data": line} for line in lines]
        answer = self.client("firehose").put_record_batch(DeliveryStreamName=f"{STACK}-events", Records=records)
        assert answer["FailedPutCount"] == 0

    def objects(self, prefix: str) -> dict[str, bytes]:
        s3, bucket = self.client("s3"), self.variables["SHOPLAKE_BUCKET"]
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def bronze(self) -> list[bytes]:
        """Every line under the prefix of the bronze table."""
        return [line for body in self.objects("bronze/events/").values() for line in gzip.decompress(body).splitlines()]

    def query(self, select: str) -> tuple[str | None, ...]:
        """The only row of a query's result, run in the stack's work group."""
        results = f"s3://{self.variables['SHOPLAKE_BUCKET']}/athena-results/"
        group = self.variables["SHOPLAKE_WORK_GROUP"]
        answer = query(AwsClient(self.instance.endpoint), select, output_location=results, work_group=group)
        [_, row] = answer.rows
        return tuple(row)

    def subscribe(self) -> None:
        """Create a queue, and subscribe it to the alert topic."""
        sqs, sns = self.client("sqs"), self.client("sns")
        self._queue = str(sqs.create_queue(QueueName=f"{STACK}-on-duty")["QueueUrl"])
        attributes = sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        arns = [one["TopicArn"] for one in sns.list_topics()["Topics"]]
        [topic] = [arn for arn in arns if arn.endswith(f":{STACK}-alerts")]
        raw = {"RawMessageDelivery": "true"}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["Attributes"]["QueueArn"], Attributes=raw)

    def unsubscribe(self) -> None:
        if self._queue:
            self.client("sqs").delete_queue(QueueUrl=self._queue)
        self._queue = ""

    def alerts(self) -> list[dict[str, Any]]:
        """All messages that the queue received so far."""
        sqs = self.client("sqs")
        found = sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        self._alerts += [json.loads(message["Body"]) for message in found]
        return self._alerts

    def log(self, function: str) -> str:
        events = self.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{STACK}-{function}")["events"]
        return "\n".join(event["message"] for event in events)

    def resources(self) -> set[str]:
        """All resources of kinds that a stack can create."""
        return {f"{kind}: {name}" for kind, name in self._resources()}

    def _resources(self) -> Iterator[tuple[str, str]]:
        client = self.client
        for database in client("glue").get_databases()["DatabaseList"]:
            yield "database", database["Name"]
            for table in client("glue").get_tables(DatabaseName=database["Name"])["TableList"]:
                yield "table", f"{database['Name']}.{table['Name']}"
        for key in client("kms").list_keys()["Keys"]:
            if client("kms").describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] != "PendingDeletion":
                yield "key", key["KeyId"]
        listed = {
            "alarm": [one["AlarmName"] for one in client("cloudwatch").describe_alarms()["MetricAlarms"]],
            "bucket": [one["Name"] for one in client("s3").list_buckets()["Buckets"]],
            "cluster": client("ecs").list_clusters()["clusterArns"],
            "counters": client("dynamodb").list_tables()["TableNames"],
            "dashboard": [one["DashboardName"] for one in client("cloudwatch").list_dashboards()["DashboardEntries"]],
            "function": [one["FunctionName"] for one in client("lambda").list_functions()["Functions"]],
            "image repository": [
                one["repositoryName"] for one in client("ecr").describe_repositories()["repositories"]
            ],
            "log group": [one["logGroupName"] for one in client("logs").describe_log_groups()["logGroups"]],
            "project": client("codebuild").list_projects()["projects"],
            "network": [one["VpcId"] for one in client("ec2").describe_vpcs()["Vpcs"]],
            "queue": client("sqs").list_queues().get("QueueUrls", []),
            "role": [one["RoleName"] for one in client("iam").list_roles()["Roles"]],
            "rule": [one["Name"] for one in client("events").list_rules()["Rules"]],
            "secret": [one["Name"] for one in client("secretsmanager").list_secrets()["SecretList"]],
            "stack": [one["StackName"] for one in client("cloudformation").describe_stacks()["Stacks"]],
            "stream": client("firehose").list_delivery_streams()["DeliveryStreamNames"],
            "subscription": [one["SubscriptionArn"] for one in client("sns").list_subscriptions()["Subscriptions"]],
            "topic": [one["TopicArn"] for one in client("sns").list_topics()["Topics"]],
            "work group": [one["Name"] for one in client("athena").list_work_groups()["WorkGroups"]],
        }
        for kind, names in listed.items():
            for name in names:
                yield kind, name


def wait_for(what: str, poll: Callable[[], Found], is_enough: Callable[[Found], bool]) -> Found:
    """Poll until the result is enough; fail with the last result."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not is_enough(found := poll()):
        assert time.monotonic() < deadline, f"{what}: not within {_WAIT_SECONDS} s; last result: {str(found)[:500]}"
        time.sleep(0.2)
    return found


def _output(command_line: list[str], environment: dict[str, str], folder: Path = ROOT) -> str:
    done = subprocess.run(command_line, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
