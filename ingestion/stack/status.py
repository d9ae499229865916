"""The state of a deployed stack: its schedules, the last dbt build, the delay of the delivery, and its alarms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ingestion.errors import UserError
from ingestion.stack.aws import Aws, aws_errors_for_user
from ingestion.stack.schedules import Rule, rules
from ingestion.stack.stack import ABSENT, Stack


@dataclass(frozen=True, slots=True)
class Build:
    """The newest dbt build on CodeBuild."""

    status: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Freshness:
    """How long the oldest record that Firehose had not written yet had waited, and when that was measured."""

    seconds: float
    measured_at: datetime


@dataclass(frozen=True, slots=True)
class StackStatus:
    """The state of a stack.

    Attributes
    ----------
    state
        The status that CloudFormation reports.
    last_build
        None before the first build.
    freshness
        None if Firehose delivered nothing in the last hour.
    alarms
        Names of the alarms that are raised now.
    """

    state: str
    rules: list[Rule]
    last_build: Build | None
    freshness: Freshness | None
    alarms: list[str]


def stack_status(aws: Aws, stack: str, now: datetime) -> StackStatus:
    """Ask AWS for the state of the stack.

    Raises
    ------
    UserError
        There is no such stack.
    """
    state = Stack(aws, stack).status()
    if state == ABSENT:
        raise UserError(
            f"there is no stack {stack} in {aws.region} of account {aws.account}: `shoplake deploy` creates it"
        )
    return StackStatus(
        state,
        rules(aws, stack),
        _last_build(aws, f"{stack}-dbt"),
        _freshness(aws, f"{stack}-events", now),
        _alarms(aws, stack),
    )


def _last_build(aws: Aws, project: str) -> Build | None:
    codebuild = aws.client("codebuild")
    with aws_errors_for_user():
        ids = codebuild.list_builds_for_project(projectName=project, sortOrder="DESCENDING").get("ids", [])[:1]
        builds = codebuild.batch_get_builds(ids=ids)["builds"] if ids else []
    return Build(builds[0]["buildStatus"], builds[0]["startTime"]) if builds else None


def _freshness(aws: Aws, stream: str, now: datetime) -> Freshness | None:
    with aws_errors_for_user():
        points = aws.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Firehose",
            MetricName="DeliveryToS3.DataFreshness",
            Dimensions=[{"Name": "DeliveryStreamName", "Value": stream}],
            StartTime=now - timedelta(hours=1),
            EndTime=now,
            Period=300,
            Statistics=["Maximum"],
        )["Datapoints"]
    if not points:
        return None
    last: dict[str, Any] = max(points, key=lambda point: point["Timestamp"])
    return Freshness(last["Maximum"], last["Timestamp"])


def _alarms(aws: Aws, stack: str) -> list[str]:
    pages = aws.client("cloudwatch").get_paginator("describe_alarms")
    with aws_errors_for_user():
        return [
            alarm["AlarmName"]
            for page in pages.paginate(AlarmNamePrefix=f"{stack}-", StateValue="ALARM")
            for alarm in page["MetricAlarms"]
        ]
