"""The state of a deployed stack: its schedules, last dbt build, delay of the delivery, bucket and alarms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ingestion.errors import UserError
from ingestion.stack.aws import Aws, aws_errors_for_user, error_code
from ingestion.stack.orchestrator import call_orchestrator
from ingestion.stack.schedules import Rule, rules
from ingestion.stack.stack import ABSENT, Stack

# in these states, the stack has its functions
_WHOLE: Final = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
_MOST_NAMES: Final = 100


@dataclass(frozen=True, slots=True)
class Build:
    """The newest dbt build of the stack."""

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
        Names of the alarms of this stack that are raised now.
    lost_bucket
        The bucket of the stack, if somebody deleted it; CloudFormation does not notice that.
    webhook_url
        Where shops deliver webhooks; None if the stack takes none.
    """

    state: str
    rules: list[Rule]
    last_build: Build | None
    freshness: Freshness | None
    alarms: list[str]
    lost_bucket: str | None = None
    webhook_url: str | None = None


def stack_status(aws: Aws, stack: str, now: datetime) -> StackStatus:
    """Ask AWS for the state of the stack.

    Raises
    ------
    UserError
        There is no such stack.
    """
    the_stack = Stack(aws, stack)
    state = the_stack.status()
    if state == ABSENT:
        raise UserError(
            f"there is no stack {stack} in {aws.region} of account {aws.account}: `shoplake deploy` creates it"
        )
    outputs = the_stack.outputs_so_far()
    return StackStatus(
        state,
        rules(aws, stack),
        _last_build(aws, stack) if state in _WHOLE else None,
        _freshness(aws, f"{stack}-events", now),
        _alarms(aws, the_stack.names_of("AWS::CloudWatch::Alarm")),
        _lost(aws, outputs.get("Bucket")),
        outputs.get("WebhookUrl"),
    )


def _last_build(aws: Aws, stack: str) -> Build | None:
    last = call_orchestrator(aws, stack, "status").get("last_build")
    return Build(last["status"], datetime.fromisoformat(last["started_at"])) if last else None


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


def _alarms(aws: Aws, names: list[str]) -> list[str]:
    """Those of the alarms that are raised. Not by their prefix, which a stack with a longer name shares."""
    cloudwatch = aws.client("cloudwatch")
    with aws_errors_for_user():
        return [
            alarm["AlarmName"]
            for start in range(0, len(names), _MOST_NAMES)
            for alarm in cloudwatch.describe_alarms(
                AlarmNames=names[start : start + _MOST_NAMES], StateValue="ALARM", MaxRecords=_MOST_NAMES
            )["MetricAlarms"]
        ]


def _lost(aws: Aws, bucket: str | None) -> str | None:
    """The bucket, if it does not exist."""
    from botocore.exceptions import ClientError

    if bucket is None:
        return None
    with aws_errors_for_user():
        try:
            aws.client("s3").head_bucket(Bucket=bucket)
        except ClientError as error:
            if error_code(error) in {"404", "NoSuchBucket"}:
                return bucket
            # without the permission to ask, nothing is known
            if error_code(error) not in {"403", "AccessDenied"}:
                raise
    return None
