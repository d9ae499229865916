"""`shoplake status`, `start`, `stop` and `env`: a stack that stands."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from ingestion.cli.output import say
from ingestion.cli.stack_options import DEFAULT_STACK, Profile, Region, StackName
from ingestion.errors import UserError
from ingestion.stack.aws import Aws, connect, told
from ingestion.stack.schedules import rules
from ingestion.stack.stack import ABSENT, Stack


class What(StrEnum):
    generator = "generator"
    builds = "builds"
    all = "all"


_What = Annotated[What, typer.Argument(help="What to switch.")]


def start(
    what: _What = What.all, stack: StackName = DEFAULT_STACK, region: Region = None, profile: Profile = None
) -> None:
    """Switch the generator and the dbt builds on."""
    _orchestrate("start", what, connect(region, profile), stack)


def stop(
    what: _What = What.all, stack: StackName = DEFAULT_STACK, region: Region = None, profile: Profile = None
) -> None:
    """Switch the generator and the dbt builds off; the delivery stream goes on taking events."""
    _orchestrate("stop", what, connect(region, profile), stack)


def status(stack: StackName = DEFAULT_STACK, region: Region = None, profile: Profile = None) -> None:
    """Show the stack, what is switched on, the last build, how fresh the delivery is, and alarms."""
    aws = connect(region, profile)
    target = Stack(aws, stack)
    state = target.status()
    if state == ABSENT:
        raise UserError(
            f"there is no stack {stack} in {aws.region} of account {aws.account}: `shoplake deploy` makes it"
        )
    lines = [("stack", f"{stack}, {state}, {aws.region}")]
    for rule in rules(aws.client("events"), stack):
        on = "on" if rule["State"] == "ENABLED" else "off"
        lines.append((rule["Name"].removeprefix(f"{stack}-"), f"{on}, {rule['ScheduleExpression']}"))
    lines += [
        ("last build", _last_build(aws, f"{stack}-dbt")),
        ("delivery", _freshness(aws, f"{stack}-events")),
        ("alarms", _alarms(aws, stack)),
    ]
    for name, text in lines:
        say(f"{name:<12}{text}")


def env(stack: StackName = DEFAULT_STACK, region: Region = None, profile: Profile = None) -> None:
    """Print the variables that profiles.yml reads: eval "$(shoplake env)"."""
    outputs = Stack(connect(region, profile), stack).outputs()
    variables = {
        "AWS_REGION": outputs["Region"],
        "SHOPLAKE_BUCKET": outputs["Bucket"],
        "SHOPLAKE_WORK_GROUP": outputs["WorkGroup"],
        "SHOPLAKE_SCHEMA": outputs["Schema"],
        "SHOPLAKE_BRONZE_DATABASE": outputs["BronzeDatabase"],
        "SHOPLAKE_BRONZE_START": outputs["BronzeStart"],
    }
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")


def _orchestrate(action: str, what: What, aws: Aws, stack: str) -> None:
    function = Stack(aws, stack).outputs()["OrchestratorFunction"]
    with told():
        answer = aws.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps({"action": action, "what": what.value}).encode()
        )
        said = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        why = said.get("errorMessage", said) if isinstance(said, dict) else said
        raise UserError(f"{function} failed: {why}; its log is /aws/lambda/{function}")
    for rule in rules(aws.client("events"), stack):
        on = "on" if rule["State"] == "ENABLED" else "off"
        say(f"{rule['Name'].removeprefix(f'{stack}-'):<12}{on}, {rule['ScheduleExpression']}")


def _last_build(aws: Aws, project: str) -> str:
    api = aws.client("codebuild")
    with told():
        ids = api.list_builds_for_project(projectName=project, sortOrder="DESCENDING").get("ids", [])[:1]
        builds = api.batch_get_builds(ids=ids)["builds"] if ids else []
    if not builds:
        return "none yet"
    build = builds[0]
    return f"{build['buildStatus']}, {_ago(build['startTime'])} ago"


def _freshness(aws: Aws, stream: str) -> str:
    now = datetime.now(UTC)
    with told():
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
        return "nothing in the last hour"
    last = max(points, key=lambda point: point["Timestamp"])
    return f"the oldest record waited {last['Maximum']:,.0f} s, {_ago(last['Timestamp'])} ago"


def _alarms(aws: Aws, stack: str) -> str:
    pages = aws.client("cloudwatch").get_paginator("describe_alarms")
    with told():
        found: list[dict[str, Any]] = [
            alarm
            for page in pages.paginate(AlarmNamePrefix=f"{stack}-", StateValue="ALARM")
            for alarm in page["MetricAlarms"]
        ]
    return ", ".join(alarm["AlarmName"] for alarm in found) + " (docs/guide/operating.md)" if found else "none"


def _ago(then: datetime) -> str:
    minutes = int((datetime.now(UTC) - then).total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
